"""The worker's command line and its end: groups of jobs, and what is broken off for a stop."""

from datetime import timedelta

import pytest

from tests.factories.scheme import AT, make_round
from voucher.cli.jobs import GROUPS, JOBS
from voucher.cli.worker import GROUP_NAMES, Job, Worker, jobs_of
from voucher.evaluation.jobs import build_reports
from voucher.evaluation.models import Report, ReportStatus
from voucher.evaluation.operations import ask_report
from voucher.integrations.storage.store import ContentStore


class Stop(BaseException):
    """What ends a process in the middle of a job."""


def names(jobs):
    return {job.name for job in jobs}


def test_every_job_is_in_one_group():
    assert tuple(GROUPS) == GROUP_NAMES
    assert sum(len(group) for group in GROUPS.values()) == len(JOBS) == len(names(JOBS))


def test_groups_are_chosen_or_left_out():
    papers = {
        "build reports",
        "build documents of the books",
        "make extracts of trials",
        "ask for a synthesis of new reports",
        "build syntheses",
        "make equality tables",
        "forget equality answers",
    }
    assert names(jobs_of(only=("reports",), leave=())) == papers
    others = names(jobs_of(only=(), leave=("reports",)))
    assert others == names(JOBS) - papers
    assert {"send transfers", "send messages"} <= others
    assert jobs_of(only=(), leave=()) == JOBS


@pytest.mark.parametrize(
    "words", [("--only", "reports", "--except", "money"), ("--only", "everything")]
)
def test_a_choice_that_makes_no_sense_is_refused(app, words):
    ran = app.test_cli_runner().invoke(args=["voucher", "worker", "--once", *words])
    assert ran.exit_code == 2


def test_one_group_runs_alone(app):
    run = app.test_cli_runner().invoke
    ran = run(args=["voucher", "worker", "--once", "--only", "reports", "--only", "surveys"])
    assert ran.exit_code == 0, ran.output


def test_a_long_job_is_broken_off_by_a_stop_and_a_short_one_is_not(session):
    done = []

    def job(name, broken_off):
        def run(*_):
            done.append(f"{name} begun")
            worker.stop()
            done.append(f"{name} ended")

        return Job(name, timedelta(0), run, broken_off=broken_off)

    for broken_off in (True, False):
        worker = Worker(None, (job(f"broken off {broken_off}", broken_off),))
        worker.run_until_stopped()
    assert done == ["broken off True begun", "broken off False begun", "broken off False ended"]


def test_a_job_that_drains_is_done_again_at_once_until_nothing_is_left(session):
    left, begun = [3, 2, 1, 0], []

    def drain(*_):
        begun.append(left.pop(0))
        return begun[-1]

    day = timedelta(days=1)
    counting = Job("counts but takes its time", day, lambda *_: begun.append("counted") or 1)
    worker = Worker(None, (Job("drains", day, drain, drains=True), counting))
    assert [worker.run_due(AT) for _ in range(5)] == [True, True, True, False, False]
    assert begun == [3, "counted", 2, 1, 0]


def test_a_second_stop_changes_nothing(session):
    worker = Worker(None, ())
    worker.stop()
    worker.stop()
    worker.run_until_stopped()


def test_a_report_that_was_broken_off_waits_for_the_next_builder(session, tmp_path):
    report_id = ask_report(round_=make_round(), by=None, at=AT).id
    session.commit()

    def render(*_):
        raise Stop

    with pytest.raises(Stop):
        build_reports(ContentStore(tmp_path), render, AT)
    session.expire_all()
    assert session.get(Report, report_id).status is ReportStatus.QUEUED
