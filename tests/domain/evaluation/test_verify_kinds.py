"""Every kind of report has its figures inside, and `verify-report` makes them again."""

import csv
import hashlib
import json
from datetime import timedelta
from functools import partial
from io import BytesIO, StringIO

import pypdf
import pytest
from sqlalchemy import select

from tests.domain.evaluation.test_equality import KEY, answered_round
from tests.domain.evaluation.test_verify_report import run, with_figures
from tests.factories.cases import make_officer
from tests.factories.evaluation import (
    FOLLOW_UP,
    OLDER_FOLLOW_UP,
    make_baseline,
    make_paid,
    make_redeemed,
    make_survey,
)
from tests.factories.plans import have_locked_plan
from tests.factories.published import make_report
from tests.factories.scheme import AT, make_round
from voucher.accounts.roles import Role
from voucher.cli.rendering import render
from voucher.core.db import session as scoped
from voucher.core.errors import Conflict, NotFound
from voucher.evaluation.jobs import build_reports
from voucher.evaluation.models import Report, ReportKind, Wave
from voucher.evaluation.monitoring.jobs import make_tables
from voucher.evaluation.operations import ask_report
from voucher.evaluation.plans.documents import build_plan_document
from voucher.evaluation.publication.operations import publish, sign_off
from voucher.evaluation.publication.queries import published_report
from voucher.evaluation.reports.cases import build_case_summary
from voucher.evaluation.reports.providers import build_provider_summary
from voucher.evaluation.reports.rounds import build_round_report
from voucher.files.models import StoredFile
from voucher.integrations.storage.store import ContentStore
from voucher.programmes.models import Programme, Round
from voucher.vouchers.models import Redemption, Voucher

CUT = AT + timedelta(days=30)


def verified(app, built, folder):
    """What verify-report says of what was built, which must be sound."""
    (folder / "report.pdf").write_bytes(built.document)
    ran = run(app, "verify-report", folder / "report.pdf")
    assert ran.exit_code == 0, ran.output
    assert "Every figure agrees with the database." in ran.output
    assert "the same, byte for byte" in ran.output
    assert {"figures.json", "figures.csv"} <= files_in(built).keys()
    return ran.output


def refused(app, built, change, folder):
    """What verify-report says of figures that were changed."""
    (folder / "changed.pdf").write_bytes(with_figures(built.document, change))
    ran = run(app, "verify-report", folder / "changed.pdf")
    assert ran.exit_code == 1, ran.output
    return ran.output


def files_in(built):
    return pypdf.PdfReader(BytesIO(built.document)).attachments


@pytest.fixture
def redeemed(arrange):
    """A voucher that was redeemed and paid, with what its business said before: its ids."""
    with arrange():
        redemption = make_redeemed()
        make_baseline(redemption.application_id, redemption.round_id)
        make_paid(redemption)
        ids = redemption.id, redemption.voucher_id, redemption.provider_id
    return ids


@pytest.mark.slow
def test_a_case_summary_has_its_figures_inside(app, arrange, redeemed, tmp_path):
    number, voucher_id, _ = redeemed
    build = partial(build_case_summary, voucher_id=voucher_id, data_cut_at=CUT, render=render)
    with app.app_context():
        built = build()
    verified(app, built, tmp_path)
    files = files_in(built)
    assert json.loads(files["figures.json"][0]) == built.figures
    rows = list(csv.reader(StringIO(files["figures.csv"][0].decode())))
    for name, amount in built.figures["price"].items():
        assert ["price", name, str(amount)] in rows
    assert ["answers", "lines.hours_lost_week.given.1", "10"] in rows
    assert ["dates", "claimed", "withheld"] not in rows

    def dearer(figures):
        figures["price"]["net_price_pence"] += 100

    def flattering(figures):
        figures["answers"]["lines"][0]["given"] = ["other"]

    def otherwise(figures):
        figures["names"]["problem_today"] = "Words that nobody wrote."

    for change, words in (
        (dearer, "is not the price with its VAT"),
        (flattering, "Error: answers.lines[1].given[1]: the report says 'other', the data say"),
        (otherwise, "Error: names.problem_today: the report says"),
    ):
        assert words in refused(app, built, change, tmp_path)
    with arrange():
        redemption = scoped.get(Redemption, number)
        redemption.net_price_pence += 100
        redemption.contribution_pence += 100
    ran = run(app, "verify-report", tmp_path / "report.pdf")
    assert ran.exit_code == 1
    assert "Error: price.contribution_pence: the report says" in ran.output


@pytest.mark.slow
def test_a_case_summary_answered_four_times_stays_on_its_page(session):
    redemption = make_redeemed()
    make_baseline(redemption.application_id, redemption.round_id)
    for wave, version, answers, days in (
        (Wave.MONTH_3, "2026-1", OLDER_FOLLOW_UP, 93),
        (Wave.MONTH_6, "2026-2", FOLLOW_UP, 190),
        (Wave.MONTH_12, "2026-2", FOLLOW_UP, 370),
    ):
        at = redemption.redeemed_at + timedelta(days=days)
        survey = make_survey(redemption, wave, at=at)
        survey.questions_version, survey.answers = version, answers
        survey.saved_at = survey.answered_at = at
    session.flush()
    at = redemption.redeemed_at + timedelta(days=400)
    made = build_case_summary(voucher_id=redemption.voucher_id, data_cut_at=at, render=render)
    assert len(made.figures["answers"]["waves"]) == 4
    assert len(pypdf.PdfReader(BytesIO(made.document)).pages) == 1


