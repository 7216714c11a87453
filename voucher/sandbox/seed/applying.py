"""Steps of the business up to the decision: start, fill in, send, correct, take back."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from voucher.accounts.operations import join_business
from voucher.applications.models import Application
from voucher.applications.operations.draft import save_section, start
from voucher.applications.operations.papers import add_evidence, add_support
from voucher.applications.operations.submit import decline_award, submit, withdraw
from voucher.businesses.models import Business
from voucher.businesses.operations import create
from voucher.businesses.queries import same_enterprise_ids
from voucher.businesses.rules import headcount_band
from voucher.core.clock import london_date
from voucher.core.db import session
from voucher.programmes.queries import round_by_id
from voucher.sandbox.cast import player
from voucher.sandbox.companies_house.register import DOWN
from voucher.sandbox.material.businesses import FictionalBusiness
from voucher.sandbox.material.people import domain_of, person
from voucher.sandbox.seed.asking import look_first
from voucher.sandbox.seed.case import Case
from voucher.sandbox.seed.papers import paper
from voucher.sandbox.seed.people import enter_person, enter_player
from voucher.sandbox.seed.stage import Stage
from voucher.subsidy.operations import Declaration
from voucher.subsidy.queries import open_notice
from voucher.subsidy.rules import AssistanceLabel, Relation
from voucher.vouchers.queries import holds_live_voucher

TURNOVER_LIMITS = (
    (2_500_000, "under-25k"),
    (10_000_000, "25k-100k"),
    (25_000_000, "100k-250k"),
    (100_000_000, "250k-1m"),
    (500_000_000, "1m-5m"),
    (1_000_000_000, "5m-10m"),
)
"""Upper limits in pence a year, and the code of the band below each."""
ROLES = {"company": "Director", "charity": "Trustee", "sole_trader": "Owner"}
NO_LETTERS = {"submitted": "refused", "sent back": "later"}
"""By fate, the mailbox of a colleague: the mail server turns it away for good, or for now."""
SUPPORTED_EVERY = 9
EXHAUSTED = 150
"""Of the businesses every ninth has had support before; this one more than the law allows."""


def enter_business(stage: Stage, business: FictionalBusiness, at: datetime) -> tuple[int, int]:
    """Register a business by its contact. Ids of business and user."""
    user_id = enter_person(stage, business.contact, at)
    entered = create(name=business.name, by=user_id, at=at)
    session.flush()
    join_business(user_id=user_id, business_id=entered.id, at=at)
    return entered.id, user_id


def enter_cast_business(stage: Stage, business: FictionalBusiness, at: datetime) -> tuple[int, int]:
    """Register the business of the cast: its owner, and a colleague."""
    owner_id = enter_player(stage, player("owner"), at)
    entered = create(name=business.name, by=owner_id, at=at)
    session.flush()
    join_business(user_id=owner_id, business_id=entered.id, at=at)
    colleague_id = enter_player(stage, player("colleague"), at)
    join_business(user_id=colleague_id, business_id=entered.id, at=at, by=owner_id)
    return entered.id, owner_id


def enter_colleague(case: Case, at: datetime) -> None:
    """Give the first business of some fates a colleague whose mailbox takes no letters."""
    mailbox = NO_LETTERS.get(case.fate)
    if mailbox is None or mailbox in case.stage.shut_mailboxes:
        return
    case.stage.shut_mailboxes.add(mailbox)
    moment = at + timedelta(seconds=2)
    colleague = person(case.number + 500, domain_of(case.business.name))
    address = f"{mailbox}@{domain_of(case.business.name)}"
    user_id = enter_person(case.stage, replace(colleague, email=address), moment)
    join_business(user_id=user_id, business_id=case.business_id, at=moment, by=case.user_id)


def start_whole(case: Case, at: datetime) -> None:
    """Start the application and fill in every part."""
    _fill(case, at, parts=len(_PARTS))


def start_half(case: Case, at: datetime) -> None:
    """Start the application, and leave it somewhere in the middle."""
    _fill(case, at, parts=case.draw.randint(1, len(_PARTS) - 3))


def _fill(case: Case, at: datetime, *, parts: int) -> None:
    business = session.get_one(Business, case.business_id)
    look_first(case, at)
    application = start(round=round_by_id(case.round_id), business=business, by=case.user_id, at=at)
    case.ids["application"] = application.id
    for number, (section, answers) in enumerate(_PARTS[:parts], start=1):
        moment = at + timedelta(seconds=number)
        save_section(
            application=application,
            section=section,
            values=answers(case),
            by=case.user_id,
            at=moment,
        )
        if section == "people" and case.business.legal_form != "company":
            _prove(case, application, moment)
        if section == "support" and answers(case)["assistance_declared"]:
            _declare(case, application, moment)


def _identity(case: Case) -> dict[str, Any]:
    known = case.business
    number = DOWN if case.fate == "register down" else known.company_number
    return {
        "name": known.name,
        "company_number": number,
        "charity_number": known.charity_number,
        "utr": known.utr,
        "sector": known.sector,
        "trading_since_on": known.trading_since_on,
    }


def _place(case: Case) -> dict[str, Any]:
    where = case.business.address
    return {"address_line": where.line, "town": where.town, "postcode": where.postcode}


def _people(case: Case) -> dict[str, Any]:
    count = case.business.headcount
    return {"headcount": count, "headcount_band": headcount_band(count)}


def _baseline(case: Case) -> dict[str, Any]:
    turnover = case.business.turnover_pence
    band = next((code for most, code in TURNOVER_LIMITS if turnover < most), "over-10m")
    return {
        "uses_technology": case.draw.choice(("no", "general", "general", "made-for-it")),
        "hours_lost_week": min(60, 2 + int(case.draw.lognormvariate(1.7, 0.6))),
        "errors_in_100": min(40, int(case.draw.lognormvariate(1.5, 0.8))),
        "turnover_band": case.draw.choice((band, band, band, band, "not-said")),
        "staff": max(0, case.business.headcount - 1),
        "confidence": case.draw.choice((1, 2, 2, 2, 3, 3, 3, 4)),
    }


def _support(case: Case) -> dict[str, Any]:
    supported = case.number % SUPPORTED_EVERY == 4 or case.number == EXHAUSTED
    return {"assistance_declared": supported}


def _signatory(case: Case) -> dict[str, Any]:
    return {
        "signatory_name": case.business.contact.name,
        "signatory_role": ROLES[case.business.legal_form],
        "contact_phone": case.business.contact.phone,
        "signatory_has_authority": True,
    }


_PARTS = (
    ("form", lambda case: {"legal_form": case.business.legal_form}),
    ("business", _identity),
    ("place", _place),
    ("people", _people),
    ("problem", lambda case: {"problem_today": case.business.problem}),
    ("better", lambda case: {"problem_better": case.business.statement.good}),
    ("areas", lambda case: {"outcome_areas": [case.business.statement.outcome_area]}),
    ("baseline", _baseline),
    ("support", _support),
    ("connections", lambda _case: {"connected_to_provider": False}),
    ("signatory", _signatory),
    ("declarations", lambda _case: {"truth": True, "terms": True, "data_notice": True}),
)


def _prove(case: Case, application: Application, at: datetime) -> None:
    known = case.business
    number = known.charity_number or known.utr or ""
    add_evidence(
        application=application,
        stream=paper("Proof of trading", (known.name, f"Number {number}", known.address.postcode)),
        name="proof of trading.pdf",
        store=case.stage.services.store,
        by=case.user_id,
        at=at,
    )


def _declare(case: Case, application: Application, at: datetime) -> None:
    exhausted = case.number == EXHAUSTED
    pence = 31_450_000 if exhausted else case.draw.randrange(100_000, 2_000_000, 5_000)
    declaration = Declaration(
        label=AssistanceLabel.MFA,
        amount_pence=pence,
        given_on=london_date(at) - timedelta(days=case.draw.randint(90, 500)),
        given_by="A fictional council's growth fund",
        recipient=case.business.name,
        relation=Relation.SELF,
    )
    add_support(application=application, declaration=declaration, by=case.user_id, at=at)


def send(case: Case, at: datetime) -> None:
    """Send the application in."""
    programme_id = round_by_id(case.round_id).programme_id
    entries = same_enterprise_ids(case.business_id)
    submit(
        application=case.row(Application, "application"),
        by=case.user_id,
        at=at,
        holds_live_voucher=holds_live_voucher(programme_id, entries),
    )


def correct(case: Case, at: datetime) -> None:
    """Put right what was asked for, and send it again."""
    words = f"{case.business.problem} It happens every week, and it has got worse since spring."
    save_section(
        application=case.row(Application, "application"),
        section="problem",
        values={"problem_today": words},
        by=case.user_id,
        at=at,
    )
    send(case, at + timedelta(seconds=4))


def take_back(case: Case, at: datetime) -> None:
    """Withdraw the application."""
    withdraw(application=case.row(Application, "application"), by=case.user_id, at=at)


def turn_down(case: Case, at: datetime) -> None:
    """Say no to the award that the notice proposes."""
    notice = open_notice(case.ids["application"])
    if notice is not None:
        decline_award(
            application=case.row(Application, "application"),
            notice=notice,
            by=case.user_id,
            at=at,
        )


STEPS = {
    "start": start_whole,
    "start_half": start_half,
    "submit": send,
    "resubmit": correct,
    "withdraw": take_back,
    "decline_notice": turn_down,
}
