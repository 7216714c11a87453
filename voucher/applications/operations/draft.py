"""Writing an application: start it, save one part after the other, come back later.

A draft and an application that was sent back are open to writing; nothing else is.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from voucher.applications.baseline import faults
from voucher.applications.models import Application, ApplicationStatus
from voucher.applications.queries.drafts import (
    is_being_decided,
    open_application,
    was_awarded,
    was_drawn_against,
    whole_application,
)
from voucher.applications.sections import section_of
from voucher.audit.operations import record
from voucher.businesses.models import Business, LegalForm
from voucher.businesses.operations import NUMBER_OF_FORM, identify
from voucher.businesses.outcome_areas import AREAS_WERE, OutcomeArea
from voucher.businesses.rules import InvalidIdentifier, normalise_phone
from voucher.core.clock import london_date
from voucher.core.db import lock, session, translating_constraints
from voucher.core.errors import Conflict, Invalid, NotFound
from voucher.core.references import make_reference
from voucher.core.status import opened
from voucher.programmes.models import Round, RoundStatus
from voucher.subsidy.operations import declare, set_aside
from voucher.subsidy.queries import declared_by

WRITABLE = (ApplicationStatus.DRAFT, ApplicationStatus.RETURNED)
LONGEST_PROBLEM = 2_000
MOST_AREAS = 3
AREAS_CORRECTED = "application.areas_corrected"
DECLARATIONS = ("truth", "terms", "data_notice")
"""What every applicant declares, each stored with the version of the terms it was given on."""

_MISSING_NUMBER = {
    "company_number": "Enter the company number.",
    "charity_number": "Enter the registered charity number.",
    "utr": "Enter the Unique Taxpayer Reference.",
}
_PROVING = tuple(NUMBER_OF_FORM.values())
_JOINING = (*_PROVING, "vat_number")
_PROVED = (
    "We have given this business an award under its number, so this can’t be changed. If another "
    "business applies, enter it as a business of its own."
)


@dataclass(frozen=True, slots=True)
class _Part:
    """One part being saved: the locked application with its business, the values, who and when."""

    application: Application
    values: Mapping[str, Any]
    by: int
    at: datetime

    @property
    def business(self) -> Business:
        """The business that applies."""
        return self.application.business


def start(*, round: Round, business: Business, by: int, at: datetime) -> Application:
    """Begin an application in an open round, or give back the draft already begun there.

    One open application per business and round: the business's row is locked, so a double click
    finds the first one's draft. Raises Conflict when the round takes none, one was sent already, or
    the draw has put the business into the comparison group.
    """
    require_open(round, at)
    lock(Business, business.id)
    existing = open_application(business.id, round.id)
    if existing is not None:
        if existing.status in WRITABLE:
            return existing
        raise Conflict("Your business has sent an application in this round already.")
    if was_drawn_against(business.id, round.id):
        # Who was drawn into the comparison group stays in it, or the comparison is worth little.
        raise Conflict("Your business took part in this round’s draw. Apply in a later round.")
    application = Application(
        reference=make_reference("APP", secrets.token_bytes(5)),
        round_id=round.id,
        business_id=business.id,
        status=ApplicationStatus.DRAFT,
        outcome_areas=[],
        baseline={},
        declarations=[],
        sections_done=[],
        started_at=at,
        started_by_id=by,
    )
    with translating_constraints():
        session.add(application)
        session.flush()
    opened(application, at=at, by=by)
    record(
        action="application.started",
        subject=application,
        at=at,
        by=by,
        case=application.reference,
        details={"round": round.id},
    )
    return application


def require_open(round: Round, at: datetime) -> None:
    """Raise Conflict unless the round takes applications on the London date of `at`."""
    in_time = round.opens_on <= london_date(at) <= round.closes_on
    if round.status is not RoundStatus.OPEN or not in_time:
        raise Conflict("This round is not open for applications.")


def save_section(
    *, application: Application, section: str, values: Mapping[str, Any], by: int, at: datetime
) -> Application:
    """Save one part of the form and note that it is done (or, where something lacks, is not).

    `section` is a code of `sections.SECTIONS` other than "evidence"; `values` are of the domain's
    types. Raises Invalid naming the field at fault, Conflict when the form is no longer open.
    """
    writer = _WRITERS.get(section)
    if section_of(section) is None or writer is None:
        raise NotFound("The application has no such part.")
    locked = lock_form(application)
    if section in _ABOUT_THE_BUSINESS:
        require_facts_open(locked.business_id)
    done = writer(_Part(locked, values, by, at))
    note_done(locked, section, done)
    return locked


def require_facts_open(business_id: int) -> None:
    """Raise Conflict while officers decide on what the business has said of itself.

    The business's row is locked, as it is by whoever sends an application: a change comes wholly
    before it is checked, or is refused.
    """
    lock_business(business_id)
    if is_being_decided(business_id):
        raise Conflict(
            "Another application of your business is being decided on what you have told us, so "
            "this can’t be changed now."
        )


def lock_business(business_id: int) -> None:
    """Lock the business's row, after the application that is being written."""
    session.execute(
        select(Business.id).where(Business.id == business_id).with_for_update(key_share=True)
    )


