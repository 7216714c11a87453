"""Pure rules on the settings of a round."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from voucher.core.errors import Invalid
from voucher.core.status import Status
from voucher.programmes.models import (
    AllocationMethod,
    Arm,
    ReleaseMethod,
    RoundStatus,
    StratumBasis,
)

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


WHOLE_BPS = 10_000
PLAIN_LOTTERY: tuple[dict[str, Any], ...] = (
    {"code": "voucher", "arm": Arm.VOUCHER.value, "name": "Voucher", "share_bps": WHOLE_BPS},
    {"code": "waiting", "arm": Arm.WAITING.value, "name": "Waiting list", "share_bps": 0},
)
"""The arms of a draw whose plan names none: as many vouchers as the money allows, the rest wait."""
MOST_ARMS = 8
WITHOUT_OFFER = frozenset({Arm.INFORMATION.value, Arm.COMPARISON.value})


class RoundStanding(Status):
    """Where a round stands today, for people: its status and the calendar together."""

    DRAFT = "draft", "Being set up"
    TO_OPEN = "to_open", "Opens on its first day"
    OPEN = "open", "Open for applications"
    OVER = "over", "Over"
    CLOSED = "closed", "Closed for applications"


def is_prepared(status: RoundStatus) -> bool:
    """Whether a round is still being prepared, so that its settings may change."""
    return status is RoundStatus.DRAFT


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
    draw_stratum: StratumBasis = StratumBasis.NONE
    draw_arms: Sequence[dict[str, Any]] = ()
    draw_replaces: bool = False
    follow_up_on: date | None = None

    def values(self) -> Mapping[str, Any]:
        """The settings by column name."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        return values | {"draw_arms": list(self.draw_arms)}


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
    if settings.allocation_method is AllocationMethod.RANDOM:
        check_plan(settings)


def arms_of(draw_arms: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The arms of a round’s draw in order; those of a plain lottery where its plan names none."""
    return [dict(arm) for arm in draw_arms or PLAIN_LOTTERY]


def check_plan(settings: RoundSettings) -> None:
    """Raise Invalid, naming the field, where the plan of a draw makes no sense.

    Vouchers come first, then a waiting list if there is one, then those who are offered nothing;
    the shares make a whole. A day of the primary follow-up is needed where somebody is compared.
    """
    arms = arms_of(settings.draw_arms)
    kinds = [arm["arm"] for arm in arms]
    _check_order(kinds)
    _check_names(arms)
    whole = sum(arm["share_bps"] for arm in arms)
    if whole != WHOLE_BPS:
        words = f"The shares must come to 100 per cent. They come to {whole / 100:g}."
        raise Invalid(words, "draw_arms")
    if arms[0]["share_bps"] == 0:
        raise Invalid("Vouchers must have a share above 0 per cent.", "draw_arms")
    if settings.draw_replaces and Arm.WAITING.value not in kinds:
        raise Invalid("Nobody can be replaced without a waiting list.", "draw_replaces")
    if WITHOUT_OFFER & set(kinds) and settings.follow_up_on is None:
        words = (
            "Enter the day of the primary follow-up. The comparison group is offered none before."
        )
        raise Invalid(words, "follow_up_on")
    if settings.follow_up_on is not None and settings.follow_up_on <= settings.closes_on:
        raise Invalid("The follow-up must be after the round closes.", "follow_up_on")


def _check_order(kinds: Sequence[str]) -> None:
    if not 2 <= len(kinds) <= MOST_ARMS:
        raise Invalid(f"A draw has 2 to {MOST_ARMS} arms.", "draw_arms")
    if kinds[0] != Arm.VOUCHER or Arm.VOUCHER in kinds[1:]:
        raise Invalid("The first arm, and no other, is the one with vouchers.", "draw_arms")
    if Arm.WAITING in kinds[2:]:
        raise Invalid("A waiting list comes straight after the vouchers, once.", "draw_arms")


def _check_names(arms: Sequence[Mapping[str, Any]]) -> None:
    codes = [arm["code"] for arm in arms]
    if len(set(codes)) < len(codes):
        raise Invalid("Two arms have the same name.", "draw_arms")
    for arm in arms:
        if not re.fullmatch(r"[a-z0-9_]{1,40}", arm["code"], re.ASCII) or len(arm["name"]) > 80:
            words = f"Give the arm “{arm['name'][:80]}” a name of up to 40 letters and numbers."
            raise Invalid(words, "draw_arms")
        if not 0 <= arm["share_bps"] <= WHOLE_BPS:
            raise Invalid("A share is 0 to 100 per cent.", "draw_arms")
