"""What a line is taken for, and which figure belongs to which follow-up."""

from datetime import date
from types import SimpleNamespace

from voucher.core.lines import LineProblem
from voucher.evaluation.administrative.files import Figure, FileRead
from voucher.evaluation.administrative.models import Measure
from voucher.evaluation.administrative.rules import (
    DOUBTS,
    Kind,
    Known,
    official_answers,
    sort_out,
)
from voucher.evaluation.models import Wave

BASELINE = {"turnover_band": "100k-250k", "staff": 4}
KNOWN = {
    "00000001": [Known(1, BASELINE)],
    "00000002": [Known(2, {}, is_gone=True)],
    "00000003": [Known(3, BASELINE), Known(4, {})],
}
END = date(2026, 3, 31)


def figure(line, number="00000001", measure=Measure.TURNOVER, value=150_000, **rest):
    values = {"typed": number, "period_end_on": END, "source": "HMRC", **rest}
    return Figure(line, number, measure=measure, value=value, **values)


def sorted_out(*figures, problems=()):
    return sort_out(FileRead(figures, problems, len(figures) + len(problems)), KNOWN)


def test_a_sound_line_is_taken_for_every_entry_of_its_company():
    found = sorted_out(figure(2), figure(3, "00000003"))
    assert [each.business_ids for each in found.candidates] == [(1,), (3, 4)]
    assert (found.sound, found.lines, list(found.findings), found.counts) == (2, 2, [], {})
    assert len(found.taken(())) == 2


def test_what_cannot_be_read_or_belongs_to_nobody_is_left_out_and_named():
    found = sorted_out(figure(3, "00000009"), problems=[LineProblem(2, "Bad.")])
    assert [(each.line, each.kind) for each in found.findings] == [
        (2, Kind.BAD),
        (3, Kind.UNMATCHED),
    ]
    assert "00000009" in found.findings[1].reason
    assert found.taken(Kind) == []


def test_the_same_line_again_is_left_out_and_a_contradiction_wholly():
    found = sorted_out(
        figure(2),
        figure(3),
        figure(4, measure=Measure.STAFF, value=4),
        figure(5, measure=Measure.STAFF, value=5),
    )
    assert [(each.line, each.kind) for each in found.findings] == [
        (3, Kind.REPEATED),
        (4, Kind.CONTRADICTED),
        (5, Kind.CONTRADICTED),
    ]
    assert "Lines 4, 5" in found.findings[1].reason
    assert [each.figure.line for each in found.taken(DOUBTS)] == [2]


def test_of_many_contradicting_lines_five_are_named():
    found = sorted_out(*(figure(line, value=150_000 + line) for line in range(2, 3002)))
    assert len(found.findings) == 3000
    assert {each.reason for each in found.findings} == {
        "Lines 2, 3, 4, 5, 6 and 2,995 more give different values for the same company and period."
    }
    five = sorted_out(*(figure(line, value=150_000 + line) for line in range(2, 7)))
    assert five.findings[0].reason.startswith("Lines 2, 3, 4, 5, 6 give different")


