"""Other amounts than were agreed: the provider offers them, the business answers, then it is
claimed.

Three causes: less was delivered, part of the invoice was credited, the VAT rate has changed. Only
while the claim is being written. What is claimed less than was committed goes back to the round,
and the business's subsidy record is lowered. More of the programme's money is never possible here.
Lock order: round → voucher → application → claim.
"""

from datetime import datetime
from typing import Any

from voucher.accounts.queries import is_of_business
from voucher.applications.models import Application
from voucher.claims.models import (
    ALREADY_OFFERED,
    AMENDMENT_MOVES,
    Amendment,
    AmendmentCause,
    AmendmentStatus,
    Claim,
)
from voucher.claims.operations.writing import WRITABLE, lock_claim, record_event
from voucher.claims.queries.amendments import open_amendment
from voucher.claims.rules import AMOUNT_FIELDS, amendment_due_on, is_overdue
from voucher.core.clock import london_date
from voucher.core.db import lock, session, translating_constraints
from voucher.core.errors import Conflict, Invalid, NotPermitted
from voucher.core.status import opened, transition
from voucher.matching.rules import PriceBreakdown, price_breakdown
from voucher.programmes.models import Round
from voucher.programmes.operations import budget
from voucher.providers.models import Provider
from voucher.providers.operations.due_diligence import require_outsider
from voucher.providers.rules import vat_problem
from voucher.subsidy.operations import record_redeemed
from voucher.vouchers.models import Award, Redemption, Voucher, VoucherStatus

LONGEST_WORDS = 2_000
_SENT = (
    "This claim has been sent, so other amounts can’t be agreed now. Take it back first, or ask us "
    "to give it back to you."
)


def offer_less(
    *, claim: Claim, net_price_pence: int | None, words: str, by: int, at: datetime
) -> Amendment:
    """The provider offers to be paid for less: a price before VAT, and what was not delivered.

    Before: the claim is being written, its voucher redeemed, no offer open. After: an offer with
    the amounts before and after, which the business must agree to within 14 days; until it has
    answered, the claim can't be sent. Raises Invalid on "net_price_pence" or "words", Conflict when
    it is too late.
    """
    explained = said(words, "Say what was delivered and what was not.")
    redemption, voucher, _, locked = lock_to_amend(claim)
    if net_price_pence is not None and net_price_pence >= redemption.net_price_pence:
        raise Invalid("The price must be less than the one you agreed.", "net_price_pence")
    after = amounts(redemption, voucher, net_price_pence)
    return make_offer(locked, redemption, after, AmendmentCause.LESS_WORK, explained, by=by, at=at)


def offer_vat(
    *,
    claim: Claim,
    vat_rate_bps: int | None,
    net_price_pence: int | None,
    words: str,
    by: int,
    at: datetime,
) -> Amendment:
    """The provider's VAT registration has changed since the agreement: another rate on the price.

    The voucher is a share of the price before VAT, so it stays; the business pays more VAT, or
    less. A provider that bears the VAT itself names a lower price. Raises Invalid on "vat_rate",
    "net_price_pence" or "words", Conflict when it is too late.
    """
    explained = said(words, "Say what has changed, and since when.")
    redemption, voucher, _, locked = lock_to_amend(claim)
    provider = session.get_one(Provider, locked.provider_id, populate_existing=True)
    if vat_rate_bps is None or vat_rate_bps == redemption.vat_rate_bps:
        raise Invalid("The rate must be another one than you agreed.", "vat_rate")
    problem = vat_problem(vat_rate_bps, vat_registered=provider.vat_registered)
    if problem:
        raise Invalid(problem.words, "vat_rate")
    if net_price_pence is not None and net_price_pence > redemption.net_price_pence:
        words = "The price before VAT can’t be more than the one you agreed."
        raise Invalid(words, "net_price_pence")
    after = amounts(redemption, voucher, net_price_pence, vat_rate_bps=vat_rate_bps)
    return make_offer(
        locked, redemption, after, AmendmentCause.VAT_CHANGED, explained, by=by, at=at
    )


