"""Reads of claims: the provider's, the business's, the officers' queue, and track records.

What belongs to somebody else is NotFound.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, func, or_, select

from voucher.applications.models import Application, Decision
from voucher.businesses.models import Business
from voucher.claims.models import Claim, ClaimStatus, Confirmation
from voucher.claims.queries.contributions import claims_in_question
from voucher.claims.rules import EvidenceKind, EvidenceLevel, missing_evidence
from voucher.core.db import session
from voucher.core.errors import NotFound
from voucher.core.paging import Page, page_of
from voucher.core.references import normalise_reference
from voucher.core.search import ids_saying
from voucher.files.models import StoredFile
from voucher.matching.models import Match, MatchStatus, Variation
from voucher.matching.queries import OPEN_VARIATION
from voucher.providers.models import Offering, Provider
from voucher.vouchers.models import Award, Redemption, Voucher, VoucherStatus


@dataclass(frozen=True)
class ClaimPage:
    """One claim with everything its pages show, in one statement."""

    claim: Claim
    redemption: Redemption
    match: Match
    offering: Offering
    provider: Provider
    business: Business
    application: Application
    voucher: Voucher
    awarded_by_officer_id: int
    """Who decided on the award that the claim is paid from."""


def claim_for_provider(provider_id: int, reference: str) -> ClaimPage:
    """One claim of this provider; NotFound for anybody else's."""
    return _one(Claim.provider_id == provider_id, reference)


def claim_for_business(business_id: int, reference: str) -> ClaimPage:
    """One claim on this business's voucher, once it has been sent; NotFound otherwise."""
    sent = Claim.status != ClaimStatus.DRAFT
    return _one(and_(Claim.business_id == business_id, sent), reference)


def claim_for_staff(reference: str) -> ClaimPage:
    """One claim that has been sent; NotFound for drafts, which are the provider's own."""
    return _one(Claim.status != ClaimStatus.DRAFT, reference)


def _one(scope: ColumnElement[bool], reference: str) -> ClaimPage:
    query = (
        select(
            Claim,
            Redemption,
            Match,
            Offering,
            Provider,
            Business,
            Application,
            Voucher,
            award_decider(Claim.application_id),
        )
        .join(Redemption, Redemption.id == Claim.redemption_id)
        .join(Match, Match.id == Redemption.match_id)
        .join(Offering, Offering.id == Redemption.offering_id)
        .join(Provider, Provider.id == Claim.provider_id)
        .join(Business, Business.id == Claim.business_id)
        .join(Application, Application.id == Claim.application_id)
        .join(Voucher, Voucher.id == Redemption.voucher_id)
        .where(scope, Claim.reference == (normalise_reference(reference) or ""))
        .execution_options(populate_existing=True)
    )
    found = session.execute(query).first()
    if found is None:
        raise NotFound("There is no such claim.")
    return ClaimPage(*found)


def award_decider(application_id: Any) -> ScalarSelect[int]:
    """The officer who decided on the application's award, where a second had to agree: proposed it.

    For a whole statement or inside another one; `application_id` is a value or a column.
    """
    return (
        select(Decision.decided_by_id)
        .join(Award, Award.decision_id == Decision.id)
        .where(Award.application_id == application_id)
        .scalar_subquery()
    )


def answers_of(claim_id: int) -> Sequence[Confirmation]:
    """What the business has said on this claim, the latest first."""
    query = select(Confirmation).where(Confirmation.claim_id == claim_id)
    return session.execute(query.order_by(Confirmation.id.desc())).scalars().all()


# --- the provider's side -----------------------------------------------------------------------


@dataclass(frozen=True)
class Job:
    """One redemption of a provider: for whom, what, until when to claim, and the claim if begun."""

    redemption: Redemption
    business_name: str
    title: str
    claim: Claim | None


def to_claim(provider_id: int, limit: int = 50) -> Sequence[Job]:
    """Redemptions without a claim, or with one still being written, the first deadline first."""
    writing = (ClaimStatus.DRAFT, ClaimStatus.RETURNED)
    query = _jobs().where(
        Redemption.provider_id == provider_id,
        Voucher.status == VoucherStatus.REDEEMED,
        or_(Claim.id.is_(None), Claim.status.in_(writing)),
    )
    rows = session.execute(query.order_by(Redemption.claim_by_on, Redemption.id).limit(limit))
    return [Job(*row) for row in rows]


def to_redeem(provider_id: int, limit: int = 50) -> Sequence[Any]:
    """Agreed work whose voucher is not redeemed, the first to end first.

    (match, business's name, voucher's last day, the change of the agreement that is open, or None).
    """
    query = (
        select(Match, Business.name, Voucher.expires_on, Variation)
        .outerjoin(Variation, (Variation.match_id == Match.id) & OPEN_VARIATION)
        .join(Voucher, Voucher.id == Match.voucher_id)
        .join(Business, Business.id == Voucher.business_id)
        .where(
            Match.provider_id == provider_id,
            Match.status == MatchStatus.AGREED,
            Voucher.status == VoucherStatus.ISSUED,
        )
        .order_by(Voucher.expires_on, Match.id)
        .limit(limit)
    )
    return session.execute(query).all()


def claims_of(provider_id: int, page: int, total: int | None = None) -> Page[Job]:
    """One page of the provider's claims as Jobs, the latest first; `total` if it is known."""
    query = _jobs().where(Redemption.provider_id == provider_id, Claim.id.is_not(None))
    shown = query.order_by(Claim.id.desc())
    return page_of(shown, page, key=Redemption.id, make=lambda row: Job(*row), total=total)


