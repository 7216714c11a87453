"""Tables of equality monitoring: nothing small can be read or worked out of them."""

import random
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from voucher.equality.queries import BLANK, StageCounts
from voucher.equality.rules import QUESTIONS, Stage
from voucher.evaluation.monitoring.rules import next_tables, protected_tables
from voucher.evaluation.monitoring.section import table_rows, without


def stages(reached, answers):
    """Counts of applications that each reached a stage and gave one answer to every question."""
    found = {stage: StageCounts() for stage in Stage}
    for how_far, answer in zip(reached, answers, strict=True):
        for stage in list(Stage)[: how_far + 1]:
            found[stage].applications += 1
            found[stage].answered += answer is not None
            for question in QUESTIONS:
                value = BLANK
                if answer is not None:
                    options = list(question.kind)
                    value = options[answer % len(options)].value
                found[stage].answers[question.code, value] += 1
    return found


def test_large_counts_are_told():
    content = protected_tables(stages([0, 1, 2, 3] * 10, [0] * 40))
    line = content["questions"][0]["lines"][0]
    assert line == {"code": "female", "label": "Female", "counts": [40, 30, 20, 10]}
    assert [stage["applications"] for stage in content["stages"]] == [40, 30, 20, 10]
    rows = table_rows(content)
    assert rows[0][:3] == ["question", "answer", "Applied"]
    assert ["Sex of the main owner", "Female", "40", "30", "20", "10"] in rows


def test_stages_can_be_left_out_of_a_section():
    content = protected_tables(stages([0, 1, 2, 3] * 10, [0] * 40))
    less = without(content, {"eligible", "redeemed"})
    assert [stage["code"] for stage in less["stages"]] == ["applied", "offered"]
    assert less["questions"][0]["lines"][0]["counts"] == [40, 20]
    assert without(content, ()) == content
    assert without(content, {stage.value for stage in Stage})["questions"] == []


def test_few_answers_make_no_table_and_few_applications_no_count():
    content = protected_tables(stages([0] * 19 + [3] * 3, [0] * 19 + [None] * 3))
    assert content["questions"] == []
    assert not content["enough"]
    assert [stage["applications"] for stage in content["stages"]] == [22, None, None, None]
    assert table_rows(content)[1] == ["All", "", "22", "withheld", "withheld", "withheld"]


def test_one_that_fell_out_between_two_stages_is_not_told_by_subtracting():
    content = protected_tables(stages([1] * 20 + [0, 1] * 5 + [0], [0] * 20 + [1] * 10 + [0]))
    female = content["questions"][0]["lines"][0]
    assert None in female["counts"][:2]


@pytest.mark.slow
@settings(max_examples=12)  # each solves hundreds of small programmes
@given(st.integers(0, 10_000))
def test_a_reader_with_a_linear_solver_learns_no_small_count(seed):
    draw = random.Random(seed)
    many = draw.randint(20, 60)
    reached = [draw.choice((0, 1, 1, 2, 3, 3)) for _ in range(many)]
    answers = [draw.choice((0, 0, 0, 1, 1, 2, None)) for _ in range(many)]
    counts = stages(reached, answers)
    content = protected_tables(counts)
    for question in content["questions"][:2]:
        told = {line["code"]: line["counts"] for line in question["lines"]}
        truth = {
            value: [counts[stage].answers[question["code"], value] for stage in Stage]
            for value in told
        }
        check(told, truth, [stage["applications"] for stage in content["stages"]])


def check(told, truth, totals):
    """The range of every withheld small count and of every small loss, by linear programmes."""
    cells = [(value, number) for value in told for number in range(4)]
    place = {cell: number for number, cell in enumerate(cells)}
    lines, right, losses = [], [], []
    for number in range(4):
        if totals[number] is None:
            continue
        line = np.zeros(len(cells))
        line[[place[value, number] for value in told]] = 1
        lines.append(line)
        right.append(totals[number])
    for value, number in cells:
        if told[value][number] is not None:
            line = np.zeros(len(cells))
            line[place[value, number]] = 1
            lines.append(line)
            right.append(told[value][number])
    for value in told:
        for before, after in pairwise(range(4)):
            line = np.zeros(len(cells))
            line[place[value, before]], line[place[value, after]] = 1, -1
            losses.append((line, truth[value][before] - truth[value][after]))
    aims = [(one(place[v, n], len(cells)), truth[v][n]) for v, n in cells if told[v][n] is None]
    limits = [(1 if told[v][n] is None else 0, None) for v, n in cells]
    shrinking = np.array([-line for line, _ in losses])
    for aim, real in [*aims, *losses]:
        if 0 < real < 5:
            ends = [
                side
                * linprog(
                    side * aim,
                    A_ub=shrinking,
                    b_ub=np.zeros(len(losses)),
                    A_eq=np.array(lines),
                    b_eq=right,
                    bounds=limits,
                ).fun
                for side in (1, -1)
            ]
            assert ends[1] - ends[0] >= 1 - 1e-6, (aim, real, ends)


def one(place, many):
    line = np.zeros(many)
    line[place] = 1
    return line


def test_counters_start_empty():
    assert StageCounts().answers == Counter()


@pytest.mark.parametrize("stage", list(Stage))
def test_every_stage_is_there_even_without_applications(stage):
    content = protected_tables({each: StageCounts() for each in Stage})
    assert stage.value in [each["code"] for each in content["stages"]]


BASE = ([3] * 20 + [1] * 20, [0, 1] * 20)


def after(*more):
    """Tables beside those of `BASE`, with more applications of (how far, answer, how many)."""
    reached, answers = (list(each) for each in BASE)
    for how_far, answer, many in more:
        reached += [how_far] * many
        answers += [answer] * many
    return next_tables(stages(reached, answers), [protected_tables(stages(*BASE))])


@pytest.mark.parametrize(
    "more",
    [
        [],
        [(1, 0, 1)],
        [(1, 0, 6), (1, 1, 4)],
        [(1, 0, 5), (3, 1, 4)],
        [(1, 2, 3), (1, 0, 5)],
        [(1, 0, 10), (0, 0, 1)],
    ],
    ids=["nothing", "one", "few of one answer", "few of a stage", "withheld now", "few in all"],
)
def test_no_version_is_made_that_tells_of_few_beside_an_older_one(more):
    assert after(*more) is None


def test_a_version_is_made_where_enough_have_moved():
    assert after((1, 0, 6), (3, 1, 5))["questions"][0]["lines"][0]["counts"] == [26, 26, 10, 10]


def test_the_withheld_of_a_stage_are_told_by_subtracting_too():
    """Two more whose answer is withheld in both versions, beside six whose answer is not."""
    few = [1] * 4 + [2] * 3
    before = stages([3] * 47, [0] * 40 + few)
    now = stages([3] * 55, [0] * 46 + few + [1, 2])
    tables = protected_tables(before)
    assert [line["counts"][0] for line in tables["questions"][0]["lines"][1:3]] == [None, None]
    assert next_tables(now, [tables]) is None


def test_totals_alone_are_followed_by_tables():
    before = protected_tables(stages([0] * 10, [0] * 10))
    assert next_tables(stages([0] * 40, [0] * 40), [before])["enough"]
    assert next_tables(stages([0] * 12, [0] * 12), [before]) is None
