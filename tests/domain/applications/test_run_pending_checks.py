"""The worker asks the register: an answer settles the check, an outage never does."""

from datetime import timedelta

import pytest

from tests.factories.applications import make_submitted
from tests.factories.register import PlayedRegister, profile
from tests.factories.scheme import AT
from voucher.applications import jobs
from voucher.applications.jobs import run_pending_checks
from voucher.applications.models import Application
from voucher.applications.operations.submit import withdraw
from voucher.core.db import db, transaction
from voucher.eligibility.models import CheckOutcome
from voucher.eligibility.queries import checks_of, latest_check
from voucher.eligibility.rules import Result
from voucher.integrations.companies_house.errors import (
    CompanyNotFound,
    RegisterUnavailable,
    Unavailability,
)


@pytest.fixture
def waiting(app):
    """The id of an application that waits for the register, committed, inside a context."""
    with app.app_context():
        with transaction():
            made = make_submitted()
            number = made.id
        yield number
        db.session.rollback()


def down(after=None):
    return RegisterUnavailable(Unavailability.FAILING, "503", after)


def test_an_active_company_is_eligible(waiting):
    register = PlayedRegister()
    assert run_pending_checks(register, AT) == 1
    check = latest_check(waiting)
    assert check.outcome is CheckOutcome.ELIGIBLE
    assert (check.register_answer, check.retry_at, check.run_by_id) == ("found", None, None)
    assert check.facts["sic_codes"] == ["16230"]
    db.session.rollback()
    assert run_pending_checks(register, AT) == 0
    assert len(register.asked) == 1


@pytest.mark.parametrize(
    ("answer", "code", "outcome"),
    [
        (profile(status="dissolved"), "trading", CheckOutcome.REFUSED),
        (profile(status="liquidation"), "trading", CheckOutcome.REFUSED),
        (CompanyNotFound("99000001"), "trading", CheckOutcome.REFUSED),
        (profile(sic_codes=("92000",)), "sector", CheckOutcome.REFER),
    ],
)
def test_what_the_register_says_is_a_reason(waiting, answer, code, outcome):
    run_pending_checks(PlayedRegister(every=answer), AT)
    check = latest_check(waiting)
    assert check.outcome is outcome
    failed = [found["code"] for found in check.results if found["result"] == Result.FAILED]
    assert failed == [code]


def test_what_differs_is_kept_for_the_officer(waiting):
    answer = profile(name="SOMEBODY ELSE LTD", postcode="ne1 7ru")
    run_pending_checks(PlayedRegister(every=answer), AT)
    kinds = [found["kind"] for found in latest_check(waiting).differences]
    assert kinds == ["name", "postcode"]


def test_an_outage_leaves_it_pending_and_asks_later_and_later(waiting):
    register, now, waits = PlayedRegister(every=down()), AT, []
    for _ in range(7):
        assert run_pending_checks(register, now) == 1
        check = latest_check(waiting)
        assert check.outcome is CheckOutcome.PENDING
        assert check.register_answer == "failing"
        waits.append((check.retry_at - now) // timedelta(minutes=1))
        db.session.rollback()
        assert run_pending_checks(register, now) == 0
        now = check.retry_at
    assert waits == [1, 5, 15, 60, 240, 240, 240]
    run_pending_checks(PlayedRegister(), now)
    assert latest_check(waiting).outcome is CheckOutcome.ELIGIBLE


def test_the_register_is_not_asked_before_it_allows(waiting):
    run_pending_checks(PlayedRegister(every=down(after=900)), AT)
    assert latest_check(waiting).retry_at == AT + timedelta(seconds=900)


def test_the_register_is_asked_outside_any_transaction(waiting):
    class Curious(PlayedRegister):
        def read_company(self, number):
            assert not db.session().in_transaction()
            return super().read_company(number)

    assert run_pending_checks(Curious(), AT) == 1


def test_one_that_was_withdrawn_meanwhile_is_left_alone(waiting):
    class Slow(PlayedRegister):
        def read_company(self, number):
            with transaction():
                made = db.session.get(Application, waiting)
                withdraw(application=made, by=made.started_by_id, at=AT)
            return super().read_company(number)

    assert run_pending_checks(Slow(), AT) == 0
    assert len(checks_of(waiting)) == 1


def test_two_workers_at_once_store_one_answer(waiting):
    class Overtaken(PlayedRegister):
        def read_company(self, number):
            if not self.asked:
                self.asked.append(number)
                assert run_pending_checks(PlayedRegister(), AT) == 1
            return super().read_company(number)

    assert run_pending_checks(Overtaken(), AT) == 0
    assert len(checks_of(waiting)) == 2


def test_a_fault_of_ours_at_one_application_stops_no_other(waiting, monkeypatch):
    with transaction():
        behind = make_submitted().id
    real = jobs.check_application

    def faulty(*, application, **rest):
        if application.id == waiting:
            raise KeyError("a fault of ours")
        return real(application=application, **rest)

    monkeypatch.setattr(jobs, "check_application", faulty)
    assert run_pending_checks(PlayedRegister(), AT) == 1
    assert latest_check(behind).outcome is CheckOutcome.ELIGIBLE
