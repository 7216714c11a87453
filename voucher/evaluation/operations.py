"""Writes on surveys and reports."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any, BinaryIO

from voucher.accounts.rules import token_digest
from voucher.allocation.models import Arm
from voucher.applications.baseline import QUESTIONS_VERSION
from voucher.applications.models import Application
from voucher.audit.operations import record
from voucher.core.clock import london_date
from voucher.core.db import lock, session
from voucher.core.errors import Conflict, Invalid, NotFound
from voucher.core.references import make_reference
from voucher.core.status import opened, transition
from voucher.evaluation.models import (
    REPORT_MOVES,
    Report,
    ReportKind,
    ReportStatus,
    SurveyResponse,
    Wave,
)
from voucher.evaluation.queries.reports import report_under_way
from voucher.evaluation.queries.surveys import Subject, response_of
from voucher.evaluation.questions import FOLLOW_UP_VERSION, faults, follow_up
from voucher.evaluation.rules import due_on, is_open, survey_token
from voucher.files.operations import store as store_file
from voucher.integrations.storage.store import ContentStore
from voucher.programmes.models import Round, RoundStatus
from voucher.vouchers.models import Voucher

LONGEST_FAILURE = 300


class InvalidAnswers(Invalid):
    """Some answers were refused; `faults` holds a sentence for each question's code."""

    def __init__(self, found: Mapping[str, str]) -> None:
        code, words = next(iter(found.items()))
        super().__init__(words, code)
        self.faults = dict(found)


def take_baseline(*, application: Application) -> SurveyResponse | None:
    """Copy the baseline answers of an application that was sent; None if they are there already."""
    if application.submitted_at is None or response_of(application.id, Wave.BASELINE):
        return None
    response = SurveyResponse(
        application_id=application.id,
        round_id=application.round_id,
        wave=Wave.BASELINE,
        questions_version=QUESTIONS_VERSION,
        answers=dict(application.baseline),
        saved_at=application.submitted_at,
        answered_at=application.submitted_at,
    )
    session.add(response)
    session.flush()
    return response


def ask(*, subject: Subject, wave: Wave, key: bytes, at: datetime) -> SurveyResponse | None:
    """Open a follow-up with its single-purpose link; None if it was asked already.

    Only the link's digest is stored; the link itself is derived from the nonce with `key`.
    """
    if response_of(subject.application_id, wave):
        return None
    nonce = secrets.token_hex(16)
    response = SurveyResponse(
        application_id=subject.application_id,
        round_id=subject.round_id,
        wave=wave,
        questions_version=FOLLOW_UP_VERSION,
        token_nonce=nonce,
        token_digest=token_digest(survey_token(key, nonce)),
        due_on=due_on(wave, london_date(subject.start_at)),
        asked_at=at,
        answers={},
    )
    session.add(response)
    session.flush()
    _record("survey.asked", response, at, details={"wave": wave.value})
    return response


def answer(
    *,
    response: SurveyResponse,
    arm: Arm,
    answers: Mapping[str, Any],
    sending: bool,
    at: datetime,
) -> None:
    """Keep the answers given; with `sending`, for good.

    `answers` holds the code of an option, an int, or nothing by question code; what is not asked in
    this version and arm is left out. Raises InvalidAnswers with every fault, Conflict once the
    survey was sent, declined or is over.
    """
    locked = _lock_open(response, at)
    questions = follow_up(locked.questions_version, arm)
    given = {
        question.code: answers[question.code]
        for question in questions
        if answers.get(question.code) is not None
    }
    found = faults(questions, given, sending=sending)
    if found:
        raise InvalidAnswers(found)
    locked.answers, locked.saved_at = given, at
    if sending:
        locked.answered_at = at
        _record("survey.answered", locked, at, details={"wave": locked.wave.value})
    session.flush()


