"""What the worker does about clawbacks: ask Stripe with nothing locked, set off what is owed.

Before every request the transfer's reversals are listed, so one whose answer was lost is found
rather than asked for twice.
"""

import logging
from datetime import datetime

from voucher.core.db import transaction
from voucher.core.turns import in_turn
from voucher.integrations.stripe.answers import ReversalMade
from voucher.integrations.stripe.gateway import StripeGateway
from voucher.payments.clawbacks.operations import entering
from voucher.payments.clawbacks.operations.netting import set_off
from voucher.payments.clawbacks.operations.taking import ReversalOrder, take_up
from voucher.payments.clawbacks.queries import due_clawbacks, payments_to_set_off
from voucher.payments.jobs.sending import Entries, failures_entered, read, refusals_unknown
from voucher.screening.queries import read_list_ahead

logger = logging.getLogger("voucher.payments")
BATCH = 20
ENTRIES: Entries[ReversalOrder] = Entries(
    refusal=entering.enter_refusal,
    mismatch=entering.enter_mismatch,
    unknown=entering.enter_unknown,
)


def take_back(stripe: StripeGateway, environment: str, at: datetime, limit: int = BATCH) -> int:
    """Take back, or look up, what was approved; how many clawbacks were taken up at Stripe."""
    taken = 0
    for clawback_id in read(lambda: due_clawbacks(at, limit)):
        with transaction():
            order = take_up(clawback_id=clawback_id, environment=environment, at=at)
        if order is not None:
            taken += 1
            _carry_out(stripe, order, at)
    return taken


def _carry_out(stripe: StripeGateway, order: ReversalOrder, at: datetime) -> None:
    with failures_entered(order, at, ENTRIES):
        made = _ask(stripe, order)
        with transaction():
            if made is not None:
                entering.enter_reversal(order=order, made=made, at=at)
            elif order.may_conclude:
                entering.enter_absent(order=order, at=at)
            else:
                words = "Not found at Stripe so far."
                entering.enter_unknown(order=order, words=words, at=at)


def _ask(stripe: StripeGateway, order: ReversalOrder) -> ReversalMade | None:
    with refusals_unknown():
        listed = stripe.list_reversals(transfer_id=order.transfer_id)
    made = [one for one in listed if one.metadata.get("attempt") == order.key]
    if made or not order.may_send:
        return made[0] if made else None
    return stripe.reverse_transfer(
        transfer_id=order.transfer_id,
        amount_pence=order.pence,
        metadata=order.metadata,
        key=order.key,
    )


def set_off_debts(at: datetime, limit: int = 100) -> int:
    """Set what providers owe off against their queued payments, see `in_turn`; how many pence."""
    due = read(payments_to_set_off)
    if due:
        read_list_ahead()
    return in_turn(
        due,
        lambda id_: set_off(payment_id=id_, at=at),
        what="the debt of payment",
        logger=logger,
        most=limit,
    )
