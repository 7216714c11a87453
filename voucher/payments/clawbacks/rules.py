"""Pure rules of asking money back: how much, when Stripe is asked, what a refusal means."""

from datetime import timedelta
from enum import StrEnum

from voucher.payments.clawbacks.models import ClawbackStatus
from voucher.payments.models import PaymentStatus
from voucher.payments.rules import FUNDS_CODES

_P = PaymentStatus
LOOK_AGAIN = timedelta(minutes=15)
AT_STRIPE = (_P.TRANSFERRED, _P.PAYOUT_FAILED)
"""The money lies in the provider's Stripe account, and no payout of it is under way."""
WITH_PROVIDER = (_P.PAID, _P.NETTED)
"""The provider has the money. What its Stripe account holds is that of other claims."""


class Way(StrEnum):
    """What the worker does next about an approved clawback."""

    REVERSE = "reverse"
    OWED = "owed"
    WAIT = "wait"


def way(status: PaymentStatus) -> Way:
    """How money can be had back from a payment of this status."""
    if status in AT_STRIPE:
        return Way.REVERSE
    return Way.OWED if status in WITH_PROVIDER else Way.WAIT


def most_pence(
    status: PaymentStatus, *, amount_pence: int, netted_pence: int, asked_pence: int
) -> int:
    """How much can still be asked back of a payment.

    `asked_pence` is what other clawbacks that were not refused or withdrawn ask for. Before the
    provider has the money, what was transferred; afterwards the whole, set-off included.
    """
    had = amount_pence if status in WITH_PROVIDER else amount_pence - netted_pence
    return max(had - asked_pence, 0)


def reversal_key(environment: str, reference: str, number: int) -> str:
    """The idempotency key of attempt `number`: the same for it always, never for another."""
    return f"{environment}:claw:{reference}:reversal:{number}"


def status_after_refusal(code: str) -> ClawbackStatus:
    """Where a clawback goes whose reversal Stripe definitely refused with `code`."""
    return ClawbackStatus.SHORTFALL if code in FUNDS_CODES else ClawbackStatus.ATTENTION


def shares(debts: list[tuple[int, int]], available_pence: int) -> list[tuple[int, int]]:
    """What of `available_pence` is set off against which debt (id, pence), in their order."""
    taken = []
    for debt_id, pence in debts:
        share = min(pence, available_pence)
        if share > 0:
            taken.append((debt_id, share))
            available_pence -= share
    return taken
