"""Faults 19 and 20: what people do while money is on its way, at once and against the worker."""

from collections.abc import Callable
from threading import Thread

from voucher.core.db import session
from voucher.payments.clawbacks.models import ClawbackReason
from voucher.payments.clawbacks.operations import deciding
from voucher.payments.models import Payment, PaymentStatus
from voucher.payments.operations.queueing import cancel
from voucher.sandbox.cast import PASSWORD, player
from voucher.sandbox.chaos.crew import WEB
from voucher.sandbox.chaos.field import Field
from voucher.sandbox.chaos.plan import Strike
from voucher.sandbox.rehearsal.browser import Browser, Stuck
from voucher.sandbox.rehearsal.signing_in import sign_in

_P = PaymentStatus
AT_PROVIDER = (_P.TRANSFERRED, _P.PAYOUT_FAILED)
WITH_BANK = (_P.IN_TRANSIT, _P.PAID)
REVERSALS = "/v1/transfers/"
BROKEN = ": 500,"


def clawback(field: Field, strike: Strike) -> None:
    """19: money is asked back by one officer and approved by another."""
    wanted = WITH_BANK if strike.variant == "paid" else (*AT_PROVIDER, *WITH_BANK)
    payment = field.payment_in(strike.chance, *wanted)
    if payment is None:
        field.missed += 1
        return
    payment_id, whole = payment.id, payment.amount_pence
    if strike.variant == "timeout":
        field.levers.order_fault("dropped_after", method="POST", path=REVERSALS, times=3)
    parts = {"parts": (whole // 3, whole // 4), "excess": (whole + 1, whole)}
    for pence in parts.get(strike.variant, (whole,)):
        allowed = field.attempt(lambda pence=pence: ask_back(field, payment_id, pence))
        if allowed and pence > whole:
            field.wrong.append("19: more than a payment was asked back of it")


def ask_back(field: Field, payment_id: int, pence: int) -> None:
    """Asked by one finance officer, approved by the other."""
    asker, agreer = field.ground.officers
    asked = deciding.request(
        payment=session.get_one(Payment, payment_id),
        pence=pence,
        reason=ClawbackReason.NOT_DELIVERED,
        words="Nothing was installed.",
        by=asker,
        at=field.at,
    )
    deciding.approve(clawback=asked, by=agreer, at=field.at)


def at_once(field: Field, strike: Strike) -> None:
    """20: two officers press the same button, or one presses while the worker sends."""
    if strike.variant == "ask_back_twice":
        payment = field.payment_in(strike.chance, *AT_PROVIDER, *WITH_BANK)
        if payment is not None:
            page = f"/staff/clawbacks/of/{payment.reference}"
            _press_together(field, page, {"reason": "not_delivered", "words": "Both asked."})
        return
    payment = field.payment(strike.claim)
    if payment is None:
        return
    payment_id, reference = payment.id, payment.reference
    session.rollback()
    if strike.variant == "cancel_twice":
        _press_together(field, f"/staff/payments/{reference}/cancel", {"reason": "Given up."})
    else:
        field.attempt(lambda: _cancel(field, payment_id))


def _cancel(field: Field, payment_id: int) -> None:
    payment = session.get_one(Payment, payment_id)
    cancel(payment=payment, reason="Given up.", by=field.ground.officers[0], at=field.at)


def _press_together(field: Field, page: str, values: dict[str, str]) -> None:
    """Two officers open the page and send its form at the same moment, by HTTP."""
    field.crew.await_ready(WEB)
    ready: list[Callable[[], object]] = []
    for email in (player("finance").email, player("second_finance").email):
        browser = Browser(field.crew.place.web_address, email, lambda _words: None)
        try:
            sign_in(browser, email, PASSWORD)
            browser.open(page)
        except Stuck as stuck:
            _note_if_broken(field, stuck)
            continue
        ready.append(lambda browser=browser: browser.send(values))
    threads = [Thread(target=_pressed, args=(field, press)) for press in ready]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _pressed(field: Field, press: Callable[[], object]) -> None:
    try:
        press()
    except Stuck as stuck:
        _note_if_broken(field, stuck)


def _note_if_broken(field: Field, stuck: Stuck) -> None:
    """A refusal is as it should be, and so is a server that was killed; an error is not."""
    if BROKEN in str(stuck):
        field.wrong.append(f"20: {stuck}")
