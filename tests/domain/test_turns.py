"""Rows that fail keep no other row waiting, in any job of the worker."""

import logging

import pytest

from tests.factories.scheme import AT
from voucher.claims import jobs as claims
from voucher.claims.ratings import jobs as ratings
from voucher.core.errors import Conflict
from voucher.core.turns import in_turn
from voucher.evaluation import jobs as evaluation
from voucher.matching import jobs as matching
from voucher.payments.clawbacks import jobs as clawbacks
from voucher.payments.jobs import sending
from voucher.vouchers import jobs as vouchers

logger = logging.getLogger("voucher.tests")
FAILING, LAST = range(1, 6), 6
JOBS = {
    "expire vouchers": (vouchers, "expired_on", "_expire", vouchers.expire_vouchers),
    "leave gone providers": (
        vouchers,
        "choices_of_gone",
        "leave_gone_provider",
        vouchers.leave_gone_providers,
    ),
    "lapse matches": (matching, "overdue_matches", "_lapse", matching.lapse_matches),
    "lapse changes": (
        matching,
        "overdue_variations",
        "lapse_variation",
        matching.lapse_variations,
    ),
    "end proposals": (matching, "outlived_proposals", "end_proposal", matching.end_proposals),
    "silent businesses": (claims, "claims_unanswered", "escalate_claim", claims.escalate_silence),
    "silent providers": (
        claims,
        "redemptions_unclaimed",
        "escalate_redemption",
        claims.escalate_silence,
    ),
    "lapse offers": (claims, "amendments_unanswered", "lapse_amendment", claims.lapse_amendments),
    "unpaid parts": (claims, "questions_overdue", "escalate_question", claims.escalate_unpaid),
    "check claims": (claims, "claims_to_screen", "_screen", claims.screen_claims),
    "show ratings": (ratings, "sealed_too_long", "show_overdue", ratings.show_ratings),
    "queue claims": (sending, "claims_to_queue", "queue_claim", sending.queue_approved_claims),
    "set debts off": (clawbacks, "payments_to_set_off", "set_off", clawbacks.set_off_debts),
    "take baselines": (
        evaluation,
        "without_baseline",
        "_take_baseline",
        lambda _at: evaluation.take_baselines(),
    ),
}


@pytest.mark.parametrize("name", JOBS)
@pytest.mark.parametrize("fault", [Conflict("Not now."), KeyError("a fault of ours")])
def test_failures_stop_nothing_behind_them(session, monkeypatch, caplog, name, fault):
    module, find, act, job = JOBS[name]

    def acting(*positional, **named):
        (id_,) = [value for value in (*positional, *named.values()) if isinstance(value, int)]
        if id_ in FAILING:
            raise fault
        return True

    monkeypatch.setattr(module, find, lambda *_args, **_named: [*FAILING, LAST])
    monkeypatch.setattr(module, act, acting)
    with caplog.at_level(logging.ERROR):
        assert job(AT) == 1
    assert sum("could not be moved on" in one.message for one in caplog.records) == len(FAILING)


def test_no_more_are_moved_on_in_a_run_than_may(session):
    tried = []

    def act(id_):
        tried.append(id_)
        return id_ % 2

    assert in_turn(range(1, 100), act, what="row", logger=logger, most=3) == 3
    assert tried == [1, 2, 3, 4, 5]


def test_more_failures_than_may_move_on_starve_nobody(session):
    tried = []

    def act(id_):
        tried.append(id_)
        if id_ < 8:
            raise KeyError(id_)
        return True

    assert in_turn(range(1, 20), act, what="row", logger=logger, most=2) == 2
    assert tried == list(range(1, 10))


def test_a_job_runs_through_what_there_is(session):
    assert in_turn([3, 4], lambda id_: id_, what="row", logger=logger) == 7
    assert in_turn([], lambda id_: id_, what="row", logger=logger) == 0


def test_the_end_of_the_process_is_no_failure_of_a_row(session):
    def stop(_id):
        raise SystemExit

    with pytest.raises(SystemExit):
        in_turn([1, 2], stop, what="row", logger=logger)
