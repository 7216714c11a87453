"""Pure rules on the settings of a round."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from voucher.core.errors import Invalid
from voucher.core.status import Status
from voucher.programmes.models import AllocationMethod, ReleaseMethod, RoundStatus

LARGEST_BUDGET_PENCE = 10_000_000_000
"""£100 million: more than any voucher scheme's round, so a slip of the keyboard is caught."""

BOUNDS = (
    ("budget_pence", 1, LARGEST_BUDGET_PENCE, "The budget must be between 1p and £100 million."),
    ("share_bps", 1, 10_000, "The share must be more than 0% and no more than 100%."),
    ("voucher_life_days", 1, 730, "A voucher’s life must be between 1 and 730 days."),
    (
        "second_approver_from_pence",
        0,
        LARGEST_BUDGET_PENCE,
        "The threshold must be between nothing and £100 million.",
    ),
    (
        "full_evidence_from_pence",
        0,
        LARGEST_BUDGET_PENCE,
        "The threshold must be between nothing and £100 million.",
    ),
    ("evidence_sample_bps", 0, 10_000, "The sample must be between 0% and 100%."),
    ("decision_working_days", 1, 60, "Decisions must be due in 1 to 60 working days."),
    ("payment_working_days", 1, 60, "Payment must be due in 1 to 60 working days."),
    (
        "provider_answer_working_days",
        1,
        60,
        "A provider’s answer must be due in 1 to 60 working days.",
    ),
    ("hold_days", 0, 60, "The hold must be between 0 and 60 days."),
)
"""Setting, least, most (both allowed), and what is said to whoever leaves the bounds."""


class RoundStanding(Status):
    """Where a round stands today, for people: its status and the calendar together."""

    DRAFT = "draft", "Being set up"
    TO_OPEN = "to_open", "Opens on its first day"
    OPEN = "open", "Open for applications"
    OVER = "over", "Over"
    CLOSED = "closed", "Closed for applications"


def standing_of(
    *, status: RoundStatus, opens_on: date, closes_on: date, today: date
) -> RoundStanding:
    """Where a round stands on the London date `today`; first and last day take applications."""
    if status is RoundStatus.DRAFT:
        return RoundStanding.DRAFT
    if status is RoundStatus.CLOSED:
        return RoundStanding.CLOSED
    if today < opens_on:
        return RoundStanding.TO_OPEN
    return RoundStanding.OPEN if today <= closes_on else RoundStanding.OVER


@dataclass(frozen=True, kw_only=True)
class RoundSettings:
    """What a programme manager decides about a round. Pence, basis points, days, London dates."""

    name: str
    opens_on: date
    closes_on: date
    budget_pence: int
    value_cap_pence: int
    share_bps: int
    voucher_life_days: int = 90
    allocation_method: AllocationMethod = AllocationMethod.ROLLING
    second_approver_from_pence: int = 0
    full_evidence_from_pence: int = 100_000
    evidence_sample_bps: int = 1_000
    decision_working_days: int = 5
    payment_working_days: int = 5
    provider_answer_working_days: int = 5
    hold_days: int = 0
    release_method: ReleaseMethod = ReleaseMethod.AUTOMATIC
    second_release_pence: int | None = None

    def values(self) -> Mapping[str, Any]:
        """The settings by column name."""
        return {item.name: getattr(self, item.name) for item in fields(self)}


def check_settings(settings: RoundSettings) -> None:
    """Raise Invalid, naming the field, for the first setting that makes no sense."""
    if not settings.name.strip():
        raise Invalid("Enter a name for the round.", "name")
    if settings.closes_on < settings.opens_on:
        words = "The closing date must be the same as or after the opening date."
        raise Invalid(words, "closes_on")
    if not 0 < settings.value_cap_pence <= settings.budget_pence:
        words = "A voucher’s maximum must be more than nothing and no more than the budget."
        raise Invalid(words, "value_cap_pence")
    second = settings.second_release_pence
    if second is not None and not 0 < second <= LARGEST_BUDGET_PENCE:
        words = "The threshold must be more than nothing and no more than £100 million."
        raise Invalid(words, "second_release_pence")
    for field, least, most, words in BOUNDS:
        if not least <= getattr(settings, field) <= most:
            raise Invalid(words, field)
