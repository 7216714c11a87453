"""Reads of amendments: offers of other amounts than were agreed, and credit notes entered."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ScalarSelect, func, select

from voucher.businesses.models import Business
from voucher.claims.models import (
    Amendment,
    AmendmentCause,
    AmendmentStatus,
    Claim,
    SupersededInvoice,
)
from voucher.claims.rules import AMOUNT_FIELDS, EvidenceKind
from voucher.core.db import session
from voucher.core.errors import NotFound
from voucher.core.references import normalise_reference
from voucher.files.models import StoredFile
from voucher.files.queries import files_of
from voucher.matching.rules import PriceBreakdown
from voucher.providers.models import Offering, Provider
from voucher.vouchers.models import Redemption

_OFFERED = Amendment.status == AmendmentStatus.OFFERED


def amendments_of(claim_id: int) -> Sequence[Amendment]:
    """Every amendment of one claim, the latest first."""
    query = select(Amendment).where(Amendment.claim_id == claim_id)
    return session.execute(query.order_by(Amendment.id.desc())).scalars().all()


def open_amendment(claim_id: int) -> Amendment | None:
    """The offer on one claim that waits for the business, as it is stored now."""
    query = select(Amendment).where(Amendment.claim_id == claim_id, _OFFERED)
    return session.execute(query.execution_options(populate_existing=True)).scalar_one_or_none()


def amounts_on_record(claim: Claim) -> PriceBreakdown:
    """The five amounts that count: those of the latest credit note entered, or those agreed."""
    query = select(Amendment).where(
        Amendment.claim_id == claim.id, Amendment.status == AmendmentStatus.ENTERED
    )
    latest = session.execute(query.order_by(Amendment.id.desc()).limit(1)).scalar_one_or_none()
    source: Any = latest or session.get_one(Redemption, claim.redemption_id, populate_existing=True)
    return PriceBreakdown(*(getattr(source, field) for field in AMOUNT_FIELDS))


def credited_pence(claim_id: int) -> ScalarSelect[Any]:
    """What the voucher was approved to pay too much, by the credit notes entered since: in pence,
    as a column to select."""
    less = func.sum(Amendment.was_voucher_pence - Amendment.voucher_pence)
    query = select(func.coalesce(less, 0)).where(
        Amendment.claim_id == claim_id, Amendment.status == AmendmentStatus.ENTERED
    )
    return query.scalar_subquery()


def credit_files(claim_id: int) -> dict[int, list[StoredFile]]:
    """The documents of a claim's credit notes, by amendment."""
    query = (
        select(StoredFile)
        .join(Amendment, Amendment.id == StoredFile.subject_id)
        .where(
            StoredFile.subject_kind == Amendment.__tablename__,
            StoredFile.removed_at.is_(None),
            Amendment.claim_id == claim_id,
        )
    )
    found: dict[int, list[StoredFile]] = {}
    for file in session.execute(query.order_by(StoredFile.id)).scalars():
        found.setdefault(file.subject_id, []).append(file)
    return found


def wants_new_invoice(claim: Claim) -> bool:
    """Whether other amounts were agreed since the claim got its invoice, which shows the old ones.

    In a claim that was sent a corrected invoice must have taken its place; in a draft no invoice
    may be older than the agreement. A credit note leaves the invoice as it is and stands beside it.
    """
    agreed_at = _other_amounts_agreed_at(claim.id)
    if agreed_at is None:
        return False
    if claim.submitted_at is None:
        invoices = files_of(claim, EvidenceKind.INVOICE.value)
        return any(file.uploaded_at < agreed_at for file in invoices)
    if agreed_at < claim.submitted_at:
        return False
    replaced = select(SupersededInvoice.id).where(
        SupersededInvoice.claim_id == claim.id, SupersededInvoice.superseded_at >= agreed_at
    )
    return session.execute(replaced).first() is None


def _other_amounts_agreed_at(claim_id: int) -> datetime | None:
    query = select(func.max(Amendment.answered_at)).where(
        Amendment.claim_id == claim_id,
        Amendment.status == AmendmentStatus.AGREED,
        Amendment.cause != AmendmentCause.CREDIT_NOTE,
    )
    return session.execute(query).scalar()


def superseded_invoices(claim_id: int) -> list[tuple[SupersededInvoice, Sequence[StoredFile]]]:
    """The invoices a claim stood on before, with their files, the latest first."""
    query = select(SupersededInvoice).where(SupersededInvoice.claim_id == claim_id)
    found = session.execute(query.order_by(SupersededInvoice.id.desc())).scalars()
    return [(one, files_of(one)) for one in found]


def amendments_unanswered(today: date) -> Sequence[int]:
    """Ids of open offers whose last day is over, the oldest first."""
    query = select(Amendment.id).where(_OFFERED, Amendment.answer_by_on < today)
    return session.execute(query.order_by(Amendment.id)).scalars().all()


def amendment_for_business(business_id: int, reference: str) -> Any:
    """The latest offer on a claim on this business's voucher, whether or not the claim was sent.

    (offer, claim, provider, offering, business). Raises NotFound without an offer.
    """
    query = (
        select(Amendment, Claim, Provider, Offering, Business)
        .join(Claim, Claim.id == Amendment.claim_id)
        .join(Redemption, Redemption.id == Claim.redemption_id)
        .join(Provider, Provider.id == Claim.provider_id)
        .join(Offering, Offering.id == Redemption.offering_id)
        .join(Business, Business.id == Claim.business_id)
        .where(
            Claim.business_id == business_id,
            Claim.reference == (normalise_reference(reference) or ""),
            Amendment.status != AmendmentStatus.WITHDRAWN,
        )
        .order_by(Amendment.id.desc())
    )
    found = session.execute(query).first()
    if found is None:
        raise NotFound("There is no such offer.")
    return found
