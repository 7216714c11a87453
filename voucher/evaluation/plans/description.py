"""A plan in words and pictures: what its pages and its document say. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from voucher.core.money import Money
from voucher.evaluation.analysis.subgroups import SUBGROUPS
from voucher.evaluation.models import Wave
from voucher.evaluation.plans.choices import ESTIMATOR_CHOICES, OUTCOMES
from voucher.evaluation.plans.curve import curve_of
from voucher.evaluation.plans.rules import NO_ESTIMATOR, AnalysisPlan, Role
from voucher.evaluation.plans.words import (
    amount,
    chance,
    cost_sentence,
    curve_words,
    is_underpowered,
    level,
    number,
    points,
    sentences,
)
from voucher.programmes.models import StratumBasis

NONE = "None"
NO_EFFECT = "None: no effect is claimed"
APART = "How far businesses lie apart in it (standard deviation)"


def described(
    content: Mapping[str, Any], figures: Mapping[str, Any], arms: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """What is shown of a stored plan; `arms`: of its round's draw, for their names."""
    plan = AnalysisPlan.read(content)
    names = {arm["code"]: arm["name"] for arm in arms}
    compared = figures["compared"]
    return {
        "plan": plan,
        "outcomes": _outcomes(plan),
        "offered": [names.get(code, code) for code in plan.offered],
        "comparison": [names.get(code, code) for code in plan.comparison],
        "stratum": StratumBasis(plan.stratum_basis).staff_label,
        "small_strata": small_strata(plan),
        "estimator": _estimator(plan),
        "covariates": [OUTCOMES[code].label for code in plan.covariates],
        "questions": plan.questions_version,
        "subgroups": [SUBGROUPS[code].label for code in plan.subgroups],
        "assumptions": assumption_words(plan),
        "sentences": sentences(plan, figures),
        "cost": cost_sentence(plan, figures),
        "underpowered": is_underpowered(plan, figures),
        "waves": _waves(plan, figures),
        "curve": _curve(plan, compared) if compared else None,
        "curve_words": curve_words(plan, figures) if compared else "",
        "curve_rows": curve_rows(plan, compared, every=3) if compared else [],
        "needs": _needs(plan, compared) if compared else [],
    }


def _outcomes(plan: AnalysisPlan) -> list[dict[str, str]]:
    return [
        {
            "label": OUTCOMES[each.code].label,
            "unit": "percentage" if OUTCOMES[each.code].is_share else OUTCOMES[each.code].unit,
            "wave": each.wave.staff_label,
            "role": each.role.value,
        }
        for each in plan.outcomes
    ]


def _waves(plan: AnalysisPlan, figures: Mapping[str, Any]) -> list[dict[str, Any]]:
    """By follow-up: what is read from it, how many are asked, and how many answers are expected."""
    sizes, replies = plan.assumptions, figures["replies"]
    others = sizes.demand - sizes.places if plan.comparison else 0
    by_wave: dict[Wave, list[str]] = {}
    for each in sorted(plan.outcomes, key=lambda each: each.role is not Role.PRIMARY):
        by_wave.setdefault(each.wave, []).append(OUTCOMES[each.code].label)
    return [
        {
            "wave": wave.staff_label,
            "outcomes": by_wave[wave],
            "asked": sizes.places + others,
            "offered": replies["offered"],
            "comparison": replies["comparison"] if plan.comparison else None,
        }
        for wave in Wave
        if wave in by_wave
    ]


def small_strata(plan: AnalysisPlan) -> str:
    """What becomes of a small part of the list, by the plan's rule; nothing where there is none."""
    if not plan.fewest_in_stratum:
        return ""
    return (
        f"A part in which fewer than {plan.fewest_in_stratum} of a group have an answer that can be"
        " used is joined with the next in the order of their names, whatever was answered. Inside"
        " joined parts each business counts by the chance of an offer in its own. A part in which"
        " the draw left a group empty is left out."
    )


def _estimator(plan: AnalysisPlan) -> str:
    if plan.estimator == NO_ESTIMATOR:
        return NO_EFFECT
    return ESTIMATOR_CHOICES[plan.estimator].label


def assumption_words(plan: AnalysisPlan) -> list[tuple[str, str]]:
    """Each assumption with its value in words."""
    sizes, outcome = plan.assumptions, OUTCOMES[plan.primary.code]
    found = [
        ("Places", f"{sizes.places:,}"),
        (
            "Businesses, offered and compared" if plan.comparison else "Businesses",
            f"{sizes.demand:,}",
        ),
        ("Use their voucher", _percent(sizes.take_up)),
        ("Answer the follow-up", _percent(sizes.response)),
        ("What a redeemed voucher costs", Money(sizes.voucher_pence).formatted()),
    ]
    if not plan.comparison:
        return found
    found.append((f"{outcome.label}, without a voucher", level(sizes.before, outcome)))
    if sizes.spread is not None:
        found.append((APART, level(sizes.spread, outcome)))
    return [
        *found,
        (
            "How far the start tells the outcome, from 0 to 1 (correlation)",
            number(sizes.baseline_correlation),
        ),
        ("Smallest effect on users worth finding", amount(sizes.worth_finding or 0, outcome)),
        (
            "False alarms where there is no effect (significance, two-sided)",
            _percent(sizes.significance),
        ),
        ("Chance wanted to find it (power)", _percent(sizes.power)),
    ]


def curve_rows(
    plan: AnalysisPlan, compared: Mapping[str, Any], *, every: int = 1
) -> list[tuple[str, str, str]]:
    """The table behind the curve: effect on the offered, on users, and the chance to find it."""
    outcome = OUTCOMES[plan.primary.code]
    return [
        (amount(each["effect"], outcome), amount(each["users"], outcome), _percent(each["power"]))
        for each in compared["curve"][::every]
    ]


def _curve(plan: AnalysisPlan, compared: Mapping[str, Any]) -> Any:
    outcome = OUTCOMES[plan.primary.code]
    detectable = compared["detectable"]
    label = ""
    if detectable is not None:
        label = number(points(detectable) if outcome.is_share else detectable)
    return curve_of(
        compared,
        power=plan.assumptions.power,
        is_share=outcome.is_share,
        unit=outcome.unit,
        label=label,
    )


def _needs(plan: AnalysisPlan, compared: Mapping[str, Any]) -> list[dict[str, Any]]:
    outcome = OUTCOMES[plan.primary.code]
    return [
        {
            **need,
            "users_words": amount(need["users"], outcome),
            "effect_words": amount(need["effect"], outcome),
            "chance": chance(need["power"]),
        }
        for need in compared["needs"]
    ]


def _percent(share: float) -> str:
    return f"{number(round(100 * share, 1))}%"
