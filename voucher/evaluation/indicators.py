"""The indicators of the reports: how one figure is read from the answers of one survey. Pure data.

An indicator in the baseline is read in the same way before and after, from the same code.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Indicator:
    """How one figure is read from a response: a number for a mean, 0 or 1 for a share, or None."""

    code: str
    label: str
    unit: str
    read: Callable[[Mapping[str, Any]], float | None]
    in_baseline: bool = True

    @property
    def is_share(self) -> bool:
        """Whether the figure is a percentage of those who answered."""
        return self.unit == "%"


def _number(code: str) -> Callable[[Mapping[str, Any]], float | None]:
    return lambda answers: answers.get(code)


def _share(code: str, *wanted: str) -> Callable[[Mapping[str, Any]], float | None]:
    def read(answers: Mapping[str, Any]) -> float | None:
        answer = answers.get(code)
        return None if answer is None else float(answer in wanted)

    return read


INDICATORS = (
    Indicator(
        "adoption",
        "Uses technology made for the problem",
        "%",
        _share("uses_technology", "made-for-it"),
    ),
    Indicator(
        "hours_lost_week", "Time the problem costs", "hours a week", _number("hours_lost_week")
    ),
    Indicator("errors_in_100", "Jobs that go wrong", "in 100", _number("errors_in_100")),
    Indicator("staff", "People employed", "full-time posts", _number("staff")),
    Indicator("confidence", "Confidence in choosing technology", "1 to 5", _number("confidence")),
    Indicator("trial", "Finished the trial", "%", _share("trial", "finished"), False),
    Indicator(
        "in_use",
        "Uses the technology today",
        "%",
        _share("in_use", "regularly", "sometimes"),
        False,
    ),
    Indicator("paying", "Pays for it without public support", "%", _share("paying", "yes"), False),
    Indicator("helpful", "How far technology helped", "1 to 5", _number("helpful"), False),
    Indicator(
        "similar_support",
        "Had similar support elsewhere",
        "%",
        _share("similar_support", "yes"),
        False,
    ),
)

TURNOVER_ORDER = ("under-25k", "25k-100k", "100k-250k", "250k-1m", "1m-5m", "5m-10m", "over-10m")
"""The turnover bands from the lowest; "not-said" is none of them."""
