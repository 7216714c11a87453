"""Faults 1 to 12: what happens between us and Stripe while money is sent."""

from datetime import timedelta

from voucher.core.db import lock, session
from voucher.integrations.stripe.errors import StripeFailure
from voucher.payments.models import AttemptKind, Payment
from voucher.payments.queries.work import account_of
from voucher.payments.rules import idempotency_key
from voucher.sandbox.chaos.crew import EMULATOR
from voucher.sandbox.chaos.field import PAYOUTS, TRANSFERS, Field
from voucher.sandbox.chaos.plan import Strike

SOON = 0.6
OUTAGE_STEP = timedelta(hours=9)
OUTAGE_STEPS = 3
FAR_TOO_MUCH_PENCE = 9_999_999_900
PATHS = {"transfers": TRANSFERS, "payouts": PAYOUTS}


def either(chance: float) -> str:
    """The address of transfers or of payouts."""
    return TRANSFERS if chance < 0.5 else PAYOUTS


def crash_before_the_lease(field: Field, strike: Strike) -> None:
    """1: the worker waits for a lock inside its first transaction, and dies there."""
    payment = field.payment(strike.claim)
    if payment is not None:
        lock(Payment, payment.id)
        field.breathe(SOON)
    field.crew.kill(*field.crew.workers)
    session.rollback()
    field.crew.begin(*field.crew.workers)


def crash_after_the_lease(field: Field, strike: Strike) -> None:
    """2: the request waits at Stripe's door when worker and Stripe die: it never happened."""
    field.levers.order_fault("held_before", method="POST", path=PATHS[strike.variant])
    if field.await_held():
        field.restart(*field.crew.workers)
        field.restart(EMULATOR)
    field.levers.call_off_faults()


def dropped_before(field: Field, strike: Strike) -> None:
    """3: the connection breaks before Stripe has worked, for the library's repetitions too."""
    path = PATHS[strike.variant]
    field.levers.order_fault("dropped_before", method="POST", path=path, times=3)


def dropped_after(field: Field, strike: Strike) -> None:
    """4: Stripe has worked, but its answer never comes, or comes cut."""
    kind = "dropped_after" if strike.chance < 0.7 else "malformed_after"
    field.levers.order_fault(kind, method="POST", path=PATHS[strike.variant], times=3)


def crash_before_the_entry(field: Field, strike: Strike) -> None:
    """5: the work is done, and the worker dies before it can write that down."""
    field.levers.order_fault("held_after", method="POST", path=PATHS[strike.variant])
    if field.await_held():
        field.restart(*field.crew.workers)
    field.levers.call_off_faults()


def error_500(field: Field, strike: Strike) -> None:
    """6: 500 before or after the work; the repetition is given the same."""
    field.levers.order_fault(strike.variant, method="POST", path=either(strike.chance), times=2)


def too_many(field: Field, strike: Strike) -> None:
    """7: 429, 409, 503."""
    field.levers.order_fault(strike.variant, method="POST", path=either(strike.chance), times=4)


def expired_lease(field: Field, strike: Strike) -> None:
    """8: a request hangs until its lease is over and another worker has taken it up."""
    field.levers.order_fault("held_after", method="POST", path=either(strike.chance), seconds=60)
    if field.await_held():
        field.forward(timedelta(minutes=6))
        field.breathe(2.5 * SOON)
    field.levers.call_off_faults()


def outage(field: Field, strike: Strike) -> None:
    """9: some requests are lost, and then Stripe is away for more than a day."""
    field.levers.order_fault("dropped_after", method="POST", path=either(strike.chance), times=3)
    field.breathe(SOON)
    if strike.variant == "dead":
        field.crew.kill(EMULATOR)
    else:
        field.levers.order_fault("unavailable", path="/v1/", times=100_000)
    for _ in range(OUTAGE_STEPS):
        field.forward(OUTAGE_STEP)
        field.breathe(2 * SOON)
    field.levers.call_off_faults()


def no_funds(field: Field, strike: Strike) -> None:
    """10: the funder is late for some beats; or Stripe says so though the money is there."""
    if strike.variant == "empty":
        field.dry_beats = 3
    else:
        field.levers.order_fault("insufficient_funds", method="POST", path=TRANSFERS, times=2)


def key_used_before(field: Field, strike: Strike) -> None:
    """11: somebody has used the key of the claim's transfer for something else."""
    payment = field.payment(strike.claim)
    account = account_of(payment.provider_id) if payment else None
    if payment is None or account is None or account.stripe_account_id is None:
        return
    services = field.ground.services
    reference, environment = payment.reference, services.settings.environment
    session.rollback()
    field.crew.await_ready(EMULATOR)
    try:
        services.stripe.create_transfer(
            amount_pence=FAR_TOO_MUCH_PENCE,
            destination=account.stripe_account_id,
            transfer_group="another",
            metadata={},
            key=idempotency_key(environment, reference, AttemptKind.TRANSFER, 1),
        )
    except StripeFailure:
        return
    field.wrong.append("Stripe made a transfer of more than there is")


def key_refused(field: Field, strike: Strike) -> None:
    """12: our key is refused for a while."""
    field.levers.order_fault(strike.variant, path="/v1/", times=4)
