"""Stored checks, and the anonymous count of public ones."""

import threading
from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from tests.factories.applications import make_draft
from tests.factories.scheme import AT
from voucher.core.db import transaction
from voucher.eligibility.models import CheckOutcome
from voucher.eligibility.operations import count_precheck, run_check
from voucher.eligibility.queries import checks_of, latest_check, precheck_counts
from voucher.eligibility.rules import Facts, Verdict

ON = date(2026, 6, 15)


def run(application, facts, **values):
    return run_check(
        application_id=application.id,
        rule_set=application.round.rule_set,
        facts=facts,
        differences=[],
        register_answer="found",
        at=AT,
        by=None,
        **values,
    )


def test_a_run_keeps_rules_facts_and_every_result(session):
    made = make_draft()
    facts = Facts(area_share_bps=0, headcount=300, problem_text="short")
    stored = run(made, facts, case=made.reference)
    assert stored.outcome is CheckOutcome.REFUSED
    assert stored.rule_set_id == made.round.rule_set_id
    assert Facts.from_dict(stored.facts) == facts
    assert len(stored.results) == len(made.round.rule_set.content["rules"])
    failed = {found["code"] for found in stored.results if found["result"] == "failed"}
    assert failed >= {"in_the_north", "size", "problem_described"}


def test_the_last_run_comes_first_and_none_is_changed(session):
    made = make_draft()
    first = run(made, Facts())
    second = run(made, Facts(headcount=3))
    assert latest_check(made.id) is second
    assert list(checks_of(made.id)) == [second, first]
    with pytest.raises(DatabaseError, match="append-only"):
        session.execute(text("UPDATE eligibility_check SET outcome = 'eligible'"))


def test_counts_add_up_by_day_and_outcome(session):
    for verdict, on in (
        (Verdict.ELIGIBLE, ON),
        (Verdict.ELIGIBLE, ON),
        (Verdict.REFUSED, ON),
        (Verdict.ELIGIBLE, date(2026, 6, 16)),
    ):
        count_precheck(verdict=verdict, on=on)
    assert precheck_counts(ON, ON) == {CheckOutcome.ELIGIBLE: 2, CheckOutcome.REFUSED: 1}
    assert precheck_counts(ON, date(2026, 6, 30))[CheckOutcome.ELIGIBLE] == 3


def test_many_at_once_lose_no_count(app):
    barrier = threading.Barrier(8)

    def ask():
        barrier.wait()
        for _ in range(3):
            with app.app_context(), transaction():
                count_precheck(verdict=Verdict.ELIGIBLE, on=ON)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with app.app_context():
        assert precheck_counts(ON, ON) == {CheckOutcome.ELIGIBLE: 24}
