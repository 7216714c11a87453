"""Extracts beside reports: made by the worker once, kept, and not tried again where they fail."""

from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from tests.domain.evaluation.test_analysis_set import CUT, KEY, PLAN, followed
from tests.factories.cases import make_officer
from tests.factories.draws import make_lottery
from tests.factories.scheme import make_round, next_number, reference, stored
from voucher.accounts.roles import Role
from voucher.allocation.models import Draw
from voucher.audit.models import AuditEvent
from voucher.cli.extracts import extract
from voucher.evaluation.analysis.extract import open_extract, read_extract
from voucher.evaluation.analysis.jobs import build_extract, build_extracts
from voucher.evaluation.analysis.kept import FAILED, keep_extract, reports_without_extract
from voucher.evaluation.models import Report, ReportKind, ReportStatus
from voucher.evaluation.plans.rules import plan_sha256
from voucher.files.models import StoredFile
from voucher.integrations.storage.store import ContentStore


@pytest.fixture
def store(tmp_path):
    """A content store of its own."""
    return ContentStore(tmp_path / "files")


def reported(round_, *, cut_at=CUT):
    """A report of the round that was built."""
    report = stored(
        Report(
            reference=reference("RPT", next_number()),
            kind=ReportKind.ROUND,
            status=ReportStatus.QUEUED,
            round_id=round_.id,
            asked_at=cut_at,
            asked_by_id=make_officer(Role.EVALUATOR).id,
            data_cut_at=cut_at,
        )
    )
    file = stored(
        StoredFile(
            reference=reference("FIL", next_number()),
            subject_kind="report",
            subject_id=report.id,
            purpose="report",
            name="report.pdf",
            media_type="application/pdf",
            size_bytes=1,
            sha256="0" * 64,
            uploaded_at=cut_at,
        )
    )
    report.status, report.file_id = ReportStatus.READY, file.id
    return report


def test_the_extract_of_a_built_report_is_made_once_and_kept(session, store):
    lottery = followed()
    report = reported(lottery.round)
    session.commit()
    later = CUT + timedelta(minutes=2)
    assert build_extracts(store, KEY, later) == 1
    assert build_extracts(store, KEY, later) == 0
    session.expire_all()
    kept = session.get(Report, report.id)
    keep_extract(report=kept, content=b"another", store=store, at=later)
    file = session.get(StoredFile, kept.extract_id)
    assert file.media_type == "application/zip"
    with store.open(file.sha256) as stream:
        opened = open_extract(stream)
        assert read_extract(stream) == opened.stated
    assert opened.rows.facts.plan["sha256"] == plan_sha256(PLAN.content())
    assert opened.stated["flow"]["allocated"] == {"offered": 6, "comparison": 6}


def test_only_reports_on_drawn_rounds_with_a_plan_have_one(session):
    unplanned = make_lottery(4, planned=False)
    reported(unplanned.round)
    reported(make_round())
    early = followed(4)
    drawn_at = session.execute(select(Draw.sealed_at).limit(1)).scalar_one()
    reported(early.round, cut_at=drawn_at)
    assert reports_without_extract(9) == []


def test_an_extract_that_fails_is_noted_and_not_tried_again(session, store, caplog):
    lottery = followed(4, plan={})
    reported(lottery.round)
    session.commit()
    assert build_extracts(store, KEY, CUT) == 0
    assert "could not be made" in caplog.text
    assert session.scalars(select(AuditEvent.action)).all().count(FAILED) == 1
    assert reports_without_extract(9) == []


def test_the_command_writes_the_same_bytes_each_time(session, app, tmp_path):
    lottery = followed(8)
    session.commit()
    words = ["--round", lottery.round.reference, "--cut", CUT.isoformat()]
    files = [tmp_path / "one.zip", tmp_path / "two.zip"]
    for file in files:
        result = CliRunner().invoke(extract, [*words, "--out", str(file)])
        assert result.exit_code == 0, result.output
    assert files[0].read_bytes() == files[1].read_bytes()
    key = app.extensions["settings"].digest_key.encode()
    assert files[0].read_bytes() == build_extract(lottery.round.id, CUT, key)


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["--cut", "2027-01-01"], "offset"),
        (["--cut", "yesterday"], "no moment"),
        ([], "no locked analysis plan"),
    ],
)
def test_the_command_says_what_is_wrong(session, tmp_path, words, answer):
    round_ = make_round()
    session.commit()
    arguments = ["--round", round_.reference, "--out", str(tmp_path / "no.zip"), *words]
    result = CliRunner().invoke(extract, arguments)
    assert result.exit_code
    assert answer in result.output
    assert not (tmp_path / "no.zip").exists()