def test_of_many_periods_the_first_five_are_named():
    ends = [date(2000 + n % 20, 1 + n // 20, 1) for n in range(240)]
    found = sorted_out(*(figure(2 + n, period_end_on=each) for n, each in enumerate(ends)))
    assert found.counts == {Kind.PERIODS: 240}
    assert {each.reason for each in found.findings} == {
        "The file has 240 periods of 00000001: 2000-01-01, 2000-02-01, 2000-03-01, 2000-04-01, "
        "2000-05-01 and 235 more."
    }


def test_each_doubt_is_named_and_taken_only_where_it_is_accepted():
    found = sorted_out(
        figure(2, typed="1"),
        figure(3, "00000002"),
        figure(4, "00000003", value=2_500_000),
        figure(5, "00000003", Measure.STAFF, 4),
        figure(6, "00000003", Measure.STAFF, 5, period_end_on=date(2025, 3, 31)),
    )
    assert [(each.line, each.kind) for each in found.findings] == [
        (2, Kind.NORMALISED),
        (3, Kind.GONE),
        (4, Kind.LEAP),
        (5, Kind.PERIODS),
        (6, Kind.PERIODS),
    ]
    assert found.counts == {Kind.NORMALISED: 1, Kind.GONE: 1, Kind.LEAP: 1, Kind.PERIODS: 2}
    assert "2025-03-31, 2026-03-31" in found.findings[3].reason
    assert found.sound == 0
    for accepted, lines in (
        ((), []),
        ((Kind.GONE,), [3]),
        ((Kind.PERIODS, Kind.LEAP), [4, 5, 6]),
        (DOUBTS, [2, 3, 4, 5, 6]),
    ):
        assert [each.figure.line for each in found.taken(accepted)] == lines


def test_a_figure_that_is_high_for_anybody_is_doubted_where_nobody_told_us_otherwise():
    for band, value, kinds in (
        ("not-said", 50_000_000, []),
        ("not-said", 50_000_001, [Kind.HIGH]),
        ("over-10m", 900_000_000, []),
        ("100k-250k", 60_000_000, [Kind.LEAP]),
    ):
        known = {"00000001": [Known(1, {"turnover_band": band})]}
        found = sort_out(FileRead([figure(2, value=value)], (), 1), known)
        assert [each.kind for each in found.findings] == kinds, (band, value)


def test_a_line_with_two_doubts_needs_both_accepted():
    found = sorted_out(figure(2, "00000002", typed="2"))
    assert [each.kind for each in found.findings] == [Kind.NORMALISED, Kind.GONE]
    assert found.taken([Kind.GONE]) == []
    assert len(found.taken(DOUBTS)) == 1


def test_ten_times_the_band_is_no_leap_and_a_tenth_is_none():
    for value, leap in ((2_499_990, False), (2_499_991, True), (10_000, False), (9_999, True)):
        found = sorted_out(figure(2, value=value))
        assert (Kind.LEAP in found.counts) is leap, value


def official(year, month, day, value, measure=Measure.TURNOVER):
    return SimpleNamespace(measure=measure, value=value, period_end_on=date(year, month, day))


def test_each_follow_up_has_the_first_period_that_ended_by_then():
    start = date(2026, 4, 10)
    found = official_answers(
        [
            official(2025, 3, 31, 1),
            official(2026, 3, 31, 2),
            official(2027, 3, 31, 3),
            official(2028, 3, 31, 4),
            official(2026, 3, 31, 7, Measure.STAFF),
        ],
        start,
    )
    assert found == {
        Wave.BASELINE: {"administrative_turnover": 2, "administrative_staff": 7},
        Wave.MONTH_6: {"administrative_turnover": 3, "administrative_trading": 1},
        Wave.MONTH_12: {"administrative_turnover": 4, "administrative_trading": 1},
    }


def test_who_is_gone_from_the_register_was_not_trading_unless_figures_say_so():
    start, gone_on = date(2026, 4, 10), date(2027, 6, 1)
    not_trading = {"administrative_trading": 0}
    assert official_answers([], start, gone_on) == dict.fromkeys(
        (Wave.MONTH_3, Wave.MONTH_6, Wave.MONTH_12), not_trading
    )
    found = official_answers([official(2026, 12, 31, 3)], start, gone_on)
    assert found == {
        Wave.MONTH_6: {"administrative_turnover": 3, "administrative_trading": 1},
        Wave.MONTH_12: not_trading,
    }
    assert official_answers([], start, date(2026, 7, 9)) == {}


def test_a_period_that_ended_too_late_belongs_to_no_follow_up():
    start = date(2026, 4, 10)
    found = official_answers([official(2028, 5, 1, 9), official(2026, 4, 10, 5)], start)
    assert found == {Wave.BASELINE: {"administrative_turnover": 5}}
    assert official_answers([], start) == {}
