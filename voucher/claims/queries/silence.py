"""Reads of silence: whose last day is over, what was put before the officers, who spoke instead."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, and_, or_, select

from voucher.businesses.models import Business
from voucher.claims.models import Claim, ClaimStatus, Confirmation
from voucher.claims.rules import Awaited, escalation_due
from voucher.core.clock import london_date
from voucher.core.db import count_rows, session
from voucher.providers.models import Provider
from voucher.vouchers.models import Redemption, Voucher, VoucherStatus

_REDEEMED = Voucher.status == VoucherStatus.REDEEMED
ANSWER_AWAITED = and_(_REDEEMED, Claim.status == ClaimStatus.SUBMITTED)
CLAIM_AWAITED = and_(_REDEEMED, or_(Claim.id.is_(None), Claim.status == ClaimStatus.DRAFT))
"""The same as `rules.awaited`, of voucher and claim as they are stored."""


def claim_on(redemption_id: int) -> Claim | None:
    """The claim on one redemption as it is stored now, if it was begun."""
    query = select(Claim).where(Claim.redemption_id == redemption_id)
    return session.execute(query.execution_options(populate_existing=True)).scalar_one_or_none()


def with_claims(*columns: Any) -> Select[Any]:
    """`columns` of redemptions with their vouchers and their claims, where there are any."""
    return (
        select(*columns)
        .select_from(Redemption)
        .join(Voucher, Voucher.id == Redemption.voucher_id)
        .outerjoin(Claim, Claim.redemption_id == Redemption.id)
    )


def claims_unanswered(today: date) -> Sequence[int]:
    """Ids of claims whose business let its last day pass, not escalated for it, oldest first."""
    query = (
        with_claims(Claim.id, Claim.confirm_by_on, Claim.escalated_at)
        .where(ANSWER_AWAITED, Claim.confirm_by_on < today)
        .order_by(Claim.confirm_by_on, Claim.id)
    )
    return _to_escalate(query, today)


def redemptions_unclaimed(today: date) -> Sequence[int]:
    """Ids of redemptions that nobody has claimed on in time, not escalated yet, oldest first."""
    query = (
        with_claims(Redemption.id, Redemption.claim_by_on, Redemption.escalated_at)
        .where(CLAIM_AWAITED, Redemption.claim_by_on < today)
        .order_by(Redemption.claim_by_on, Redemption.id)
    )
    return _to_escalate(query, today)


def _to_escalate(query: Select[Any], today: date) -> list[int]:
    return [
        id_
        for id_, due, escalated_at in session.execute(query)
        if escalation_due(
            due, today, escalated_on=None if escalated_at is None else london_date(escalated_at)
        )
    ]


@dataclass(frozen=True)
class SilentCase:
    """A taster whose last day is over: who is silent towards whom, since when.

    `reference`: the claim's where the business's answer is awaited, else the redemption's; `pence`:
    the voucher's part.
    """

    awaited: Awaited
    reference: str
    voucher: str
    provider: str
    business: str
    due: date
    pence: int
    escalated_at: datetime | None

    @property
    def waits_for(self) -> str:
        """The name of the silent party."""
        return self.provider if self.awaited is Awaited.CLAIM else self.business


@dataclass(frozen=True)
class SilentCases:
    """Some silent cases, and how many there are in all."""

    rows: Sequence[SilentCase]
    total: int


_CLAIM_COLUMNS = (Redemption.reference, Redemption.claim_by_on, Redemption.escalated_at)
_ANSWER_COLUMNS = (Claim.reference, Claim.confirm_by_on, Claim.escalated_at)


def silent_cases(today: date, *, limit: int) -> SilentCases:
    """Everything past its last day that was put before the officers, the latest put first."""
    found, total = [], 0
    for awaited, waits, columns in (
        (Awaited.CLAIM, CLAIM_AWAITED, _CLAIM_COLUMNS),
        (Awaited.ANSWER, ANSWER_AWAITED, _ANSWER_COLUMNS),
    ):
        query = _cases(columns).where(waits, columns[1] < today, columns[2].is_not(None))
        total += count_rows(query.with_only_columns(Redemption.id))
        newest = query.order_by(columns[2].desc(), Redemption.id).limit(limit)
        found += [_case(awaited, row) for row in session.execute(newest)]
    found.sort(key=lambda case: case.escalated_at, reverse=True)  # type: ignore[arg-type,return-value]
    return SilentCases(found[:limit], total)


def unclaimed(today: date, limit: int = 50) -> SilentCases:
    """Redemptions whose day to claim has passed without a claim being sent, the oldest first."""
    query = _cases(_CLAIM_COLUMNS).where(CLAIM_AWAITED, Redemption.claim_by_on < today)
    oldest = query.order_by(Redemption.claim_by_on, Redemption.id).limit(limit)
    rows = [_case(Awaited.CLAIM, row) for row in session.execute(oldest)]
    total = count_rows(query.with_only_columns(Redemption.id)) if len(rows) == limit else len(rows)
    return SilentCases(rows, total)


def _cases(columns: tuple[Any, ...]) -> Select[Any]:
    others = (Voucher.reference, Provider.name, Business.name, Redemption.voucher_pence)
    return (
        with_claims(*columns, *others)
        .join(Provider, Provider.id == Redemption.provider_id)
        .join(Business, Business.id == Redemption.business_id)
    )


def _case(awaited: Awaited, row: Any) -> SilentCase:
    reference, due, escalated_at, voucher, provider, business, pence = row
    return SilentCase(awaited, reference, voucher, provider, business, due, pence, escalated_at)


def spoke_for_business(claim: Claim, user_id: int) -> bool:
    """Whether this officer entered the silent business's word on the claim as it was last sent."""
    if claim.submitted_at is None:
        return False
    query = select(Confirmation.id).where(
        Confirmation.claim_id == claim.id,
        Confirmation.on_behalf,
        Confirmation.given_by_id == user_id,
        Confirmation.given_at >= claim.submitted_at,
    )
    return session.execute(query).first() is not None
