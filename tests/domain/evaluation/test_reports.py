"""Reports: asked for, built by the worker, kept; a document that readers can open."""

import csv
import json
from datetime import timedelta
from io import BytesIO, StringIO

import pypdf
import pytest
from sqlalchemy import select

from tests.documents import check_pdf, text_of
from tests.factories.cases import make_officer, make_voucher
from tests.factories.evaluation import (
    FOLLOW_UP,
    make_baseline,
    make_paid,
    make_redeemed,
    make_survey,
    voucher_of,
)
from tests.factories.scheme import AT, make_business, make_round
from voucher.accounts.roles import Role
from voucher.allocation.models import Arm
from voucher.audit.models import AuditEvent
from voucher.cli.rendering import render
from voucher.core.errors import Conflict
from voucher.evaluation.jobs import LONGEST_BUILD, build_reports
from voucher.evaluation.models import Report, ReportKind, ReportStatus
from voucher.evaluation.operations import answer, ask_report, begin_report
from voucher.evaluation.reports.cases import build_case_summary
from voucher.evaluation.reports.rounds import build_round_report
from voucher.files.models import StoredFile
from voucher.integrations.pdf import PdfFailed
from voucher.integrations.storage.store import ContentStore
from voucher.programmes.models import RoundStatus

CUT = AT + timedelta(days=120)


@pytest.fixture
def store(tmp_path):
    """A content store of its own."""
    return ContentStore(tmp_path / "files")


def lived_in_round():
    """A round with six paid vouchers and their first follow-up."""
    round_ = make_round(name="Summer round")
    for _ in range(6):
        redemption = make_redeemed(round_)
        make_baseline(redemption.application_id, round_.id)
        make_paid(redemption)
        survey = make_survey(redemption)
        answer(
            response=survey, arm=Arm.VOUCHER, answers=FOLLOW_UP, sending=True, at=survey.asked_at
        )
    return round_


def asked(session, round_=None, at=CUT, **values):
    round_ = round_ or make_round()
    report = ask_report(round_=round_, by=make_officer(Role.EVALUATOR).id, at=at, **values)
    session.commit()
    return report


def cheap(template, context):
    """A template that costs nothing to lay out."""
    return '<html lang="en-GB"><title>x</title><h1>x</h1></html>'


def test_a_report_is_built_kept_and_found_again(session, store):
    report = asked(session)
    assert build_reports(store, cheap, CUT + timedelta(minutes=1)) == 1
    assert build_reports(store, cheap, CUT + timedelta(minutes=2)) == 0
    session.expire_all()
    found = session.get(Report, report.id)
    assert found.status is ReportStatus.READY
    assert found.figures["data_cut_at"] == CUT.isoformat()
    stored = session.get(StoredFile, found.file_id)
    assert stored.name.endswith("-20261013.pdf")
    with store.open(stored.sha256) as document:
        assert document.read(5) == b"%PDF-"
    actions = session.execute(
        select(AuditEvent.action).where(AuditEvent.record_kind == "report").order_by(AuditEvent.id)
    )
    assert actions.scalars().all() == ["report.asked", "report.built"]


def test_asking_while_one_is_waiting_gives_that_one(session):
    round_ = make_round()
    first = asked(session, round_)
    assert asked(session, round_).id == first.id
    assert asked(session, make_round()).id != first.id


def test_a_round_that_has_not_opened_has_no_report(session):
    with pytest.raises(Conflict, match="not opened"):
        asked(session, make_round(status=RoundStatus.DRAFT))


def test_a_failure_is_told_and_the_next_report_is_built(session, store):
    first, second = asked(session), asked(session)
    answers = iter([PdfFailed("no font"), None])

    def failing(template, context):
        problem = next(answers, None)
        if problem:
            raise problem
        return cheap(template, context)

    assert build_reports(store, failing, CUT) == 1
    session.expire_all()
    assert session.get(Report, first.id).failure == "no font"
    assert session.get(Report, first.id).status is ReportStatus.FAILED
    assert session.get(Report, second.id).status is ReportStatus.READY


def test_a_defect_is_told_in_plain_words(session, store):
    report = asked(session)

    def broken(template, context):
        raise ZeroDivisionError("secret detail")

    assert build_reports(store, broken, CUT) == 0
    session.expire_all()
    found = session.get(Report, report.id)
    assert found.status is ReportStatus.FAILED
    assert "could not be built" in found.failure
    assert "secret" not in found.failure


def test_a_report_whose_builder_died_is_built_by_the_next(session, store):
    report = asked(session)
    begin_report(report=report, at=CUT)
    session.commit()
    assert build_reports(store, cheap, CUT + timedelta(minutes=5)) == 0
    assert build_reports(store, cheap, CUT + LONGEST_BUILD + timedelta(minutes=1)) == 1


def test_a_case_summary_is_of_a_redeemed_voucher(session, store):
    redemption = make_redeemed()
    voucher = voucher_of(redemption)
    report = asked(session, make_round(), voucher=voucher)
    assert report.kind is ReportKind.CASE
    assert build_reports(store, cheap, CUT) == 1
    with pytest.raises(Conflict, match="redeemed"):
        build_case_summary(voucher_id=make_voucher().id, data_cut_at=CUT, render=render)


@pytest.mark.slow
def test_the_report_of_a_round_is_a_document_people_can_read(session, tmp_path):
    round_ = lived_in_round()
    built = build_round_report(round_id=round_.id, data_cut_at=CUT, render=render)
    again = build_round_report(round_id=round_.id, data_cut_at=CUT, render=render)
    assert built.document == again.document
    check_pdf(built.document, tmp_path / "round.pdf")
    reader = pypdf.PdfReader(BytesIO(built.document))
    assert reader.metadata.title == "Summer round: descriptive report"
    text = text_of(built.document)
    for words in (
        "It does not say what the vouchers caused",
        "level 1 of 5",
        "Vouchers paid 6",
        "£5,400",
        "10.0 hours a week on average before, and 4.0 hours 3 months after",
        "Limitations",
    ):
        assert words in text
    attached = json.loads(reader.attachments["figures.json"][0])
    assert attached == built.figures
    rows = list(csv.reader(StringIO(reader.attachments["figures.csv"][0].decode())))
    assert ["flow", "counts.paid", "6"] in rows


@pytest.mark.slow
def test_the_report_of_an_empty_round_says_so(session, tmp_path):
    built = build_round_report(round_id=make_round().id, data_cut_at=CUT, render=render)
    check_pdf(built.document, tmp_path / "empty.pdf")
    assert "No follow-up survey has been answered yet" in text_of(built.document)


def test_a_case_summary_names_no_business(session, tmp_path):
    business = make_business(name="Very Secret Joinery Ltd")
    redemption = make_redeemed(business=business)
    make_baseline(redemption.application_id, redemption.round_id)
    make_paid(redemption)
    built = build_case_summary(voucher_id=redemption.voucher_id, data_cut_at=CUT, render=render)
    check_pdf(built.document, tmp_path / "case.pdf")
    text = text_of(built.document)
    assert "Very Secret" not in text
    assert "£900.00" in text
    assert len(pypdf.PdfReader(BytesIO(built.document)).pages) == 1
