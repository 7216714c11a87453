"""The one use of a voucher, by the provider of its agreed match.

Lock order: round → voucher → application → match. The voucher's lock and the unique index on
redemptions make a second redemption impossible, whoever retries whatever.
"""

import secrets
from datetime import date, datetime

from sqlalchemy import select

from voucher.applications.models import Application
from voucher.audit.operations import record
from voucher.core.clock import london_date
from voucher.core.db import lock, session, translating_constraints
from voucher.core.errors import Conflict, NotFound
from voucher.core.references import make_reference
from voucher.core.status import transition
from voucher.matching.models import Match, MatchStatus
from voucher.matching.queries import open_variation
from voucher.programmes.models import Round
from voucher.programmes.operations import budget
from voucher.providers.models import DueDiligenceItem, Provider
from voucher.providers.rules import may_work
from voucher.screening.queries import has_ended
from voucher.subsidy.operations import record_redeemed
from voucher.vouchers.models import VOUCHER_MOVES, Award, Redemption, Voucher, VoucherStatus
from voucher.vouchers.queries import find_for_provider
from voucher.vouchers.rules import PriceBreakdown, claim_by, is_expired, voucher_amount

_DEAD_WORDS = {
    VoucherStatus.REDEEMED: "This voucher has been redeemed already. If that was you, go on to "
    "your claim.",
    VoucherStatus.COMPLETED: "This voucher has been used and the work has been paid.",
    VoucherStatus.EXPIRED: "This voucher has expired, so it can’t be redeemed. Tell the business: "
    "it can apply again in an open round.",
    VoucherStatus.CANCELLED: "This voucher was cancelled, so it can’t be redeemed. Don’t start any "
    "work on it.",
}


def redeem(*, code: str, provider_id: int, by: int, at: datetime, code_key: bytes) -> Redemption:
    """Redeem the voucher with this code for the match that all three parties agreed on.

    Before: the voucher is ISSUED and not past its last day in London, its match with the provider
    is AGREED, the case is not held, the provider may work. After: the voucher is REDEEMED, its five
    amounts are fixed, the voucher's part is committed and the rest of the award released. Raises
    NotFound alike for a code that is mistyped, unknown or somebody else's; Conflict, with what to
    do, for the provider's own voucher that can't be redeemed.
    """
    known, match = find_for_provider(code, provider_id, code_key)
    round_: Round = lock(Round, known.round_id)
    voucher: Voucher = lock(Voucher, known.id)
    case: Application = lock(Application, voucher.application_id)
    match = lock(Match, match.id)
    today = london_date(at)
    _require_live(voucher, today)
    _require_agreed(match, case, voucher)
    _require_provider(provider_id, today)
    award = session.get(Award, voucher.award_id)
    if award is None:
        raise NotFound("There is no such award.")
    redemption = _redemption(voucher, match, by=by, at=at)
    transition(
        voucher,
        VoucherStatus.REDEEMED,
        moves=VOUCHER_MOVES,
        at=at,
        by=by,
        redeemed_at=at,
    )
    budget.commit_reserved(
        round_id=round_.id,
        reserved_pence=award.max_pence,
        committed_pence=redemption.voucher_pence,
        source=redemption,
        at=at,
        by=by,
    )
    record_redeemed(notice_id=award.notice_id, pence=redemption.voucher_pence)
    _record(voucher, redemption, case, by=by, at=at)
    return redemption


def _require_live(voucher: Voucher, today: date) -> None:
    if voucher.status is not VoucherStatus.ISSUED:
        raise Conflict(_DEAD_WORDS[voucher.status], code=f"voucher_{voucher.status.value}")
    if is_expired(voucher.expires_on, today):
        raise Conflict(_DEAD_WORDS[VoucherStatus.EXPIRED], code="voucher_expired")


def _require_agreed(match: Match, case: Application, voucher: Voucher) -> None:
    if match.status is not MatchStatus.AGREED:
        raise Conflict(
            "All three parties must agree on the work before the voucher is redeemed.",
            code="not_agreed",
        )
    if case.held_at is not None:
        raise Conflict(
            "This case is on hold, so the voucher can’t be redeemed at the moment.",
            code="case_on_hold",
        )
    if has_ended(case.business_id):
        raise Conflict(
            "Companies House says that this business is closed, so the voucher can’t be redeemed. "
            "Don’t start any work. We look into it.",
            code="business_closed",
        )
    if open_variation(match.id) is not None:
        raise Conflict(
            "A change of your agreement is proposed and not settled. Answer it or take it back "
            "first: then it is clear what is redeemed.",
            code="change_open",
        )
    amounts = agreed_amounts(match)
    allowed = voucher_amount(voucher.cap_pence, voucher.share_bps, amounts.net_price_pence)
    if amounts.voucher_pence > allowed:
        raise Conflict(
            "The agreed amount is more than the voucher is worth. Agree on it anew.",
            code="not_agreed",
        )


def agreed_amounts(match: Match) -> PriceBreakdown:
    """The five amounts of an agreed match; Conflict where one is missing."""
    values = (
        match.net_price_pence,
        match.vat_rate_bps,
        match.vat_pence,
        match.voucher_pence,
        match.contribution_pence,
    )
    if any(value is None for value in values):
        raise Conflict("The amounts have not been agreed yet.", code="not_agreed")
    return PriceBreakdown(*(int(value) for value in values if value is not None))


def _require_provider(provider_id: int, today: date) -> None:
    fresh = {"populate_existing": True}
    provider = session.get(Provider, provider_id, execution_options=fresh)
    items = session.execute(
        select(DueDiligenceItem).where(DueDiligenceItem.provider_id == provider_id),
        execution_options=fresh,
    )
    if provider is None or not may_work(provider, items.scalars().all(), today):
        raise Conflict(
            "Your registration does not allow new work at the moment, so the voucher can’t be "
            "redeemed. Look at your registration for what is missing.",
            code="registration_incomplete",
        )


def _redemption(voucher: Voucher, match: Match, *, by: int, at: datetime) -> Redemption:
    amounts = agreed_amounts(match)
    redemption = Redemption(
        reference=make_reference("RDM", secrets.token_bytes(8)),
        voucher_id=voucher.id,
        match_id=match.id,
        application_id=voucher.application_id,
        offering_id=match.offering_id,
        provider_id=match.provider_id,
        business_id=voucher.business_id,
        round_id=voucher.round_id,
        net_price_pence=amounts.net_price_pence,
        vat_rate_bps=amounts.vat_rate_bps,
        vat_pence=amounts.vat_pence,
        voucher_pence=amounts.voucher_pence,
        contribution_pence=amounts.contribution_pence,
        redeemed_at=at,
        redeemed_by_id=by,
        claim_by_on=claim_by(london_date(at), match.start_on),
    )
    with translating_constraints():
        session.add(redemption)
        session.flush()
    return redemption


def _record(
    voucher: Voucher, redemption: Redemption, case: Application, *, by: int, at: datetime
) -> None:
    record(
        action="voucher.redeemed",
        subject=voucher,
        at=at,
        by=by,
        case=case.reference,
        details={
            "redemption": redemption.id,
            "provider": redemption.provider_id,
            "voucher_pence": redemption.voucher_pence,
            "contribution_pence": redemption.contribution_pence,
        },
    )
