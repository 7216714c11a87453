"""Less was delivered than was agreed: provider and business agree on a lesser price, then claim it.

Only while the claim is being written. Less is claimed than was committed, so the round has the rest
back and the business's subsidy record is lowered. More than was agreed is never possible here.
Lock order: round → voucher → application → claim.
"""

from datetime import datetime

from voucher.accounts.queries import is_of_business
from voucher.applications.models import Application
from voucher.claims.models import (
    ALREADY_OFFERED,
    LESSER_WORK_MOVES,
    Claim,
    LesserWork,
    LesserWorkStatus,
)
from voucher.claims.operations.writing import WRITABLE, lock_claim, record_event
from voucher.claims.queries.lesser import open_offer_of_less
from voucher.core.db import lock, session, translating_constraints
from voucher.core.errors import Conflict, Invalid, NotPermitted
from voucher.core.status import opened, transition
from voucher.matching.rules import PriceBreakdown, price_breakdown
from voucher.programmes.models import Round
from voucher.programmes.operations import budget
from voucher.providers.operations.due_diligence import require_outsider
from voucher.subsidy.operations import record_redeemed
from voucher.vouchers.models import Award, Redemption, Voucher, VoucherStatus

LONGEST_WORDS = 2_000
_SENT = (
    "This claim has been sent, so less can’t be agreed now. The business can dispute it, and we "
    "then give it back to you to put right."
)
_PARTS = ("net_price_pence", "vat_pence", "voucher_pence", "contribution_pence")


def offer_less(
    *, claim: Claim, net_price_pence: int | None, words: str, by: int, at: datetime
) -> LesserWork:
    """The provider offers to be paid for less: a price before VAT, and what was not delivered.

    Before: the claim is being written, its voucher redeemed, no offer open. After: an offer with
    the amounts before and after, which the business must agree to; until it has answered, the claim
    can't be sent. Raises Invalid on "net_price_pence" or "words", Conflict when it is too late.
    """
    said = _words(words, "words", "Say what was delivered and what was not.")
    redemption, voucher, _, locked = _lock(claim)
    if open_offer_of_less(locked.id) is not None:
        raise Conflict(ALREADY_OFFERED)
    less = _lesser(redemption, voucher, net_price_pence)
    offer = LesserWork(
        claim_id=locked.id,
        status=LesserWorkStatus.OFFERED,
        words=said,
        offered_at=at,
        offered_by_id=by,
        **{f"was_{part}": getattr(redemption, part) for part in _PARTS},
        **{part: getattr(less, part) for part in _PARTS},
    )
    with translating_constraints():
        session.add(offer)
        opened(offer, at=at, by=by)
    record_event(locked, "claim.less_offered", by=by, at=at, voucher_pence=less.voucher_pence)
    return offer


def _lesser(redemption: Redemption, voucher: Voucher, net: int | None) -> PriceBreakdown:
    if net is None or net <= 0:
        raise Invalid(
            "Enter a price above nothing. If nothing was delivered, don’t claim: write to us.",
            "net_price_pence",
        )
    if net >= redemption.net_price_pence:
        raise Invalid("The price must be less than the one you agreed.", "net_price_pence")
    less = price_breakdown(
        net_price_pence=net,
        vat_rate_bps=redemption.vat_rate_bps,
        cap_pence=min(voucher.cap_pence, redemption.voucher_pence),
        share_bps=voucher.share_bps,
    )
    if less.voucher_pence == 0:
        raise Invalid("The voucher pays nothing of such a price.", "net_price_pence")
    return less


def withdraw_less(*, claim: Claim, by: int, at: datetime) -> None:
    """The provider takes its open offer back. Raises Conflict when there is none."""
    locked = lock_claim(claim)
    offer = _open(locked)
    transition(offer, LesserWorkStatus.WITHDRAWN, moves=LESSER_WORK_MOVES, at=at, by=by)
    record_event(locked, "claim.less_withdrawn", by=by, at=at)


