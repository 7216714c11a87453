"""After the work: businesses answer the surveys they are asked, and reports are asked for."""

import random
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from voucher.allocation.models import Arm
from voucher.applications.models import Application
from voucher.core.db import session, transaction
from voucher.evaluation.models import SurveyResponse, Wave
from voucher.evaluation.operations import answer, ask_report, opt_out
from voucher.evaluation.questions import follow_up
from voucher.sandbox.seed.stage import Stage
from voucher.vouchers.models import Voucher, VoucherStatus

REPLY_SHARE = {Wave.MONTH_3: 0.74, Wave.MONTH_6: 0.66, Wave.MONTH_12: 0.58}
OPT_OUT_SHARE = 0.03
IN_USE_SHARE = {Wave.MONTH_3: 0.72, Wave.MONTH_6: 0.6, Wave.MONTH_12: 0.54}
CASE_SUMMARIES = 2


def answer_surveys(at: datetime) -> int:
    """Let those answer who have had the link for long enough; how many did something."""
    with transaction():
        done = [_react(response, at) for response in _unanswered()]
        return sum(done)


def _unanswered() -> list[SurveyResponse]:
    query = select(SurveyResponse).where(
        SurveyResponse.asked_at.is_not(None),
        SurveyResponse.answered_at.is_(None),
        SurveyResponse.opted_out_at.is_(None),
    )
    return list(session.execute(query).scalars())


def _react(response: SurveyResponse, at: datetime) -> bool:
    """What this business does about this survey is drawn once, by their ids."""
    draw = random.Random(f"{response.application_id}-{response.wave}")
    patience = timedelta(days=draw.uniform(0.5, 15))
    chance = draw.random()
    if response.asked_at is None or not patience <= at - response.asked_at < timedelta(days=27):
        return False
    if chance < OPT_OUT_SHARE:
        opt_out(response=response, at=at)
    elif chance < OPT_OUT_SHARE + REPLY_SHARE[response.wave]:
        answers = _answers(response, draw)
        answer(response=response, arm=Arm.VOUCHER, answers=answers, sending=True, at=at)
    else:
        return False
    return True


def _answers(response: SurveyResponse, draw: random.Random) -> dict[str, Any]:
    before = session.get_one(Application, response.application_id).baseline
    in_use = draw.random() < IN_USE_SHARE[response.wave]
    left = draw.uniform(0.35, 0.9) if in_use else draw.uniform(0.85, 1.15)
    given = {
        "trial": "finished" if in_use or draw.random() < 0.6 else "stopped",
        "in_use": draw.choice(("regularly", "regularly", "sometimes")) if in_use else "no",
        "uses_technology": "made-for-it" if in_use else before["uses_technology"],
        "paying": draw.choice(("yes", "yes", "planned", "free") if in_use else ("no", "free")),
        "hours_lost_week": round(before["hours_lost_week"] * left),
        "errors_in_100": min(100, round(before["errors_in_100"] * left)),
        "turnover_band": before["turnover_band"],
        "staff": max(0, before["staff"] + draw.choice((-1, 0, 0, 0, 0, 1))),
        "confidence": min(5, max(1, before["confidence"] + draw.choice((0, 0, 1, 1, 2)))),
        "helpful": draw.choice((4, 4, 5, 3)) if in_use else draw.choice((2, 3, 3, 3)),
        "similar_support": "yes" if draw.random() < 0.1 else "no",
    }
    asked = {question.code for question in follow_up(response.questions_version, Arm.VOUCHER)}
    return {code: value for code, value in given.items() if code in asked}


def ask_reports(stage: Stage, at: datetime) -> None:
    """Ask for the report of last year's round, and for a few case summaries of it."""
    round_, by = stage.round("last_year"), stage.people["evaluator"]
    ask_report(round_=round_, by=by, at=at)
    finished = select(Voucher).where(
        Voucher.round_id == round_.id, Voucher.status == VoucherStatus.COMPLETED
    )
    chosen = session.execute(finished.order_by(Voucher.id).limit(CASE_SUMMARIES)).scalars().all()
    for number, voucher in enumerate(chosen, start=1):
        ask_report(round_=round_, voucher=voucher, by=by, at=at + timedelta(seconds=number))
