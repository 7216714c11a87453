"""A report whose figures were touched is found out."""

import json
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.factories.findings import make_findings
from voucher.core.errors import Invalid
from voucher.evaluation.figures import Spending, round_figures
from voucher.evaluation.reports.conclusions import summary
from voucher.evaluation.reports.differences import Difference, first_difference
from voucher.evaluation.reports.documents import as_json, attachments
from voucher.evaluation.reports.trials import trial_figures
from voucher.evaluation.reports.verification import (
    attached_files,
    contradictions,
    figures_of,
)
from voucher.evaluation.version import code_version

CUT = datetime(2027, 2, 1, 9, tzinfo=UTC)


def figures() -> dict[str, Any]:
    described = round_figures([], Spending(60, 0, 10, 20), decision_days=5, payment_days=5)
    return trial_figures(make_findings(), described, data_cut_at=CUT)


def files_of(made: dict[str, Any]) -> dict[str, bytes]:
    return {each.name: each.content for each in attachments(made)}


def told(made: dict[str, Any], files: dict[str, bytes] | None = None) -> list[str]:
    return list(contradictions(made, files_of(made) if files is None else files))


def test_sound_figures_contradict_nothing() -> None:
    assert told(figures()) == []


def test_figures_come_back_as_they_were_attached() -> None:
    made = figures()
    assert first_difference(json.loads(files_of(made)["figures.json"]), made) is None


def test_the_tables_do_not_depend_on_the_order_of_keys() -> None:
    made = figures()
    assert told(json.loads(files_of(made)["figures.json"]), files_of(made)) == []


def test_each_table_has_its_own_files() -> None:
    names = set(files_of(figures()))
    for part in ("figures", "flow", "baseline", "outcomes", "subgroups", "cost", "spending"):
        assert {f"{part}.json", f"{part}.csv"} <= names
    assert "displacement.json" not in names


def test_lines_of_a_table_have_names_of_their_own() -> None:
    table = files_of(figures())["figures.csv"].decode()
    assert "findings,outcomes.adoption month_6.itt.estimate,0.15" in table
    assert "findings,subgroups.size 2 to 9.estimate,0.19" in table


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("flow", "assessed"), 400, "add up to those assessed"),
        (("flow", "lost", "offered"), 31, "add up to those drawn (offered)"),
        (("flow", "received", "comparison"), 151, "More used a voucher than were drawn"),
        (("outcomes", 0, "n_offered"), 121, "known and missing answers"),
        (("outcomes", 0, "itt", "ci_low"), 0.2, "(itt) does not hold its own estimate"),
        (("outcomes", 0, "users", "ci_high"), 0.1, "(users) does not hold"),
        (("outcomes", 1, "holm"), 0.001, "adjusted p-value is smaller"),
        (("outcomes", 1, "itt", "ci_high"), -0.1, "summary is not the one"),
        (("subgroups", 0, "n_offered"), 3, "n_offered shows a count below 5"),
    ],
)
def test_what_can_not_be_true_together_is_told(path: Any, value: Any, words: str) -> None:
    made = figures()
    place: Any = made["findings"]
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert any(words in each for each in told(made)), told(made)


def test_what_is_withheld_contradicts_nothing() -> None:
    made = figures()
    found = made["findings"]
    found["flow"]["lost"]["offered"] = found["outcomes"][0]["n_offered"] = None
    found["outcomes"][0]["relative"]["ci_low"] = None
    found["outcomes"][1]["itt"] = None
    made["summary"] = summary(found)
    assert told(made) == []


@pytest.mark.parametrize("code", [code_version(), "0123456789ab"])
def test_by_this_method_the_summary_has_its_words_whatever_the_code(code: str) -> None:
    made = figures()
    made["code"] = made["findings"]["code"] = code
    made["summary"] = []
    assert told(made) == ["The summary is not the one that the figures give."]


def test_by_another_method_the_words_are_not_looked_at() -> None:
    made = figures() | {"method": "2020-1", "summary": []}
    assert told(made) == []
    made["findings"]["flow"]["assessed"] = 400
    assert told(made) == ["Those not in the draw and those drawn don’t add up to those assessed."]


def test_by_another_method_a_table_may_write_texts_otherwise_and_nothing_else() -> None:
    made = figures() | {"method": "2020-1"}
    made["findings"]["plan"]["deviations"] = [{"what": "- one\n- two", "why": "", "at": ""}]
    files = files_of(made)
    table = files["figures.csv"]
    assert b"'- one - two" in table
    files["figures.csv"] = table.replace(b"'- one - two", b'"- one\n- two"')
    assert told(made, files) == []
    for other in (table.replace(b"0.15", b"0.25"), b"\xff", b""):
        assert any("figures.csv" in each for each in _told_or_refused(made, {"figures.csv": other}))
    made["method"] = figures()["method"]
    assert told(made, {**files_of(made), "figures.csv": files["figures.csv"]})