def redemptions_before(provider_id: int, before: int | None, limit: int) -> Sequence[Job]:
    """Up to `limit` redemptions of the provider, the latest first, older than the one of id
    `before`."""
    query = _jobs().where(Redemption.provider_id == provider_id)
    if before is not None:
        query = query.where(Redemption.id < before)
    return [Job(*row) for row in session.execute(query.order_by(Redemption.id.desc()).limit(limit))]


def claims_before(provider_id: int, before: int | None, limit: int) -> Sequence[Job]:
    """The same for claims, by the claim's id."""
    query = _jobs().where(Redemption.provider_id == provider_id, Claim.id.is_not(None))
    if before is not None:
        query = query.where(Claim.id < before)
    return [Job(*row) for row in session.execute(query.order_by(Claim.id.desc()).limit(limit))]


def job_of(provider_id: int, reference: str) -> Job:
    """One redemption of this provider with what goes with it; NotFound for anybody else's."""
    found = redemption_for_provider(provider_id, reference)
    return Job(*session.execute(_jobs().where(Redemption.id == found.id)).one())


def missing_files(
    claim: Claim, redemption: Redemption, files: Iterable[StoredFile]
) -> tuple[EvidenceKind, ...]:
    """What must still be attached to a claim that is being written, of which `files` are there.

    No proof of the business's part where it is said that it has not paid yet.
    """
    return missing_evidence(
        EvidenceLevel(claim.evidence_level),
        {EvidenceKind(file.purpose) for file in files},
        contribution_pence=0 if claim.contribution_unpaid else redemption.contribution_pence,
    )


def _jobs() -> Select[Any]:
    return (
        select(Redemption, Business.name, Offering.title, Claim)
        .join(Business, Business.id == Redemption.business_id)
        .join(Offering, Offering.id == Redemption.offering_id)
        .join(Voucher, Voucher.id == Redemption.voucher_id)
        .outerjoin(Claim, Claim.redemption_id == Redemption.id)
    )


def redemption_for_provider(provider_id: int, reference: str) -> Redemption:
    """One redemption of this provider; NotFound for anybody else's."""
    query = select(Redemption).where(
        Redemption.provider_id == provider_id,
        Redemption.reference == (normalise_reference(reference) or ""),
    )
    found = session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound("There is no such redemption.")
    return found


def money_by_status(provider_id: int) -> dict[ClaimStatus, tuple[int, int]]:
    """By status: how many claims of the provider, and what the voucher's part of them comes to."""
    query = (
        select(Claim.status, func.count(Claim.id), func.sum(Redemption.voucher_pence))
        .join(Redemption, Redemption.id == Claim.redemption_id)
        .where(Claim.provider_id == provider_id)
        .group_by(Claim.status)
    )
    return {row[0]: (row[1], int(row[2] or 0)) for row in session.execute(query)}


# --- the business's side -----------------------------------------------------------------------


def claim_of_voucher(voucher_id: int) -> Claim | None:
    """The claim on one voucher, if the provider has sent one."""
    query = (
        select(Claim)
        .join(Redemption, Redemption.id == Claim.redemption_id)
        .where(Redemption.voucher_id == voucher_id, Claim.status != ClaimStatus.DRAFT)
    )
    return session.execute(query).scalar_one_or_none()


# --- the officers' side ------------------------------------------------------------------------

_C = ClaimStatus
STATUS_GROUPS: dict[str, tuple[ClaimStatus, ...]] = {
    "work": (_C.CONFIRMED, _C.DISPUTED),
    **{status.value: (status,) for status in ClaimStatus if status is not _C.DRAFT},
    "all": tuple(status for status in ClaimStatus if status is not _C.DRAFT),
}
SILENT = "silent"
"""The filter for claims whose business has not answered in time."""
UNPAID = "unpaid"
"""The filter for claims of which the business's own part was not shown to be paid."""


@dataclass(frozen=True)
class ClaimFilter:
    """What the officers' queue shows. `text`: reference or part of a party's name."""

    status: str = "work"
    sampled_only: bool = False
    text: str = ""


def claim_queue(chosen: ClaimFilter, today: date, page: int) -> Page[Any]:
    """One page of (claim, provider's name, business's name), the first to be paid first."""
    query = (
        select(Claim, Provider.name, Business.name)
        .join(Provider, Provider.id == Claim.provider_id)
        .join(Business, Business.id == Claim.business_id)
        .where(_in_group(chosen.status, today))
    )
    if chosen.sampled_only:
        query = query.where(Claim.sampled)
    if chosen.text.strip():
        query = query.where(_says(chosen.text.strip()))
    shown = query.order_by(Claim.pay_by_on.is_(None), Claim.pay_by_on, Claim.submitted_at, Claim.id)
    return page_of(shown, page, key=Claim.id)


def _in_group(status: str, today: date) -> ColumnElement[bool]:
    silent = and_(Claim.status == ClaimStatus.SUBMITTED, Claim.confirm_by_on < today)
    if status == SILENT:
        return silent
    if status == UNPAID:
        return Claim.id.in_(claims_in_question())
    chosen = Claim.status.in_(STATUS_GROUPS[status])
    # Silence past the deadline is put before an officer, not left lying.
    return or_(chosen, silent) if status == "work" else chosen


def _says(text: str) -> ColumnElement[bool]:
    return or_(
        Claim.reference == (normalise_reference(text) or text.upper()),
        Claim.business_id.in_(ids_saying(Business, text)),
        func.lower(Provider.name).contains(text.lower(), autoescape=True),
    )


def tasters_done() -> dict[int, int]:
    """By application: the offering of its taster that was done and paid; for a track record."""
    query = (
        select(Claim.application_id, Redemption.offering_id)
        .join(Redemption, Redemption.id == Claim.redemption_id)
        .where(Claim.status == ClaimStatus.PAID)
    )
    return {row[0]: row[1] for row in session.execute(query)}
