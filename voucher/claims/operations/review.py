"""Officers on claims: check, return, approve by a second person, reject; and paid at the end.

Nobody acts on a claim of a provider or a business they belong to. Lock order: round → voucher →
application → claim.
"""

from datetime import datetime

from sqlalchemy import select

from voucher.accounts.queries import is_of_provider
from voucher.applications.models import Application
from voucher.businesses.queries import is_of_enterprise
from voucher.claims.models import CLAIM_MOVES, Claim, ClaimStatus
from voucher.claims.operations.asking import end
from voucher.claims.operations.screening import obstacle, screen
from voucher.claims.operations.writing import (
    WRITABLE,
    agreed_with,
    give_back,
    lock_claim,
    record_event,
)
from voucher.claims.queries import award_decider, spoke_for_business
from voucher.claims.queries.contributions import accepted_by, open_question
from voucher.claims.rules import (
    AMOUNT_FIELDS,
    EvidenceLevel,
    amount_mismatches,
    is_overdue,
)
from voucher.core.clock import london_date
from voucher.core.db import lock, session
from voucher.core.errors import Conflict, Invalid, NotPermitted
from voucher.core.status import transition
from voucher.matching.rules import PriceBreakdown, voucher_amount
from voucher.programmes.models import Round
from voucher.programmes.operations import budget
from voucher.providers.models import Provider, ProviderStatus
from voucher.providers.operations.due_diligence import require_outsider
from voucher.screening.models import Stage
from voucher.vouchers.models import Redemption, Voucher, VoucherStatus
from voucher.vouchers.operations.life import call_off as cancel_redeemed
from voucher.vouchers.operations.life import cancel

LONGEST_NOTE = 2_000


def check(*, claim: Claim, by: int, at: datetime, note: str = "") -> None:
    """One officer has looked at the evidence of a confirmed claim; a different one may approve it.

    Raises Conflict when the claim is not confirmed or was checked already.
    """
    locked = lock_claim(claim)
    require_no_part(locked, by)
    if locked.status is not ClaimStatus.CONFIRMED:
        raise Conflict("A claim is checked once the business has confirmed the work.")
    if locked.checked_at is not None:
        raise Conflict("This claim has been checked already.")
    locked.checked_at, locked.checked_by_id = at, by
    locked.review_note = _note(note) or locked.review_note
    session.flush()
    record_event(locked, "claim.checked", by=by, at=at)


def return_to_provider(*, claim: Claim, note: str, by: int, at: datetime) -> None:
    """Give the claim back with what has to be put right; a check made before no longer counts.

    Raises Invalid on "note".
    """
    words = _required_note(note)
    locked = lock_claim(claim)
    require_no_part(locked, by)
    give_back(locked, note=words, by=by, at=at)
    record_event(locked, "claim.returned", by=by, at=at)


def approve(*, claim: Claim, by: int, at: datetime, note: str = "") -> None:
    """Approve a confirmed claim for payment: what was committed is now owed to the provider.

    Before: the amounts are the agreed ones and within the voucher, the case is not held, the
    provider not suspended; a claim with full evidence has been checked by a different officer;
    every check before paying passes or was cleared.
    Raises Conflict with what stands in the way, NotPermitted for the checker, for who spoke for a
    silent business or decided on the award, and for anybody with a part in it.
    """
    application: Application = lock(Application, claim.application_id)
    locked = lock_claim(claim)
    require_no_part(locked, by)
    if locked.status is not ClaimStatus.CONFIRMED:
        raise Conflict("A claim is approved once the business has confirmed the work.")
    if by == locked.checked_by_id:
        raise NotPermitted("You checked this claim, so a second person must approve it.")
    if spoke_for_business(locked, by):
        raise NotPermitted("You entered the business’s word, so a second person must approve it.")
    if accepted_by(locked, by):
        raise NotPermitted("You accepted the business’s payment, so a second person must approve.")
    require_not_decider(locked, by)
    _require_payable(locked, application)
    stands = screen(claim=locked, stage=Stage.APPROVAL, by=by, at=at)
    if stands:
        raise Conflict(str(obstacle(stands)))
    transition(
        locked,
        ClaimStatus.APPROVED,
        moves=CLAIM_MOVES,
        at=at,
        by=by,
        approved_at=at,
        approved_by_id=by,
        review_note=_note(note) or locked.review_note,
    )
    pence = int(locked.voucher_pence or 0)
    budget.recognise_claim(
        round_id=locked.round_id,
        provider_id=locked.provider_id,
        pence=pence,
        source=locked,
        at=at,
        by=by,
    )
    record_event(locked, "claim.approved", by=by, at=at, voucher_pence=pence)


