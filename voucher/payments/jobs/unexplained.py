"""Movements of the programme's balance that nobody here made: found among Stripe's transactions."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from voucher.core.db import transaction
from voucher.core.errors import Conflict
from voucher.integrations.stripe.answers import BalanceTransaction
from voucher.integrations.stripe.errors import StripeRejected
from voucher.integrations.stripe.gateway import StripeGateway
from voucher.payments.clawbacks.queries import open_reversals
from voucher.payments.differences.operations.unexplained import notice_movement
from voucher.payments.differences.queries import (
    known_movements,
)
from voucher.payments.jobs.sending import read
from voucher.payments.models import PaymentStatus
from voucher.payments.queries.work import payment_by_exact_reference

LOOK_BACK = timedelta(days=3)
OURS = ("topup", "transfer", "transfer_refund")
"""Kinds of movement that go by the id of what caused them; every other one by its own, because a
payout and its return have one cause."""
AT_ONCE = 500


def movement_id(one: BalanceTransaction) -> str:
    """The id by which a movement is the same in Stripe's books and ours."""
    return one.source_id if one.kind in OURS and one.source_id else one.transaction_id


def notice_unexplained(stripe: StripeGateway, at: datetime, since: datetime | None = None) -> int:
    """Enter into suspense what moved the balance since `since` (three days) and is not ours.

    A top-up is the funder's money, and what a worker is just entering is ours; both are left alone.
    How many were entered.
    """
    found = stripe.balance_transactions(created_since=since or at - LOOK_BACK)
    seen = [one for one in found if one.net_pence and not _is_top_up(one)]
    noticed = 0
    for start in range(0, len(seen), AT_ONCE):
        noticed += _notice(stripe, seen[start : start + AT_ONCE], at)
    return noticed


def _is_top_up(one: BalanceTransaction) -> bool:
    return one.kind == "topup" and one.net_pence > 0


def _notice(stripe: StripeGateway, seen: Sequence[BalanceTransaction], at: datetime) -> int:
    ids = [movement_id(one) for one in seen]
    known = read(lambda: list(known_movements(ids)))
    noticed = 0
    for one in reversed(seen):
        if movement_id(one) not in known:
            noticed += _enter(stripe, one, at)
    return noticed


def _enter(stripe: StripeGateway, one: BalanceTransaction, at: datetime) -> bool:
    """Stripe is asked first. Whether a worker is about to enter the movement is asked before
    whether it is entered: so one that is entered in between is found entered."""
    stripe_id, ends = movement_id(one), _ends(stripe, one)
    if one.kind == "transfer" and not _is_one_too_many(stripe, ends.payment):
        return False
    # Another worker may notice it at the same moment, and is then the one who has.
    with suppress(Conflict), transaction():
        if _awaited(ends) or known_movements([stripe_id]):
            return False
        entered = notice_movement(
            seen=one,
            stripe_id=stripe_id,
            account_id=ends.account_id,
            undid_transfer_id=ends.undid_transfer_id,
            at=at,
        )
        return entered is not None
    return False


@dataclass(frozen=True)
class Ends:
    """What a movement names: the connected account at its other end, the payment (reference) or the
    request (key) that its metadata say it is of, the transfer that it undid."""

    account_id: str | None = None
    payment: str = ""
    attempt: str = ""
    undid_transfer_id: str | None = None


def _ends(stripe: StripeGateway, one: BalanceTransaction) -> Ends:
    if one.kind == "transfer":
        made = stripe.read_transfer(transfer_id=movement_id(one))
        return Ends(made.destination, payment=made.metadata.get("payment", ""))
    if one.kind == "transfer_refund":
        undone = stripe.read_reversal(transaction_id=one.transaction_id)
        account_id = stripe.read_transfer(transfer_id=undone.transfer_id).destination
        attempt = undone.metadata.get("attempt", "")
        return Ends(account_id, attempt=attempt, undid_transfer_id=undone.transfer_id)
    return Ends()


def notice_reversals(stripe: StripeGateway, transfer_id: str, at: datetime) -> bool:
    """Enter the reversals of a transfer that are not ours, as soon as Stripe tells of one; whether
    there were any."""
    listed = stripe.list_reversals(transfer_id=transfer_id)
    known = read(lambda: list(known_movements([one.reversal_id for one in listed])))
    ours = read(lambda: [key for _, _, key in open_reversals()])
    new = [one for one in listed if one.reversal_id not in known]
    if all(one.metadata.get("attempt") in ours for one in new):
        return False
    return notice_unexplained(stripe, at) > 0


def _is_one_too_many(stripe: StripeGateway, payment_reference: str) -> bool:
    """Whether a transfer is nobody's, or of a payment that has another one at Stripe.

    If what the books hold as the payment's transfer is not at Stripe, this one is the payment's:
    then the books are wrong, and it is shown as only Stripe's.
    """
    own = read(lambda: _own_transfers(payment_reference))
    if not own:
        return True
    try:
        stripe.read_transfer(transfer_id=own[0])
    except StripeRejected:
        return False
    return True


def _own_transfers(payment_reference: str) -> list[str]:
    payment = payment_by_exact_reference(payment_reference) if payment_reference else None
    return [payment.stripe_transfer_id] if payment and payment.stripe_transfer_id else []


def _awaited(ends: Ends) -> bool:
    """Whether it is a request of ours whose answer is not entered yet."""
    if ends.undid_transfer_id:
        return any(key == ends.attempt for _, _, key in open_reversals())
    payment = payment_by_exact_reference(ends.payment) if ends.payment else None
    if payment is None or payment.status is PaymentStatus.CANCELLED:
        return False
    return payment.stripe_transfer_id is None
