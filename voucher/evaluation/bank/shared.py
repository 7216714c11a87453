"""Questions that more than one version asks. The baseline's come back with its codes and units."""

from dataclasses import replace

from voucher.applications.baseline import BY_CODE, AnswerKind, Question

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


def again(code: str, words: str) -> Question:
    """A question of the baseline in words that ask for now."""
    return replace(BY_CODE[code], words=words)


USES_TECHNOLOGY = again("uses_technology", "Do you use any technology for this problem now?")
HOURS = again("hours_lost_week", "How many hours a week does the problem cost you now?")
ERRORS = again("errors_in_100", "Out of 100 jobs, orders or records, about how many go wrong now?")
TURNOVER_BAND = again("turnover_band", "What was your turnover in the last 12 months?")
STAFF = again("staff", "How many people are employed now, as full-time posts?")
CONFIDENCE = again("confidence", "How confident are you now about choosing technology?")
