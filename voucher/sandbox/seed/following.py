"""After the work: businesses answer the surveys they are asked, and reports are asked for."""

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from voucher.allocation.models import Arm
from voucher.applications.models import Application
from voucher.core.db import session, transaction
from voucher.evaluation.models import SurveyResponse, Wave
from voucher.evaluation.operations import answer, ask_report, opt_out
from voucher.evaluation.plausible import USUAL, before_of
from voucher.evaluation.queries.surveys import place_of
from voucher.evaluation.questions import follow_up
from voucher.sandbox.seed.stage import Stage
from voucher.vouchers.models import Redemption, Voucher, VoucherStatus

REPLY_SHARE = {Wave.MONTH_3: 0.74, Wave.MONTH_6: 0.66, Wave.MONTH_12: 0.58}
OPT_OUT_SHARE = 0.03
REPLY_SHARE_LESS = 0.06
"""How many fewer of those without a voucher answer."""
IN_USE_SHARE = {Wave.MONTH_3: 0.72, Wave.MONTH_6: 0.6, Wave.MONTH_12: 0.54}
ANYWAY_SHARE, STILL_SHARE = 0.3, 0.7
"""How many of those who used no voucher have technology made for the problem later on: of those
who had none before, and of those who had. Together four in ten, against six of those who
used one: the effect that is put into the trials."""
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
    chance, arm = draw.random(), place_of(response).arm
    share = REPLY_SHARE[response.wave] - (0 if arm is Arm.VOUCHER else REPLY_SHARE_LESS)
    if response.asked_at is None or not patience <= at - response.asked_at < timedelta(days=27):
        return False
    if chance < OPT_OUT_SHARE:
        opt_out(response=response, at=at)
    elif chance < OPT_OUT_SHARE + share:
        given = answers_by(response, arm, draw)
        right = {code: given[code] for code in USUAL if code in given}
        answer(response=response, arm=arm, answers=given, sending=True, confirmed=right, at=at)
    else:
        return False
    return True


def answers_by(response: SurveyResponse, arm: Arm, draw: random.Random) -> dict[str, Any]:
    """What a business answers: usual for what it told us before, and better where it has gone on
    using what it tried."""
    before = session.get_one(Application, response.application_id).baseline
    least, most = before_of("turnover_pounds", before) or (40_000, 400_000)
    used = _has_redeemed(response.application_id)
    in_use = draw.random() < _in_use_share(response.wave, before, used=used)
    left = draw.uniform(0.35, 0.9) if in_use else draw.uniform(0.85, 1.15)
    given = {
        "trial": _trial(draw, used=used, in_use=in_use),
        "in_use": _in_use(draw, used=used, in_use=in_use),
        "uses_technology": "made-for-it" if in_use else _without(before["uses_technology"], used),
        "paying": draw.choice(("yes", "yes", "planned", "free") if in_use else ("no", "free")),
        "hours_lost_week": round(before["hours_lost_week"] * left),
        "errors_in_100": min(100, round(before["errors_in_100"] * left)),
        "turnover_pounds": 1_000 * int(draw.uniform(least, min(most, 5 * least + 20_000)) / 1_000),
        "staff": max(0, before["staff"] + draw.choice((-1, 0, 0, 0, 0, 1))),
        "confidence": min(5, max(1, before["confidence"] + draw.choice((0, 0, 1, 1, 2)))),
        "helpful": draw.choice((4, 4, 5, 3)) if in_use else draw.choice((2, 3, 3, 3)),
        "similar_support": "yes" if draw.random() < 0.1 else "no",
        "bought_more": draw.choice(("yes", "planned", "no", "no", "no")),
        "custom": draw.choice(("neither", "neither", "neither", "won", "lost", "unknown")),
    }
    asked = {question.code for question in follow_up(response.questions_version, arm)}
    return {code: value for code, value in given.items() if code in asked}


def _has_redeemed(application_id: int) -> bool:
    query = select(Redemption.id).where(Redemption.application_id == application_id)
    return session.execute(query).first() is not None


def _in_use_share(wave: Wave, before: Mapping[str, Any], *, used: bool) -> float:
    """The chance that a business uses technology made for its problem by then."""
    if used:
        return IN_USE_SHARE[wave]
    return STILL_SHARE if before["uses_technology"] == "made-for-it" else ANYWAY_SHARE


def _without(before: str, used: bool) -> str:
    """What a business uses that has given up: nobody who used a voucher goes back to nothing."""
    return before if used or before != "made-for-it" else "general"


def _in_use(draw: random.Random, *, used: bool, in_use: bool) -> str:
    """Whether the very technology that the voucher paid for is used."""
    return draw.choice(("regularly", "regularly", "sometimes")) if used and in_use else "no"


def _trial(draw: random.Random, *, used: bool, in_use: bool) -> str:
    if not used:
        return "never-began"
    return "finished" if in_use or draw.random() < 0.6 else "stopped"


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
