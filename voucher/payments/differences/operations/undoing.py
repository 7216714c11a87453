"""Reversals made by hand in Stripe's dashboard: of which payment or debt, and whether one may be
entered as money that came back; and whether what is said of a movement fits what it is."""

from datetime import datetime

from sqlalchemy import select

from voucher.core.db import lock, session
from voucher.core.errors import Invalid
from voucher.core.money import Money
from voucher.payments.clawbacks.models import CLOSED, Clawback, ClawbackStatus
from voucher.payments.clawbacks.queries import debt_of_transfer, left_to_ask
from voucher.payments.clawbacks.rules import AT_STRIPE
from voucher.payments.differences.models import Outcome, UnexplainedMovement
from voucher.payments.differences.queries import outcomes_fitting, provider_touched
from voucher.payments.models import PAID_OUT_OPEN, AttemptKind, Payment, PaymentStatus
from voucher.payments.operations.steps import move
from voucher.payments.operations.taking import open_attempt

_P, _C = PaymentStatus, ClawbackStatus
STILL_OWED = (_C.SHORTFALL, _C.NETTING, _C.INVOICED)


def payment_undone(row: UnexplainedMovement) -> int | None:
    """The id of the payment whose transfer the movement took money of back, if there is one."""
    if row.undid_transfer_id is None:
        return None
    query = select(Payment.id).where(Payment.stripe_transfer_id == row.undid_transfer_id)
    return session.execute(query).scalar_one_or_none()


def require_undone(row: UnexplainedMovement, payment: Payment) -> None:
    """Raise Invalid on "outcome" unless the payment's money can have come back by this reversal."""
    left = left_to_ask(payment)
    wrong = (
        (
            payment.status in (_P.PAID, *PAID_OUT_OPEN),
            "This payment’s money has gone to the provider’s bank, so the reversal took money of "
            "other claims. Put it back by a transfer in Stripe’s dashboard; then choose that it "
            "was undone by that.",
        ),
        (
            payment.status not in (*AT_STRIPE, _P.ATTENTION)
            or open_attempt(payment, AttemptKind.PAYOUT) is not None,
            f"The payment is “{payment.status.staff_label}”. Wait until that is over.",
        ),
        (
            row.net_pence > min(left, payment.to_bank_pence),
            f"Only {Money(min(left, payment.to_bank_pence))} of this payment can have come back. "
            "If a clawback of it is open, withdraw that first.",
        ),
    )
    for found, words in wrong:
        if found:
            raise Invalid(words, "outcome")


def let_come_back(payment: Payment, by: int, at: datetime) -> None:
    """Have a payment that needs a person be where its money lies, for it to be taken from there."""
    if payment.status is _P.ATTENTION:
        move(payment, _P.TRANSFERRED, at, by, next_step_at=at, status_note=None)


def require_nobody_s(row: UnexplainedMovement) -> None:
    """Raise Invalid on "outcome" for a reversal that took money of ours back: what a payment sent,
    or what is still asked back, which would else be asked for twice."""
    if payment_undone(row):
        raise Invalid(
            "It took back money of one of our payments. Enter it as that, or say what put it back.",
            "outcome",
        )
    debt = debt_of_transfer(row.undid_transfer_id) if row.undid_transfer_id else None
    if debt is not None and debt.status not in CLOSED:
        raise Invalid(
            f"It took back what clawback {debt.reference} asks for. Enter it as that, or say what "
            "put it back.",
            "outcome",
        )


def require_debt_undone(row: UnexplainedMovement) -> Clawback:
    """What asked back the transfer by hand that this undid, locked. Raises Invalid on "outcome"."""
    known = debt_of_transfer(row.undid_transfer_id) if row.undid_transfer_id else None
    if known is None or row.net_pence <= 0:
        raise Invalid("It did not take back money of ours.", "outcome")
    debt: Clawback = lock(Clawback, known.id)
    if debt.status not in STILL_OWED or row.net_pence > debt.owed_pence:
        raise Invalid(
            f"Clawback {debt.reference} is “{debt.status.staff_label}”: nothing of this amount is "
            "open there.",
            "outcome",
        )
    return debt


def require_fits(row: UnexplainedMovement, outcome: Outcome) -> None:
    """Raise Invalid on "outcome" for what the movement can't have been: two people who agree on it
    would take a debt out of the books."""
    if outcome in outcomes_fitting(row):
        return
    if provider_touched(row) is None:
        words = "Stripe moved this money from one balance to another, so it is no fee."
    elif row.net_pence < 0:
        words = (
            "This money went to a provider of ours: it paid a claim, the provider owes it back, "
            "or another movement undid it."
        )
    else:
        words = (
            "This money came from a provider of ours: say first what the transfer was that it "
            "took back, or what put it back."
        )
    raise Invalid(words, "outcome")