def test_a_case_summary_does_not_come_before_its_voucher_was_redeemed(app, redeemed):
    with app.app_context(), pytest.raises(Conflict, match="was redeemed"):
        build_case_summary(
            voucher_id=redeemed[1], data_cut_at=AT - timedelta(days=1), render=render
        )


@pytest.mark.slow
def test_a_case_summary_goes_to_nobody_but_the_staff_that_reads_reports(
    app, arrange, redeemed, tmp_path
):
    with arrange():
        voucher = scoped.get(Voucher, redeemed[1])
        by = make_officer(Role.EVALUATOR).id
        round_ = scoped.get(Round, voucher.round_id)
        reference = ask_report(round_=round_, voucher=voucher, by=by, at=CUT).reference
    with app.app_context():
        assert build_reports(ContentStore(tmp_path / "files"), render, CUT) == 1
        case = scoped.scalars(select(Report).where(Report.reference == reference)).one()
        assert (case.kind, case.figures["kind"]) == (ReportKind.CASE, "case")
        for act in (sign_off, publish):
            with pytest.raises(Conflict, match="Only reports on rounds"):
                act(report=case, by=by, at=CUT)
        with pytest.raises(NotFound):
            published_report(reference)
    answer = app.test_client().get(f"/reports/{reference}/figures.json")
    assert answer.status_code == 404


@pytest.mark.slow
def test_a_summary_of_a_provider_is_made_again(app, redeemed, tmp_path):
    with app.app_context():
        built = build_provider_summary(provider_id=redeemed[2], data_cut_at=CUT, render=render)
    verified(app, built, tmp_path)

    def renamed(figures):
        figures["names"]["provider"] = "Somebody better known"

    said = refused(app, built, renamed, tmp_path)
    assert "Error: names.provider: the report says 'Somebody better known'" in said


@pytest.mark.slow
def test_a_plan_is_made_again(app, arrange, tmp_path):
    with arrange():
        round_ = make_round()
        have_locked_plan(round_)
        build = partial(build_plan_document, round_id=round_.id, data_cut_at=CUT, render=render)
    with app.app_context():
        built = build()
    verified(app, built, tmp_path)

    def another(figures):
        figures["sha256"] = "0" * 64

    assert "not the one whose hash" in refused(app, built, another, tmp_path)


@pytest.mark.slow
def test_equality_monitoring_in_a_report_is_made_again(app, tmp_path):
    with app.app_context():
        round_id = answered_round().id
        scoped.commit()
        assert make_tables(KEY, AT) == 1
        built = build_round_report(round_id=round_id, data_cut_at=CUT, render=render)
    verified(app, built, tmp_path)
    assert {"equality.json", "equality.csv"} <= files_in(built).keys()

    def more(figures):
        figures["equality"]["questions"][0]["lines"][0]["counts"][0] += 5

    assert "Error: equality.questions[1]." in refused(app, built, more, tmp_path)


@pytest.mark.slow
def test_a_file_by_other_code_is_known_again_where_it_is_kept(app, arrange, redeemed, tmp_path):
    def older(figures):
        figures["code"] = "000000000000"

    with app.app_context():
        built = build_provider_summary(provider_id=redeemed[2], data_cut_at=CUT, render=render)
    document = with_figures(built.document, older)
    (tmp_path / "older.pdf").write_bytes(document)
    ran = run(app, "verify-report", tmp_path / "older.pdf")
    assert (ran.exit_code, "on its pages were not checked" in ran.output) == (0, True), ran.output
    with arrange():
        file_id = make_report(make_round()).file_id
        scoped.get(StoredFile, file_id).sha256 = hashlib.sha256(document).hexdigest()
    ran = run(app, "verify-report", tmp_path / "older.pdf")
    assert (ran.exit_code, "not checked" in ran.output) == (0, False), ran.output
    assert "byte for byte, one that was kept here" in ran.output


@pytest.mark.slow
def test_a_published_report_is_verified_after_its_round_was_renamed(app, arrange, tmp_path):
    with arrange():
        round_ = make_round(name="Summer round")
        round_id, programme_id = round_.id, round_.programme_id
        reference = ask_report(round_=round_, by=make_officer(Role.EVALUATOR).id, at=CUT).reference
    store = ContentStore(tmp_path / "files")
    with app.app_context():
        assert build_reports(store, render, CUT) == 1
        report = scoped.scalars(select(Report).where(Report.reference == reference)).one()
        sign_off(report=report, by=make_officer(Role.EVALUATOR).id, at=CUT)
        publish(report=report, by=make_officer(Role.PROGRAMME_MANAGER).id, at=CUT)
        scoped.commit()
        with store.open(scoped.get(StoredFile, report.file_id).sha256) as kept:
            (tmp_path / "published.pdf").write_bytes(kept.read())
    with arrange():
        scoped.get(Round, round_id).name = "Winter round"
        scoped.get(Programme, programme_id).name = "Renamed programme"
    ran = run(app, "verify-report", tmp_path / "published.pdf")
    assert ran.exit_code == 0, ran.output
    assert "the same, byte for byte" in ran.output
    ran = run(app, "synthesis", "--out", tmp_path / "all.pdf", "--cut", CUT.isoformat())
    assert ran.exit_code == 0, ran.output
    figures = json.loads(pypdf.PdfReader(tmp_path / "all.pdf").attachments["figures.json"][0])
    assert [each["round"] for each in figures["rounds"]] == ["Summer round"]
