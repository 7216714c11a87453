"""What a plan must hold together: refused here, at the field of the form that it came from. Pure.

The fields are named as in the form of the planner: primary, primary_wave, secondary, waves,
comparison, estimator, covariates, subgroups, and the assumptions by their own names.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from voucher.core.errors import Invalid
from voucher.evaluation.analysis.subgroups import SUBGROUPS
from voucher.evaluation.models import Wave
from voucher.evaluation.plans.choices import COMPARABLE, COVARIATES, ESTIMATOR_CHOICES, OUTCOMES
from voucher.evaluation.plans.rules import (
    NO_ESTIMATOR,
    AnalysisPlan,
    Assumptions,
    Role,
    fewest_in_stratum,
)
from voucher.evaluation.questions import FOLLOW_UP_VERSION
from voucher.evaluation.rules import due_on
from voucher.programmes.models import AllocationMethod, Arm, StratumBasis
from voucher.programmes.rules import WITHOUT_OFFER

FEWEST_ANSWERS = 5
LARGEST = 1_000_000_000
SIGNIFICANCE = 0.05
"""Two-sided, the same for every plan: reports give 95% intervals and nothing else. Older plans may
say otherwise of their size; they stay as they were locked."""


def check_plan(
    plan: AnalysisPlan,
    *,
    method: AllocationMethod,
    arms: Sequence[Mapping[str, Any]],
    stratum: StratumBasis,
) -> None:
    """Raise Invalid, naming the field, where a plan makes no sense for a round.

    `arms`, `stratum`: of the round's draw as it is planned now.
    """
    _check_outcomes(plan)
    if plan.questions_version not in ("", FOLLOW_UP_VERSION):
        words = "The questions are worded otherwise now. Look at the outcomes and save them again."
        raise Invalid(words, "primary")
    unknown = set(plan.subgroups) - set(SUBGROUPS)
    if unknown:
        raise Invalid("Select subgroups from the list.", "subgroups")
    if method is AllocationMethod.RANDOM:
        _check_arms(plan, arms, stratum)
        _check_estimator(plan, stratum)
    elif plan.offered or plan.comparison or plan.estimator != NO_ESTIMATOR or plan.covariates:
        raise Invalid("Nobody is drawn in this round, so no effect can be estimated.", "estimator")
    _check_sizes(plan.assumptions, compared=bool(plan.comparison))
    _check_primary(plan)


def check_protection(
    plan: AnalysisPlan,
    arms: Sequence[Mapping[str, Any]],
    *,
    replaces: bool,
    follow_up_on: date | None,
    drawn_from: date,
) -> None:
    """Raise Invalid where those compared could be offered a voucher before the primary outcome.

    `follow_up_on`: until when the round keeps its comparison from an offer; `drawn_from`: the first
    day on which it can be drawn. A waiting list that gets the places of those who leave is no
    comparison, unless the draw has no other: then who of it used a voucher is told as such.
    """
    kinds = {arm["code"]: arm["arm"] for arm in arms}
    compared = {kinds[code] for code in plan.comparison}
    if replaces and Arm.WAITING in compared and WITHOUT_OFFER & set(kinds.values()):
        words = (
            "The waiting list is offered the places of those who leave, so it is no comparison."
            " Compare with the arms that are offered nothing."
        )
        raise Invalid(words, "comparison")
    if follow_up_on is None or not WITHOUT_OFFER & compared:
        return
    due = due_on(plan.primary.wave, drawn_from)
    if due > follow_up_on:
        words = (
            f"Drawn on {drawn_from:%-d %B %Y} at the earliest, the primary outcome falls due on"
            f" {due:%-d %B %Y} or later, but the comparison is kept from an offer only until"
            f" {follow_up_on:%-d %B %Y}. Select an earlier follow-up for the primary outcome."
        )
        raise Invalid(words, "primary_wave")


def _check_outcomes(plan: AnalysisPlan) -> None:
    primary = [each for each in plan.outcomes if each.role is Role.PRIMARY]
    if len(primary) != 1 or primary[0].code not in OUTCOMES:
        raise Invalid("Select the one outcome that decides.", "primary")
    if plan.comparison and primary[0].code not in COMPARABLE:
        words = "Only businesses with a voucher are asked this, so nothing can be compared."
        raise Invalid(words, "primary")
    if any(each.wave is Wave.BASELINE for each in plan.outcomes):
        raise Invalid("Select a follow-up, not the start.", "primary_wave")
    if any(each.code not in OUTCOMES for each in plan.outcomes):
        raise Invalid("Select outcomes from the list.", "secondary")
    pairs = [(each.code, each.wave) for each in plan.outcomes]
    if len(set(pairs)) < len(pairs):
        raise Invalid("An outcome stands there twice for one follow-up.", "secondary")


def _check_arms(
    plan: AnalysisPlan, arms: Sequence[Mapping[str, Any]], stratum: StratumBasis
) -> None:
    offered = tuple(arm["code"] for arm in arms if arm["arm"] == Arm.VOUCHER)
    others = {arm["code"] for arm in arms if arm["arm"] != Arm.VOUCHER}
    if plan.offered != offered or not set(plan.comparison) <= others:
        words = "The arms of this round’s draw are others now. Select them again."
        raise Invalid(words, "comparison")
    if not plan.comparison:
        raise Invalid("Select at least one arm to compare with.", "comparison")
    if plan.stratum_basis != stratum.value:
        words = "The list of this round’s draw is divided in another way now. Save the plan again."
        raise Invalid(words, "estimator")


def _check_estimator(plan: AnalysisPlan, stratum: StratumBasis) -> None:
    chosen = ESTIMATOR_CHOICES.get(plan.estimator)
    if chosen is None:
        raise Invalid("Select how the effect will be estimated.", "estimator")
    if plan.estimator == "stratified" and stratum is StratumBasis.NONE:
        raise Invalid("The list of this draw is not divided, so select another.", "estimator")
    if plan.estimator == "difference" and stratum is not StratumBasis.NONE:
        words = "The list of this draw is divided, and a plain difference would mix its parts: an "
        words += "offer is not equally likely in each. Select another."
        raise Invalid(words, "estimator")
    if plan.fewest_in_stratum != fewest_in_stratum(stratum):
        words = "The plan does not say what becomes of small parts of the list. Save it again."
        raise Invalid(words, "estimator")
    if not set(plan.covariates) <= set(COVARIATES):
        raise Invalid("Select covariates from the list.", "covariates")
    if plan.covariates and not chosen.covariates:
        words = "The estimator you selected makes no use of covariates. Select none, or another."
        raise Invalid(words, "covariates")
    if chosen.covariates and not plan.covariates:
        raise Invalid("Select at least one covariate for this estimator.", "covariates")
    _check_correlation(plan)


def _check_correlation(plan: AnalysisPlan) -> None:
    """A correlation takes away a part of the spread only if the estimator uses that start."""
    if not plan.assumptions.baseline_correlation:
        return
    if not ESTIMATOR_CHOICES[plan.estimator].covariates:
        words = "The estimator you selected makes no use of the start. Enter 0, or select another."
    elif plan.primary.code not in COVARIATES:
        words = "Nobody is asked about this outcome when applying, so it has no start. Enter 0."
    elif plan.primary.code not in plan.covariates:
        label = OUTCOMES[plan.primary.code].label
        words = f"Enter 0, or select “{label}” among the covariates: it is the start meant here."
    else:
        return
    raise Invalid(words, "baseline_correlation")


def _check_sizes(sizes: Assumptions, *, compared: bool) -> None:
    if sizes.places < 1:
        raise Invalid("There must be at least one place.", "places")
    if compared and sizes.demand <= sizes.places:
        words = "There must be more businesses than places, or there is nobody to compare with."
        raise Invalid(words, "demand")
    if sizes.demand < sizes.places:
        raise Invalid("There can’t be fewer businesses than places.", "demand")
    for name in ("take_up", "response"):
        if not 0 < getattr(sizes, name) <= 1:
            raise Invalid("This must be more than 0 and at most 100 per cent.", name)
    if not 0 <= sizes.baseline_correlation < 1:
        raise Invalid("The correlation must be 0 or more and below 1.", "baseline_correlation")
    if sizes.significance != SIGNIFICANCE:
        raise Invalid("Tests are at 5% for every plan now. Save the plan again.", "power")
    if sizes.voucher_pence <= 0:
        raise Invalid("A voucher must cost more than nothing.", "voucher_pence")
    fewest = min(sizes.places, sizes.demand - sizes.places) * sizes.response
    if compared and fewest < FEWEST_ANSWERS:
        words = f"Fewer than {FEWEST_ANSWERS} businesses of an arm would answer: plan for more."
        raise Invalid(words, "demand")


def _check_primary(plan: AnalysisPlan) -> None:
    """What the primary outcome's size is assumed to be, and what would matter."""
    sizes = plan.assumptions
    if not plan.comparison:
        return
    worth = sizes.worth_finding
    if worth is None or worth <= 0:
        raise Invalid("Enter the smallest effect worth finding, above nothing.", "worth_finding")
    if not OUTCOMES[plan.primary.code].is_share:
        if sizes.spread is None or not 0 < sizes.spread <= LARGEST:
            raise Invalid("Enter the standard deviation, above nothing.", "spread")
        return
    if sizes.spread is not None:
        raise Invalid("A percentage has no standard deviation of its own. Leave it out.", "spread")
    if not 0 < sizes.before < 1:
        raise Invalid("This must be above 0 and below 100 per cent.", "before")
    if sizes.before + worth >= 1:
        words = "Added to the percentage without a voucher this must stay below 100 per cent."
        raise Invalid(words, "worth_finding")