def make_offer(
    claim: Claim,
    redemption: Redemption,
    after: PriceBreakdown,
    cause: AmendmentCause,
    words: str,
    *,
    by: int,
    at: datetime,
    **facts: Any,
) -> Amendment:
    """Store an open offer on a locked claim. Raises Conflict while there is one."""
    if open_amendment(claim.id) is not None:
        raise Conflict(ALREADY_OFFERED)
    offer = Amendment(
        claim_id=claim.id,
        provider_id=claim.provider_id,
        cause=cause,
        status=AmendmentStatus.OFFERED,
        words=words,
        answer_by_on=amendment_due_on(london_date(at)),
        offered_at=at,
        offered_by_id=by,
        **{f"was_{part}": getattr(redemption, part) for part in AMOUNT_FIELDS},
        **{part: getattr(after, part) for part in AMOUNT_FIELDS},
        **facts,
    )
    with translating_constraints():
        session.add(offer)
        opened(offer, at=at, by=by)
    note(claim, offer, "claim.amendment_offered", by=by, at=at)
    return offer


def amounts(
    redemption: Redemption,
    voucher: Voucher,
    net: int | None,
    *,
    vat_rate_bps: int | None = None,
    field: str = "net_price_pence",
) -> PriceBreakdown:
    """The five amounts for a price of no more than was agreed."""
    if net is None or net <= 0:
        words = "Enter a price above nothing. If nothing was delivered, don’t claim: write to us."
        raise Invalid(words, field)
    after = price_breakdown(
        net_price_pence=net,
        vat_rate_bps=redemption.vat_rate_bps if vat_rate_bps is None else vat_rate_bps,
        cap_pence=min(voucher.cap_pence, redemption.voucher_pence),
        share_bps=voucher.share_bps,
    )
    if after.voucher_pence == 0:
        raise Invalid("The voucher pays nothing of such a price.", field)
    return after


def withdraw_amendment(*, claim: Claim, by: int, at: datetime) -> None:
    """The provider takes its open offer back. Raises Conflict when there is none."""
    locked = lock_claim(claim)
    offer = _open(locked)
    transition(offer, AmendmentStatus.WITHDRAWN, moves=AMENDMENT_MOVES, at=at, by=by)
    note(locked, offer, "claim.amendment_withdrawn", by=by, at=at)


def lapse_amendment(*, amendment_id: int, at: datetime) -> bool:
    """End an offer that the business has not answered by its last day; False when it is not so.

    The amounts first agreed stay: the provider claims those, or offers others again. Nobody is told
    where the voucher was cancelled meanwhile.
    """
    known = session.get_one(Amendment, amendment_id)
    claim = lock_claim(session.get_one(Claim, known.claim_id))
    offer = open_amendment(claim.id)
    if offer is None or offer.id != amendment_id or not _is_late(offer, at):
        return False
    transition(offer, AmendmentStatus.LAPSED, moves=AMENDMENT_MOVES, at=at, by=None)
    redemption = session.get_one(Redemption, claim.redemption_id)
    if session.get_one(Voucher, redemption.voucher_id).status is VoucherStatus.REDEEMED:
        note(claim, offer, "claim.amendment_lapsed", by=None, at=at)
    return True


def refuse_amendment(*, claim: Claim, words: str, by: int, at: datetime) -> None:
    """The business does not agree to the offer, and says why; the agreed amounts stay.

    Raises Invalid on "words", NotPermitted as `agree_amendment` does.
    """
    explained = said(words, "Say why you don’t agree.")
    locked = lock_claim(claim)
    offer = _open(locked)
    _require_the_business(locked, offer, by)
    facts = {"answered_at": at, "answered_by_id": by, "refusal": explained}
    transition(offer, AmendmentStatus.REFUSED, moves=AMENDMENT_MOVES, at=at, by=by, **facts)
    note(locked, offer, "claim.amendment_refused", by=by, at=at)


