"""The answers of an application as they are shown: one row a question, and what the rules say."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from voucher.applications.baseline import QUESTIONS, answer_words
from voucher.applications.models import Application
from voucher.applications.operations.draft import WRITABLE
from voucher.applications.queries.drafts import evidence_of
from voucher.applications.queries.facts import facts_of, register_before_asking
from voucher.businesses.outcome_areas import wording_of
from voucher.core import clock
from voucher.eligibility.reasons import reasons_in
from voucher.eligibility.rules import Outcome, RuleSet, check
from voucher.subsidy.queries import declared_by
from voucher.web.display import day, grouped, listed

NUMBER_LABELS = (
    ("company_number", "Company number"),
    ("charity_number", "Registered charity number"),
    ("utr", "Unique Taxpayer Reference"),
    ("vat_number", "VAT registration number"),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """One row: the question in short, the answer, and the part of the form it belongs to."""

    question: str
    answer: str
    part: str


@dataclass(frozen=True, slots=True)
class AnswerGroup:
    """Rows under one heading."""

    title: str
    answers: Sequence[Answer]


def answers_context(application: Application, *, holds_voucher: bool) -> dict[str, Any]:
    """What the page of answers shows; while it can be changed, also what the rules would say."""
    outcome = _preview(application, holds_voucher) if application.status in WRITABLE else None
    return {
        "groups": answer_groups(application),
        "files": evidence_of(application),
        "records": declared_by(application.business_id),
        "would_fail": reasons_in(outcome.results) if outcome else None,
    }


def _preview(application: Application, holds_voucher: bool) -> Outcome:
    """The rules on what is answered so far; nothing of it is stored.

    Of earlier support it knows only what this entry declared: by typing a rival's number nobody is
    to learn what the rival received.
    """
    facts = facts_of(
        application,
        on=clock.today(),
        register=register_before_asking(application.business),
        holds_live_voucher=holds_voucher,
        whole_group=False,
    )
    return check(facts, RuleSet.from_dict(application.round.rule_set.content))


def answer_groups(application: Application) -> list[AnswerGroup]:
    """Every answer, in the order of the form."""
    return [
        AnswerGroup("Your business", _about_business(application)),
        AnswerGroup("What you want to change", _about_problem(application)),
        AnswerGroup("Where you stand today", _about_today(application)),
        AnswerGroup("Who signs", _about_signing(application)),
    ]


def _about_business(application: Application) -> list[Answer]:
    business = application.business
    form = business.legal_form.public_label if business.legal_form else ""
    numbers = [
        Answer(label, getattr(business, name), "business")
        for name, label in NUMBER_LABELS
        if getattr(business, name)
    ]
    address = ", ".join(filter(None, (business.address_line, business.town, business.postcode)))
    people = grouped(business.headcount) if business.headcount else ""
    since = day(business.trading_since_on) if business.trading_since_on else ""
    return [
        Answer("Kind of organisation", form, "form"),
        Answer("Name", business.name, "business"),
        *numbers,
        Answer("What it does", business.sector or "", "business"),
        Answer("Trading since", since, "business"),
        Answer("Address", address, "place"),
        Answer("People", people, "people"),
    ]


def _about_problem(application: Application) -> list[Answer]:
    areas = [wording_of(code).label for code in application.outcome_areas]
    return [
        Answer("The problem today", application.problem_today, "problem"),
        Answer("What good would look like", application.problem_better, "better"),
        Answer("Where technology could help", listed(areas), "areas"),
    ]


def _about_today(application: Application) -> list[Answer]:
    baseline = [
        Answer(question.words, answer_words(question, given), "baseline")
        for question in QUESTIONS
        if (given := application.baseline.get(question.code)) is not None
    ]
    return [
        *(baseline or [Answer("How things are today", "", "baseline")]),
        Answer("Public support received", _yes_no(application.assistance_declared), "support"),
        Answer(
            "Connected with a provider",
            _yes_no(application.connected_to_provider),
            "connections",
        ),
    ]


def _about_signing(application: Application) -> list[Answer]:
    return [
        Answer("Name of who signs", application.signatory_name or "", "signatory"),
        Answer("What they are", application.signatory_role or "", "signatory"),
        Answer("Telephone", application.contact_phone or "", "signatory"),
        Answer(
            "May commit the business", _yes_no(application.signatory_has_authority), "signatory"
        ),
        Answer("Declarations", "Given" if application.declarations else "", "declarations"),
    ]


def _yes_no(told: bool | None) -> str:
    return {True: "Yes", False: "No"}.get(told, "")  # type: ignore[call-overload]
