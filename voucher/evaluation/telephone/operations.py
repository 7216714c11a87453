"""What is done on the telephone: a call that came to nothing, and answers that staff type."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from voucher.allocation.models import Arm
from voucher.applications.models import Application
from voucher.audit.operations import record
from voucher.businesses.queries import is_of_enterprise
from voucher.core.clock import london_date
from voucher.core.db import lock, session
from voucher.core.errors import Conflict, Invalid, NotPermitted
from voucher.evaluation.models import SurveyResponse
from voucher.evaluation.operations import answer, opt_out
from voucher.evaluation.rules import is_open
from voucher.evaluation.telephone.models import CallOutcome, SurveyCall
from voucher.evaluation.telephone.rules import is_own_draft


def note_call(*, response: SurveyResponse, outcome: CallOutcome, by: int, at: datetime) -> None:
    """Keep what came of a call. Who does not want to be asked is asked nothing more.

    Raises Invalid for “answered”, which only answers can show, Conflict once the survey was
    answered, declined or is over, and NotPermitted for somebody of the business.
    """
    if outcome is CallOutcome.ANSWERED:
        raise Invalid("Type the answers below and send them.", "outcome")
    _require_outsider(response, by)
    locked: SurveyResponse = lock(SurveyResponse, response.id)
    ended = locked.answered_at is not None or locked.opted_out_at is not None
    if ended or not is_open(locked.due_on, london_date(at)):
        raise Conflict("This survey is closed.")
    if outcome is CallOutcome.DECLINED:
        opt_out(response=locked, by=by, at=at)
    _keep(locked, outcome, by, at)


def enter_answers(
    *,
    response: SurveyResponse,
    arm: Arm,
    answers: Mapping[str, Any],
    sending: bool,
    confirmed: Mapping[str, int],
    by: int,
    at: datetime,
    seen: str | None = None,
) -> None:
    """Keep answers said on the telephone; sent for good, the call counts as answered.

    Raises what `evaluation.operations.answer` does, Conflict if they would only be saved over what
    the business itself has begun, and NotPermitted for somebody of the business, who answers by its
    own link.
    """
    _require_outsider(response, by)
    locked = lock(SurveyResponse, response.id)
    if not sending and is_own_draft(locked):
        raise Conflict("The business has begun this by its link. Send the answers, or leave it.")
    answer(
        response=response,
        arm=arm,
        answers=answers,
        sending=sending,
        confirmed=confirmed,
        by=by,
        at=at,
        seen=seen,
    )
    if sending:
        _keep(response, CallOutcome.ANSWERED, by, at)


def _require_outsider(response: SurveyResponse, by: int) -> None:
    business_id = session.get_one(Application, response.application_id).business_id
    if is_of_enterprise(by, business_id):
        raise NotPermitted("You belong to this business, so a colleague must ring.")


def _keep(response: SurveyResponse, outcome: CallOutcome, by: int, at: datetime) -> None:
    call = SurveyCall(response_id=response.id, outcome=outcome, called_at=at, called_by_id=by)
    session.add(call)
    session.flush()
    case = session.get_one(Application, response.application_id).reference
    details = {"wave": response.wave.value, "outcome": outcome.value}
    record(action="survey.called", subject=response, at=at, by=by, case=case, details=details)
