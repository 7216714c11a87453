"""A corrected invoice takes the place of the one in a claim that was sent; the old one is kept."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import BinaryIO

from voucher.claims.models import Claim, ClaimStatus, SupersededInvoice
from voucher.claims.operations.amending import said
from voucher.claims.operations.writing import (
    LONGEST,
    lock_claim,
    record_event,
    require_free_number,
)
from voucher.claims.rules import EvidenceKind
from voucher.core.clock import london_date
from voucher.core.db import session, translating_constraints
from voucher.core.errors import Conflict, Invalid
from voucher.files.operations import store
from voucher.files.queries import files_of
from voucher.integrations.storage.store import ContentStore


@dataclass(frozen=True, slots=True)
class CorrectedInvoice:
    """A corrected invoice as it is entered: number, date, why, the document."""

    number: str
    invoice_on: date | None
    words: str
    stream: BinaryIO
    name: str


def correct_invoice(
    *, claim: Claim, invoice: CorrectedInvoice, content_store: ContentStore, by: int, at: datetime
) -> SupersededInvoice:
    """Put a corrected invoice in the place of the one a sent claim stands on.

    Before: the claim is back with the provider. After: the old number, date and files are kept with
    who replaced them, when and why; the amounts stay those agreed. Raises Invalid on
    "invoice_number", "invoice_on", "words" or "upload", Conflict in any other status.
    """
    explained = said(invoice.words, "Say what was wrong with the old invoice.")
    locked = lock_claim(claim)
    if locked.status is not ClaimStatus.RETURNED:
        raise Conflict("An invoice is replaced while the claim is back with you. Take it back.")
    number = _number(locked, invoice.number)
    on = _day(invoice.invoice_on, london_date(at))
    old = SupersededInvoice(
        claim_id=locked.id,
        provider_id=locked.provider_id,
        invoice_number=locked.invoice_number or "",
        invoice_on=locked.invoice_on,
        words=explained,
        superseded_at=at,
        superseded_by_id=by,
    )
    session.add(old)
    locked.invoice_number, locked.invoice_on = number, on
    with translating_constraints():
        session.flush()
    hashes = _set_aside(locked, old)
    _keep(locked, invoice, content_store, by=by, at=at)
    details = {"superseded": old.id, "sha256": hashes}
    record_event(locked, "claim.invoice_corrected", by=by, at=at, **details)
    return old


def _number(claim: Claim, typed: str) -> str:
    number, longest = typed.strip(), LONGEST["invoice_number"]
    if not number:
        raise Invalid("Enter the number of the corrected invoice.", "invoice_number")
    if len(number) > longest:
        raise Invalid(f"This must be {longest} characters or fewer.", "invoice_number")
    require_free_number(claim, number)
    return number


def _day(typed: date | None, today: date) -> date:
    if typed is None:
        raise Invalid("Enter the date of the corrected invoice.", "invoice_on")
    if typed > today:
        raise Invalid("The date of the invoice must be today or earlier.", "invoice_on")
    return typed


def _set_aside(claim: Claim, old: SupersededInvoice) -> list[str]:
    """Keep the files of the old invoice about `old`; their hashes."""
    files = files_of(claim, EvidenceKind.INVOICE.value)
    for file in files:
        file.subject_kind, file.subject_id = old.__tablename__, old.id
    session.flush()
    return [file.sha256 for file in files]


def _keep(
    claim: Claim, invoice: CorrectedInvoice, content_store: ContentStore, *, by: int, at: datetime
) -> None:
    store(
        stream=invoice.stream,
        name=invoice.name,
        purpose=EvidenceKind.INVOICE.value,
        subject=claim,
        by=by,
        at=at,
        store=content_store,
        provider_id=claim.provider_id,
    )
