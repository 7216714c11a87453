"""Applications in every state of casework, vouchers, agreed matches. Names are fictional."""

from datetime import date, datetime, timedelta
from typing import Any

from tests.factories.scheme import (
    AT,
    make_business,
    make_member,
    make_offering,
    make_round,
    next_number,
    reference,
    stored,
)
from voucher.accounts.models import User
from voucher.accounts.roles import Role
from voucher.applications.models import (
    Application,
    ApplicationStatus,
    Decision,
    DecisionOutcome,
)
from voucher.businesses.models import Business
from voucher.core.db import session
from voucher.eligibility.models import CheckOutcome, EligibilityCheck
from voucher.matching.models import Match, MatchStatus
from voucher.programmes.models import Programme, Round
from voucher.providers.models import Offering
from voucher.subsidy.models import SubsidyNotice
from voucher.subsidy.operations import send_notice
from voucher.vouchers.models import Voucher
from voucher.vouchers.operations import award_on_confirmation
from voucher.vouchers.rules import price_breakdown

CODE_KEY = b"key of vouchers under test"
LATER = AT + timedelta(days=1)


def make_owner(business: Business, **values: Any) -> User:
    """A member of the business."""
    return make_member(Role.BUSINESS, business=business, **values)


def make_officer(role: Role = Role.CASEWORKER, **values: Any) -> User:
    """Somebody on the staff."""
    return make_member(role, **values)


def make_case(
    round_: Round | None = None,
    business: Business | None = None,
    *,
    status: ApplicationStatus = ApplicationStatus.SUBMITTED,
    check: CheckOutcome | None = CheckOutcome.ELIGIBLE,
    owner: User | None = None,
    **values: Any,
) -> Application:
    """An application that was sent, with its check."""
    round_ = round_ or make_round()
    business = business or make_business()
    owner = owner or make_owner(business)
    drafted = status is ApplicationStatus.DRAFT
    defaults: dict[str, Any] = {
        "reference": reference("APP", next_number()),
        "problem_today": "Bookings come by telephone, written in a book; two a day get lost.",
        "problem_better": "Customers book for themselves, and we see the week at a glance.",
        "outcome_areas": ["taking-bookings-and-orders"],
        "started_at": AT,
        "started_by_id": owner.id,
        "submitted_at": None if drafted else AT,
        "submitted_by_id": None if drafted else owner.id,
        "decide_by_on": None if drafted else date(2026, 6, 22),
    }
    made = stored(
        Application(
            round_id=round_.id,
            business_id=business.id,
            status=status,
            **{**defaults, **values},
        )
    )
    if check is not None:
        make_check(made, check)
    return made


def make_check(
    application: Application, outcome: CheckOutcome = CheckOutcome.ELIGIBLE, **values: Any
) -> EligibilityCheck:
    """A stored check with one rule of each result that fits its outcome."""
    round_ = session.get_one(Round, application.round_id)
    failed = {CheckOutcome.REFUSED: "refuse", CheckOutcome.REFER: "refer"}.get(outcome)
    result = {CheckOutcome.PENDING: "pending", CheckOutcome.ELIGIBLE: "passed"}
    defaults: dict[str, Any] = {
        "facts": {"outcode": "LS1"},
        "results": [
            {
                "code": "trading",
                "kind": "trading",
                "severity": failed or "refuse",
                "result": result.get(outcome, "failed"),
                "reason": "Companies House shows no active company with this number.",
                "what_to_do": "Check the company number.",
            }
        ],
        "differences": [],
        "register_answer": "active",
        "run_at": AT,
    }
    return stored(
        EligibilityCheck(
            application_id=application.id,
            rule_set_id=round_.rule_set_id,
            outcome=outcome,
            **{**defaults, **values},
        )
    )


