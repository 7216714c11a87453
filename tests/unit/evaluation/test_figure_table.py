"""Why a figure is not in the table: withheld, not known, not estimated, not applicable."""

import json

import pytest

from tests.factories.findings import make_findings, make_hours, make_outcome
from tests.unit.evaluation.test_figures import figures, paid
from voucher.evaluation.disclosure import GIVES_AWAY, SIDE, WORDS
from voucher.evaluation.figure_table import csv_rows
from voucher.evaluation.figures import Case
from voucher.evaluation.reports.documents import as_csv, part_as_csv


def told(figures, **options):
    rows = csv_rows(json.loads(json.dumps(figures)), **options)
    return {f"{part}.{name}": value for part, name, value in rows}


def test_a_description_tells_the_withheld_from_what_nobody_answered():
    found = told(figures([*paid(38), Case("claim_waiting")]))
    assert found["flow.counts.claim_waiting"] == "withheld"
    assert found["flow.counts.redeemed"] == "39"
    assert found["spending.spent_pence"] == "3000000"
    assert found["follow_up.month_6.hours_lost_week.after"] == "4.0"
    assert found["follow_up.month_6.trial.before"] == "not applicable"
    assert found["replies.month_12.rate_percent"] == "not known"


@pytest.mark.parametrize(
    ("where", "name", "value"),
    [
        ((), "design.achieved_detectable", "not known"),
        (("design.achieved_detectable",), "design.achieved_detectable", "withheld"),
        ((), "design.not_rated", "not applicable"),
        ((), "flow.lost.offered", "not known"),
        (("flow.lost.offered",), "flow.lost.offered", "withheld"),
        (("flow.excluded.1",), "flow.excluded.2.count", "withheld"),
        (("flow.excluded.0",), "flow.excluded.2.count", "not known"),
        ((), "outcomes.adoption month_6.holm", "not applicable"),
        ((), "outcomes.adoption month_6.itt.df", "not known"),
        (("outcomes.adoption at month_6.df",), "outcomes.adoption month_6.itt.df", "withheld"),
        ((), "outcomes.hours_lost_week month_6.relative", "not applicable"),
        ((), "outcomes.hours_lost_week month_6.itt", "not estimated"),
        ((), "outcomes.hours_lost_week month_6.holm", "not estimated"),
        ((), "outcomes.hours_lost_week month_6.randomisation", "not estimated"),
        ((), "outcomes.staff month_6.users", "withheld"),
        ((), "outcomes.staff month_6.randomisation", "not known"),
        (("outcomes.staff at month_6.mean_offered",), "outcomes.staff month_6.holm", "withheld"),
        ((), "baseline.adoption.mean_offered", "withheld"),
        ((), "subgroups.size 10 to 49.estimate", "withheld"),
        ((), "cost.per_adopter_pence", "not estimated"),
    ],
)
def test_a_trial_tells_why_a_figure_is_not_there(where, name, value):
    found = make_findings()
    found["design"]["achieved_detectable"] = found["flow"]["lost"]["offered"] = None
    found["flow"]["excluded"][1]["count"] = None
    adoption, hours = make_outcome(), make_hours(randomisation=None, holm=None)
    adoption["itt"]["df"] = None
    hours["itt"], hours["itt_refused"] = None, "The outcome is the same for everybody."
    staff = make_hours(users=None, users_refused=WORDS[SIDE], holm=None, randomisation=None)
    staff["code"] = "staff"
    found["outcomes"] = [adoption, hours, staff]
    found["baseline"][0].update(mean_offered=None, refused=WORDS[GIVES_AWAY])
    found["subgroups"][1].update(estimate=None, refused=WORDS[GIVES_AWAY])
    found["cost"].update(per_adopter_pence=None, why="The interval holds nothing at all.")
    rows = told({"findings": found}, withheld=where)
    assert rows[f"findings.{name}"] == value


def test_a_part_has_the_words_that_the_whole_has():
    found = make_findings()
    found["flow"]["lost"]["offered"] = None
    made = {"findings": found, "withheld": [{"where": "flow.lost.offered", "why": "few"}]}
    assert b"flow.lost.offered,withheld" in as_csv(made)
    assert b"lost,offered,withheld" in part_as_csv(made, "flow")


def test_a_text_can_not_be_taken_for_a_formula_or_for_two_lines():
    figures = {
        "names": {"problem_today": '=HYPERLINK("http://x")', "place": "York,\r\nNorth"},
        "offerings": [{"code": "@SUM(1)", "count": -5}],
    }
    assert csv_rows(figures) == [
        ("names", "problem_today", '\'=HYPERLINK("http://x")'),
        ("names", "place", "York, North"),
        ("offerings", "'@SUM(1).code", "'@SUM(1)"),
        ("offerings", "'@SUM(1).count", "-5"),
    ]
