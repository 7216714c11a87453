"""Replies to the surveys by round, group and part of the list (counts, no names), and the question
bank as an evaluator reads it."""

from flask import Blueprint, Response, render_template

from voucher.accounts.permissions import Permission
from voucher.allocation.models import Arm
from voucher.applications.baseline import AnswerKind
from voucher.core import clock
from voucher.evaluation.bank.ladder import LADDER, rung_of
from voucher.evaluation.plausible import USUAL
from voucher.evaluation.queries.replies import replies_of_rounds
from voucher.evaluation.questions import (
    FOLLOW_UP_VERSION,
    FOLLOW_UPS,
    LONGEST_SECONDS,
    MAY_BE_BLANK,
    WORDS_A_MINUTE,
    seconds_needed,
)
from voucher.evaluation.reply_rates import Row, by_arm, by_stratum, per_cent, points
from voucher.programmes.queries import round_by_reference
from voucher.web.access import requires
from voucher.web.books_files import rows_as_csv

blueprint = Blueprint("staff_surveys", __name__, url_prefix="/staff/surveys")
HEADING = (
    "follow-up",
    "part of the list",
    "group",
    "asked",
    "answered",
    "answered by telephone",
    "begun",
    "do not ask",
    "overdue",
    "closed unanswered",
    "reply rate",
    "gap to those offered, percentage points",
)


@blueprint.get("/")
@requires(Permission.SURVEY_READ)
def surveys() -> str:
    """Asked, answered and declined, by round, group and wave."""
    found = replies_of_rounds(clock.now())
    return render_template(
        "staff/surveys/rates.html",
        rounds=[(reference, name, by_arm(rows)) for (reference, name), rows in found.items()],
        per_cent=per_cent,
        points=points,
    )


@blueprint.get("/<reference>")
@requires(Permission.SURVEY_READ)
def of_round(reference: str) -> str:
    """The same of one round, by part of the list too."""
    round_, rows = round_by_reference(reference), _rows_of(reference)
    return render_template(
        "staff/surveys/of_round.html", round=round_, rows=rows, per_cent=per_cent, points=points
    )


@blueprint.get("/<reference>/replies.csv")
@requires(Permission.SURVEY_READ)
def replies(reference: str) -> Response:
    """The counts of one round as a file."""
    round_ = round_by_reference(reference)
    rows = [_texts(row) for row in _rows_of(reference)]
    return rows_as_csv(HEADING, rows, f"{round_.reference}-replies.csv")


@blueprint.get("/questions")
@requires(Permission.SURVEY_READ)
def questions() -> str:
    """Every question of every version: what it measures, of whom, in which unit and range."""
    sets = {
        version: {arm: arms[arm] for arm in (Arm.VOUCHER, Arm.COMPARISON)}
        for version, arms in reversed(FOLLOW_UPS.items())
    }
    return render_template(
        "staff/surveys/questions.html",
        sets=sets,
        newest=FOLLOW_UP_VERSION,
        arms=Arm,
        ladder=LADDER,
        rung_of=rung_of,
        usual=USUAL,
        may_be_blank=MAY_BE_BLANK,
        seconds_needed=seconds_needed,
        longest=LONGEST_SECONDS,
        words_a_minute=WORDS_A_MINUTE,
        number=AnswerKind.NUMBER,
    )


def _rows_of(reference: str) -> list[Row]:
    found = replies_of_rounds(clock.now(), reference)
    return by_stratum([each for rows in found.values() for each in rows])


def _texts(row: Row) -> list[str]:
    each = row.replies
    counts = (each.asked, each.answered, each.by_phone, each.begun, each.opted_out)
    return [
        each.wave.staff_label,
        each.stratum or "all",
        each.arm.staff_label,
        *(str(count) for count in (*counts, each.overdue, each.closed)),
        per_cent(each.rate_bps),
        "" if row.gap_bps is None else points(row.gap_bps),
    ]