def opt_out(*, response: SurveyResponse, at: datetime) -> None:
    """Ask this business nothing more. What was saved and not sent is deleted. Harmless if repeated.

    Raises Conflict once the survey was answered.
    """
    locked = _lock(response)
    if locked.opted_out_at is not None:
        return
    if locked.answered_at is not None:
        raise Conflict("You have sent your answers already. Thank you.")
    locked.opted_out_at, locked.answers, locked.saved_at = at, {}, None
    _record("survey.opted_out", locked, at, details={"wave": locked.wave.value})


def _lock(response: SurveyResponse) -> SurveyResponse:
    locked: SurveyResponse | None = lock(SurveyResponse, response.id)
    if locked is None:
        raise NotFound("There is no such survey.")
    return locked


def _lock_open(response: SurveyResponse, at: datetime) -> SurveyResponse:
    locked = _lock(response)
    if locked.answered_at is not None:
        raise Conflict("You have sent your answers already. Thank you.")
    if locked.opted_out_at is not None or not is_open(locked.due_on, london_date(at)):
        raise Conflict("This survey is closed.")
    return locked


def _record(action: str, response: SurveyResponse, at: datetime, details: dict[str, Any]) -> None:
    case = session.get_one(Application, response.application_id).reference
    record(action=action, subject=response, at=at, by=None, case=case, details=details)


def ask_report(
    *, round_: Round, voucher: Voucher | None = None, by: int | None, at: datetime
) -> Report:
    """Ask for the report of a round, or with `voucher` for that voucher's case summary.

    The data are those up to `at`. Asking again while one is waiting or being built gives that one.
    Raises Conflict for a round that has not opened.
    """
    lock(Round, round_.id)
    if round_.status is RoundStatus.DRAFT:
        raise Conflict("This round has not opened yet, so there is nothing to report.")
    under_way = report_under_way(round_.id, voucher.id if voucher else None)
    if under_way is not None:
        return under_way
    report = Report(
        reference=make_reference("RPT", secrets.token_bytes(8)),
        kind=ReportKind.CASE if voucher else ReportKind.ROUND,
        status=ReportStatus.QUEUED,
        round_id=round_.id,
        voucher_id=voucher.id if voucher else None,
        asked_at=at,
        asked_by_id=by,
        data_cut_at=at,
    )
    session.add(report)
    opened(report, at=at, by=by)
    details = {"round": round_.id, "voucher": report.voucher_id}
    record(action="report.asked", subject=report, at=at, by=by, details=details)
    return report


def begin_report(*, report: Report, at: datetime) -> None:
    """Take a report for building; one whose builder died is taken again."""
    if report.status is ReportStatus.BUILDING:
        release_report(report=report, at=at)
    transition(report, ReportStatus.BUILDING, moves=REPORT_MOVES, at=at, by=None, started_at=at)


def release_report(*, report: Report, at: datetime) -> None:
    """Let a report that is being built be taken by another builder."""
    transition(report, ReportStatus.QUEUED, moves=REPORT_MOVES, at=at, by=None)


def finish_report(
    *,
    report: Report,
    figures: dict[str, Any],
    document: BinaryIO,
    name: str,
    store: ContentStore,
    at: datetime,
) -> None:
    """Keep the built document and its figures. Raises Conflict if it is not being built."""
    stored = store_file(
        stream=document,
        name=name,
        purpose="report",
        subject=report,
        by=report.asked_by_id,
        at=at,
        store=store,
    )
    transition(
        report,
        ReportStatus.READY,
        moves=REPORT_MOVES,
        at=at,
        by=None,
        finished_at=at,
        figures=figures,
        file_id=stored.id,
        failure=None,
    )
    details = {"file": stored.id, "sha256": stored.sha256}
    record(action="report.built", subject=report, at=at, by=None, details=details)


def fail_report(*, report: Report, failure: str, at: datetime) -> None:
    """Note that a report could not be built, and why, for whoever asked."""
    words = failure[:LONGEST_FAILURE]
    transition(
        report,
        ReportStatus.FAILED,
        moves=REPORT_MOVES,
        at=at,
        by=None,
        finished_at=at,
        failure=words,
    )
    record(action="report.failed", subject=report, at=at, by=None)