def lock_form(application: Application) -> Application:
    """The application, locked, fresh and whole; Conflict when it is no longer open to writing."""
    locked = lock(Application, application.id)
    if locked is None:
        raise NotFound("There is no such application.")
    if locked.status not in WRITABLE:
        words = locked.status.public_label
        raise Conflict(f"This application can no longer be changed: “{words}”.")
    return whole_application(locked.id)


def note_done(application: Application, section: str, done: bool) -> None:
    """Note whether a part is done."""
    others = [code for code in application.sections_done if code != section]
    application.sections_done = [*others, section] if done else others
    session.flush()


def _save_form(part: _Part) -> bool:
    chosen = part.values.get("legal_form")
    if chosen not in list(LegalForm):
        raise Invalid("Select what kind of organisation you are.", "legal_form")
    if part.business.legal_form != chosen:
        # Another kind of number, and another kind of proof: those parts are to be done again.
        note_done(part.application, "business", False)
    _identify_enterprise(part, {"legal_form": chosen}, "legal_form")
    return True


def _identify_enterprise(part: _Part, values: Mapping[str, Any], field: str) -> None:
    """Take over what says which enterprise this is. Raises Invalid on `field` once it has an award.

    An entry counts with every other one of its numbers. So one that has an award (and may hold a
    live voucher) keeps the number it proved, and what was declared under other numbers counts for
    others only when it is sent again: otherwise typing a rival's number would lock the rival out.
    """
    proved, known = _numbers_of(part.business, *_PROVING), _numbers_of(part.business, *_JOINING)
    identify(business=part.business, values=values, by=part.by, at=part.at)
    if _numbers_of(part.business, *_JOINING) == known:
        return
    changed = any(proved) and _numbers_of(part.business, *_PROVING) != proved
    if changed and was_awarded(part.business.id):
        raise Invalid(_PROVED, field)
    set_aside(business_id=part.business.id)


def _numbers_of(business: Business, *names: str) -> list[str | None]:
    return [getattr(business, name) for name in names]


def _save_business(part: _Part) -> bool:
    if part.business.legal_form is None:
        raise Conflict("Say first what kind of organisation you are.")
    own = NUMBER_OF_FORM[part.business.legal_form]
    wanted = ("name", own, "vat_number", "sector", "trading_since_on")
    values = {name: part.values.get(name) for name in wanted}
    if not values["name"]:
        raise Invalid("Enter the name of the business.", "name")
    if not values[own]:
        raise Invalid(_MISSING_NUMBER[own], own)
    if not values["trading_since_on"]:
        raise Invalid("Enter the date you started trading.", "trading_since_on")
    if not values["sector"]:
        raise Invalid("Select what your business does.", "sector")
    _identify_enterprise(part, values, own)
    return True


def _save_place(part: _Part) -> bool:
    for name, words in (
        ("address_line", "Enter the first line of the address."),
        ("town", "Enter the town or city."),
    ):
        if not part.values.get(name):
            raise Invalid(words, name)
    wanted = ("address_line", "town", "postcode")
    values = {name: part.values.get(name) for name in wanted}
    identify(business=part.business, values=values, by=part.by, at=part.at)
    return True


