"""Forms of the planner. Shares are typed in per cent, effects in the outcome's own unit."""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from wtforms import SelectChoice, SelectField

from voucher.evaluation.analysis.subgroups import SUBGROUPS
from voucher.evaluation.models import Wave
from voucher.evaluation.plans.choices import (
    COMPARABLE,
    COVARIATES,
    ESTIMATOR_CHOICES,
    FOLLOW_UPS,
    OUTCOMES,
)
from voucher.evaluation.plans.rules import (
    NO_ESTIMATOR,
    AnalysisPlan,
    Assumptions,
    PlannedOutcome,
    Role,
    fewest_in_stratum,
)
from voucher.evaluation.questions import FOLLOW_UP_VERSION
from voucher.programmes.models import AllocationMethod, Arm, Round, StratumBasis
from voucher.programmes.plans.rules import LONGEST_WORDS
from voucher.programmes.rules import arms_of
from voucher.web.fields import (
    ChoiceField,
    ChoicesField,
    PoundsField,
    TypedField,
    WholeNumberField,
    subject,
)
from voucher.web.forms import Answered, AtMost, ServiceForm, TextAreaField

NUMBER = re.compile(r"(\d{1,9})(\.\d{1,4})?", re.ASCII)
MOST_BUSINESSES = 1_000_000
OF_A_DRAW = (
    "comparison",
    "estimator",
    "covariates",
    "baseline_correlation",
    "before",
    "spread",
    "worth_finding",
    "power",
)
"""Fields that only a round with somebody to compare with has."""


