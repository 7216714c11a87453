"""The questions asked of every applicant before anything happens: data, and how answers are read.

The same questions come back in the surveys after 3, 6 and 12 months, so a code never changes its
meaning; a change of the set is a new version. Every question has its unit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

QUESTIONS_VERSION = "2026-2"
"""2026-2 asks for the turnover of the last 12 months, as the follow-ups do; 2026-1 asked for that
of the last financial year, which is the same year three months later."""


class AnswerKind(StrEnum):
    """How a question is answered, and so how its answer is stored."""

    NUMBER = "number"
    """A whole number of `unit`, from `least` to `most`: int."""
    CHOICE = "choice"
    """One of `options`: its code."""
    SCALE = "scale"
    """1 to 5, where the options name the steps: int."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question: code (stored), words, unit, and what counts as an answer."""

    code: str
    words: str
    hint: str
    kind: AnswerKind
    unit: str = ""
    least: int = 0
    most: int = 0
    options: tuple[tuple[str, str], ...] = ()


TURNOVER_BANDS = (
    ("under-25k", "Less than £25,000"),
    ("25k-100k", "£25,000 to £99,999"),
    ("100k-250k", "£100,000 to £249,999"),
    ("250k-1m", "£250,000 to £999,999"),
    ("1m-5m", "£1 million to £4,999,999"),
    ("5m-10m", "£5 million to £9,999,999"),
    ("over-10m", "£10 million or more"),
    ("not-said", "I would rather not say"),
)
QUESTIONS = (
    Question(
        "uses_technology",
        "Do you use any technology for this problem today?",
        "For example a program, an app, an online service or a machine with software",
        AnswerKind.CHOICE,
        options=(
            ("no", "No, we do it by hand or on paper"),
            ("general", "Only general tools, such as email and spreadsheets"),
            ("made-for-it", "Yes, something made for this kind of work"),
        ),
    ),
    Question(
        "hours_lost_week",
        "How many hours a week does the problem cost you?",
        "Add up everybody’s time. A good guess is fine; enter 0 if it costs no time.",
        AnswerKind.NUMBER,
        unit="hours a week",
        most=2_000,
    ),
    Question(
        "errors_in_100",
        "Out of 100 jobs, orders or records, about how many go wrong?",
        "Late, lost, wrong, or done twice. A good guess is fine.",
        AnswerKind.NUMBER,
        unit="in 100",
        most=100,
    ),
    Question(
        "turnover_band",
        "What was your turnover in the last 12 months?",
        "Without VAT. A good guess is fine. If you are new, choose what you expect in a year.",
        AnswerKind.CHOICE,
        options=TURNOVER_BANDS,
    ),
    Question(
        "staff",
        "How many people are employed, as full-time posts?",
        "Two half-time people are one post. Round to whole posts; enter 0 if you work alone.",
        AnswerKind.NUMBER,
        unit="full-time posts",
        most=100_000,
    ),
    Question(
        "confidence",
        "How confident are you about choosing technology for your business?",
        "",
        AnswerKind.SCALE,
        least=1,
        most=5,
        options=(
            ("1", "1: not at all confident"),
            ("2", "2"),
            ("3", "3: fairly confident"),
            ("4", "4"),
            ("5", "5: very confident"),
        ),
    ),
)
BY_CODE = {question.code: question for question in QUESTIONS}


def fault_in(question: Question, answer: object) -> str | None:
    """What is wrong with an answer, as a sentence, or None."""
    if question.kind is AnswerKind.CHOICE:
        known = answer in {code for code, _ in question.options}
        return None if known else "Select one of the options."
    if type(answer) is not int or not question.least <= answer <= question.most:
        return f"Enter a whole number from {question.least:,} to {question.most:,}."
    return None


def faults(answers: Mapping[str, Any]) -> dict[str, str]:
    """Every fault in a whole set of answers by question; all questions must be answered."""
    found = {
        question.code: fault_in(question, answers.get(question.code)) for question in QUESTIONS
    }
    return {code: words for code, words in found.items() if words}


def answer_words(question: Question, answer: object) -> str:
    """An answer as it is shown: "12 hours a week", or the option's label."""
    if question.kind is AnswerKind.NUMBER:
        return f"{answer:,} {question.unit}" if isinstance(answer, int) else ""
    return dict(question.options).get(str(answer), "")
