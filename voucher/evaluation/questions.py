"""The question bank of the follow-up surveys: data, by version, and how answers are read.

The questions on hours, errors, turnover, staff, confidence and technology in use are those of the
baseline, with the same codes, units and options, so that before and after can be compared; hours
saved are the difference, never asked for. A code never changes its meaning; a changed set is a new
version, and a stored response names the version it was asked in.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from voucher.allocation.models import Arm
from voucher.applications.baseline import BY_CODE, AnswerKind, Question, fault_in

FOLLOW_UP_VERSION = "2026-1"

TRIAL = Question(
    "trial",
    "Did you try the technology that the voucher paid for?",
    "",
    AnswerKind.CHOICE,
    options=(
        ("finished", "Yes, and the trial is finished"),
        ("going-on", "Yes, it is still going on"),
        ("stopped", "We began and gave up"),
        ("never-began", "No, it never began"),
    ),
)
IN_USE = Question(
    "in_use",
    "Do you use that technology today?",
    "",
    AnswerKind.CHOICE,
    options=(
        ("regularly", "Yes, every week"),
        ("sometimes", "Yes, now and then"),
        ("no", "No"),
    ),
)
PAYING = Question(
    "paying",
    "Do you pay for technology for this problem with your own money?",
    "Without a voucher, grant or other public support",
    AnswerKind.CHOICE,
    options=(
        ("yes", "Yes, we pay for it ourselves"),
        ("planned", "Not yet, but we have decided to"),
        ("free", "No, what we use costs nothing"),
        ("no", "No"),
    ),
)
SIMILAR_SUPPORT = Question(
    "similar_support",
    "Since you applied, have you had similar support from somewhere else?",
    "For example another grant, voucher or free adviser for technology",
    AnswerKind.CHOICE,
    options=(("yes", "Yes"), ("no", "No")),
)
HELPFUL = Question(
    "helpful",
    "All in all, how much has technology helped with the problem you described?",
    "",
    AnswerKind.SCALE,
    least=1,
    most=5,
    options=(
        ("1", "1: it made things worse"),
        ("2", "2"),
        ("3", "3: no difference"),
        ("4", "4"),
        ("5", "5: it solved the problem"),
    ),
)


def _again(code: str, words: str) -> Question:
    return replace(BY_CODE[code], words=words)


_SHARED = (
    _again("uses_technology", "What technology do you use for the problem today?"),
    PAYING,
    _again("hours_lost_week", "How many hours a week does the problem cost you now?"),
    _again("errors_in_100", "Out of 100 jobs, orders or records, about how many go wrong now?"),
    _again("turnover_band", "What was your turnover in the last 12 months?"),
    _again("staff", "How many people are employed now, as full-time posts?"),
    _again("confidence", "How confident are you now about choosing technology?"),
    HELPFUL,
    SIMILAR_SUPPORT,
)
FOLLOW_UPS: Mapping[str, Mapping[Arm, tuple[Question, ...]]] = {
    FOLLOW_UP_VERSION: {
        Arm.VOUCHER: (TRIAL, IN_USE, *_SHARED),
        Arm.WAITING: _SHARED,
        Arm.INFORMATION: _SHARED,
        Arm.COMPARISON: _SHARED,
    }
}
MAY_BE_BLANK = frozenset({"hours_lost_week", "errors_in_100", "staff"})
"""Numbers that not everybody can give; leaving one blank counts as missing, never as nothing."""


def follow_up(version: str, arm: Arm) -> tuple[Question, ...]:
    """The questions of one version for one arm. Raises KeyError for an unknown version."""
    return FOLLOW_UPS[version][arm]


def faults(
    questions: tuple[Question, ...], answers: Mapping[str, Any], *, sending: bool
) -> dict[str, str]:
    """Every fault by question. What is saved for later may be incomplete, but never wrong."""
    found = {}
    for question in questions:
        answer = answers.get(question.code)
        if answer is None:
            missing = sending and question.code not in MAY_BE_BLANK
            words = f"Answer the question “{question.words}”" if missing else None
        else:
            words = fault_in(question, answer)
        if words:
            found[question.code] = words
    return found
