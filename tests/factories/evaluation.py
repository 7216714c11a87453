"""Redeemed and paid vouchers, surveys and their answers, for tests of evaluation and messages."""

from datetime import datetime, timedelta
from typing import Any

from tests.factories.cases import CODE_KEY, make_approved, make_match, make_officer, make_voucher
from tests.factories.scheme import AT, make_member, next_number, reference, stored
from voucher.accounts.roles import Role
from voucher.allocation.models import Arm, Assignment
from voucher.applications.models import Application
from voucher.businesses.models import Business
from voucher.claims.models import Claim, ClaimStatus, Confirmation
from voucher.core.db import session
from voucher.evaluation.models import SurveyResponse, Wave
from voucher.evaluation.operations import ask
from voucher.evaluation.queries.surveys import Subject, subjects
from voucher.payments.models import Payment, PaymentStatus
from voucher.programmes.models import AllocationMethod, Round
from voucher.programmes.operations import budget
from voucher.providers.models import Offering
from voucher.vouchers.models import Redemption, Voucher
from voucher.vouchers.operations import award_on_confirmation, redeem
from voucher.vouchers.queries import code_of

SURVEY_KEY = b"demonstration-only-digest_key"
"""The key of survey links of an application under test: the settings' own default."""
BASELINE = {
    "uses_technology": "general",
    "hours_lost_week": 10,
    "errors_in_100": 8,
    "turnover_band": "100k-250k",
    "staff": 4,
    "confidence": 2,
}
NEWER_CODES = ("turnover_pounds", "bought_more", "custom")
FOLLOW_UP: dict[str, Any] = {
    "trial": "finished",
    "in_use": "regularly",
    "uses_technology": "made-for-it",
    "paying": "yes",
    "hours_lost_week": 4,
    "errors_in_100": 3,
    "turnover_pounds": 400_000,
    "staff": 5,
    "confidence": 4,
    "helpful": 4,
    "similar_support": "no",
    "bought_more": "planned",
    "custom": "won",
}
"""Answers to version 2026-2 that are usual for the baseline of tests/factories/applications.py."""
OLDER_FOLLOW_UP = {
    **{key: FOLLOW_UP[key] for key in FOLLOW_UP if key not in NEWER_CODES},
    "turnover_band": "250k-1m",
}
"""The same to version 2026-1."""


def make_redeemed(
    round_: Round | None = None,
    *,
    offering: Offering | None = None,
    at: datetime = AT,
    **values: Any,
) -> Redemption:
    """A voucher redeemed by the real operation."""
    return _redeemed(make_voucher(round_, at=at, **values), offering, at)


def make_assigned(
    round_: Round,
    arm: Arm = Arm.VOUCHER,
    method: AllocationMethod = AllocationMethod.RANDOM,
    *,
    redeemed_at: datetime | None = None,
    at: datetime = AT,
    stratum: str = "",
    **values: Any,
) -> Application:
    """An application that a draw or a ranked list gave its arm at `at`, its voucher redeemed or
    not."""
    case, notice, owner = make_approved(round_, **values)
    stored(
        Assignment(
            application_id=case.id,
            round_id=round_.id,
            arm=arm,
            method=method,
            stratum=stratum,
            assigned_at=at,
            assigned_by_id=make_officer().id,
        )
    )
    if redeemed_at is not None:
        voucher = award_on_confirmation(
            notice=notice,
            text_version=notice.text_version,
            by=owner.id,
            at=at,
            code_key=CODE_KEY,
        )
        _redeemed(voucher, None, redeemed_at)
    return case


def _redeemed(voucher: Voucher, offering: Offering | None, at: datetime) -> Redemption:
    match = make_match(voucher, offering)
    person = make_member(Role.PROVIDER, provider=_Place(match.provider_id))
    session.flush()
    return redeem(
        code=code_of(voucher=voucher, code_key=CODE_KEY),
        provider_id=match.provider_id,
        by=person.id,
        at=at,
        code_key=CODE_KEY,
    )


