"""What the worker does for the evaluation: baselines, follow-ups, reports. Each job owns its
transactions; documents are built between two of them."""

import logging
from datetime import datetime, timedelta
from io import BytesIO

from voucher.applications.models import Application
from voucher.core.clock import london_date
from voucher.core.db import lock, reading, session, transaction
from voucher.core.errors import DomainError
from voucher.core.turns import in_turn
from voucher.evaluation.models import Report, ReportKind, ReportStatus
from voucher.evaluation.operations import (
    ask,
    begin_report,
    fail_report,
    finish_report,
    release_report,
    take_baseline,
)
from voucher.evaluation.plans.documents import build_plan_document
from voucher.evaluation.queries.reports import waiting_report
from voucher.evaluation.queries.surveys import subjects, without_baseline
from voucher.evaluation.reports.cases import build_case_summary
from voucher.evaluation.reports.documents import Built, Render
from voucher.evaluation.reports.providers import build_provider_summary
from voucher.evaluation.reports.rounds import build_round_report
from voucher.evaluation.rules import wave_to_ask
from voucher.integrations.pdf import PdfFailed
from voucher.integrations.storage.store import ContentStore

logger = logging.getLogger("voucher.evaluation")
LONGEST_BUILD = timedelta(minutes=15)
NOT_BUILT = "The report could not be built. Ask for it again; if it fails again, tell the operator."


def take_baselines(limit: int = 200) -> int:
    """Copy the baseline of up to `limit` applications that were sent; how many."""
    with reading():
        due = without_baseline()
        session.rollback()
    return in_turn(due, _take_baseline, what="the baseline of", logger=logger, most=limit)


def _take_baseline(application_id: int) -> bool:
    application = session.get_one(Application, application_id)
    return take_baseline(application=application) is not None


def ask_follow_ups(key: bytes, at: datetime) -> int:
    """Open the follow-ups that are due today, see `in_turn`; how many. `key` makes the links."""
    today = london_date(at)
    with reading():
        everybody = subjects(at)
        session.rollback()
    due = {}
    for subject in everybody:
        wave = wave_to_ask(london_date(subject.start_at), today, subject.asked)
        if wave is not None and not subject.opted_out:
            due[subject.application_id] = subject, wave

    def _ask(application_id: int) -> bool:
        subject, wave = due[application_id]
        return ask(subject=subject, wave=wave, key=key, at=at) is not None

    return in_turn(due, _ask, what="the survey of", logger=logger)


def build_reports(store: ContentStore, render: Render, at: datetime, limit: int = 5) -> int:
    """Build up to `limit` reports that wait; how many became ready.

    The document is made between two transactions. A builder that dies leaves its report to be taken
    again after 15 minutes; one that is stopped puts it back. A failure is told to whoever asked,
    and logged.
    """
    ready = 0
    for _ in range(limit):
        taken = _take(at)
        if taken is None:
            break
        try:
            ready += _build(taken, store, render, at)
        except BaseException as stop:
            # A fault of our own waits for the lease, or it would be met again every second.
            if not isinstance(stop, Exception):
                _put_back(taken, at)
            raise
    return ready


def _take(at: datetime) -> int | None:
    with transaction():
        report = waiting_report(at - LONGEST_BUILD)
        if report is None:
            return None
        begin_report(report=report, at=at)
        return report.id


def _put_back(report_id: int, at: datetime) -> None:
    """Let the next builder take a report at once that this one was stopped in the middle of."""
    session.remove()
    with transaction():
        report = lock(Report, report_id)
        if report.status is ReportStatus.BUILDING:
            release_report(report=report, at=at)


def _build(report_id: int, store: ContentStore, render: Render, at: datetime) -> bool:
    take_baselines()
    try:
        with reading():
            built = build(session.get_one(Report, report_id), render)
            session.rollback()
    except (DomainError, PdfFailed) as error:
        return _failed(report_id, str(error), at)
    except Exception:
        logger.exception("report %s could not be built", report_id)
        return _failed(report_id, NOT_BUILT, at)
    with transaction():
        report = lock(Report, report_id)
        finish_report(
            report=report,
            figures=built.figures,
            document=BytesIO(built.document),
            name=built.name,
            store=store,
            at=at,
            page=built.page,
        )
    return True


def build(report: Report, render: Render) -> Built:
    """Make the document of a report; reads only."""
    if report.kind is ReportKind.PLAN:
        return build_plan_document(
            round_id=report.round_id, data_cut_at=report.data_cut_at, render=render
        )
    if report.kind is ReportKind.CASE and report.voucher_id is not None:
        return build_case_summary(
            voucher_id=report.voucher_id, data_cut_at=report.data_cut_at, render=render
        )
    if report.kind is ReportKind.PROVIDER and report.provider_id is not None:
        return build_provider_summary(
            provider_id=report.provider_id, data_cut_at=report.data_cut_at, render=render
        )
    return build_round_report(
        round_id=report.round_id, data_cut_at=report.data_cut_at, render=render
    )


def _failed(report_id: int, words: str, at: datetime) -> bool:
    with transaction():
        report = lock(Report, report_id)
        if report.status is ReportStatus.BUILDING:
            fail_report(report=report, failure=words, at=at)
    return False
