"""`flask voucher verify-report`: what agrees, what differs, and with what it was compared."""

import json
import re
from datetime import timedelta
from io import BytesIO

import pypdf
import pytest
from sqlalchemy import text

from tests.factories.drawn_trials import TRIAL_CUT, make_trial
from tests.factories.published import make_report, publish
from tests.factories.scheme import make_round
from tests.unit.evaluation.synthesis.rounds import a_round, outcome
from voucher.cli.rendering import render
from voucher.core.db import session as scoped
from voucher.evaluation.analysis.jobs import build_extract
from voucher.evaluation.models import Report, SurveyResponse
from voucher.evaluation.reports import recomputing
from voucher.evaluation.reports.rounds import build_round_report
from voucher.programmes.models import Round

CUT = TRIAL_CUT.isoformat()


def run(app, *arguments):
    return app.test_cli_runner().invoke(args=["voucher", *map(str, arguments)])


def with_figures(document, change):
    """The document with other attached figures, as somebody who cheats would write it."""
    reader = pypdf.PdfReader(BytesIO(document))
    files = {name: content[0] for name, content in reader.attachments.items()}
    figures = json.loads(files["figures.json"])
    change(figures)
    writer = pypdf.PdfWriter()
    writer.add_blank_page(100, 100)
    from voucher.evaluation.reports.documents import attachments

    for each in attachments(figures):
        writer.add_attachment(each.name, each.content)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.fixture
def trial(app, arrange, tmp_path):
    """A trial's report, its extract, and its round, as files."""
    with arrange():
        round_ = make_trial(48).round
    with app.app_context():
        built = build_round_report(round_id=round_.id, data_cut_at=TRIAL_CUT, render=render)
        packed = build_extract(round_.id, TRIAL_CUT, b"key of pseudonyms under test")
    (tmp_path / "report.pdf").write_bytes(built.document)
    (tmp_path / "extract.zip").write_bytes(packed)
    return round_


@pytest.mark.slow
def test_a_report_agrees_with_the_data_it_was_made_of(app, arrange, trial, tmp_path):
    file, extract = tmp_path / "report.pdf", tmp_path / "extract.zip"
    ran = run(app, "verify-report", file)
    assert ran.exit_code == 0, ran.output
    assert "Every figure agrees with the database." in ran.output
    assert "the same, byte for byte" in ran.output
    ran = run(app, "verify-report", file, "--extract", extract)
    assert ran.exit_code == 0, ran.output
    assert "Every figure agrees with the extract." in ran.output
    assert "were not compared" in ran.output
    assert "The words on its pages were not checked." in ran.output
    again = tmp_path / "again.pdf"
    ran = run(app, "report", "--round", trial.reference, "--out", again, "--cut", CUT)
    assert ran.exit_code == 0, ran.output
    assert again.read_bytes() == file.read_bytes()
    with arrange():
        row = scoped.query(SurveyResponse).filter(SurveyResponse.due_on.is_(None)).first()
        row.answers = {**row.answers, "hours_lost_week": 90}
    ran = run(app, "verify-report", file)
    assert ran.exit_code == 1
    assert re.search(r"Error: findings\.\S+: the report says .*, the data say", ran.output)


@pytest.mark.slow
def test_figures_that_were_changed_are_found_out(app, trial, tmp_path):
    document = (tmp_path / "report.pdf").read_bytes()

    def more(figures):
        outcome = figures["findings"]["outcomes"][0]
        outcome["mean_offered"] += 0.01

    def impossible(figures):
        figures["findings"]["flow"]["assessed"] += 50

    for change, words in (
        (more, "findings.outcomes[1].mean_offered: the report says"),
        (impossible, "add up to those assessed"),
    ):
        (tmp_path / "changed.pdf").write_bytes(with_figures(document, change))
        for option in ((), ("--extract", tmp_path / "extract.zip")):
            ran = run(app, "verify-report", tmp_path / "changed.pdf", *option)
            assert ran.exit_code == 1
            assert words in ran.output or "The summary is not the one" in ran.output


