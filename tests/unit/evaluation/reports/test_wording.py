"""Of a report by another method the figures are compared, and not its words."""

from copy import deepcopy
from typing import Any

import pytest

from tests.factories.findings import make_findings
from voucher.evaluation.figures import METHOD_VERSION
from voucher.evaluation.reports.recomputing import Made
from voucher.evaluation.reports.wording import not_stated, stated_only, without_words

OLDER = "2020-1"
FIGURES: dict[str, Any] = {
    "kind": "trial",
    "method": METHOD_VERSION,
    "code": "0123456789ab",
    "names": {"round": "Summer round"},
    "findings": make_findings(),
    "summary": [{"heading": "The question", "sentences": ["Does it?"]}],
}


def made(parts: frozenset[str] | None = None) -> Made:
    return Made("the database", deepcopy(FIGURES), parts)


def stated(method: str = OLDER) -> dict[str, Any]:
    """What another code says of the same data: other words at every place that has some."""
    told = deepcopy(FIGURES)
    told["code"] = told["findings"]["code"] = "ba9876543210"
    told["method"] = method
    told["summary"] = [{"heading": "Question", "sentences": ["Did it?", "It did."]}]
    found = told["findings"]
    found["refusals"] = []
    found["design"]["notes"] = [{"reason": "Another note."}]
    for outcome in found["outcomes"]:
        outcome |= {"label": "Otherwise", "unit": "h", "itt_refused": "Because.", "lee_refused": ""}
    return told


def test_the_words_of_another_method_differ_in_no_figure() -> None:
    assert made().difference(stated()) is None


def test_the_words_of_this_method_have_to_be_the_same() -> None:
    differing = made().difference(stated(METHOD_VERSION))
    assert differing is not None
    assert differing.where == "findings.design.notes"


@pytest.mark.parametrize(
    ("path", "where"),
    [
        (("findings", "outcomes", 0, "itt", "estimate"), "findings.outcomes[1].itt.estimate"),
        (("findings", "flow", "assessed"), "findings.flow.assessed"),
        (("findings", "design", "label"), "findings.design.label"),
        (("findings", "draw", "seed"), "findings.draw.seed"),
        (("names", "round"), "names.round"),
    ],
)
def test_a_figure_of_another_method_that_differs_is_named(path: Any, where: str) -> None:
    told: Any = stated()
    place = told
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = 0.9 if path[-1] in ("estimate", "assessed") else "other"
    differing = made().difference(told)
    assert differing is not None
    assert differing.where == where


def test_a_line_more_or_less_differs_whatever_the_method() -> None:
    told = stated()
    told["findings"]["outcomes"].pop()
    differing = made().difference(told)
    assert differing is not None
    assert differing.where == "findings.outcomes"


def test_what_another_method_did_not_state_is_said() -> None:
    told = stated()
    del told["findings"]["cost"]["vouchers"], told["names"]
    assert made().difference(told) is None
    said = " ".join(made().remarks(told))
    assert f"made by method {OLDER}; this code is method {METHOD_VERSION}" in said
    assert "was not compared: findings.cost.vouchers." in said
    assert "What it names was not kept" in said
    assert "The words on its pages were not checked." in said
    told = stated(METHOD_VERSION)
    del told["findings"]["cost"]["vouchers"]
    assert made().difference(told) is not None


def test_a_figure_that_only_the_report_states_differs() -> None:
    told = stated()
    told["findings"]["cost"]["more"] = 5
    differing = made().difference(told)
    assert differing is not None
    assert differing.where == "findings.cost.more"


def test_this_method_leaves_no_remark_on_words() -> None:
    said = " ".join(made().remarks({**deepcopy(FIGURES), "code": "ba9876543210"}))
    assert "method" not in said
    assert "not kept" not in said


def test_only_parts_that_an_extract_gives_are_compared() -> None:
    told = stated()
    told["names"]["round"] = "Other"
    assert made(frozenset({"findings", "summary", "method"})).difference(told) is None


def test_words_and_figures_are_told_apart() -> None:
    figures = {
        "design": {"label": "randomised", "notes": [], "level": 4},
        "lines": [{"label": "Hours", "n": 5, "itt_refused": None, "why": "So."}],
    }
    assert without_words(figures) == {
        "design": {"label": "randomised", "level": 4},
        "lines": [{"n": 5}],
    }


def test_what_is_stated_is_followed_into_lists_of_one_length() -> None:
    found = {"a": [{"b": 1, "c": 2}], "d": [1, 2], "e": 5}
    told = {"a": [{"b": 1}], "d": [1], "f": 6}
    assert stated_only(found, told) == {"a": [{"b": 1}], "d": [1, 2]}
    assert list(not_stated(found, told)) == ["a[1].c", "e"]
