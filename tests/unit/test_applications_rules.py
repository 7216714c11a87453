"""Casework's rules: catalogue, obstacles, clocks, and what an officer can do."""

from datetime import date, timedelta

import pytest

from voucher.applications.models import ApplicationStatus
from voucher.applications.rules import (
    APPEAL_DAYS,
    APPROVAL_REASONS,
    CATALOGUE,
    CORRECTION_SECTIONS,
    REFUSAL_REASONS,
    CaseAction,
    Obstacle,
    appeal_by,
    approval_obstacles,
    bar_to,
    deadline,
    is_overdue,
    may_review,
    needs_second,
    possible_actions,
    reasons_given,
    resumed_deadline,
    working_days_left,
)
from voucher.applications.sections import SECTIONS
from voucher.vouchers.rules import LapseReason, claim_by, lapse_reason

OFFICER, OTHER = 7, 8
ALWAYS = {CaseAction.HOLD, CaseAction.ASSIGN}


def test_every_reason_says_why_and_what_to_do_in_a_sentence():
    assert len(CATALOGUE) == len(APPROVAL_REASONS) + len(REFUSAL_REASONS)
    for reason in CATALOGUE.values():
        assert reason.words.endswith(".")
        assert reason.what_to_do.endswith(".")


def test_stored_reasons_come_back_in_their_order_and_unknown_ones_are_left_out():
    given = reasons_given(["too_large", "gone_from_the_catalogue", "outside_area"])
    assert [reason.code for reason in given] == ["too_large", "outside_area"]


def test_corrections_can_be_asked_of_every_part_of_the_form_and_of_something_else():
    assert set(CORRECTION_SECTIONS) == {section.code for section in SECTIONS} | {"other"}


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({}, ()),
        ({"check_outcome": "refer"}, ()),
        ({"held": True}, (Obstacle.HELD,)),
        ({"check_outcome": None}, (Obstacle.NO_CHECK,)),
        ({"check_outcome": "pending"}, (Obstacle.CHECK_PENDING,)),
        ({"check_outcome": "refused"}, (Obstacle.CHECK_REFUSED,)),
        ({"list_frozen": True}, (Obstacle.LIST_FROZEN,)),
        (
            {"held": True, "check_outcome": "refused", "list_frozen": True},
            (Obstacle.HELD, Obstacle.CHECK_REFUSED, Obstacle.LIST_FROZEN),
        ),
    ],
)
def test_everything_in_the_way_of_an_approval_is_named_at_once(changed, found):
    facts = {"held": False, "check_outcome": "eligible", **changed}
    assert approval_obstacles(**facts) == found
    assert all(obstacle.words.endswith(".") for obstacle in found)


@pytest.mark.parametrize(("award", "second"), [(149_999, False), (150_000, True), (150_001, True)])
def test_the_threshold_itself_needs_a_second_person(award, second):
    assert needs_second(award, 150_000) is second


def test_a_clock_counts_working_days_and_skips_bank_holidays():
    # Good Friday 3 April and Easter Monday 6 April 2026.
    assert deadline(date(2026, 4, 1), 3) == date(2026, 4, 8)


@pytest.mark.parametrize(
    ("decide_by", "asked", "answered", "resumed"),
    [
        # Four working days were left on Tuesday 16 June; answered on Thursday the 25th.
        (date(2026, 6, 22), date(2026, 6, 16), date(2026, 6, 25), date(2026, 7, 1)),
        (date(2026, 6, 22), date(2026, 6, 16), date(2026, 6, 16), date(2026, 6, 22)),
        # On its last day nothing was left.
        (date(2026, 6, 22), date(2026, 6, 22), date(2026, 6, 30), date(2026, 6, 30)),
        # Late already: it stays as late as it was.
        (date(2026, 6, 22), date(2026, 6, 24), date(2026, 6, 30), date(2026, 6, 28)),
    ],
)
def test_the_clock_goes_on_where_it_stood(decide_by, asked, answered, resumed):
    assert resumed_deadline(decide_by, asked, answered) == resumed


def test_the_last_day_to_appeal_is_28_days_after_the_refusal():
    assert appeal_by(date(2026, 6, 15)) == date(2026, 6, 15) + timedelta(days=APPEAL_DAYS)


def test_overdue_begins_the_day_after():
    assert not is_overdue(None, date(2026, 6, 22))
    assert not is_overdue(date(2026, 6, 22), date(2026, 6, 22))
    assert is_overdue(date(2026, 6, 22), date(2026, 6, 23))
    assert working_days_left(date(2026, 6, 22), date(2026, 6, 15)) == 5
    assert working_days_left(date(2026, 6, 22), date(2026, 6, 24)) == -2


