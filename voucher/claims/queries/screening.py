"""What the checks before paying have to do: parties to ask about, claims to check, doubts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, and_, case, exists, literal, or_, select
from sqlalchemy.orm import aliased

from voucher.applications.models import Application, ApplicationStatus
from voucher.businesses.models import Business
from voucher.claims.models import Claim, ClaimStatus
from voucher.core.db import session
from voucher.core.paging import Page, page_of
from voucher.providers.models import Provider
from voucher.screening.models import Gate, Outcome, PartyRecord, Referral, ScreeningCheck
from voucher.screening.queries import WAITING, latest_checks, referrals_of
from voucher.screening.rules import BUSINESS
from voucher.vouchers.models import Voucher, VoucherStatus

_TO_BE_PAID = (
    ClaimStatus.SUBMITTED,
    ClaimStatus.CONFIRMED,
    ClaimStatus.DISPUTED,
    ClaimStatus.APPROVED,
)


@dataclass(frozen=True, slots=True)
class PartyDue:
    """A business or provider to ask the register about, by its company number."""

    party: str
    party_id: int
    number: str


def parties_due(answered_before: datetime, silent_before: datetime, limit: int) -> list[PartyDue]:
    """Parties of claims that may be paid, and businesses with a live voucher or about to have one,
    not asked about lately: see `look_parties_up`."""
    found: list[PartyDue] = []
    for party, model, key in (
        ("business", Business, Claim.business_id),
        ("provider", Provider, Claim.provider_id),
    ):
        rows = session.execute(_due(party, model, key, answered_before, silent_before, limit))
        found += [PartyDue(party, row.id, row.company_number) for row in rows]
    return found


def _due(
    party: str, model: Any, key: Any, answered_before: datetime, silent_before: datetime, limit: int
) -> Any:
    known = and_(
        PartyRecord.party == literal(party, String),
        PartyRecord.party_id == model.id,
        PartyRecord.company_number == model.company_number,
    )
    wanted = exists(select(Claim.id).where(key == model.id, Claim.status.in_(_TO_BE_PAID)))
    if party == BUSINESS:
        wanted = or_(wanted, _supported_soon())
    return (
        select(model.id, model.company_number)
        .outerjoin(PartyRecord, known)
        .where(
            model.company_number.is_not(None),
            wanted,
            or_(
                PartyRecord.id.is_(None),
                PartyRecord.tried_at <= answered_before,
                and_(PartyRecord.trouble.is_not(None), PartyRecord.tried_at <= silent_before),
            ),
        )
        .order_by(model.id)
        .limit(limit)
    )


def _supported_soon() -> Any:
    """Whether a row of Business is about to be awarded a voucher, or has a live one."""
    approved = (ApplicationStatus.APPROVED,)
    live = (VoucherStatus.ISSUED, VoucherStatus.REDEEMED)
    case = select(Application.id).where(
        Application.business_id == Business.id, Application.status.in_(approved)
    )
    voucher = select(Voucher.id).where(Voucher.business_id == Business.id, Voucher.status.in_(live))
    return or_(exists(case), exists(voucher))


def claims_to_screen(*, anew: bool) -> Sequence[int]:
    """Confirmed claims: all of them, or those never checked and then those with a check that waits.

    In this order, because one may wait for days, and keeps no new claim from its first check.
    """
    query = select(Claim.id).where(Claim.status == ClaimStatus.CONFIRMED)
    if anew:
        return session.execute(query.order_by(Claim.id)).scalars().all()
    checked = exists(select(ScreeningCheck.id).where(ScreeningCheck.claim_id == Claim.id))
    query = query.where(or_(~checked, _waits())).order_by(case((checked, 1), else_=0), Claim.id)
    return session.execute(query).scalars().all()


def _waits() -> Any:
    later = aliased(ScreeningCheck)
    newer = exists(
        select(later.id).where(
            later.claim_id == ScreeningCheck.claim_id,
            later.gate == ScreeningCheck.gate,
            later.id > ScreeningCheck.id,
        )
    )
    return exists(
        select(ScreeningCheck.id).where(
            ScreeningCheck.claim_id == Claim.id,
            ScreeningCheck.outcome == Outcome.PENDING,
            ~newer,
        )
    )


@dataclass(frozen=True, slots=True)
class ReferredRow:
    """One doubt that waits: the referral, its claim, and the names."""

    referral: Referral
    claim: Claim
    business_name: str
    provider_name: str


def referred(page: int) -> Page[ReferredRow]:
    """Doubts that wait for an officer, of claims that may still be paid, the oldest first.

    One that has become moot, because the newest check found something else or nothing, is left out.
    """
    query = (
        select(Referral, Claim, Business.name, Provider.name)
        .join(Claim, Claim.id == Referral.claim_id)
        .join(Business, Business.id == Claim.business_id)
        .join(Provider, Provider.id == Claim.provider_id)
        .where(
            Referral.status.in_(WAITING),
            Claim.status.in_((ClaimStatus.CONFIRMED, ClaimStatus.APPROVED)),
            Referral.matter == _newest_matter(),
        )
        .order_by(Referral.id)
    )
    return page_of(query, page, key=Referral.id, make=lambda row: ReferredRow(*row))


def _newest_matter() -> Any:
    return (
        select(ScreeningCheck.matter)
        .where(ScreeningCheck.claim_id == Referral.claim_id, ScreeningCheck.gate == Referral.gate)
        .order_by(ScreeningCheck.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def referral_file(referral_id: int) -> ReferredRow | None:
    """One doubt with its claim and the names, or None."""
    query = (
        select(Referral, Claim, Business.name, Provider.name)
        .join(Claim, Claim.id == Referral.claim_id)
        .join(Business, Business.id == Claim.business_id)
        .join(Provider, Provider.id == Claim.provider_id)
        .where(Referral.id == referral_id)
    )
    row = session.execute(query).one_or_none()
    return ReferredRow(*row) if row else None


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One line of the table of checks: the newest check of a gate and the doubt it raised."""

    check: ScreeningCheck
    referral: Referral | None


def check_lines(claim_id: int) -> list[CheckLine]:
    """The newest check of every gate of the claim, in the order of the gates."""
    checks = latest_checks(claim_id)
    doubts = {(one.gate, one.matter): one for one in referrals_of(claim_id)}
    return [
        CheckLine(checks[gate], doubts.get((gate, checks[gate].matter)))
        for gate in Gate
        if gate in checks
    ]
