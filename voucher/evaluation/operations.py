"""Writes on surveys and reports."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any, BinaryIO

from voucher.accounts.rules import token_digest
from voucher.allocation.models import Arm
from voucher.applications.baseline import QUESTIONS_VERSION, Question
from voucher.applications.models import Application
from voucher.audit.operations import record
from voucher.core.clock import london_date
from voucher.core.db import lock, session
from voucher.core.errors import Conflict, Invalid, NotFound
from voucher.core.references import make_reference
from voucher.core.status import opened, transition
from voucher.evaluation.models import (
    REPORT_MOVES,
    Mode,
    Report,
    ReportKind,
    ReportStatus,
    SurveyResponse,
    Wave,
)
from voucher.evaluation.plausible import Doubt, doubts
from voucher.evaluation.queries.reports import (
    has_redemptions,
    provider_report_under_way,
    report_under_way,
)
from voucher.evaluation.queries.surveys import Subject, response_of
from voucher.evaluation.questions import FOLLOW_UP_VERSION, faults, follow_up
from voucher.evaluation.rules import draft_mark, due_on, is_open, survey_token
from voucher.files.operations import store as store_file
from voucher.integrations.storage.store import ContentStore
from voucher.programmes.models import Round, RoundStatus
from voucher.providers.models import Provider
from voucher.vouchers.models import Voucher

LONGEST_FAILURE = 300


class InvalidAnswers(Invalid):
    """Some answers were refused; `faults` holds a sentence for each question's code."""

    def __init__(self, found: Mapping[str, str]) -> None:
        code, words = next(iter(found.items()))
        super().__init__(words, code)
        self.faults = dict(found)


class UnusualAnswers(Invalid):
    """Some answers are unusual and nobody has said that they are right; `doubts` by code."""

    def __init__(self, found: Mapping[str, Doubt]) -> None:
        first = next(iter(found.values()))
        super().__init__(first.words, first.code)
        self.doubts = dict(found)


class SavedMeanwhile(Conflict):
    """Other answers were saved since whoever answers now was shown those so far."""


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
    confirmed: Mapping[str, int] | None = None,
    by: int | None = None,
    seen: str | None = None,
) -> None:
    """Keep the answers given; with `sending`, for good.

    `answers` holds the code of an option, an int, or nothing by question code; what is not asked in
    this version and arm is left out. `confirmed`: unusual numbers that were said to be right, by
    question code. `by`: who typed what was said by telephone; None is the business itself. `seen`:
    the `draft_mark` of what they were shown; None asks nothing. Raises SavedMeanwhile where other
    answers were saved since, InvalidAnswers with every fault, UnusualAnswers with every doubt about
    what is sent for good, Conflict once the survey was sent, declined or is over.
    """
    locked = _lock_open(response, at)
    questions = follow_up(locked.questions_version, arm)
    given = {
        question.code: answers[question.code]
        for question in questions
        if answers.get(question.code) is not None
    }
    _refuse_overwriting(locked, given, seen)
    found = faults(questions, given, sending=sending)
    if found:
        raise InvalidAnswers(found)
    locked.confirmed = _confirmed(locked, questions, given, confirmed or {}, sending)
    locked.answers, locked.saved_at = given, at
    locked.mode, locked.entered_by_id = (Mode.WEB if by is None else Mode.PHONE), by
    if sending:
        locked.answered_at = at
        details = {"wave": locked.wave.value, "mode": locked.mode.value}
        _record("survey.answered", locked, at, details=details, by=by)
    session.flush()


def _refuse_overwriting(
    response: SurveyResponse, given: Mapping[str, Any], seen: str | None
) -> None:
    """A second window, or a second officer, saves over nothing that it has not been shown."""
    if seen in (None, draft_mark(response.saved_at)) or given == response.answers:
        return
    raise SavedMeanwhile(
        "Other answers were saved after you opened this page. Yours still stand below: save or "
        "send them again to put them in the place of the others."
    )


def _confirmed(
    response: SurveyResponse,
    questions: tuple[Question, ...],
    given: Mapping[str, Any],
    confirmed: Mapping[str, int],
    sending: bool,
) -> list[str]:
    """The codes of unusual answers that were said to be right; raises UnusualAnswers for others."""
    baseline = session.get_one(Application, response.application_id).baseline
    unusual = doubts(questions, given, baseline)
    open_ = {code: each for code, each in unusual.items() if confirmed.get(code) != each.value}
    if sending and open_:
        raise UnusualAnswers(open_)
    return sorted(set(unusual) - set(open_))


def opt_out(*, response: SurveyResponse, at: datetime, by: int | None = None) -> None:
    """Ask this business nothing more, by the letter of any survey, answered or over too.

    What was saved and not sent is deleted; what was sent stays. Harmless if repeated. `by`: who was
    told so by telephone; None is the business itself.
    """
    locked = _lock(response)
    if locked.opted_out_at is not None:
        return
    locked.opted_out_at = at
    if locked.answered_at is None:
        locked.answers, locked.saved_at = {}, None
        locked.mode, locked.entered_by_id, locked.confirmed = None, None, []
    _record("survey.opted_out", locked, at, details={"wave": locked.wave.value}, by=by)


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


def _record(
    action: str,
    response: SurveyResponse,
    at: datetime,
    details: dict[str, Any],
    by: int | None = None,
) -> None:
    case = session.get_one(Application, response.application_id).reference
    record(action=action, subject=response, at=at, by=by, case=case, details=details)


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
    kind = ReportKind.CASE if voucher else ReportKind.ROUND
    about = {"round": round_.id, "voucher": voucher.id if voucher else None}
    return queue_report(kind=kind, about=about, by=by, at=at)


def ask_provider_report(*, provider: Provider, by: int | None, at: datetime) -> Report:
    """Ask for the summary of a provider up to `at`.

    Asking again while one is waiting or being built gives that one. Raises Conflict for a provider
    with whom nothing was redeemed.
    """
    lock(Provider, provider.id)
    under_way = provider_report_under_way(provider.id)
    if under_way is not None:
        return under_way
    if not has_redemptions(provider.id):
        raise Conflict("Nothing has been redeemed with this provider, so there is nothing to tell.")
    return queue_report(kind=ReportKind.PROVIDER, about={"provider": provider.id}, by=by, at=at)


def queue_report(
    *, kind: ReportKind, about: Mapping[str, int | None], by: int | None, at: datetime
) -> Report:
    """A report that waits for the worker, with the data up to `at`.

    `about`: ids by what they are of ("round", "voucher", "provider"). The caller has asked whether
    one waits already.
    """
    report = Report(
        reference=make_reference("RPT", secrets.token_bytes(8)),
        kind=kind,
        status=ReportStatus.QUEUED,
        asked_at=at,
        asked_by_id=by,
        data_cut_at=at,
        **{f"{what}_id": number for what, number in about.items()},
    )
    session.add(report)
    opened(report, at=at, by=by)
    record(action="report.asked", subject=report, at=at, by=by, details=dict(about))
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
    page: str | None = None,
) -> None:
    """Keep the built document, its figures, its web page. Conflict if it is not being built."""
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
        page=page,
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
