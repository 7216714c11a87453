"""A comparison of the books that finance asked for: one at a time, kept with its request."""

import logging
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from tests.domain.payments.test_transfer import Crash, crash
from tests.factories.cases import make_officer
from tests.together import at_once, together
from voucher.accounts.roles import Role
from voucher.audit.models import AuditEvent
from voucher.cli.money_jobs import MONEY
from voucher.core.db import session, transaction
from voucher.core.errors import Conflict
from voucher.integrations.stripe.gateway import StripeGateway
from voucher.payments.jobs import comparing
from voucher.payments.jobs.comparing import compare_as_asked
from voucher.payments.jobs.reconciling import reconcile_nightly
from voucher.payments.models import Reconciliation, ReconciliationRequest
from voucher.payments.operations.comparing import (
    ask_to_compare,
    end_in_failure,
    end_with,
    take_up,
)
from voucher.payments.operations.reconciliation import keep_reconciliation
from voucher.payments.queries.comparing import last_request


@pytest.fixture
def officer(world):
    """Somebody of finance; their id."""
    with transaction():
        return make_officer(Role.FINANCE).id


def ask(world, by):
    with transaction():
        return ask_to_compare(by=by, at=world.at).id


def asked():
    """The newest request and the comparison it led to."""
    session.rollback()
    return last_request()


def count(model):
    session.rollback()
    return session.execute(select(func.count(model.id))).scalar_one()


def actions():
    session.rollback()
    found = session.execute(select(AuditEvent.action).order_by(AuditEvent.id)).scalars()
    return [one for one in found if one.startswith("books.")]


def test_nothing_is_compared_unasked(world):
    assert not compare_as_asked(world.stripe, world.at)
    assert asked() is None
    assert count(Reconciliation) == 0


def test_what_is_asked_for_is_compared_once(world, officer):
    world.paid()
    ask(world, officer)
    assert asked().under_way
    assert asked().made is None
    assert compare_as_asked(world.stripe, world.at)
    assert not compare_as_asked(world.stripe, world.at)
    found = asked()
    assert not found.under_way
    assert found.made.agrees
    assert found.made.run_by_id == officer
    assert found.request.finished_at == world.at
    assert count(Reconciliation) == 1
    assert actions() == ["books.comparison_asked", "books.reconciled"]


def test_a_second_wish_is_told_of_the_first(world, officer):
    ask(world, officer)
    with pytest.raises(Conflict, match="compared already"):
        ask(world, officer)
    compare_as_asked(world.stripe, world.at)
    ask(world, officer)
    assert count(ReconciliationRequest) == 2


def test_of_two_who_ask_at_once_one_is_told(world, app, officer):
    at = world.at
    gave = at_once(app, *[lambda: ask_to_compare(by=officer, at=at).id] * 2)
    assert sum(isinstance(one, Conflict) for one in gave) == 1
    assert count(ReconciliationRequest) == 1


def test_two_workers_compare_once(world, app, officer):
    ask(world, officer)
    gave = together(app, *[lambda: compare_as_asked(world.stripe, world.at)] * 2)
    assert sorted(gave) == [False, True]
    assert count(Reconciliation) == 1


def test_after_a_crash_it_is_taken_up_again(world, officer, monkeypatch):
    ask(world, officer)
    with monkeypatch.context() as patch:
        patch.setattr(comparing, "reconcile", crash)
        with pytest.raises(Crash):
            compare_as_asked(world.stripe, world.at)
    assert asked().under_way
    assert not compare_as_asked(world.stripe, world.later(minutes=14))
    assert compare_as_asked(world.stripe, world.later(minutes=2))
    assert asked().made.agrees


def test_a_crash_before_the_end_keeps_no_comparison(world, officer, monkeypatch):
    ask(world, officer)
    with monkeypatch.context() as patch:
        patch.setattr("voucher.payments.jobs.reconciling.end_with", crash)
        with pytest.raises(Crash):
            compare_as_asked(world.stripe, world.at)
    assert count(Reconciliation) == 0
    assert asked().under_way
    assert compare_as_asked(world.stripe, world.later(minutes=16))
    assert count(Reconciliation) == 1


def test_stripe_that_gives_no_answer_ends_it_with_words(world, officer):
    ask(world, officer)
    world.fault("unavailable", path="/v1/balance_transactions", method="GET", times=9)
    assert not compare_as_asked(world.stripe, world.at)
    assert asked().request.failure == comparing.NO_ANSWER
    assert actions()[-1] == "books.comparison_failed"
    world.calm()
    ask(world, officer)
    assert compare_as_asked(world.stripe, world.at)


def test_a_refused_key_is_said(world, officer):
    ask(world, officer)
    wrong = StripeGateway("rk_test_wrong", world.emulator.address)
    assert not compare_as_asked(wrong, world.at)
    assert asked().request.failure == comparing.KEY_REFUSED


def test_a_fault_of_ours_is_logged_and_said(world, officer, monkeypatch, caplog):
    ask(world, officer)

    def broken(*_args, **_kwargs):
        raise ValueError("a fault of ours")

    monkeypatch.setattr(comparing, "reconcile", broken)
    with caplog.at_level(logging.ERROR):
        assert not compare_as_asked(world.stripe, world.at)
    assert "a fault of ours" in caplog.text
    assert asked().request.failure == comparing.NOT_COMPARED


def test_an_end_is_not_written_over(world, officer):
    """A worker that took longer than the next one waited."""
    request_id = ask(world, officer)
    compare_as_asked(world.stripe, world.at)
    first = asked().made.id
    nothing = {"matched": 0, "under_way": 0, "differences": (), "by": None, "at": world.at}
    with transaction():
        made = keep_reconciliation(stripe_balance_pence=0, ledger_balance_pence=0, **nothing)
        end_with(request_id=request_id, made=made, at=world.at)
        end_in_failure(request_id=request_id, words="Too late.", at=world.at)
        before = world.at + timedelta(days=1)
        assert take_up(request_id=request_id, taken_before=before, at=world.at) is None
    assert asked().made.id == first
    assert asked().request.failure is None


def test_what_was_asked_for_does_not_stand_for_the_night(world, officer):
    reconcile_nightly(world.stripe, world.at)
    world.later(hours=20)
    ask(world, officer)
    compare_as_asked(world.stripe, world.at)
    world.later(hours=3)
    assert reconcile_nightly(world.stripe, world.at)


def test_the_worker_does_it():
    assert "compare the books as asked" in {job.name for job in MONEY}


@pytest.mark.parametrize(
    "row",
    [
        "finished_at = requested_at",
        "failure = 'No.'",
        "finished_at = requested_at, failure = 'No.'",
    ],
)
def test_the_tables_refuse_half_an_end(world, officer, row):
    request_id = ask(world, officer)
    with pytest.raises(IntegrityError), transaction():
        session.execute(
            text(f"UPDATE reconciliation_request SET {row} WHERE id = :id"), {"id": request_id}
        )
