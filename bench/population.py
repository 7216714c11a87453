"""A programme with ten thousand applications, written straight into the tables for measuring.

The rows satisfy every constraint of the database but have no story: they are for the speed of
reading, not for trying the scheme out.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import insert, text

from tests.factories.scheme import AT, make_offering, make_provider, make_round, reference
from tests.people import Cast, Person, make_cast, make_person
from voucher.accounts.roles import Role
from voucher.applications.models import Application, ApplicationStatus, Decision, DecisionOutcome
from voucher.audit.models import AuditEvent
from voucher.audit.operations import seal
from voucher.audit.rules import content_sha256
from voucher.businesses.models import Business, HeadcountBand, LegalForm
from voucher.claims.models import Claim, ClaimStatus
from voucher.core import search
from voucher.core.db import session
from voucher.eligibility.models import CheckOutcome, EligibilityCheck
from voucher.matching.models import Match, MatchStatus
from voucher.payments.models import Payment, PaymentStatus
from voucher.programmes.models import Round
from voucher.providers.models import Offering, Provider
from voucher.subsidy.models import SubsidyNotice
from voucher.vouchers.models import Award, Redemption, Voucher, VoucherStatus

FIRST_ID = 100_000
CHUNK = 2_000
TOWNS = (("Leeds", "LS1"), ("Hull", "HU1"), ("Carlisle", "CA1"), ("Sunderland", "SR1"))
WORDS = ("orders", "stock", "bookings", "invoices", "rotas", "quotes", "parcels", "repairs")
FATES = (
    [ApplicationStatus.SUBMITTED] * 8
    + [ApplicationStatus.RETURNED]
    + [ApplicationStatus.PROPOSED] * 2
    + [ApplicationStatus.REFUSED] * 4
    + [ApplicationStatus.APPROVED]
    + [ApplicationStatus.AWARDED] * 4
)
AMOUNTS = {
    "net_price_pence": 180_000,
    "vat_rate_bps": 2_000,
    "vat_pence": 36_000,
    "voucher_pence": 90_000,
    "contribution_pence": 126_000,
}
CHECK_RESULTS = [
    {
        "code": f"rule-{number}",
        "kind": "headcount",
        "severity": "refuse",
        "result": "passed",
        "reason": "The business is small enough.",
        "what_to_do": "",
        "parameters": {},
    }
    for number in range(10)
]


@dataclass(frozen=True)
class Population:
    """What the pages are asked for: the cast and one reference of each kind."""

    cast: Cast
    business: Person
    provider: Person
    application: str
    live_voucher: str
    claim: str


def populate(applications: int, seed: int = 7) -> Population:
    """Write `applications` cases with all that hangs on them; the caller commits."""
    chance = random.Random(seed)
    cast = make_cast()
    round_ = make_round(budget_pence=10**11, value_cap_pence=100_000)
    offerings = [make_offering(make_provider()) for _ in range(60)]
    cases = [_case(number, chance, cast, round_, offerings) for number in range(applications)]
    for model in (
        Business,
        Application,
        EligibilityCheck,
        Decision,
        SubsidyNotice,
        Award,
        Voucher,
        Match,
        Redemption,
        Claim,
        Payment,
        AuditEvent,
    ):
        _write(model, [row for case in cases for row in case.get(model, ())])
    search.rebuild(Business)
    while seal(at=AT):
        session.expunge_all()
    if session.get_bind().dialect.name == "postgresql":
        # Rows written all at once are not counted yet; in use the server does so by itself.
        session.execute(text("ANALYZE"))
    return _chosen(cast, cases)


def _write(model: type, rows: list[dict[str, Any]]) -> None:
    for start in range(0, len(rows), CHUNK):
        session.execute(insert(model), rows[start : start + CHUNK])


def _chosen(cast: Cast, cases: list[dict]) -> Population:
    awarded = next(case for case in cases if Claim in case)
    live = next(case for case in cases if Voucher in case and Redemption not in case)
    business = session.get(Business, live[Business][0]["id"])
    provider = session.get(Provider, awarded[Claim][0]["provider_id"])
    return Population(
        cast=cast,
        business=make_person("Bea Bench", Role.BUSINESS, business=business),
        provider=make_person("Pip Bench", Role.PROVIDER, provider=provider),
        application=awarded[Application][0]["reference"],
        live_voucher=live[Voucher][0]["reference"],
        claim=awarded[Claim][0]["reference"],
    )


def _case(
    number: int, chance: random.Random, cast: Cast, round_: Round, offerings: list[Offering]
) -> dict[type, list[dict[str, Any]]]:
    key = FIRST_ID + number
    status = chance.choice(FATES)
    at = AT - timedelta(minutes=number)
    case: dict[type, list[dict[str, Any]]] = {
        Business: [_business(key, number, chance, cast)],
        Application: [_application(key, number, chance, cast, round_, status, at)],
        EligibilityCheck: [_check(key, round_, at)],
        AuditEvent: list(_events(key, number, cast, at)),
    }
    if status in (ApplicationStatus.PROPOSED, ApplicationStatus.REFUSED):
        case[Decision] = [_decision(key, cast, status is ApplicationStatus.PROPOSED, at)]
    if status is ApplicationStatus.AWARDED:
        case[Decision] = [_decision(key, cast, True, at)]
        case |= _award(key, number, cast, round_, offerings[number % len(offerings)], at)
    return case


def _business(key: int, number: int, chance: random.Random, cast: Cast) -> dict[str, Any]:
    town, outcode = TOWNS[number % len(TOWNS)]
    name = f"{chance.choice(WORDS).title()} and {chance.choice(WORDS)} {number} Ltd"
    return {
        "id": key,
        "reference": reference("BUS", FIRST_ID + number),
        "name": name,
        "legal_form": LegalForm.COMPANY,
        "company_number": f"{70_000_000 + number}",
        "address_line": f"{number} Fictional Road",
        "town": town,
        "postcode": f"{outcode} 1AA",
        "outcode": outcode,
        "local_authority": town,
        "sector": "manufacturing",
        "trading_since_on": date(2015, 1, 1),
        "headcount": 5,
        "headcount_band": HeadcountBand.TWO_TO_NINE,
        "created_at": AT,
        "created_by_id": cast.owner.user_id,
    }


def _application(key, number, chance, cast, round_, status, at) -> dict[str, Any]:
    return {
        "id": key,
        "reference": reference("APP", FIRST_ID + number),
        "round_id": round_.id,
        "business_id": key,
        "status": status,
        "problem_today": f"We lose {chance.choice(WORDS)} every week. " * 6,
        "problem_better": f"All {chance.choice(WORDS)} in one place. " * 4,
        "outcome_areas": ["taking-bookings-and-orders"],
        "signatory_name": "Fictional Person",
        "signatory_has_authority": True,
        "connected_to_provider": False,
        "assistance_declared": False,
        "baseline": {},
        "declarations": [],
        "sections_done": [],
        "started_at": at,
        "started_by_id": cast.owner.user_id,
        "submitted_at": at,
        "submitted_by_id": cast.owner.user_id,
        "decide_by_on": (at + timedelta(days=7)).date(),
    }


def _check(key: int, round_: Round, at: Any) -> dict[str, Any]:
    return {
        "id": key,
        "application_id": key,
        "rule_set_id": round_.rule_set_id,
        "outcome": CheckOutcome.ELIGIBLE,
        "facts": {"headcount": 5},
        "results": CHECK_RESULTS,
        "differences": [],
        "register_answer": "answered",
        "run_at": at,
    }


def _decision(key: int, cast: Cast, approve: bool, at: Any) -> dict[str, Any]:
    return {
        "id": key,
        "application_id": key,
        "check_id": key,
        "outcome": DecisionOutcome.APPROVE if approve else DecisionOutcome.REFUSE,
        "award_pence": 90_000 if approve else None,
        "reasons": [],
        "note": "",
        "decided_by_id": cast.caseworker.user_id,
        "decided_at": at,
        "needs_second": False,
    }


def _events(key: int, number: int, cast: Cast, at: Any) -> Iterator[dict[str, Any]]:
    for step, action in enumerate(("started", "submitted", "assigned", "noted")):
        content = {
            "at": at,
            "actor_user_id": cast.owner.user_id,
            "actor_kind": "person",
            "action": f"application.{action}",
            "record_kind": "application",
            "record_id": key,
            "case_reference": reference("APP", FIRST_ID + number),
            "details": {"step": step},
        }
        yield {**content, "content_sha256": content_sha256(**content)}


def _award(key, number, cast, round_, offering, at) -> dict[type, list[dict[str, Any]]]:
    redeemed = number % 2 == 0
    rows: dict[type, list[dict[str, Any]]] = {
        SubsidyNotice: [_notice(key, cast, at)],
        Award: [
            {
                "id": key,
                "reference": reference("AWD", FIRST_ID + number),
                "application_id": key,
                "round_id": round_.id,
                "notice_id": key,
                "decision_id": key,
                "terms_id": round_.terms_id,
                "max_pence": 90_000,
                "awarded_at": at,
                "awarded_by_id": cast.caseworker.user_id,
            }
        ],
        Voucher: [_voucher(key, number, round_, redeemed, at)],
    }
    if redeemed:
        rows |= _redeemed(key, number, cast, round_, offering, at)
    return rows


def _notice(key: int, cast: Cast, at: Any) -> dict[str, Any]:
    return {
        "id": key,
        "business_id": key,
        "application_id": key,
        "gross_pence": 90_000,
        "text_version": "1",
        "notice_text": "A fictional notice.",
        "sent_at": at,
        "answer_by_on": at.date(),
        "confirmed_at": at,
        "confirmed_by_id": cast.owner.user_id,
        "confirmed_text_version": "1",
    }


def _voucher(key, number, round_, redeemed, at) -> dict[str, Any]:
    return {
        "id": key,
        "reference": reference("VCH", FIRST_ID + number),
        "award_id": key,
        "application_id": key,
        "business_id": key,
        "programme_id": round_.programme_id,
        "round_id": round_.id,
        "status": VoucherStatus.REDEEMED if redeemed else VoucherStatus.ISSUED,
        "code_nonce": f"{key:032x}",
        "code_digest": f"{key:064x}",
        "cap_pence": 90_000,
        "share_bps": 5_000,
        "issued_at": at,
        "expires_on": (at + timedelta(days=400)).date(),
        "redeemed_at": at if redeemed else None,
    }


def _redeemed(key, number, cast, round_, offering, at) -> dict[type, list[dict[str, Any]]]:
    shared = {
        "id": key,
        "application_id": key,
        "provider_id": offering.provider_id,
        **AMOUNTS,
    }
    agreed = {f"{party}_agreed_at": at for party in ("provider", "business", "programme")}
    return {
        Match: [
            {
                **shared,
                **agreed,
                "reference": reference("MAT", FIRST_ID + number),
                "voucher_id": key,
                "offering_id": offering.id,
                "status": MatchStatus.AGREED,
                "chosen_at": at,
                "chosen_by_id": cast.owner.user_id,
                "answer_by_on": at.date(),
                "answered_at": at,
                "scope": "As published.",
            }
        ],
        Redemption: [
            {
                **shared,
                "reference": reference("RDM", FIRST_ID + number),
                "voucher_id": key,
                "match_id": key,
                "offering_id": offering.id,
                "business_id": key,
                "round_id": round_.id,
                "redeemed_at": at,
                "redeemed_by_id": cast.provider.user_id,
                "claim_by_on": at.date(),
            }
        ],
        **_claimed(key, number, cast, round_, shared, at),
    }


def _claimed(key, number, cast, round_, shared, at) -> dict[type, list[dict[str, Any]]]:
    approved = number % 4 == 0
    claim = {
        **shared,
        "reference": reference("CLM", FIRST_ID + number),
        "redemption_id": key,
        "business_id": key,
        "round_id": round_.id,
        "status": ClaimStatus.APPROVED if approved else ClaimStatus.CONFIRMED,
        "invoice_number": f"INV-{number}",
        "invoice_on": at.date(),
        "work_done": "Done as agreed.",
        "evidence_level": "light",
        "started_at": at,
        "submitted_at": at,
        "approved_at": at if approved else None,
        "approved_by_id": cast.approver.user_id if approved else None,
    }
    rows: dict[type, list[dict[str, Any]]] = {Claim: [claim]}
    if approved:
        rows[Payment] = [
            {
                "id": key,
                "reference": reference("PAY", FIRST_ID + number),
                "claim_id": key,
                "provider_id": shared["provider_id"],
                "round_id": round_.id,
                "amount_pence": AMOUNTS["voucher_pence"],
                "status": PaymentStatus.QUEUED,
                "next_step_at": at,
                "created_at": at,
            }
        ]
    return rows
