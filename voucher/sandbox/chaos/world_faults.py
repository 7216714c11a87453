"""Faults 13 to 18 and 21 to 23: webhooks, banks, payees, hands and clocks."""

from contextlib import suppress
from datetime import timedelta
from urllib.error import URLError

from voucher.core.db import reading, session
from voucher.integrations.stripe.errors import StripeFailure
from voucher.payments.jobs.onboarding import open_account, read_again
from voucher.payments.models import Payment
from voucher.payments.queries.work import account_of
from voucher.providers.models import Provider
from voucher.sandbox.chaos.crew import EMULATOR
from voucher.sandbox.chaos.field import PAYOUTS, Field
from voucher.sandbox.chaos.ground import Payee, open_payee, write_payee
from voucher.sandbox.chaos.plan import Strike
from voucher.sandbox.chaos.wire import send_spoilt
from voucher.sandbox.stripe_emulator.control_client import LeverRefused

THREE_DAYS_SECONDS = 3 * 86_400
NEW_PAYEES_FROM = 500
PATIENT_TRIES = 10
SKEW_MINUTES = (1, 4, 30, 120)


def webhook_first(field: Field, _strike: Strike) -> None:
    """13: the webhook is here before the answer to the request that caused it."""
    field.levers.order_fault("webhook_first", method="POST", path=PAYOUTS, times=3)


def odd_deliveries(field: Field, strike: Strike) -> None:
    """14: webhooks come twice, in another order, three days late, never."""
    parameters = {"seconds": THREE_DAYS_SECONDS} if strike.variant == "late" else {}
    kind = f"webhook_{strike.variant}"
    field.levers.order_fault(kind, path="payout.", times=4, **parameters)
    if strike.variant == "shuffled":
        field.levers.direct_webhooks(shuffled_by=int(strike.chance * 1000))
        field.mend_later(lambda: field.levers.direct_webhooks())


def bad_webhooks(field: Field, strike: Strike) -> None:
    """15: webhooks that must be refused, by the emulator and straight to the web server."""
    if strike.variant != "repeated":
        field.levers.order_fault(f"webhook_{strike.variant}", times=2)
    send_spoilt(field, strike.variant)


def crash_while_reading(field: Field, _strike: Strike) -> None:
    """16: the worker dies while it reads what a webhook named."""
    field.levers.order_fault("held_after", method="GET", path=f"{PAYOUTS}/")
    if field.await_held():
        field.restart(*field.crew.workers)
    field.levers.call_off_faults()


def payouts_return(field: Field, strike: Strike) -> None:
    """17: the bank sends payouts back, at once or later; one is cancelled in the dashboard."""
    if strike.variant != "cancelled":
        field.levers.order_payout_outcome(strike.variant, failure_code="account_closed")
        return
    pending = [one for one in field.levers.objects("payout") if one["status"] == "pending"]
    if pending:
        chosen = pending[int(strike.chance * len(pending))]
        try:
            field.levers.cancel_payout(chosen["id"])
        except LeverRefused:
            return  # it has left for the bank meanwhile


def payee_changes(field: Field, strike: Strike) -> None:
    """18: between approval and sending a payee loses its capability, or changes its bank."""
    account_id = _account_for(field, strike)
    if account_id is None:
        return
    if strike.variant == "bank":
        number = f"{int(strike.chance * 10**8):08}"
        field.levers.change_bank(account_id, number=number)
        return
    lost, found = ({"capabilities": {"transfers": one}} for one in ("inactive", "active"))
    field.levers.change_standing(account_id, payouts_enabled=False, **lost)
    field.mend_later(
        lambda: field.levers.change_standing(account_id, payouts_enabled=True, **found)
    )


def _account_for(field: Field, strike: Strike) -> str | None:
    payment: Payment | None = field.payment(strike.claim)
    account = account_of(payment.provider_id) if payment else None
    account_id = account.stripe_account_id if account else None
    session.rollback()
    return account_id


def onboarding(field: Field, strike: Strike) -> None:
    """21: a new provider, whose account is made while the answer is lost; who returns too soon."""
    number = NEW_PAYEES_FROM + field.struck[21]
    payee = write_payee(field.ground, field.stage, number, field.at)
    services, at = field.ground.services, field.at
    if strike.variant == "timeout":
        field.levers.order_fault("dropped_after", method="POST", path="/v1/accounts", times=3)
    field.crew.await_ready(EMULATOR)
    with suppress(StripeFailure):
        account_id = open_account(
            services.stripe,
            provider_id=payee.provider_id,
            email="money@provider.example",
            environment=services.settings.environment,
            by=payee.member_id,
            at=at,
        )
        payable = read_again(
            services.stripe, provider_id=payee.provider_id, account_id=account_id, at=at
        )
        if payable:
            field.wrong.append("21: a provider who came back too soon counts as payable")
    if not _opened_at_last(field, payee):
        field.wrong.append(f"21: no account was made in {PATIENT_TRIES} tries")
        return
    if len(_accounts_made(field, payee)) != 1:
        field.wrong.append("21: a second account was made after a lost answer")
    field.ground.payees.append(payee)


def _opened_at_last(field: Field, payee: Payee) -> bool:
    """Whether the provider gets there by trying again, as people do: other faults, such as a key
    that is refused, may strike these requests too."""
    for _ in range(PATIENT_TRIES):
        with suppress(StripeFailure):
            open_payee(field.ground, payee, field.at)
            return True
    return False


def _accounts_made(field: Field, payee: Payee) -> list[str]:
    """The accounts at Stripe that were made for this provider."""
    with reading():
        reference = session.get_one(Provider, payee.provider_id).reference
        session.rollback()
    return [
        made["id"]
        for made in field.levers.objects("account")
        if made["metadata"].get("reference") == reference
    ]


def by_hand(field: Field, strike: Strike) -> None:
    """22: somebody makes a transfer in Stripe's dashboard."""
    account_id = _account_for(field, strike)
    if account_id is None:
        return
    pence = 1_000 + int(strike.chance * 20_000)
    field.levers.add_funds(pence)
    try:
        field.levers.transfer_by_hand(account_id, pence, description="By hand")
    except LeverRefused:
        return  # fault 18 has taken its capability just now, and the dashboard refuses as well
    field.by_hand += 1


def clocks(field: Field, strike: Strike) -> None:
    """23: workers end and start in the middle of a batch; Stripe's clock is ahead or behind."""
    if strike.variant == "restart":
        field.crew.end(*field.crew.workers)
        field.crew.begin(*field.crew.workers)
        return
    minutes = SKEW_MINUTES[int(strike.chance * len(SKEW_MINUTES))]
    skew = timedelta(minutes=minutes if strike.variant == "ahead" else -minutes)
    try:
        field.levers.pull("clock", at=int((field.at + skew).timestamp()))
    except (LeverRefused, URLError):
        return
    field.mend_later(lambda: field.levers.run_clock())
