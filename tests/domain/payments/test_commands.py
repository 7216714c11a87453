"""The commands on money: what they say and how they exit, against a real emulator."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from voucher.core import clock
from voucher.core.clock import london_date
from voucher.core.db import session, transaction
from voucher.payments.models import InboxStatus, PaymentStatus, StripeEvent


@pytest.fixture
def run(app, world, monkeypatch):
    """Runs a command of the application, with the emulator for Stripe and the world's time."""
    services = replace(app.extensions["services"], stripe=world.stripe)
    monkeypatch.setitem(app.extensions, "services", services)
    monkeypatch.setattr(clock, "now", lambda: world.at)

    def invoke(*arguments):
        session.rollback()
        return app.test_cli_runner().invoke(args=["voucher", *arguments])

    return invoke


def count_events():
    session.rollback()
    return session.execute(select(func.count()).select_from(StripeEvent)).scalar_one()


@pytest.mark.slow
def test_webhooks_that_never_came_are_replayed_and_move_states_forward_once(world, run):
    payment_id = world.in_transit()
    world.bank_day()
    assert count_events() == 0
    first = run("replay-events")
    assert first.exit_code == 0, first.output
    kept = count_events()
    assert kept > 0
    assert f"Events that had never arrived: {kept}\n" in first.output
    assert f"Events acted on: {kept}\n" in first.output
    assert world.status(payment_id) is PaymentStatus.PAID
    again = run("replay-events")
    assert again.exit_code == 0
    assert "Events that had never arrived: 0\n" in again.output
    assert "Events acted on: 0\n" in again.output
    assert count_events() == kept


def test_only_events_since_a_day_are_replayed(world, run):
    payment_id = world.in_transit()
    world.bank_day()
    world.later(days=5)
    assert "Events that had never arrived: 0\n" in run("replay-events").output
    assert world.status(payment_id) is PaymentStatus.IN_TRANSIT
    since = str(london_date(world.at - timedelta(days=6)))
    assert run("replay-events", "--since", since).exit_code == 0
    assert world.status(payment_id) is PaymentStatus.PAID


def test_dead_events_are_tried_again(world, run):
    payment_id = world.in_transit()
    world.bank_day()
    world.fault("error_before", path="/v1/payouts", method="GET", times=50)
    run("replay-events")
    world.calm()
    with transaction():
        for one in session.execute(select(StripeEvent)).scalars():
            if one.status is InboxStatus.NEW:
                one.status, one.tries = InboxStatus.DEAD, 8
    tried = run("replay-events", "--dead")
    assert tried.exit_code == 0, tried.output
    assert "Dead events tried again: " in tried.output
    assert world.status(payment_id) is PaymentStatus.PAID


@pytest.mark.parametrize(
    ("days", "words"), [(1, "still to come"), (-32, "Stripe lists events of 30 days only")]
)
def test_a_day_that_can_not_be_replayed_is_one_clear_line(world, run, days, words):
    day = str(london_date(world.at + timedelta(days=days)))
    said = run("replay-events", "--since", day)
    assert said.exit_code == 2
    assert said.output.startswith(f"Error: --since {day}: ")
    assert words in said.output
    assert said.output.count("\n") == 1
    assert count_events() == 0


@pytest.mark.parametrize("arguments", [("--since", "yesterday"), ("--since",), ("--all",), ("x",)])
def test_what_is_no_argument_exits_2_and_does_nothing(run, arguments):
    said = run("replay-events", *arguments)
    assert said.exit_code == 2
    assert said.output.splitlines()[-1].startswith("Error: ")
    assert count_events() == 0


@pytest.mark.parametrize(
    "command",
    [
        "reconcile",
        "replay-events",
        "ledger-export",
        "verify-audit",
        "report --round RND-X --out {}/made.pdf",
        "extract --round RND-X --out {}/made.zip",
        "synthesis --out {}/made.pdf",
        "import-offerings {}/empty",
        "import-sanctions {}/empty",
    ],
)
def test_without_tables_it_is_one_clear_line(run, tmp_path, command):
    (tmp_path / "empty").touch()
    with transaction():
        version = session.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
        session.execute(text("DELETE FROM alembic_version"))
    said = run(*command.format(tmp_path).split())
    with transaction():
        session.execute(
            text("INSERT INTO alembic_version (version_num) VALUES (:version)"),
            {"version": version},
        )
    assert said.exit_code == 2
    assert said.output.startswith("Error: The database has no tables of this version.")
    assert said.output.count("\n") == 1
