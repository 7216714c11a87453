"""The command that builds a report, and the worker's jobs as they are wired."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.factories.cases import make_case
from tests.factories.evaluation import make_redeemed
from tests.factories.scheme import AT, make_round
from voucher.audit.operations import record
from voucher.cli.jobs import EVALUATION, JOBS, MESSAGES, seal_events
from voucher.cli.worker import Job, Worker
from voucher.evaluation.models import Report, ReportStatus
from voucher.evaluation.operations import ask_report


def run(app, *arguments):
    return app.test_cli_runner().invoke(args=["voucher", *arguments])


@pytest.mark.parametrize("command", ["report", "extract", "synthesis", "simulate"])
@pytest.mark.parametrize("out", ["nowhere/made.pdf", "a-file/made.pdf", ""])
def test_a_place_that_cannot_be_written_is_refused_before_the_work(app, tmp_path, command, out):
    (tmp_path / "a-file").touch()
    of = ["--round", "RND-NOPE"] if command in ("report", "extract") else []
    ran = run(app, command, *of, "--out", str(tmp_path / out))
    assert ran.exit_code == 2, ran.output
    assert "there is no folder" in ran.output or "is a directory" in ran.output


@pytest.mark.slow
def test_a_report_is_built_into_a_file(app, arrange, tmp_path):
    with arrange():
        reference = make_round().reference
    out = tmp_path / "round.pdf"
    ran = run(app, "report", "--round", reference, "--out", str(out))
    assert ran.exit_code == 0, ran.output
    assert out.read_bytes().startswith(b"%PDF-")
    assert str(out) in ran.output


def test_an_unknown_round_is_an_error_and_writes_nothing(app, tmp_path):
    out = tmp_path / "round.pdf"
    ran = run(app, "report", "--round", "RND-NOPE", "--out", str(out))
    assert ran.exit_code == 1
    assert "no such round" in ran.output
    assert not out.exists()


class Server:
    """A mail server that keeps what it takes."""

    def __init__(self):
        self.letters = []

    def send(self, letter):
        """Take the letter."""
        self.letters.append(letter)


def test_every_job_is_with_the_worker():
    assert set(EVALUATION) | set(MESSAGES) <= set(JOBS)
    assert len({job.name for job in JOBS}) == len(JOBS)


def test_the_worker_tells_asks_and_builds(app, session):
    make_redeemed()
    case = make_case()
    now = AT + timedelta(days=93)
    record(action="application.withdrawn", subject=case, at=now, by=None)
    report = ask_report(round_=make_round(), by=None, at=now)
    session.commit()
    report_id = report.id
    server = Server()
    services = replace(app.extensions["services"], mail=server)
    seal = Job("seal", timedelta(0), seal_events)
    worker = Worker(services, (*EVALUATION, seal, *MESSAGES))
    worker.run_due(now)
    assert worker.failures == 0
    subjects = sorted(letter.subject for letter in server.letters)
    assert subjects[0].startswith("APP-")
    assert subjects[1].startswith("Three minutes")
    assert len(subjects) == 2
    assert session.get(Report, report_id).status is ReportStatus.READY
