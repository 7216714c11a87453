"""The indicators of the reports: how one figure is read from the answers of one survey. Pure data.

An indicator in the baseline is read in the same way before and after, from the same code.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from voucher.evaluation.plausible import BAND_POUNDS, band_of


@dataclass(frozen=True)
class Indicator:
    """How one figure is read from a response: a number for a mean, 0 or 1 for a share, or None.

    `every_arm`: whether all arms are asked, so that they can be compared by it. `official`: read
    from official records, which hold it for every arm alike, rather than from a survey.
    """

    code: str
    label: str
    unit: str
    read: Callable[[Mapping[str, Any]], float | None]
    in_baseline: bool = True
    every_arm: bool = True
    official: bool = False

    @property
    def is_share(self) -> bool:
        """Whether the figure is a percentage of those who answered."""
        return self.unit == "%"


def _number(code: str) -> Callable[[Mapping[str, Any]], float | None]:
    return lambda answers: answers.get(code)


def _share(
    code: str, *wanted: str, unknown: str | None = None
) -> Callable[[Mapping[str, Any]], float | None]:
    def read(answers: Mapping[str, Any]) -> float | None:
        answer = answers.get(code)
        return None if answer in (None, unknown) else float(answer in wanted)

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
    Indicator("trial", "Finished the trial", "%", _share("trial", "finished"), False, False),
    Indicator(
        "in_use",
        "Uses the technology today",
        "%",
        _share("in_use", "regularly", "sometimes"),
        False,
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
    Indicator(
        "bought_more",
        "Bought other technology with its own money",
        "%",
        _share("bought_more", "yes"),
        False,
    ),
    Indicator(
        "custom_won",
        "Won customers from others nearby",
        "%",
        _share("custom", "won", "both", unknown="unknown"),
        False,
    ),
    Indicator(
        "custom_lost",
        "Lost customers to others nearby",
        "%",
        _share("custom", "lost", "both", unknown="unknown"),
        False,
    ),
)
"""The indicators of the surveys that a report describes, as means and shares."""

TURNOVER = Indicator(
    "turnover_pounds",
    "Turnover in the last 12 months",
    "pounds",
    _number("turnover_pounds"),
    in_baseline=False,
)
"""An outcome of trials, and not described by a mean: one large business would decide it. The
baseline asks for a band, see `turnover_band_of`."""
TRADING = "administrative_trading"
"""Code of the share still on the register of companies."""
OFFICIAL = (
    Indicator(
        "administrative_turnover",
        "Turnover in official records",
        "pounds",
        _number("administrative_turnover"),
        in_baseline=False,
        official=True,
    ),
    Indicator(
        "administrative_staff",
        "People employed in official records",
        "people",
        _number("administrative_staff"),
        in_baseline=False,
        official=True,
    ),
    Indicator(
        TRADING,
        "Still trading, by official records",
        "%",
        _number(TRADING),
        in_baseline=False,
        official=True,
    ),
)
"""Read from what `administrative.rules.official_answers` gives."""
OUTCOMES = (*INDICATORS, TURNOVER, *OFFICIAL)
"""All that can be an outcome of a trial. Those not of `every_arm` can't compare arms."""
OUTCOMES_BY_CODE: Mapping[str, Indicator] = {each.code: each for each in OUTCOMES}

TURNOVER_ORDER = tuple(BAND_POUNDS)
"""The turnover bands from the lowest; "not-said" is none of them."""


def turnover_band_of(answers: Mapping[str, Any]) -> str | None:
    """The turnover band of a response: as it was answered, or that of the pounds answered."""
    pounds = answers.get("turnover_pounds")
    return band_of(pounds) if pounds is not None else answers.get("turnover_band")
