"""The review of a trial from the database, and checking it again."""

import json
from io import BytesIO

import pypdf
import pytest

from tests.documents import check_pdf, text_of
from tests.factories.drawn_trials import TRIAL_CUT, make_trial
from tests.factories.draws import DRAWN_AT, QUARTERS, make_lottery
from tests.factories.plans import have_locked_plan
from voucher.allocation.operations import steps
from voucher.cli.rendering import render
from voucher.evaluation.analysis.jobs import build_extract
from voucher.evaluation.reports.recomputing import made_from_extract
from voucher.evaluation.reports.rounds import (
    build_round_report,
    is_trial,
    round_report_figures,
)
from voucher.evaluation.reports.verification import (
    attached_files,
    contradictions,
)

EFFECTS = ("itt", "users")


@pytest.mark.slow
def test_the_review_of_a_trial_is_a_document_people_can_read(session, tmp_path):
    round_ = make_trial(name="Round by lot").round
    built = build_round_report(round_id=round_.id, data_cut_at=TRIAL_CUT, render=render)
    again = build_round_report(round_id=round_.id, data_cut_at=TRIAL_CUT, render=render)
    assert built.document == again.document
    assert built.page == again.page
    check_pdf(built.document, tmp_path / "trial.pdf")
    reader = pypdf.PdfReader(BytesIO(built.document))
    assert reader.metadata.title == "Round by lot: randomised trial, what works"
    text = text_of(built.document)
    for words in (
        "Summary",
        "on the Maryland Scientific Methods Scale",
        built.figures["findings"]["plan"]["sha256"][:20],
        built.figures["findings"]["draw"]["seed"][:20],
        "Secret sealed on 16 June 2026, list frozen on 17 June 2026",
        "drawn = not analysed + analysed",
        "No significance is tested",
        "95% interval",
        "Bounds of the effect",
        "Benjamini",
        "Exploratory",
        "Limitations",
        "Creative Commons",
    ):
        assert words in text, words
    assert "<h2>Summary</h2>" in built.page
    estimates = [each[of] for each in built.figures["findings"]["outcomes"] for of in EFFECTS]
    kinds = {each["standard_error_kind"] for each in estimates if each}
    assert kinds
    for words in (*(f"{kind}: how far" for kind in kinds), "is Katz’s", "First-stage F: how"):
        assert built.page.count(words.replace("Neyman", "Neyman’s standard error")) == 1, words
    (told,) = [each for each in built.figures["summary"] if each["heading"].startswith("How far")]
    assert [built.page.count(each) for each in told["sentences"] if "Underpowered" in each] == [2]
    assert 'role="region" tabindex="0"' in built.page
    files = attached_files(built.document)
    assert json.loads(files["figures.json"]) == built.figures
    assert list(contradictions(built.figures, files)) == []


@pytest.mark.slow
def test_the_extract_gives_the_findings_again(session, tmp_path):
    round_ = make_trial(40).round
    figures = round_report_figures(round_.id, TRIAL_CUT)
    path = tmp_path / "extract.zip"
    path.write_bytes(build_extract(round_.id, TRIAL_CUT, b"key of pseudonyms under test"))
    made = made_from_extract(path, figures)
    assert made.parts == {"findings", "summary", "method"} <= made.figures.keys()
    assert made.difference(figures) is None
    figures["summary"][0]["sentences"][0] = "Something else."
    assert made.difference(figures).where == "summary[1].sentences[1]"


def test_the_findings_are_protected(session):
    figures = round_report_figures(make_trial(16).round.id, TRIAL_CUT)
    assert figures["withheld"]
    assert list(contradictions(figures, {})) != []
    words = [each for each in contradictions(figures, {}) if "figures.json says" not in each]
    assert words == []


def test_a_draw_of_before_plans_were_kept_is_described(session, monkeypatch):
    monkeypatch.setattr(steps, "bars_to_freeze", lambda _round: [])
    lottery = make_lottery(8, planned=False)
    lottery.draw()
    figures = round_report_figures(lottery.round.id, TRIAL_CUT)
    assert figures["kind"] == "descriptive"
    assert "findings" not in figures


def test_a_draw_without_those_that_the_plan_compares_is_no_trial(session):
    lottery = make_lottery(8, planned=False)
    have_locked_plan(lottery.round, comparison=("nobody",))
    lottery.draw()
    assert not is_trial(lottery.round.id, TRIAL_CUT)


def test_a_round_is_no_trial_before_its_draw(session):
    lottery = make_lottery(8, arms=QUARTERS, budget_pence=50_000_000)
    lottery.draw()
    assert not is_trial(lottery.round.id, DRAWN_AT.replace(year=2025))
    assert is_trial(lottery.round.id, DRAWN_AT)


@pytest.mark.slow
def test_a_trial_that_nobody_has_answered_can_be_reported(session):
    lottery = make_lottery(12, budget_pence=50_000_000)
    lottery.draw()
    built = build_round_report(round_id=lottery.round.id, data_cut_at=DRAWN_AT, render=render)
    assert "Interim report" in built.page
    assert "Not yet. " in built.page
    assert "We can’t say whether" not in built.page
    assert built.figures["findings"]["design"]["sms_level"] is None
