"""The provider credits part of its invoice: before the claim is approved, or afterwards.

Before, the business agrees to the lower amounts as to any amendment. Afterwards they are entered on
the record: claim and redemption keep what was approved, and officers ask the difference back by a
clawback. Lock order: round → voucher → application → claim.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from voucher.claims.models import Amendment, AmendmentCause, AmendmentStatus, Claim, ClaimStatus
from voucher.claims.operations.amending import amounts, lock_to_amend, make_offer, note, said
from voucher.claims.operations.writing import lock_claim
from voucher.claims.queries.amendments import amounts_on_record
from voucher.claims.rules import AMOUNT_FIELDS
from voucher.core.db import session, translating_constraints
from voucher.core.errors import Conflict, Invalid
from voucher.core.status import opened
from voucher.files.operations import store
from voucher.integrations.storage.store import ContentStore
from voucher.matching.rules import PriceBreakdown, price_breakdown
from voucher.vouchers.models import Redemption, Voucher

LONGEST_NUMBER = 60
CREDIT_FILE = "credit_note"
PAST_APPROVAL = (ClaimStatus.APPROVED, ClaimStatus.PAID)


@dataclass(frozen=True, slots=True)
class CreditNote:
    """A credit note as it is entered: number, amount before VAT in pence, why, the document."""

    number: str
    credited_pence: int | None
    words: str
    stream: BinaryIO
    name: str


def offer_credit(
    *, claim: Claim, credit: CreditNote, content_store: ContentStore, by: int, at: datetime
) -> Amendment:
    """The provider has credited part of its invoice, before the claim is approved.

    As `offer_less`: the price becomes what is left, and the business must agree. Invoice and credit
    note are both kept. Raises Invalid on "credit_number", "credited_pence", "words" or "upload",
    Conflict while the claim is not being written.
    """
    number, explained = _number(credit), said(credit.words, "Say why you have credited it.")
    redemption, voucher, _, locked = lock_to_amend(claim)
    net = redemption.net_price_pence - _credited(credit, redemption.net_price_pence)
    if net == 0:
        words = "If you have credited all of it, don’t claim: write to us."
        raise Invalid(words, "credited_pence")
    after = amounts(redemption, voucher, net, field="credited_pence")
    cause = AmendmentCause.CREDIT_NOTE
    made = make_offer(
        locked, redemption, after, cause, explained, by=by, at=at, credit_number=number
    )
    _keep(made, credit, content_store, by=by, at=at)
    return made


def enter_credit(
    *, claim: Claim, credit: CreditNote, content_store: ContentStore, by: int, at: datetime
) -> Amendment:
    """The provider has credited part, or all, of its invoice after the claim was approved.

    After: the corrected five amounts are on record beside those approved; finance is told what to
    ask back, the business what it should have back. No money moves here. Raises as `offer_credit`,
    Conflict for a claim that was not approved.
    """
    number, explained = _number(credit), said(credit.words, "Say why you have credited it.")
    locked = lock_claim(claim)
    if locked.status not in PAST_APPROVAL:
        raise Conflict("This claim is not approved. Take it back and offer the lower price.")
    before = amounts_on_record(locked)
    after = _left(locked, before, _credited(credit, before.net_price_pence))
    made = Amendment(
        claim_id=locked.id,
        provider_id=locked.provider_id,
        cause=AmendmentCause.CREDIT_NOTE,
        status=AmendmentStatus.ENTERED,
        words=explained,
        credit_number=number,
        offered_at=at,
        offered_by_id=by,
        **{f"was_{part}": getattr(before, part) for part in AMOUNT_FIELDS},
        **{part: getattr(after, part) for part in AMOUNT_FIELDS},
    )
    with translating_constraints():
        session.add(made)
        opened(made, at=at, by=by)
    _keep(made, credit, content_store, by=by, at=at)
    back = made.was_voucher_pence - made.voucher_pence
    note(locked, made, "claim.credit_entered", by=by, at=at, back_pence=back)
    return made


def _left(claim: Claim, before: PriceBreakdown, credited_pence: int) -> PriceBreakdown:
    """The five amounts of what is left of a price; nothing at all where all of it was credited."""
    net = before.net_price_pence - credited_pence
    if net == 0:
        return PriceBreakdown(0, before.vat_rate_bps, 0, 0, 0)
    redemption = session.get_one(Redemption, claim.redemption_id)
    voucher = session.get_one(Voucher, redemption.voucher_id)
    return price_breakdown(
        net_price_pence=net,
        vat_rate_bps=before.vat_rate_bps,
        cap_pence=min(voucher.cap_pence, before.voucher_pence),
        share_bps=voucher.share_bps,
    )


def _number(credit: CreditNote) -> str:
    number = credit.number.strip()
    if not number:
        raise Invalid("Enter the number of your credit note.", "credit_number")
    if len(number) > LONGEST_NUMBER:
        raise Invalid(f"This must be {LONGEST_NUMBER} characters or fewer.", "credit_number")
    return number


def _credited(credit: CreditNote, price_pence: int) -> int:
    """What the credit note takes off a price before VAT."""
    pence = credit.credited_pence
    if pence is None or pence <= 0:
        raise Invalid("Enter what you have credited, above nothing.", "credited_pence")
    if pence > price_pence:
        raise Invalid("You can’t credit more than the price.", "credited_pence")
    return pence


def _keep(
    made: Amendment, credit: CreditNote, content_store: ContentStore, *, by: int, at: datetime
) -> None:
    store(
        stream=credit.stream,
        name=credit.name,
        purpose=CREDIT_FILE,
        subject=made,
        by=by,
        at=at,
        store=content_store,
        provider_id=made.provider_id,
    )