def test_without_data_only_the_figures_themselves_are_checked(app, trial, tmp_path, monkeypatch):
    def elsewhere(figures):
        figures["round"] = figures["findings"]["round"] = "RND-0000-ELSE"

    document = with_figures((tmp_path / "report.pdf").read_bytes(), elsewhere)
    (tmp_path / "strange.pdf").write_bytes(document)
    ran = run(app, "verify-report", tmp_path / "strange.pdf")
    assert ran.exit_code == 0, ran.output
    assert "they were compared with no data" in ran.output
    assert "The words on its pages were not checked." in ran.output
    with monkeypatch.context() as patch:
        patch.setattr(Round, "__tablename__", "no_such_table")
        ran = run(app, "verify-report", tmp_path / "report.pdf")
    assert ran.exit_code == 0, ran.output
    assert "they were compared with no data" in ran.output

    def broken(_reference):
        scoped.execute(text("SELECT no_such_column FROM voucher"))

    monkeypatch.setattr(recomputing, "round_by_reference", broken)
    ran = run(app, "verify-report", tmp_path / "report.pdf")
    assert ran.exit_code == 2, ran.output
    assert re.fullmatch(r"Error: The database could not be read: .*no_such_column.*\n", ran.output)


@pytest.mark.slow
def test_a_report_by_other_code_is_compared_and_that_is_said(app, trial, tmp_path):
    def older(figures):
        figures["code"] = figures["findings"]["code"] = "000000000000"

    document = with_figures((tmp_path / "report.pdf").read_bytes(), older)
    (tmp_path / "older.pdf").write_bytes(document)
    ran = run(app, "verify-report", tmp_path / "older.pdf")
    assert ran.exit_code == 0, ran.output
    assert "was made by version 000000000000 of the code" in ran.output
    assert "The words on its pages were not checked." in ran.output
    assert "byte for byte" not in ran.output
    blank = with_figures((tmp_path / "report.pdf").read_bytes(), lambda _figures: None)
    (tmp_path / "blank.pdf").write_bytes(blank)
    ran = run(app, "verify-report", tmp_path / "blank.pdf")
    assert ran.exit_code == 1, ran.output
    assert "the pages differ from what these figures give" in ran.output


@pytest.mark.slow
def test_of_a_report_by_another_method_the_figures_are_compared(app, trial, tmp_path):
    def older(figures):
        for told in (figures, figures["findings"]):
            told["code"] = "000000000000"
        figures["method"] = "2020-1"
        figures["summary"] = [{"heading": "Otherwise", "sentences": ["In other words."]}]

    def wrong(figures):
        older(figures)
        figures["findings"]["outcomes"][0]["mean_offered"] += 0.01

    built = (tmp_path / "report.pdf").read_bytes()
    (tmp_path / "older.pdf").write_bytes(with_figures(built, older))
    (tmp_path / "wrong.pdf").write_bytes(with_figures(built, wrong))
    for option in ((), ("--extract", tmp_path / "extract.zip")):
        ran = run(app, "verify-report", tmp_path / "older.pdf", *option)
        assert ran.exit_code == 0, ran.output
        assert "Every figure agrees with the" in ran.output
        assert "The words in it were made by method 2020-1; this code is method" in ran.output
        assert "so they were not compared word by word" in ran.output
        ran = run(app, "verify-report", tmp_path / "wrong.pdf", *option)
        assert ran.exit_code == 1, ran.output
        assert "Error: findings.outcomes[1].mean_offered: the report says" in ran.output


@pytest.fixture
def together(app, arrange, tmp_path):
    """The synthesis of three published rounds as a file, and how to publish another version."""
    with arrange():
        rounds = [make_round() for _ in range(3)]
        published = [publish(make_report(each, outcome(0.1))) for each in rounds]
    ran = run(app, "synthesis", "--out", tmp_path / "synthesis.pdf", "--cut", CUT)
    assert ran.exit_code == 0, ran.output
    return rounds[0], published[0]


