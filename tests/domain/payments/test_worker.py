"""The worker and the command line do all of it: from an approved claim to the bank."""

import logging
import socket
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.domain.payments.world import PENCE
from voucher.cli.money_jobs import MONEY
from voucher.cli.worker import Job, Worker
from voucher.core import clock
from voucher.core.db import session, transaction
from voucher.integrations.stripe.gateway import StripeGateway
from voucher.payments.models import PaymentStatus
from voucher.payments.queries import payment_of_claim
from voucher.programmes.models import Round


@pytest.fixture
def services(app, world):
    """The application's services with the emulator for Stripe."""
    return replace(app.extensions["services"], stripe=world.stripe)


def test_the_worker_takes_a_claim_to_the_bank(world, services):
    claim_id = world.approve_claim()
    worker = Worker(services, MONEY)
    for _ in range(4):
        worker.run_due(world.at)
        world.later(minutes=20)
    assert worker.failures == 0
    session.rollback()
    assert payment_of_claim(claim_id).status is PaymentStatus.PAID


def test_a_stop_waits_for_the_job_under_way_alone(world):
    done = []

    def under_way(*_):
        worker.stop()
        done.append("under way")

    jobs = (
        Job("under way", timedelta(), under_way),
        Job("next", timedelta(), lambda *_: done.append("next")),
    )
    worker = Worker(None, jobs)
    worker.run_until_stopped()
    assert done == ["under way"]


def test_a_refused_key_stops_the_payments_loudly_and_nothing_else(world, services, caplog):
    first = world.queue()
    wrong = replace(services, stripe=StripeGateway("rk_test_wrong", world.emulator.address))
    worker = Worker(wrong, MONEY)
    with caplog.at_level(logging.ERROR):
        worker.run_due(world.at)
    assert worker.failures >= 1
    assert "'send transfers' failed" in caplog.text
    assert world.status(first) is PaymentStatus.UNKNOWN
    world.later(minutes=2)
    Worker(services, MONEY).run_due(world.at)
    assert world.payment(first).stripe_transfer_id


def test_the_command_compares_and_says_what_differs(app, world, services, monkeypatch):
    monkeypatch.setitem(app.extensions, "services", services)
    monkeypatch.setattr(clock, "now", lambda: world.at)
    world.transferred()
    run = app.test_cli_runner()
    agreed = run.invoke(args=["voucher", "reconcile"])
    assert agreed.exit_code == 0, agreed.output
    assert "The books agree with Stripe's." in agreed.output
    with transaction():
        session.get(Round, world.round_id).spent_pence = PENCE + 1
    differs = run.invoke(args=["voucher", "reconcile"])
    assert differs.exit_code == 1
    assert "spent: theirs £900.00, ours £900.01" in differs.output


def test_the_command_says_in_words_that_stripe_does_not_answer(app, world, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        silent = f"http://127.0.0.1:{listening.getsockname()[1]}"
    services = app.extensions["services"]
    away = replace(services, stripe=StripeGateway("rk_test_away", silent))
    monkeypatch.setitem(app.extensions, "services", away)
    run = app.test_cli_runner().invoke(args=["voucher", "reconcile"])
    assert run.exit_code == 2
    assert run.output.startswith("Nothing was compared with http")
    assert "Traceback" not in run.output