def make_decision(
    application: Application,
    outcome: DecisionOutcome = DecisionOutcome.APPROVE,
    **values: Any,
) -> Decision:
    """A decision by an officer of its own; approves £1,000 without a second person."""
    approve = outcome is DecisionOutcome.APPROVE
    defaults: dict[str, Any] = {
        "award_pence": 100_000 if approve else None,
        "reasons": ["meets_rules" if approve else "problem_unclear"],
        "decided_at": AT,
        "needs_second": False,
    }
    values = {**defaults, **values}
    if "decided_by_id" not in values:
        values["decided_by_id"] = make_officer().id
    check = make_check(application)
    return stored(
        Decision(application_id=application.id, check_id=check.id, outcome=outcome, **values)
    )


def make_refused(round_: Round | None = None, **values: Any) -> tuple[Application, Decision]:
    """A refused application and its decision."""
    case = make_case(round_, status=ApplicationStatus.REFUSED, **values)
    return case, make_decision(case, DecisionOutcome.REFUSE)


def make_approved(
    round_: Round | None = None,
    business: Business | None = None,
    *,
    award_pence: int = 100_000,
    **values: Any,
) -> tuple[Application, SubsidyNotice, User]:
    """An approved application, the notice it was sent, and the member who may confirm it."""
    business = business or make_business()
    owner = make_owner(business)
    case = make_case(round_, business, status=ApplicationStatus.APPROVED, owner=owner, **values)
    decision = make_decision(case, award_pence=award_pence)
    notice = send_notice(
        business_id=business.id,
        application_id=case.id,
        gross_pence=award_pence,
        answer_by_on=date(2026, 7, 1),
        scheme_name="Fictional programme",
        at=AT,
        by=decision.decided_by_id,
    )
    session.flush()
    return case, notice, owner


def make_voucher(
    round_: Round | None = None,
    business: Business | None = None,
    *,
    award_pence: int = 100_000,
    at: datetime = AT,
    code_key: bytes = CODE_KEY,
) -> Voucher:
    """A live voucher, awarded by the real operation."""
    _, notice, owner = make_approved(round_, business, award_pence=award_pence)
    return award_on_confirmation(
        notice=notice,
        text_version=notice.text_version,
        by=owner.id,
        at=at,
        code_key=code_key,
    )


def make_match(
    voucher: Voucher,
    offering: Offering | None = None,
    *,
    status: MatchStatus = MatchStatus.AGREED,
    **values: Any,
) -> Match:
    """A match on the voucher: agreed by all three parties unless told otherwise."""
    offering = offering or make_offering()
    owner = session.get_one(Application, voucher.application_id).started_by_id
    amounts = price_breakdown(
        net_price_pence=offering.net_price_pence,
        vat_rate_bps=offering.vat_rate_bps,
        cap_pence=voucher.cap_pence,
        share_bps=voucher.share_bps,
    )
    accepted = status in (MatchStatus.ACCEPTED, MatchStatus.AGREED)
    agreed = status is MatchStatus.AGREED
    defaults: dict[str, Any] = {
        "reference": reference("MAT", next_number()),
        "chosen_at": AT,
        "chosen_by_id": owner,
        "answer_by_on": date(2026, 6, 22),
        "answered_at": AT if accepted else None,
        "scope": "Set-up and training.",
        "start_on": date(2026, 7, 1),
        "net_price_pence": amounts.net_price_pence,
        "vat_rate_bps": amounts.vat_rate_bps,
        "vat_pence": amounts.vat_pence,
        "voucher_pence": amounts.voucher_pence,
        "contribution_pence": amounts.contribution_pence,
        "provider_agreed_at": AT if accepted else None,
        "business_agreed_at": AT if agreed else None,
        "programme_agreed_at": AT if agreed else None,
    }
    return stored(
        Match(
            voucher_id=voucher.id,
            application_id=voucher.application_id,
            offering_id=offering.id,
            provider_id=offering.provider_id,
            status=status,
            **{**defaults, **values},
        )
    )


def programme_of(round_: Round) -> Programme:
    """The programme of a round."""
    return session.get_one(Programme, round_.programme_id)