def test_nobody_reviews_their_own_work():
    assert may_review(OFFICER, (OTHER, None))
    assert not may_review(OFFICER, (OTHER, OFFICER))


@pytest.mark.parametrize(
    ("facts", "actions"),
    [
        ({"status": "draft"}, set()),
        ({"status": "withdrawn", "held": True}, set()),
        (
            {"status": "submitted"},
            {CaseAction.DECIDE, CaseAction.CORRECT, CaseAction.CHECK, *ALWAYS},
        ),
        (
            {"status": "submitted", "held": True},
            {CaseAction.RELEASE, CaseAction.ASSIGN, CaseAction.CHECK},
        ),
        (
            {"status": "proposed", "held": True, "proposed_by_id": OTHER},
            {CaseAction.RELEASE, CaseAction.ASSIGN, CaseAction.CHECK},
        ),
        (
            {"status": "refused", "held": True, "appeal_parties": (OTHER, None)},
            {CaseAction.RELEASE, CaseAction.ASSIGN},
        ),
        (
            {"status": "proposed", "proposed_by_id": OTHER},
            {CaseAction.SECOND, CaseAction.CHECK, *ALWAYS},
        ),
        ({"status": "proposed", "proposed_by_id": OFFICER}, {CaseAction.CHECK, *ALWAYS}),
        (
            {"status": "refused", "appeal_parties": (OTHER, None)},
            {CaseAction.ANSWER_APPEAL, *ALWAYS},
        ),
        ({"status": "refused", "appeal_parties": (OTHER, OFFICER)}, ALWAYS),
        ({"status": "refused"}, ALWAYS),
    ],
)
def test_what_an_officer_can_do_follows_from_the_state_of_the_case(facts, actions):
    status = ApplicationStatus(facts["status"])
    given = {"officer_id": OFFICER, "held": False, **facts, "status": status}
    assert possible_actions(**given) == frozenset(actions)


@pytest.mark.parametrize(
    ("action", "status", "held", "words"),
    [
        (CaseAction.DECIDE, "submitted", False, ""),
        (CaseAction.DECIDE, "submitted", True, "Release it first"),
        (CaseAction.DECIDE, "refused", False, "“Refused”"),
        (CaseAction.DECIDE, "refused", True, "“Refused”"),
        (CaseAction.CORRECT, "proposed", False, "“Waiting for the second person”"),
        (CaseAction.SECOND, "proposed", False, ""),
        (CaseAction.SECOND, "proposed", True, "Release it first"),
        (CaseAction.SECOND, "submitted", False, "“To be decided”"),
        (CaseAction.ANSWER_APPEAL, "refused", False, ""),
        (CaseAction.ANSWER_APPEAL, "refused", True, "Release it first"),
        (CaseAction.HOLD, "refused", True, "held already"),
        (CaseAction.RELEASE, "refused", False, "not held"),
        (CaseAction.ASSIGN, "refused", True, ""),
    ],
)
def test_the_words_that_bar_an_action_say_why(action, status, held, words):
    bar = bar_to(action, status=ApplicationStatus(status), held=held)
    assert words in bar
    assert bool(words) == bool(bar)


@pytest.mark.parametrize("status", [each for each in ApplicationStatus if each != "submitted"])
def test_only_what_waits_for_a_decision_offers_one(status):
    offered = possible_actions(officer_id=OFFICER, status=status, held=False)
    assert not {CaseAction.DECIDE, CaseAction.CORRECT} & offered


@pytest.mark.parametrize(
    ("start", "last"),
    [
        (None, date(2026, 7, 13)),
        (date(2026, 6, 1), date(2026, 7, 13)),
        (date(2026, 7, 1), date(2026, 7, 29)),
    ],
)
def test_a_claim_is_due_28_days_after_redemption_or_start_whichever_is_later(start, last):
    assert claim_by(date(2026, 6, 15), start) == last


@pytest.mark.parametrize(
    ("chosen", "accepted", "agreed", "reason"),
    [
        (False, False, False, LapseReason.NOTHING_CHOSEN),
        (True, False, False, LapseReason.NO_PROVIDER_ACCEPTED),
        (True, True, False, LapseReason.NOT_AGREED),
        (True, True, True, LapseReason.NOT_REDEEMED),
    ],
)
def test_how_far_a_voucher_had_come(chosen, accepted, agreed, reason):
    assert lapse_reason(chosen=chosen, accepted=accepted, agreed=agreed) is reason
    assert reason.words
