"""Many claims, and everything goes wrong in any order: at the end each is paid exactly once."""

import random

import pytest

from tests.domain.payments.test_transfer import Crash, crash
from tests.domain.payments.world import PENCE
from tests.factories.cases import make_officer
from voucher.core.db import transaction
from voucher.ledger.models import AccountKind
from voucher.payments.jobs.following import notice_top_ups, refresh_accounts
from voucher.payments.jobs.reconciling import reconcile
from voucher.payments.models import PaymentStatus
from voucher.payments.operations.queueing import retry

FAULTS = (
    "rate_limited",
    "unavailable",
    "dropped_before",
    "dropped_after",
    "error_before",
    "error_after",
    "malformed_after",
)
PATHS = ("/v1/transfers", "/v1/payouts")
CRASHES = ("enter_transfer", "enter_payout", "enter_unknown", "enter_refusal")
CLAIMS = 5


def one_round(world, chance, monkeypatch):
    """The worker's round with one or two things going wrong, perhaps a crash among them."""
    for _ in range(chance.randint(1, 2)):
        world.fault(chance.choice(FAULTS), path=chance.choice(PATHS), times=chance.randint(1, 4))
    if chance.random() < 0.3:
        world.emulator.control("payouts/outcome", outcome=chance.choice(["failed", "paid"]))
    with monkeypatch.context() as patch:
        if chance.random() < 0.5:
            patch.setattr(f"voucher.payments.jobs.sending.{chance.choice(CRASHES)}", crash)
        for step in (world.send, world.pay_out):
            try:
                step()
            except Crash:
                continue
    world.calm()
    world.later(minutes=chance.choice([1, 7, 90, 60 * 5]))


def settle(world, payments, officer_id):
    """Calm weather: the worker, the clock, and an officer for what a bank sent back."""
    for _ in range(12):
        notice_top_ups(world.stripe, world.at)
        refresh_accounts(world.stripe, world.at)
        world.release()
        world.send()
        world.pay_out()
        world.bank_day()
        world.follow()
        for payment_id in payments:
            if world.status(payment_id) is PaymentStatus.PAYOUT_FAILED:
                with transaction():
                    retry(payment=world.payment(payment_id), by=officer_id, at=world.at)
        world.later(hours=8)


@pytest.mark.parametrize(
    "seed", [1, pytest.param(2, marks=pytest.mark.slow), pytest.param(3, marks=pytest.mark.slow)]
)
def test_fault_24_random_faults_over_many_claims(world, monkeypatch, seed):
    chance = random.Random(seed)
    with transaction():
        officer_id = make_officer().id
    payments = [world.queue() for _ in range(CLAIMS)]
    for _ in range(8):
        one_round(world, chance, monkeypatch)
    settle(world, payments, officer_id)
    assert {world.status(payment_id) for payment_id in payments} == {PaymentStatus.PAID}
    assert all(len(world.transfers(payment_id)) == 1 for payment_id in payments)
    assert world.books(AccountKind.SETTLED) == CLAIMS * PENCE
    books = world.emulator.control("books", "GET")
    assert books["accounts"][world.account().stripe_account_id] == 0
    assert books["transactions"]["transfer"] == {"count": CLAIMS, "pence": -CLAIMS * PENCE}
    assert reconcile(world.stripe, world.at).agrees