def _require_payable(claim: Claim, application: Application) -> None:
    if application.held_at is not None:
        raise Conflict("This case is on hold. Nothing is approved until the hold is released.")
    provider = session.get_one(Provider, claim.provider_id, populate_existing=True)
    if provider.status is not ProviderStatus.APPROVED:
        raise Conflict("This provider is suspended. Nothing is approved until that has ended.")
    if claim.evidence_level == EvidenceLevel.FULL and claim.checked_by_id is None:
        raise Conflict("This claim takes full evidence: one officer checks it, another approves.")
    if open_question(claim.id) is not None or claim.contribution_unpaid:
        raise Conflict("The business’s own part has not been shown to be paid yet.")
    _require_agreed_amounts(claim)


def _require_agreed_amounts(claim: Claim) -> None:
    """The last gate before money: the claim is what was agreed, and within the voucher."""
    redemption = session.get_one(Redemption, claim.redemption_id)
    voucher = session.get_one(Voucher, redemption.voucher_id, populate_existing=True)
    claimed = PriceBreakdown(*(int(getattr(claim, field) or 0) for field in AMOUNT_FIELDS))
    if voucher.status is not VoucherStatus.REDEEMED:
        raise Conflict("The voucher was cancelled, so nothing can be paid on it.")
    most = voucher_amount(voucher.cap_pence, voucher.share_bps, claimed.net_price_pence)
    if amount_mismatches(claimed, agreed_with(redemption)) or claimed.voucher_pence > most:
        raise Conflict("The amounts are not those that were agreed. Return the claim.")


def reject(*, claim: Claim, note: str, by: int, at: datetime) -> None:
    """Reject a claim for good: the voucher is cancelled and its money goes back to the round.

    Raises Invalid on "note"; Conflict unless the claim is confirmed or disputed, or the business
    has let its last day pass without a word.
    """
    words = _required_note(note)
    lock(Round, claim.round_id)
    redemption = session.get_one(Redemption, claim.redemption_id)
    voucher: Voucher = lock(Voucher, redemption.voucher_id)
    locked = lock_claim(claim)
    require_no_part(locked, by)
    if locked.status is ClaimStatus.APPROVED:
        raise Conflict(
            "This claim is approved. What is not paid is ended by cancelling its payment."
        )
    if locked.status is ClaimStatus.SUBMITTED and not is_silent(locked, at):
        raise Conflict("The business can still answer: its last day is not over yet.")
    end(locked, by=by, at=at)
    transition(locked, ClaimStatus.REJECTED, moves=CLAIM_MOVES, at=at, by=by, review_note=words)
    cancel(voucher=voucher, reason="The claim was rejected.", by=by, at=at, claimed=False)
    released = redemption.voucher_pence
    record_event(locked, "claim.rejected", by=by, at=at, released_pence=released)