def _told_or_refused(made: dict[str, Any], changed: dict[str, bytes]) -> list[str]:
    try:
        return told(made, {**files_of(made), **changed})
    except Invalid as error:
        return [f"figures.csv: {error}"]


def test_this_code_is_of_one_method_alone() -> None:
    made = figures() | {"method": "2020-1"}
    made["code"] = made["findings"]["code"] = code_version()
    assert told(made) == [
        "The version of the code that the report names is of another method than it says."
    ]


def test_a_file_that_says_something_else_is_told() -> None:
    made = figures()
    files = files_of(made)
    files["outcomes.csv"] = files["outcomes.csv"].replace(b"0.15", b"0.25")
    del files["flow.json"]
    assert told(made, files) == [
        "flow.json is missing or does not say what figures.json says.",
        "outcomes.csv is missing or does not say what figures.json says.",
    ]


def test_descriptive_figures_are_checked_too() -> None:
    described = round_figures([], Spending(60, 0, 10, 20), decision_days=5, payment_days=5)
    assert told(described) == []


@pytest.mark.parametrize(
    ("stated", "found", "where"),
    [
        ({"a": 1.0}, {"a": 1.0 + 1e-12}, None),
        ({"a": 1.0}, {"a": 1.0001}, "a"),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3]}}, "a.b[2]"),
        ({"a": [1]}, {"a": [1, 2]}, "a"),
        ({"a": 1}, {}, "a"),
        ({}, {"a": 1}, "a"),
        ({"a": True}, {"a": 1}, "a"),
        ({"a": None}, {"a": 0}, "a"),
        ({"b": 2, "a": 1}, {"b": 3, "a": 2}, "a"),
        (1, 2, "everything"),
    ],
)
def test_the_first_difference_is_named(stated: Any, found: Any, where: str | None) -> None:
    differing = first_difference(stated, found)
    assert (differing and differing.where) == where


def test_a_number_beyond_all_floats_differs() -> None:
    assert first_difference({"n": 10**400}, {"n": 1.0}) is not None
    assert first_difference({"n": 10**400}, {"n": 10**400}) is None


def test_a_difference_reads_as_a_sentence() -> None:
    words = str(Difference("flow.assessed", 372, 371))
    assert words == "flow.assessed: the report says 372, the data say 371"


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7 nothing", b"\x00" * 50])
def test_what_is_no_report_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid):
        attached_files(content)


def test_a_pdf_without_figures_is_refused() -> None:
    from io import BytesIO

    from pypdf import PdfWriter

    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    out = BytesIO()
    writer.write(out)
    with pytest.raises(Invalid, match="not a report of ours"):
        attached_files(out.getvalue())


def test_figures_hold_no_nan() -> None:
    made = deepcopy(figures())
    made["findings"]["outcomes"][0]["mean_offered"] = float("nan")
    with pytest.raises(ValueError, match="JSON compliant"):
        as_json(made)


def test_files_of_one_name_are_refused() -> None:
    from io import BytesIO

    from pypdf import PdfWriter

    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    writer.add_attachment("figures.json", b"{}")
    writer.add_attachment("figures.json", b"[]")
    out = BytesIO()
    writer.write(out)
    with pytest.raises(Invalid, match="2 files of the name figures"):
        attached_files(out.getvalue())


@pytest.mark.parametrize("name", ["round", "data_cut_at", "code"])
def test_the_head_says_what_the_findings_say(name: str) -> None:
    made = figures()
    made[name] = "2027-03-01T09:00:00+00:00"
    assert told(made) == [f"{name} is not the one that the findings give."]


@pytest.mark.parametrize(
    "change",
    [
        {"data_cut_at": 5},
        {"data_cut_at": "yesterday"},
        {"data_cut_at": "2027-02-01T09:00"},
        {"data_cut_at": "0001-01-01T00:00:00+00:00"},
        {"round": 7},
        {"code": None},
    ],
)
def test_figures_that_do_not_say_of_what_they_are_are_refused(change: dict[str, Any]) -> None:
    assert figures_of(files_of(figures())).keys() == figures().keys()
    with pytest.raises(Invalid):
        figures_of({"figures.json": as_json({**figures(), **change})})


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"kind": "trial"}', b"[" * 100_000])
def test_what_are_no_figures_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid):
        figures_of({"figures.json": content})


def test_a_trial_without_findings_is_refused() -> None:
    made = figures()
    del made["findings"]
    with pytest.raises(Invalid, match="no findings"):
        figures_of(files_of(made))


@pytest.mark.parametrize("findings", [{}, [], 7, {"flow": 3}])
def test_findings_of_another_shape_are_refused(findings: Any) -> None:
    with pytest.raises(Invalid, match="not those of a report"):
        told({**figures(), "findings": findings}, {})
