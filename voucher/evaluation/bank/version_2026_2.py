"""Version 2026-2: the whole ladder of outcomes, in the same order for every arm.

What every arm is asked comes first and is the same to the letter; the two questions about the
voucher's own trial come last, so that nothing asked before the outcomes differs between the arms.
Turnover is asked in pounds, because the bands of 2026-1 are too wide for the changes looked for.
"""

from voucher.applications.baseline import AnswerKind, Question
from voucher.evaluation.bank import shared

VERSION = "2026-2"
BOUGHT_MORE = Question(
    "bought_more",
    "Since you applied, have you bought any other technology with your own money?",
    "For anything else in your business, without public support",
    AnswerKind.CHOICE,
    options=(("yes", "Yes"), ("planned", "Not yet, but we have decided to"), ("no", "No")),
)
TURNOVER = Question(
    "turnover_pounds",
    "What was your turnover in the last 12 months?",
    "In whole pounds, without VAT. A good guess is fine.",
    AnswerKind.NUMBER,
    unit="pounds",
    most=1_000_000_000,
)
CUSTOM = Question(
    "custom",
    "Since you applied, have you won customers from other businesses nearby, or lost any to them?",
    "",
    AnswerKind.CHOICE,
    options=(
        ("won", "We have won some"),
        ("lost", "We have lost some"),
        ("both", "Both"),
        ("neither", "Neither"),
        ("unknown", "I can’t tell"),
    ),
)
OF_ALL = (
    shared.USES_TECHNOLOGY,
    shared.PAYING,
    BOUGHT_MORE,
    shared.HOURS,
    shared.ERRORS,
    TURNOVER,
    shared.STAFF,
    shared.CONFIDENCE,
    shared.HELPFUL,
    shared.SIMILAR_SUPPORT,
    CUSTOM,
)
OF_VOUCHERS = (*OF_ALL, shared.TRIAL, shared.IN_USE)