def call_off(
    *,
    claim: Claim,
    reason: str,
    by: int | None,
    at: datetime,
    because: str = "Its payment was cancelled.",
) -> None:
    """Reject an approved claim because its payment was cancelled or taken back; its voucher ends.

    Before: the caller, under the locks of round, voucher and claim, has given back what the books
    owed. The approval stays in the event log. Raises Conflict unless the claim is approved.
    """
    locked = lock_claim(claim)
    if locked.status is not ClaimStatus.APPROVED:
        raise Conflict(f"This can’t be called off: it is “{locked.status.staff_label}”.")
    facts = {"approved_at": None, "approved_by_id": None, "review_note": reason}
    transition(locked, ClaimStatus.REJECTED, moves=CLAIM_MOVES, at=at, by=by, **facts)
    redemption = session.get_one(Redemption, locked.redemption_id)
    voucher = session.get_one(Voucher, redemption.voucher_id)
    if voucher.status is VoucherStatus.REDEEMED:
        cancel_redeemed(voucher=voucher, reason=because, by=by, at=at)
    record_event(locked, "claim.rejected", by=by, at=at, released_pence=redemption.voucher_pence)


def abandon(*, voucher: Voucher, reason: str, by: int, at: datetime) -> None:
    """End a redeemed voucher that nobody claims on: its money goes back to the round.

    Before: no claim was sent, or it is back with the provider. After: the voucher is CANCELLED, and
    what was written of a claim can't be sent any more. Raises Invalid on "reason", NotPermitted for
    a member of provider or business, Conflict once a claim waits, was approved or was paid.
    """
    lock(Round, voucher.round_id)
    locked: Voucher = lock(Voucher, voucher.id)
    redemption = _redemption_of(locked)
    claim = _lock_claim_on(redemption)
    if claim is not None:
        require_no_part(claim, by)
    require_outsider(by, redemption.provider_id)
    if claim is not None and claim.status not in WRITABLE:
        raise Conflict("There is a claim on this voucher. Settle the claim first.")
    cancel(voucher=locked, reason=reason, by=by, at=at, claimed=False)


def _redemption_of(voucher: Voucher) -> Redemption:
    query = select(Redemption).where(Redemption.voucher_id == voucher.id)
    found = session.execute(query).scalar_one_or_none()
    if found is None:
        raise Conflict("This voucher has not been redeemed.")
    return found


def _lock_claim_on(redemption: Redemption) -> Claim | None:
    query = select(Claim.id).where(Claim.redemption_id == redemption.id)
    claim_id = session.execute(query).scalar_one_or_none()
    return None if claim_id is None else lock(Claim, claim_id)


def mark_paid(*, claim: Claim, at: datetime) -> None:
    """The money has reached the provider's bank. Called by what follows the payment."""
    locked = lock_claim(claim)
    transition(locked, ClaimStatus.PAID, moves=CLAIM_MOVES, at=at, by=None)
    record_event(locked, "claim.paid", by=None, at=at, voucher_pence=locked.voucher_pence)


def require_no_part(claim: Claim, by: int) -> None:
    """Raise NotPermitted for a person of the claim's provider or of the business's enterprise."""
    if is_of_provider(by, claim.provider_id) or is_of_enterprise(by, claim.business_id):
        raise NotPermitted("You belong to a party of this claim, so a colleague must do this.")


def require_not_decider(claim: Claim, by: int) -> None:
    """Raise NotPermitted for the officer who decided on the award behind the claim.

    Between a decision to support and the money stand two people, whatever roles one person holds.
    """
    if session.execute(select(award_decider(claim.application_id))).scalar() == by:
        raise NotPermitted("You decided on this award, so a colleague must let its money go.")


def is_silent(claim: Claim, at: datetime) -> bool:
    """Whether the claim waits for a business that has let its last day pass."""
    due = claim.confirm_by_on
    waits = claim.status is ClaimStatus.SUBMITTED
    return waits and due is not None and is_overdue(due, london_date(at))


def _note(words: str) -> str:
    text = words.strip()
    if len(text) > LONGEST_NOTE:
        raise Invalid(f"The note must be {LONGEST_NOTE:,} characters or fewer.", "note")
    return text


def _required_note(words: str) -> str:
    text = _note(words)
    if not text:
        raise Invalid("Say why, in words the provider can act on.", "note")
    return text
