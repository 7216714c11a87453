"""Minimal Financial Assistance: window, cap, labels, group and mergers, order of papers."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voucher.subsidy.rules import (
    AssistanceLabel,
    AssistanceRecord,
    Confirmation,
    Finding,
    NoThreshold,
    Notice,
    Obstacle,
    Relation,
    Threshold,
    cumulate,
    database_entry_due_on,
    financial_year,
    may_award,
    needs_new_notice,
    threshold_on,
    window_start,
)

CAP = 31_500_000
TODAY = date(2026, 6, 15)
COUNTING = [
    AssistanceLabel.MFA,
    AssistanceLabel.SPEI,
    AssistanceLabel.TRADE_DEAL_SMALL_AMOUNT,
    AssistanceLabel.EU_DE_MINIMIS,
    AssistanceLabel.WINDSOR_DE_MINIMIS,
]


def support(pence=100_000, on=date(2025, 5, 1), label=AssistanceLabel.MFA, **more):
    return AssistanceRecord(label, pence, on, "Example Bakery (fictional)", **more)


@pytest.mark.parametrize(
    ("on", "start"),
    [
        (date(2026, 6, 15), date(2024, 4, 1)),
        (date(2027, 3, 31), date(2024, 4, 1)),
        (date(2027, 4, 1), date(2025, 4, 1)),
        (date(2026, 3, 31), date(2023, 4, 1)),
        (date(2026, 4, 1), date(2024, 4, 1)),
        (date(2028, 2, 29), date(2025, 4, 1)),
    ],
)
def test_the_window_starts_two_financial_years_before_this_one(on, start):
    assert window_start(on) == start


def test_a_financial_year_begins_on_the_first_of_april():
    assert financial_year(date(2026, 3, 31)) == 2025
    assert financial_year(date(2026, 4, 1)) == 2026


@given(st.dates(date(2023, 1, 4), date(2100, 1, 1)))
def test_the_window_holds_two_whole_years_and_part_of_a_third(on):
    start = window_start(on)
    assert (start.month, start.day) == (4, 1)
    assert 730 <= (on - start).days <= 1096
    assert window_start(on + timedelta(days=1)) >= start


def test_the_first_day_of_the_window_counts_and_the_day_before_does_not():
    inside, before = support(on=date(2024, 4, 1)), support(on=date(2024, 3, 31))
    outcome = cumulate([inside, before], TODAY, CAP)
    assert outcome.window_start == date(2024, 4, 1)
    assert outcome.counted_pence == 100_000
    assert [line.finding for line in outcome.lines] == [
        Finding.COUNTED,
        Finding.BEFORE_THE_WINDOW,
    ]


def test_the_day_of_the_check_counts_and_the_day_after_does_not_yet():
    outcome = cumulate([support(on=TODAY), support(on=TODAY + timedelta(days=1))], TODAY, CAP)
    assert [line.finding for line in outcome.lines] == [Finding.COUNTED, Finding.NOT_YET_GIVEN]


@pytest.mark.parametrize("label", AssistanceLabel)
def test_five_labels_count_and_other_routes_do_not(label):
    outcome = cumulate([support(label=label)], TODAY, CAP)
    assert outcome.lines[0].counted == (label in COUNTING)
    assert outcome.counted_pence == (100_000 if label in COUNTING else 0)
    if label not in COUNTING:
        assert outcome.lines[0].finding is Finding.NOT_A_COUNTING_LABEL


def test_group_members_and_merged_enterprises_count_like_the_business_itself():
    records = [
        support(1_000),
        support(2_000, relation=Relation.GROUP_MEMBER),
        support(3_000, relation=Relation.GROUP_MEMBER),
        support(4_000, relation=Relation.MERGED_IN),
        support(9_000, relation=Relation.MERGED_IN, on=date(2020, 1, 1)),
    ]
    outcome = cumulate(records, TODAY, CAP)
    assert outcome.counted_pence == 10_000
    assert outcome.counted_by_relation == {
        Relation.SELF: 1_000,
        Relation.GROUP_MEMBER: 5_000,
        Relation.MERGED_IN: 4_000,
    }


def test_exactly_the_cap_passes_and_a_penny_more_does_not():
    outcome = cumulate([support(CAP - 150_000)], TODAY, CAP)
    assert outcome.headroom_pence == 150_000
    assert outcome.admits(150_000)
    assert not outcome.admits(150_001)
    assert outcome.offerable_pence(150_001) == 150_000
    assert outcome.offerable_pence(100) == 100


def test_over_the_cap_there_is_no_headroom():
    outcome = cumulate([support(CAP + 1)], TODAY, CAP)
    assert outcome.headroom_pence == 0
    assert not outcome.admits(0)
    assert outcome.offerable_pence(5_000) == 0


def test_every_record_is_explained():
    records = [support(), support(label=AssistanceLabel.OTHER_SCHEME), support(on=date(2020, 1, 1))]
    lines = cumulate(records, TODAY, CAP).lines
    assert [line.record for line in lines] == records
    assert lines[0].explanation == "Example Bakery (fictional), 2025-05-01, mfa: counted"
    assert "no part in the limit" in lines[1].explanation
    assert "before the period" in lines[2].explanation


def test_every_finding_and_obstacle_has_words():
    for member in [*Finding, *Obstacle]:
        assert member.words


def test_an_amount_is_never_negative():
    with pytest.raises(ValueError, match="not negative"):
        support(-1)


RECORDS = st.lists(
    st.builds(
        AssistanceRecord,
        label=st.sampled_from(AssistanceLabel),
        amount_pence=st.integers(0, 10**9),
        given_on=st.dates(date(2020, 1, 1), date(2028, 1, 1)),
        recipient=st.just("Example (fictional)"),
        relation=st.sampled_from(Relation),
    ),
    max_size=12,
)


@given(RECORDS, st.dates(date(2023, 4, 1), date(2028, 1, 1)), st.integers(0, 10**8))
def test_nothing_is_dropped_and_the_order_does_not_matter(records, at, proposed):
    outcome = cumulate(records, at, CAP)
    assert cumulate(records[::-1], at, CAP).counted_pence == outcome.counted_pence
    assert sum(outcome.counted_by_relation.values()) == outcome.counted_pence
    assert len(outcome.lines) == len(records)
    assert outcome.admits(proposed) == (
        outcome.counted_pence <= CAP and proposed <= outcome.headroom_pence
    )
    offered = outcome.offerable_pence(proposed)
    assert 0 <= offered <= proposed
    assert not offered or outcome.admits(offered)


@given(RECORDS, st.dates(date(2023, 4, 1), date(2028, 1, 1)))
def test_one_more_record_never_makes_room(records, at):
    more = [*records, support(on=at)]
    assert cumulate(more, at, CAP).headroom_pence <= cumulate(records, at, CAP).headroom_pence


def test_thresholds_are_dated():
    thresholds = [
        Threshold(40_000_000, date(2027, 4, 1)),
        Threshold(CAP, date(2023, 1, 4)),
    ]
    assert threshold_on(date(2027, 3, 31), thresholds) == CAP
    assert threshold_on(date(2027, 4, 1), thresholds) == 40_000_000
    assert threshold_on(date(2023, 1, 4)) == CAP


def test_before_the_act_there_is_no_threshold():
    with pytest.raises(NoThreshold, match="2023-01-03"):
        threshold_on(date(2023, 1, 3))


NOTICE = Notice("2026-1", 200_000, datetime(2026, 6, 1, 9, tzinfo=UTC))
CONFIRMATION = Confirmation("2026-1", 200_000, datetime(2026, 6, 2, 9, tzinfo=UTC), 7)


def test_notice_confirmation_award_in_that_order_and_nothing_stands_in_the_way():
    assert may_award(NOTICE, CONFIRMATION, 200_000) == ()
    at_once = replace(CONFIRMATION, confirmed_at=NOTICE.given_at)
    assert may_award(NOTICE, at_once, 200_000) == ()


@pytest.mark.parametrize(
    ("notice", "confirmation", "pence", "obstacles"),
    [
        (None, None, 200_000, [Obstacle.NO_NOTICE]),
        (None, CONFIRMATION, 200_000, [Obstacle.NO_NOTICE]),
        (NOTICE, None, 200_000, [Obstacle.NO_CONFIRMATION]),
        (NOTICE, None, 1, [Obstacle.NO_CONFIRMATION, Obstacle.OTHER_AMOUNT_AWARDED]),
        (NOTICE, CONFIRMATION, 200_001, [Obstacle.OTHER_AMOUNT_AWARDED]),
        (NOTICE, CONFIRMATION, 199_999, [Obstacle.OTHER_AMOUNT_AWARDED]),
        (
            NOTICE,
            replace(CONFIRMATION, confirmed_at=NOTICE.given_at - timedelta(seconds=1)),
            200_000,
            [Obstacle.CONFIRMED_BEFORE_NOTICE],
        ),
        (NOTICE, replace(CONFIRMATION, confirmed_by=None), 200_000, [Obstacle.CONFIRMED_BY_NOBODY]),
        (NOTICE, replace(CONFIRMATION, text_version="2025-9"), 200_000, [Obstacle.OTHER_TEXT]),
        (
            NOTICE,
            replace(CONFIRMATION, gross_pence=100_000),
            200_000,
            [Obstacle.OTHER_AMOUNT_CONFIRMED],
        ),
        (
            NOTICE,
            Confirmation("x", 1, datetime(2026, 5, 1, tzinfo=UTC), None),
            2,
            [
                Obstacle.CONFIRMED_BEFORE_NOTICE,
                Obstacle.CONFIRMED_BY_NOBODY,
                Obstacle.OTHER_TEXT,
                Obstacle.OTHER_AMOUNT_CONFIRMED,
                Obstacle.OTHER_AMOUNT_AWARDED,
            ],
        ),
    ],
)
def test_every_obstacle_is_named_at_once(notice, confirmation, pence, obstacles):
    assert list(may_award(notice, confirmation, pence)) == obstacles


def test_an_increase_needs_new_papers_and_a_decrease_does_not():
    assert needs_new_notice(200_000, 200_001)
    assert not needs_new_notice(200_000, 200_000)
    assert not needs_new_notice(200_000, 150_000)


@pytest.mark.parametrize(
    ("given_on", "pence", "due"),
    [
        (date(2026, 6, 15), 10_000_000, None),
        (date(2026, 6, 15), 10_000_001, date(2026, 9, 15)),
        (date(2026, 11, 30), 10_000_001, date(2027, 2, 28)),
        (date(2027, 11, 30), 10_000_001, date(2028, 2, 29)),
        (date(2026, 9, 30), 10_000_001, date(2026, 12, 30)),
    ],
)
def test_large_awards_enter_the_database_within_three_months(given_on, pence, due):
    assert database_entry_due_on(given_on, pence) == due
