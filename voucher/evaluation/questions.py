"""The follow-up surveys' questions by version and arm, how answers are read, how long it takes.

The questions on hours, errors, staff, confidence and technology in use are those of the baseline,
with the same codes, units and options, so that before and after can be compared; hours saved are
the difference, never asked for. Pure.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from voucher.allocation.models import Arm
from voucher.applications.baseline import BY_CODE as BEFORE
from voucher.applications.baseline import AnswerKind, Question, fault_in
from voucher.evaluation.bank import version_2026_1, version_2026_2
from voucher.evaluation.models import Wave

FOLLOW_UP_VERSION = version_2026_2.VERSION
"""The version that new follow-ups are asked in."""
FOLLOW_UPS: Mapping[str, Mapping[Arm, tuple[Question, ...]]] = {
    version.VERSION: {
        Arm.VOUCHER: version.OF_VOUCHERS,
        Arm.WAITING: version.OF_ALL,
        Arm.INFORMATION: version.OF_ALL,
        Arm.COMPARISON: version.OF_ALL,
    }
    for version in (version_2026_1, version_2026_2)
}
MAY_BE_BLANK = frozenset({"hours_lost_week", "errors_in_100", "staff", "turnover_pounds"})
"""Numbers that not everybody can give; leaving one blank counts as missing, never as nothing."""
WORDS_A_MINUTE = 238
"""Silent reading of non-fiction in English: Brysbaert (2019), "How many words do we read per
minute?", Journal of Memory and Language 109."""
SECONDS_TO_CHOOSE, SECONDS_TO_TYPE = 4, 10
"""What is allowed for answering, beside reading: our own allowances, not measured."""
LONGEST_SECONDS = 180


def follow_up(version: str, arm: Arm) -> tuple[Question, ...]:
    """The questions of one version for one arm. Raises KeyError for an unknown version."""
    return FOLLOW_UPS[version][arm]


def asked_of_users(wave: Wave, version: str) -> dict[str, Question]:
    """By code, what is asked of businesses with a voucher: before, or in a version's follow-ups.

    Raises KeyError for an unknown version of the follow-ups; the questions before have never
    changed.
    """
    if wave is Wave.BASELINE:
        return dict(BEFORE)
    return {question.code: question for question in follow_up(version, Arm.VOUCHER)}


def seconds_needed(questions: Sequence[Question]) -> int:
    """How long it takes to read and answer them, in seconds, rounded up.

    Every word of questions, hints and options is counted as read.
    """
    words = sum(
        len(" ".join((each.words, each.hint, *(label for _, label in each.options))).split())
        for each in questions
    )
    numbers = sum(each.kind is AnswerKind.NUMBER for each in questions)
    answering = numbers * SECONDS_TO_TYPE + (len(questions) - numbers) * SECONDS_TO_CHOOSE
    return -(-words * 60 // WORDS_A_MINUTE) + answering


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
