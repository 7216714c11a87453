"""What a plan may name: estimators in words, outcomes that can be compared, follow-ups. Pure data.

Nothing here loads the estimators themselves, which cost seconds: the pages only name them.
"""

from dataclasses import dataclass

from voucher.evaluation.indicators import INDICATORS, OUTCOMES_BY_CODE
from voucher.evaluation.models import Wave


@dataclass(frozen=True)
class EstimatorChoice:
    """An estimator of the effect of the offer, for people; `covariates`: whether it uses any."""

    code: str
    label: str
    hint: str
    covariates: bool


ESTIMATOR_CHOICES = {
    each.code: each
    for each in (
        EstimatorChoice(
            "stratified",
            "Difference within each part of the list, then averaged",
            "The plainest where the list is divided. No covariates.",
            False,
        ),
        EstimatorChoice(
            "difference",
            "Difference between the averages of all",
            "The plainest where the list is not divided. No covariates.",
            False,
        ),
        EstimatorChoice(
            "ancova",
            "Difference after allowing for where each business began (ANCOVA)",
            "Finds smaller effects where the start predicts the outcome.",
            True,
        ),
        EstimatorChoice(
            "lin",
            "Difference after allowing for where each business began, in each arm by itself (Lin)",
            "Safest with covariates in large rounds.",
            True,
        ),
    )
}
FOLLOW_UPS = {wave.value: wave for wave in Wave if wave is not Wave.BASELINE}
OUTCOMES = OUTCOMES_BY_CODE
COMPARABLE = tuple(code for code, each in OUTCOMES.items() if each.every_arm)
"""Outcomes of which every arm is asked: for the others there is nothing to compare with."""
COVARIATES = tuple(each.code for each in INDICATORS if each.in_baseline)
