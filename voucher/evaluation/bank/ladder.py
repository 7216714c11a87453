"""The ladder of outcomes: what each question is asked for, and the indicator that reads it. Data.

The rungs are the same in every programme, so that what one finds can be set beside another.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rung:
    """One outcome: its name, the codes of its questions, and of the indicators that report it."""

    name: str
    questions: tuple[str, ...]
    indicators: tuple[str, ...]
    note: str = ""


LADDER = (
    Rung("Trial completed", ("trial",), ("trial",), "Of the arm with vouchers alone."),
    Rung(
        "In use",
        ("uses_technology", "in_use"),
        ("adoption", "in_use"),
        "Arms are compared by “adoption”; “in_use” is about the voucher’s own technology.",
    ),
    Rung("Renewed without subsidy", ("paying",), ("paying",)),
    Rung("Further purchase", ("bought_more",), ("bought_more",)),
    Rung(
        "Hours saved",
        ("hours_lost_week",),
        ("hours_lost_week",),
        "The hours that the problem costs, before less now: nobody is asked to work out a saving.",
    ),
    Rung("Error rate", ("errors_in_100",), ("errors_in_100",)),
    Rung(
        "Turnover",
        ("turnover_pounds", "turnover_band"),
        ("turnover_pounds", "administrative_turnover"),
    ),
    Rung("Employment", ("staff",), ("staff", "administrative_staff")),
    Rung("Attitudes", ("confidence", "helpful"), ("confidence", "helpful")),
    Rung("Similar support elsewhere (contamination)", ("similar_support",), ("similar_support",)),
    Rung("Custom won or lost nearby (displacement)", ("custom",), ("custom_won", "custom_lost")),
)


def rung_of(question: str) -> Rung | None:
    """The rung that a question is asked for."""
    return next((rung for rung in LADDER if question in rung.questions), None)