class NumberField(TypedField):
    """A number of up to four decimals, not below nothing; `data` is a float."""

    def __init__(self, *args: Any, maximum: float = 1_000_000_000, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.maximum = maximum

    def shown(self, value: float) -> str:
        """Without needless decimals."""
        return f"{value:.4f}".rstrip("0").rstrip(".")

    def parsed(self, text: str) -> float:
        """The number; thousands may be separated by commas, "%" may stand after it."""
        bare = text.replace(",", "").removesuffix("%").strip()
        if not NUMBER.fullmatch(bare):
            words = "a number like 12 or 0.25, with up to four decimals."
            raise ValueError(f"{subject(self)} must be {words}")
        if float(bare) > self.maximum:
            raise ValueError(f"{subject(self)} must be {self.maximum:,g} or less.")
        return float(bare)


class PercentField(NumberField):
    """A share typed in per cent, at most 100; `data` is a share from 0 to 1."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, maximum=100, **kwargs)

    def shown(self, value: float) -> str:
        """The share in per cent."""
        return super().shown(100 * value)

    def parsed(self, text: str) -> float:
        """Decimal arithmetic, so that 70 is 0.7 exactly as it would be typed."""
        return float(Decimal(str(super().parsed(text))) / 100)


def _outcome_choices(codes: Iterable[str]) -> list[SelectChoice]:
    return [SelectChoice(code, f"{OUTCOMES[code].label} ({_unit(code)})") for code in codes]


def _wave_choices() -> list[SelectChoice]:
    return [SelectChoice(code, wave.staff_label) for code, wave in FOLLOW_UPS.items()]


def _unit(code: str) -> str:
    return "percentage" if OUTCOMES[code].is_share else OUTCOMES[code].unit


class PlanForm(ServiceForm):
    """The analysis plan of a round, as an evaluator draws it up."""

    primary = SelectField(
        "The outcome that decides",
        description="One only. Adoption at six months suits most rounds: it moves within the time, "
        "and a small round can find a change in it.",
        choices=_outcome_choices(OUTCOMES),
    )
    primary_wave = ChoiceField(
        "Read from the survey",
        [Answered("Select the survey that the outcome is read from.")],
        choices=_wave_choices(),
    )
    secondary = ChoicesField(
        "Other outcomes",
        description="They are reported too, with allowance for there being several.",
        choices=_outcome_choices(OUTCOMES),
    )
    waves = ChoicesField("Read from the surveys", choices=_wave_choices())
    comparison = ChoicesField(
        "Compared with the businesses offered a voucher",
        [Answered("Select at least one arm to compare with.")],
    )
    estimator = ChoiceField(
        "How the effect is estimated",
        choices=[
            SelectChoice(each.code, each.label, {"hint": each.hint})
            for each in ESTIMATOR_CHOICES.values()
        ],
        description="Everybody counts in the arm they were drawn into, whatever they did after.",
    )
    covariates = ChoicesField(
        "What it allows for (covariates)",
        description="What each business said when it applied. Only for the last two ways.",
        choices=_outcome_choices(COVARIATES),
    )
    subgroups = ChoicesField(
        "Subgroups",
        description="Looked at for ideas only: a round is rarely large enough to tell them apart.",
        choices=[SelectChoice(each.code, each.label) for each in SUBGROUPS.values()],
    )
    places = WholeNumberField(
        "Places",
        [Answered("Enter how many places there will be.")],
        minimum=1,
        maximum=MOST_BUSINESSES,
        description="Businesses that will be offered a voucher.",
    )
    demand = WholeNumberField(
        "Businesses",
        [Answered("Enter how many businesses you expect.")],
        minimum=1,
        maximum=MOST_BUSINESSES,
        description="Eligible businesses in all arms that are compared, those with a place "
        "included.",
    )
    take_up = PercentField(
        "Will use their voucher, in per cent", [Answered("Enter how many will use their voucher.")]
    )
    response = PercentField(
        "Will answer the survey, in per cent", [Answered("Enter how many will answer.")]
    )
    before = NumberField(
        "Where the outcome will be without a voucher",
        [Answered("Enter where the outcome will be without a voucher.")],
        description="In per cent for a percentage, otherwise the average in the outcome’s unit.",
    )
    spread = NumberField(
        "How far businesses lie apart in it (standard deviation)",
        description="Only for an average: about two in three businesses lie within this of it. "
        "Leave it empty for a percentage.",
    )
    worth_finding = NumberField(
        "The smallest effect on users worth finding",
        [Answered("Enter the smallest effect worth finding.")],
        description="In percentage points for a percentage, otherwise in the outcome’s unit.",
    )
    baseline_correlation = NumberField(
        "How far the start tells the outcome, from 0 to 1 (correlation)",
        [Answered("Enter the correlation, or 0 if it is not known.")],
        maximum=1,
        description="0 if it is not known. Above 0 it counts only if the outcome that decides is "
        "among the covariates.",
    )
    voucher_pence = PoundsField(
        "What a redeemed voucher costs", [Answered("Enter what a redeemed voucher costs.")]
    )
    power = SelectField(
        "Chance wanted to find that effect (power)",
        default="0.8",
        choices=[SelectChoice("0.8", "80%"), SelectChoice("0.9", "90%")],
    )

    def offer(self, round_: Round) -> None:
        """Offer the arms of the round’s draw; without a draw, nothing that compares."""
        if round_.allocation_method is AllocationMethod.RANDOM:
            self.comparison.choices = [
                SelectChoice(arm["code"], arm["name"])
                for arm in arms_of(round_.draw_arms)
                if arm["arm"] != Arm.VOUCHER
            ]
            self.primary.choices = _outcome_choices(COMPARABLE)
            self.secondary.choices = _outcome_choices(COMPARABLE)
            return
        for name in OF_A_DRAW:
            del self[name]

    def plan(self, round_: Round) -> AnalysisPlan:
        """What was typed, as a plan of the round."""
        is_drawn = round_.allocation_method is AllocationMethod.RANDOM
        arms = arms_of(round_.draw_arms) if is_drawn else []
        return AnalysisPlan(
            round=round_.reference,
            outcomes=self._outcomes(),
            offered=tuple(arm["code"] for arm in arms if arm["arm"] == Arm.VOUCHER),
            comparison=_in_order(self.comparison, [a["code"] for a in arms]) if is_drawn else (),
            stratum_basis=(round_.draw_stratum if is_drawn else StratumBasis.NONE).value,
            estimator=(self.estimator.data or "") if is_drawn else NO_ESTIMATOR,
            covariates=_in_order(self.covariates, COVARIATES) if is_drawn else (),
            subgroups=_in_order(self.subgroups, SUBGROUPS),
            assumptions=self._assumptions(is_drawn),
            questions_version=FOLLOW_UP_VERSION,
            fewest_in_stratum=fewest_in_stratum(round_.draw_stratum) if is_drawn else 0,
        )

    def _outcomes(self) -> tuple[PlannedOutcome, ...]:
        first = PlannedOutcome(self.primary.data, FOLLOW_UPS[self.primary_wave.data], Role.PRIMARY)
        others = [
            PlannedOutcome(code, FOLLOW_UPS[wave])
            for code in _in_order(self.secondary, OUTCOMES)
            for wave in _in_order(self.waves, FOLLOW_UPS)
            if (code, wave) != (first.code, first.wave.value)
        ]
        return (first, *others)

    def _assumptions(self, is_drawn: bool) -> Assumptions:
        common = {
            name: self[name].data
            for name in ("places", "demand", "take_up", "response", "voucher_pence")
        }
        if not is_drawn:
            return Assumptions(**common, baseline_correlation=0.0, before=0.0, spread=None)
        scale = 100 if OUTCOMES[self.primary.data].is_share else 1
        return Assumptions(
            **common,
            baseline_correlation=self.baseline_correlation.data,
            before=_divided(self.before.data, scale),
            spread=self.spread.data,
            worth_finding=_divided(self.worth_finding.data, scale),
            power=float(self.power.data),
        )


class DeviationForm(ServiceForm):
    """What is done otherwise than the locked plan says."""

    what = TextAreaField(
        "What is done otherwise",
        [Answered("Say what is done otherwise."), AtMost(LONGEST_WORDS)],
        description="Name the part of the plan, and what takes its place.",
    )
    why = TextAreaField("Why", [Answered("Say why."), AtMost(LONGEST_WORDS)])


def values_of(round_: Round, content: Mapping[str, Any] | None) -> dict[str, Any]:
    """What stands in the form before anybody types: the plan drawn up, or a sensible beginning."""
    if content is None:
        return _beginning(round_)
    plan = AnalysisPlan.read(content)
    sizes = plan.assumptions
    scale = 100 if OUTCOMES[plan.primary.code].is_share else 1
    others = [each for each in plan.outcomes if each.role is Role.SECONDARY]
    return {
        "primary": plan.primary.code,
        "primary_wave": plan.primary.wave.value,
        "secondary": list(dict.fromkeys(each.code for each in others)),
        "waves": list(dict.fromkeys(each.wave.value for each in others)),
        "comparison": list(plan.comparison),
        "estimator": plan.estimator,
        "covariates": list(plan.covariates),
        "subgroups": list(plan.subgroups),
        "places": sizes.places,
        "demand": sizes.demand,
        "take_up": sizes.take_up,
        "response": sizes.response,
        "before": sizes.before * scale,
        "spread": sizes.spread,
        "worth_finding": None if sizes.worth_finding is None else sizes.worth_finding * scale,
        "baseline_correlation": sizes.baseline_correlation,
        "voucher_pence": sizes.voucher_pence,
        "power": f"{sizes.power:g}",
    }


def _beginning(round_: Round) -> dict[str, Any]:
    is_drawn = round_.allocation_method is AllocationMethod.RANDOM
    arms = arms_of(round_.draw_arms) if is_drawn else []
    places = round_.budget_pence // round_.value_cap_pence
    beginning: dict[str, Any] = {
        "primary": "adoption",
        "primary_wave": Wave.MONTH_6.value,
        "secondary": ["hours_lost_week", "paying"],
        "waves": [Wave.MONTH_6.value, Wave.MONTH_12.value],
        "comparison": [arm["code"] for arm in arms if arm["arm"] == Arm.COMPARISON],
        "estimator": "stratified" if round_.draw_stratum is not StratumBasis.NONE else "difference",
        "subgroups": ["size"],
        "baseline_correlation": 0.0,
        "places": places,
        "voucher_pence": round_.value_cap_pence,
    }
    if arms and 0 < arms[0]["share_bps"] < 10_000:
        beginning["demand"] = places * 10_000 // arms[0]["share_bps"]
    return beginning


def _in_order(field: ChoicesField, codes: Iterable[str]) -> tuple[str, ...]:
    """What was ticked, in the order of `codes`, so that the same plan is written the same."""
    chosen = set(field.data or ())
    return tuple(code for code in codes if code in chosen)


def _divided(value: float | None, scale: int) -> float:
    return float(Decimal(str(value or 0)) / scale)
