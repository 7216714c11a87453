"""The parts of the application form, in order: data, and what of it is still to be done.

A part's code is what `Application.sections_done` stores and what an officer names in a list of
corrections. Proof of identity is asked for where no open register answers for the business.
"""

from collections.abc import Collection
from dataclasses import dataclass

from voucher.businesses.models import LegalForm

PROVED_BY_FILE = frozenset({LegalForm.SOLE_TRADER, LegalForm.CHARITY})
"""Legal forms that hand in proof of who they are; Companies House answers for the others."""


@dataclass(frozen=True, slots=True)
class Section:
    """One page of the form: its code (also its address), its task's title, its group."""

    code: str
    title: str
    group: str
    needs: str = ""
    """The part that must be done first, if any."""


BUSINESS, PROBLEM, TODAY, SIGNING = (
    "About your business",
    "What you want to change",
    "Where you stand today",
    "Sign and declare",
)
SECTIONS = (
    Section("form", "What kind of organisation you are", BUSINESS),
    Section("business", "Who you are", BUSINESS, needs="form"),
    Section("place", "Where you are", BUSINESS),
    Section("people", "How many people work there", BUSINESS),
    Section("evidence", "Proof of who you are", BUSINESS, needs="form"),
    Section("problem", "The problem today", PROBLEM),
    Section("better", "What good would look like", PROBLEM),
    Section("areas", "Where technology could help", PROBLEM),
    Section("baseline", "How things are today", TODAY),
    Section("support", "Public support you have received", TODAY),
    Section("connections", "Connections with providers", TODAY),
    Section("signatory", "Who signs", SIGNING),
    Section("declarations", "What you declare", SIGNING),
)
_BY_CODE = {section.code: section for section in SECTIONS}


def section_of(code: str) -> Section | None:
    """The part of that code, or None."""
    return _BY_CODE.get(code)


def needs_proof(legal_form: str | None) -> bool:
    """Whether a business of this legal form must hand in proof of who it is."""
    return legal_form in PROVED_BY_FILE


def sections_for(legal_form: str | None) -> tuple[Section, ...]:
    """The parts that a business of this legal form is asked for."""
    return tuple(
        section
        for section in SECTIONS
        if section.code != "evidence" or legal_form is None or needs_proof(legal_form)
    )


def still_to_do(legal_form: str | None, done: Collection[str]) -> tuple[Section, ...]:
    """The parts that are missing before the application can be sent."""
    return tuple(section for section in sections_for(legal_form) if section.code not in done)


def next_section(legal_form: str | None, done: Collection[str], after: str) -> Section | None:
    """The first part after `after` that is still to do, or None when there is none behind it."""
    order = [section.code for section in SECTIONS]
    behind = order[order.index(after) + 1 :]
    missing = (section for section in still_to_do(legal_form, done) if section.code in behind)
    return next(missing, None)