def _save_people(part: _Part) -> bool:
    values = {name: part.values.get(name) for name in ("headcount", "headcount_band")}
    identify(business=part.business, values=values, by=part.by, at=part.at)
    return True


def _save_words(column: str, missing: str) -> Callable[[_Part], bool]:
    def save(part: _Part) -> bool:
        words = (part.values.get(column) or "").strip()
        if not words:
            raise Invalid(missing, column)
        if len(words) > LONGEST_PROBLEM:
            raise Invalid(f"This must be {LONGEST_PROBLEM:,} characters or fewer.", column)
        setattr(part.application, column, words)
        return True

    return save


def _save_areas(part: _Part) -> bool:
    areas = list(part.values.get("outcome_areas") or ())
    if not 1 <= len(areas) <= MOST_AREAS or len(set(areas)) != len(areas):
        raise Invalid(f"Select 1 to {MOST_AREAS} areas.", "outcome_areas")
    if set(areas) - {area.value for area in OutcomeArea}:
        raise Invalid("Select areas from the list.", "outcome_areas")
    _keep_areas_sent(part, areas)
    part.application.outcome_areas = areas
    return True


def _keep_areas_sent(part: _Part, areas: list[str]) -> None:
    """Record what a form that was sent before named, where a correction names something else: by
    it the report of an earlier moment counts the application as it was."""
    application = part.application
    if application.submitted_at is None or areas == application.outcome_areas:
        return
    record(
        action=AREAS_CORRECTED,
        subject=application,
        at=part.at,
        by=part.by,
        case=application.reference,
        details={AREAS_WERE: list(application.outcome_areas)},
    )


def _save_baseline(part: _Part) -> bool:
    for code, words in faults(part.values).items():
        raise Invalid(words, code)
    part.application.baseline = dict(part.values)
    return True


def _save_support(part: _Part) -> bool:
    declared = part.values.get("assistance_declared")
    if declared is None:
        raise Invalid("Select yes or no.", "assistance_declared")
    part.application.assistance_declared = declared
    if not declared:
        declare(business=part.business, records=(), by=part.by, at=part.at)
        return True
    return bool(declared_by(part.business.id))


def _save_connections(part: _Part) -> bool:
    connected = part.values.get("connected_to_provider")
    if connected is None:
        raise Invalid("Select yes or no.", "connected_to_provider")
    part.application.connected_to_provider = connected
    return True


def _save_signatory(part: _Part) -> bool:
    for name, words in (
        ("signatory_name", "Enter the name of the person who signs."),
        ("signatory_role", "Enter what they are in the business."),
        ("contact_phone", "Enter a telephone number."),
    ):
        text = (part.values.get(name) or "").strip()
        if not text:
            raise Invalid(words, name)
        setattr(part.application, name, text)
    try:
        part.application.contact_phone = normalise_phone(part.values["contact_phone"])
    except InvalidIdentifier as error:
        raise Invalid(str(error), "contact_phone") from error
    may_commit = part.values.get("signatory_has_authority")
    if may_commit is None:
        raise Invalid("Select yes or no.", "signatory_has_authority")
    part.application.signatory_has_authority = may_commit
    return True


def _save_declarations(part: _Part) -> bool:
    for code in DECLARATIONS:
        if part.values.get(code) is not True:
            raise Invalid("Tick this box to go on.", code)
    version = part.application.round.terms.version
    part.application.declarations = [f"{code}:{version}" for code in DECLARATIONS]
    return True


_WRITERS: Mapping[str, Callable[[_Part], bool]] = {
    "form": _save_form,
    "business": _save_business,
    "place": _save_place,
    "people": _save_people,
    "problem": _save_words("problem_today", "Say what is slow, costly or impossible today."),
    "better": _save_words("problem_better", "Say what good would look like."),
    "areas": _save_areas,
    "baseline": _save_baseline,
    "support": _save_support,
    "connections": _save_connections,
    "signatory": _save_signatory,
    "declarations": _save_declarations,
}
_ABOUT_THE_BUSINESS = frozenset({"form", "business", "place", "people", "support"})
