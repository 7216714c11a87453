"""Which answers are possible and yet unusual, so that they are asked about once more. Pure.

An impossible answer is refused (`applications.baseline.fault_in`); an unusual one is kept once
whoever gave it has said that it is right. A zero too many is the commonest slip on a telephone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from voucher.applications.baseline import Question

TIMES = 10
"""How many times more, or less, than before is asked about."""


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual of one number. `most`: more than that is unusual for anybody. `may_fall`: a
    tenth of what it was, or nothing, is just what a voucher is for."""

    most: int
    may_fall: bool


USUAL: Mapping[str, Usual] = {
    "hours_lost_week": Usual(100, may_fall=True),
    "errors_in_100": Usual(50, may_fall=True),
    "turnover_pounds": Usual(50_000_000, may_fall=False),
    "staff": Usual(249, may_fall=False),
}
BAND_POUNDS: Mapping[str, tuple[int, int]] = {
    "under-25k": (0, 24_999),
    "25k-100k": (25_000, 99_999),
    "100k-250k": (100_000, 249_999),
    "250k-1m": (250_000, 999_999),
    "1m-5m": (1_000_000, 4_999_999),
    "5m-10m": (5_000_000, 9_999_999),
    "over-10m": (10_000_000, 1_000_000_000),
}
"""The turnover bands of the baseline in whole pounds, lowest first."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """An unusual answer: what to ask about it, and what has to be ticked if it is right."""

    code: str
    value: int
    words: str
    label: str


def band_of(pounds: int) -> str:
    """The turnover band that an amount in whole pounds lies in."""
    fitting = (code for code, (_, most) in BAND_POUNDS.items() if pounds <= most)
    return next(fitting, "over-10m")


def before_of(code: str, baseline: Mapping[str, Any]) -> tuple[int, int] | None:
    """The least and the most that the number can have been in the baseline; None if not known."""
    if code == "turnover_pounds":
        return BAND_POUNDS.get(baseline.get("turnover_band", ""))
    was = baseline.get(code)
    return (was, was) if isinstance(was, int) else None


def leaps(value: int, before: tuple[int, int], *, may_fall: bool = False) -> bool:
    """Whether a number is more than ten times, or less than a tenth of, what it was before.

    From nothing, anything up to ten is no leap.
    """
    least, most = before
    return value > TIMES * max(most, 1) or (not may_fall and value * TIMES < least)


def doubts(
    questions: Sequence[Question], answers: Mapping[str, Any], baseline: Mapping[str, Any]
) -> dict[str, Doubt]:
    """The unusual answers by question, against what is usual and what was said in the baseline.

    `answers` hold no fault. Nothing is asked about a number that was not given. More than is usual
    is no doubt where the business said as much before.
    """
    found = {}
    for question in questions:
        answer = answers.get(question.code)
        if question.code in USUAL and answer is not None:
            why = _why(question.code, answer, baseline)
            if why:
                found[question.code] = _doubt(question, answer, why, baseline)
    return found


def _why(code: str, value: int, baseline: Mapping[str, Any]) -> str:
    usual, before = USUAL[code], before_of(code, baseline)
    if value > max(usual.most, before[1] if before else 0):
        return "That is unusually high."
    if before is not None and leaps(value, before, may_fall=usual.may_fall):
        return "That is very far from what you told us when you applied."
    return ""


def _doubt(question: Question, value: int, why: str, baseline: Mapping[str, Any]) -> Doubt:
    meant = _meant(question.code, value, baseline)
    ask = f" Did you mean {written(question, meant)}?" if meant is not None else ""
    shown = written(question, value)
    words = f"You answered {shown}. {why}{ask} Change it, or tick that it is right."
    return Doubt(question.code, value, words, f"Yes, {shown} is right")


def _meant(code: str, value: int, baseline: Mapping[str, Any]) -> int | None:
    """What was likely meant: the number with noughts taken off, or of thousands of pounds."""
    slips = [value // part for part in (10, 100, 1000) if value % part == 0]
    if code == "turnover_pounds":
        slips = [value * 1000, *slips]
    return next((slip for slip in slips if slip and not _why(code, slip, baseline)), None)


def written(question: Question, value: int) -> str:
    """A number with its unit: "£85,000", "40 hours a week"."""
    return f"£{value:,}" if question.unit == "pounds" else f"{value:,} {question.unit}"