@pytest.mark.slow
def test_a_synthesis_is_made_again_from_what_was_published(app, arrange, together, tmp_path):
    file, (round_, first) = tmp_path / "synthesis.pdf", together
    ran = run(app, "verify-report", file)
    assert ran.exit_code == 0, ran.output
    assert "Every figure agrees with the database." in ran.output
    assert "the same, byte for byte" in ran.output
    later = TRIAL_CUT + timedelta(days=1)
    with arrange():
        second = make_report(scoped.get(Round, round_.id), outcome(0.3), at=later)
        publish(second, at=later, supersedes=first)
    assert run(app, "verify-report", file).exit_code == 0
    assert run(app, "verify-report", file, "--extract", file).exit_code == 2
    with arrange():
        report = scoped.get(Report, first.report_id)
        report.figures = {"kind": "trial", "findings": {**a_round(1, outcome(0.2)).findings}}
    ran = run(app, "verify-report", file)
    assert ran.exit_code == 1, ran.output
    assert "Error: outcomes[1].effects.itt." in ran.output


def test_a_synthesis_that_was_changed_is_found_out(app, together, tmp_path):
    document = (tmp_path / "synthesis.pdf").read_bytes()

    def effect(figures):
        return figures["outcomes"][0]["effects"]["itt"]

    def flattered(figures):
        effect(figures)["pooled"]["estimate"] += 0.1

    def study(name, value):
        return lambda figures: effect(figures)["studies"][0].update({name: value})

    def unknown(figures):
        for each in figures["rounds"]:
            each["reference"] = "RND-0000-ELSE"
        figures["outcomes"] = []

    for change, code, words in (
        (flattered, 1, "pooled.estimate: the report says"),
        (study("estimate", 0.9), 1, "does not hold its own estimate"),
        (study("reference", "RND-ELSE"), 1, "is not among the rounds"),
        (lambda figures: figures["rounds"][0].update(reference=5), 2, "not those of a report"),
        (lambda figures: figures.pop("rounds"), 2, "not those of a report"),
        (lambda figures: figures["rounds"].pop(), 1, "is not among the rounds"),
        (unknown, 0, "they were compared with no data"),
    ):
        (tmp_path / "changed.pdf").write_bytes(with_figures(document, change))
        ran = run(app, "verify-report", tmp_path / "changed.pdf")
        assert (ran.exit_code, words in ran.output) == (code, True), ran.output


@pytest.mark.slow
def test_what_can_not_be_checked_is_refused(app, arrange, tmp_path):
    with arrange():
        round_id = make_round().id
    with app.app_context():
        described = build_round_report(round_id=round_id, data_cut_at=TRIAL_CUT, render=render)
        assert scoped.get(Round, round_id)
    (tmp_path / "no.pdf").write_bytes(b"%PDF-1.7 nothing")
    strange = pypdf.PdfWriter()
    strange.add_blank_page(100, 100)
    strange.write(tmp_path / "strange.pdf")
    (tmp_path / "described.pdf").write_bytes(described.document)
    (tmp_path / "any.zip").write_bytes(b"PK")
    unknown = with_figures(described.document, lambda figures: figures.pop("round"))
    (tmp_path / "unknown.pdf").write_bytes(unknown)
    for words, answer in (
        (("no.pdf",), "can be read"),
        (("strange.pdf",), "not a report of ours"),
        (("unknown.pdf",), "can’t be made again"),
        (("described.pdf", "--extract", tmp_path / "any.zip"), "of no trial"),
    ):
        ran = run(app, "verify-report", tmp_path / words[0], *words[1:])
        assert ran.exit_code == 2, ran.output
        assert answer in ran.output


@pytest.mark.parametrize("figures", [[], {}, {"kind": "trial"}, {"data_cut_at": 5}])
def test_malformed_figures_are_refused_in_one_line(app, tmp_path, figures):
    writer = pypdf.PdfWriter()
    writer.add_blank_page(100, 100)
    writer.add_attachment("figures.json", json.dumps(figures).encode())
    writer.write(tmp_path / "bad.pdf")
    ran = run(app, "verify-report", tmp_path / "bad.pdf")
    assert ran.exit_code == 2, ran.output
    assert re.fullmatch(r"Error: .*The figures inside .*\n", ran.output)


@pytest.mark.parametrize("cut", ["yesterday", "2027-01-01", "2027-01-01T00:00"])
def test_a_cut_needs_its_offset(app, tmp_path, cut):
    ran = run(app, "report", "--round", "RND-NO", "--out", tmp_path / "x.pdf", "--cut", cut)
    assert ran.exit_code == 2
    assert "offset" in ran.output
