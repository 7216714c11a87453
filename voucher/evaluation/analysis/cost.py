"""What a voucher and an additional adopter cost. Pure. Money in whole pence, half a penny up."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from voucher.evaluation.analysis.rows import AnalysisSet

ADOPTION = "adoption"
NO_ADOPTION = "The plan has no outcome of adoption, so no adopters can be counted."
NO_VOUCHER = "No voucher was redeemed."
NO_EFFECT = "The effect on adoption could not be estimated."
CONTAINS_ZERO = (
    "The interval of the effect on adoption contains nothing at all (0), so the cost of an"
    " additional adopter has no upper limit and can’t be stated."
)
NO_COST = "Those offered a voucher cost no more than the comparison, so nothing can be divided."
NEGATIVE = "The offer lowered adoption, so there is no additional adopter to cost."


def cost_findings(rows: AnalysisSet, outcomes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Cost per voucher, and per business that adopted because of the offer.

    Per voucher: what the vouchers redeemed since the draw pay, on average, those cancelled since
    then left out of sum and number alike. Per additional adopter: the cost of an offer (that of a
    business offered less that of one in the comparison, on average over all drawn, of vouchers
    redeemed by the day the outcome fell due) divided by the effect of the offer on adoption; its
    interval from the interval of the effect, the cost taken as known. By the primary outcome, or
    the first planned, that is adoption: `code`, `wave` and `role` say which, so that its doubts are
    the cost's too. `why` says what could not be stated, and then there is neither cost nor
    interval. What a voucher pays is what was agreed when it was redeemed.
    """
    vouchers, cancelled = _counts(rows)
    total = sum(rows.facts.spent_pence.values())
    adoption = [each for each in outcomes if each["code"] == ADOPTION]
    adoption.sort(key=lambda each: each["role"] != "primary")
    told = adoption[0] if adoption else None
    per_adopter, why = _per_adopter(rows, told, vouchers)
    names = ("per_adopter_pence", "per_adopter_low_pence", "per_adopter_high_pence")
    return {
        "per_voucher_pence": half_up(total / vouchers) if vouchers else None,
        "vouchers": vouchers,
        "redeemed": vouchers + cancelled,
        "cancelled": cancelled,
        **dict(zip(names, per_adopter, strict=True)),
        "why": why,
        **{key: told[key] if told else None for key in ("code", "wave", "role")},
    }


def _counts(rows: AnalysisSet) -> tuple[int, int]:
    """Vouchers redeemed that stand, and that were cancelled; every user has one in older sets."""
    if not rows.facts.vouchers:
        return sum(rows.take_up), 0
    return sum(rows.facts.vouchers.values()), sum(rows.facts.cancelled.values())


def _per_adopter(
    rows: AnalysisSet, adoption: Mapping[str, Any] | None, vouchers: int
) -> tuple[tuple[int | None, ...], str | None]:
    nothing = (None, None, None)
    if adoption is None or adoption["itt"] is None:
        return nothing, NO_ADOPTION if adoption is None else NO_EFFECT
    if not vouchers:
        return nothing, NO_VOUCHER
    effect, low, high = (adoption["itt"][name] for name in ("estimate", "ci_low", "ci_high"))
    if high < 0:
        return nothing, NEGATIVE
    if low <= 0:
        return nothing, CONTAINS_ZERO
    offer = _cost_of_an_offer(rows, adoption["wave"])
    if offer <= 0:
        return nothing, NO_COST
    return tuple(half_up(offer / size) for size in (effect, high, low)), None


def _cost_of_an_offer(rows: AnalysisSet, wave: str) -> float:
    """Pence per business offered less those per business of the comparison."""
    spent = rows.facts.spent_by.get(wave, rows.facts.spent_pence)
    drawn = {"offered": sum(rows.offered), "comparison": len(rows) - sum(rows.offered)}
    return spent["offered"] / drawn["offered"] - spent["comparison"] / drawn["comparison"]


def half_up(pence: float) -> int:
    """Whole pence, half a penny up."""
    return math.floor(pence + 0.5)