def agree_amendment(*, claim: Claim, offer_id: int, by: int, at: datetime) -> None:
    """The business agrees: redemption and claim are for the amounts offered from now on.

    `offer_id`: the offer that was read. After: what the voucher pays less goes from committed back
    to the round, and the support on the business's record is lowered. Raises NotPermitted for
    anybody not of the business, of the provider, or who made the offer; Conflict when the offer is
    no longer open, too old or another one, the case is held, or the voucher was cancelled.
    """
    redemption, voucher, case, locked = lock_to_amend(claim)
    offer = _open(locked)
    _require_the_business(locked, offer, by)
    if offer.id != offer_id:
        raise Conflict("The provider has changed its offer since you opened it. Read it again.")
    if _is_late(offer, at):
        raise Conflict("Your last day to answer is over. Ask the provider to offer it again.")
    if case.held_at is not None:
        raise Conflict("We are looking into something on this case. Nothing can be agreed yet.")
    facts = {"answered_at": at, "answered_by_id": by}
    transition(offer, AmendmentStatus.AGREED, moves=AMENDMENT_MOVES, at=at, by=by, **facts)
    released = _amend(redemption, voucher, locked, offer, by=by, at=at)
    note(locked, offer, "claim.amendment_agreed", by=by, at=at, released_pence=released)


def _amend(
    redemption: Redemption,
    voucher: Voucher,
    claim: Claim,
    offer: Amendment,
    *,
    by: int,
    at: datetime,
) -> int:
    """Enter the amounts in redemption and claim and give back the rest; the pence given back."""
    released = redemption.voucher_pence - offer.voucher_pence
    for part in AMOUNT_FIELDS:
        setattr(redemption, part, getattr(offer, part))
        setattr(claim, part, getattr(offer, part))
    session.flush()
    if released:
        budget.release_committed(
            round_id=redemption.round_id,
            pence=released,
            source=offer,
            reason="amended",
            at=at,
            by=by,
        )
        award = session.get_one(Award, voucher.award_id)
        record_redeemed(notice_id=award.notice_id, pence=offer.voucher_pence)
    return released


def lock_to_amend(claim: Claim) -> tuple[Redemption, Voucher, Application, Claim]:
    """Everything an amendment touches, locked. Raises Conflict once other amounts are too late."""
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


def _open(claim: Claim) -> Amendment:
    offer = open_amendment(claim.id)
    if offer is None:
        raise Conflict("There is no open offer on this claim. It was answered or taken back.")
    return offer


def _is_late(offer: Amendment, at: datetime) -> bool:
    return offer.answer_by_on is not None and is_overdue(offer.answer_by_on, london_date(at))


def _require_the_business(claim: Claim, offer: Amendment, by: int) -> None:
    if not is_of_business(by, claim.business_id):
        raise NotPermitted("Only the business can answer this offer.")
    require_outsider(by, claim.provider_id)
    if by == offer.offered_by_id:
        raise NotPermitted("You made this offer, so somebody else must answer it.")


def said(given: str, missing: str, field: str = "words") -> str:
    """What was typed, tidied. Raises Invalid at `field`: with the words `missing`, or too long."""
    text = given.strip()
    if not text:
        raise Invalid(missing, field)
    if len(text) > LONGEST_WORDS:
        raise Invalid(f"This must be {LONGEST_WORDS:,} characters or fewer.", field)
    return text


def note(
    claim: Claim, offer: Amendment, action: str, *, by: int | None, at: datetime, **more: Any
) -> None:
    """Write the audit event of an amendment, with its cause and what the voucher pays after."""
    facts = {"amendment": offer.id, "cause": offer.cause.value}
    pence = offer.voucher_pence
    record_event(claim, action, by=by, at=at, voucher_pence=pence, **facts, **more)