def refuse_less(*, claim: Claim, words: str, by: int, at: datetime) -> None:
    """The business does not agree to the offer, and says why; the agreed amounts stay.

    Raises Invalid on "words", NotPermitted as `agree_to_less` does.
    """
    said = _words(words, "words", "Say why you don’t agree.")
    locked = lock_claim(claim)
    offer = _open(locked)
    _require_the_business(locked, offer, by)
    transition(
        offer,
        LesserWorkStatus.REFUSED,
        moves=LESSER_WORK_MOVES,
        at=at,
        by=by,
        answered_at=at,
        answered_by_id=by,
        refusal=said,
    )
    record_event(locked, "claim.less_refused", by=by, at=at)


def agree_to_less(*, claim: Claim, offer_id: int, by: int, at: datetime) -> None:
    """The business agrees: the redemption is for the lesser amounts from now on.

    `offer_id`: the offer that was read. After: what the voucher pays less goes from committed back
    to the round, and the support on the business's record is lowered. Raises NotPermitted for
    anybody not of the business, of the provider, or who made the offer; Conflict when the offer is
    no longer open or another one, the case is held, or the voucher was cancelled.
    """
    redemption, voucher, case, locked = _lock(claim)
    offer = _open(locked)
    _require_the_business(locked, offer, by)
    if offer.id != offer_id:
        raise Conflict("The provider has changed its offer since you opened it. Read it again.")
    if case.held_at is not None:
        raise Conflict("We are looking into something on this case. Nothing can be agreed yet.")
    transition(
        offer,
        LesserWorkStatus.AGREED,
        moves=LESSER_WORK_MOVES,
        at=at,
        by=by,
        answered_at=at,
        answered_by_id=by,
    )
    released = _lower(redemption, voucher, offer, by=by, at=at)
    record_event(
        locked,
        "claim.less_agreed",
        by=by,
        at=at,
        voucher_pence=offer.voucher_pence,
        released_pence=released,
    )


def _lower(
    redemption: Redemption, voucher: Voucher, offer: LesserWork, *, by: int, at: datetime
) -> int:
    """Make the redemption the lesser one and give back the rest; the pence given back."""
    released = redemption.voucher_pence - offer.voucher_pence
    for part in _PARTS:
        setattr(redemption, part, getattr(offer, part))
    session.flush()
    if released:
        budget.release_committed(
            round_id=redemption.round_id,
            pence=released,
            source=offer,
            reason="lesser_work",
            at=at,
            by=by,
        )
        award = session.get_one(Award, voucher.award_id)
        record_redeemed(notice_id=award.notice_id, pence=offer.voucher_pence)
    return released


def _lock(claim: Claim) -> tuple[Redemption, Voucher, Application, Claim]:
    lock(Round, claim.round_id)
    known = session.get_one(Redemption, claim.redemption_id)
    voucher: Voucher = lock(Voucher, known.voucher_id)
    case: Application = lock(Application, claim.application_id)
    locked = lock_claim(claim)
    if locked.status not in WRITABLE:
        raise Conflict(_SENT)
    if voucher.status is not VoucherStatus.REDEEMED:
        raise Conflict("This voucher was cancelled, so nothing can be agreed on it. Write to us.")
    return session.get_one(Redemption, known.id, populate_existing=True), voucher, case, locked


def _open(claim: Claim) -> LesserWork:
    offer = open_offer_of_less(claim.id)
    if offer is None:
        raise Conflict("There is no open offer on this claim. It was answered or taken back.")
    return offer


def _require_the_business(claim: Claim, offer: LesserWork, by: int) -> None:
    if not is_of_business(by, claim.business_id):
        raise NotPermitted("Only the business can answer this offer.")
    require_outsider(by, claim.provider_id)
    if by == offer.offered_by_id:
        raise NotPermitted("You made this offer, so somebody else must answer it.")


def _words(given: str, field: str, missing: str) -> str:
    said = given.strip()
    if not said:
        raise Invalid(missing, field)
    if len(said) > LONGEST_WORDS:
        raise Invalid(f"This must be {LONGEST_WORDS:,} characters or fewer.", field)
    return said