def make_claim(
    redemption: Redemption, status: ClaimStatus = ClaimStatus.SUBMITTED, *, at: datetime = AT
) -> Claim:
    """A claim on the redemption, with the business's confirmation where it has come so far."""
    decided = status in (ClaimStatus.APPROVED, ClaimStatus.PAID)
    claim = stored(
        Claim(
            reference=reference("CLM", next_number()),
            redemption_id=redemption.id,
            application_id=redemption.application_id,
            provider_id=redemption.provider_id,
            business_id=redemption.business_id,
            round_id=redemption.round_id,
            status=status,
            net_price_pence=redemption.net_price_pence,
            vat_rate_bps=redemption.vat_rate_bps,
            vat_pence=redemption.vat_pence,
            voucher_pence=redemption.voucher_pence,
            contribution_pence=redemption.contribution_pence,
            evidence_level="light",
            started_at=at,
            submitted_at=at,
            approved_at=at if decided else None,
        )
    )
    if status not in (ClaimStatus.DRAFT, ClaimStatus.SUBMITTED, ClaimStatus.DISPUTED):
        owner = make_member(Role.BUSINESS, business=_Place(redemption.business_id))
        stored(Confirmation(claim_id=claim.id, confirmed=True, given_at=at, given_by_id=owner.id))
    return claim


def make_paid(redemption: Redemption, *, at: datetime = AT, days: int = 3) -> Payment:
    """A paid claim on the redemption: confirmed at `at`, paid `days` later."""
    claim = make_claim(redemption, ClaimStatus.PAID, at=at)
    paid_at = at + timedelta(days=days)
    money = {
        "round_id": claim.round_id,
        "provider_id": claim.provider_id,
        "pence": claim.voucher_pence,
        "by": None,
    }
    budget.recognise_claim(source=claim, at=at, **money)
    payment = stored(
        Payment(
            reference=reference("PAY", next_number()),
            claim_id=claim.id,
            provider_id=claim.provider_id,
            round_id=claim.round_id,
            amount_pence=claim.voucher_pence,
            status=PaymentStatus.PAID,
            stripe_transfer_id=f"tr_test{next_number()}",
            stripe_payout_id=f"po_test{next_number()}",
            next_step_at=paid_at,
            created_at=at,
            transferred_at=paid_at,
            paid_at=paid_at,
        )
    )
    budget.record_transfer(source=payment, at=paid_at, **money)
    return payment


class _Place:
    """Something with an id, where a maker wants a business."""

    def __init__(self, place_id: int) -> None:
        self.id = place_id


def make_baseline(application_id: int, round_id: int, **answers: Any) -> SurveyResponse:
    """The baseline of an application."""
    return stored(
        SurveyResponse(
            application_id=application_id,
            round_id=round_id,
            wave=Wave.BASELINE,
            questions_version="2026-1",
            answers={**BASELINE, **answers},
            saved_at=AT,
            answered_at=AT,
        )
    )


def subject_of(redemption: Redemption, at: datetime) -> Subject:
    """The redemption as one to follow up."""
    found = [each for each in subjects(at) if each.application_id == redemption.application_id]
    assert len(found) == 1
    return found[0]


def make_survey(
    redemption: Redemption, wave: Wave = Wave.MONTH_3, *, at: datetime | None = None
) -> SurveyResponse:
    """A follow-up that was asked, by the real operation."""
    at = at or redemption.redeemed_at + timedelta(days=93)
    made = ask(subject=subject_of(redemption, at), wave=wave, key=SURVEY_KEY, at=at)
    assert made is not None
    return made


def make_drawn_survey(round_: Round, business: Business) -> SurveyResponse:
    """A follow-up asked of a business that a draw at `AT` put into the comparison: one that may
    have a voucher of another round of the programme."""
    case, at = make_assigned(round_, Arm.COMPARISON, business=business), AT + timedelta(days=93)
    (subject,) = (each for each in subjects(at) if each.application_id == case.id)
    made = ask(subject=subject, wave=Wave.MONTH_3, key=SURVEY_KEY, at=at)
    assert made is not None
    return made


def voucher_of(redemption: Redemption) -> Voucher:
    """The redeemed voucher."""
    return session.get_one(Voucher, redemption.voucher_id)
