"""One simulated round in one go: plan, applicants, draw, what follows, findings."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from voucher.allocation.models import DrawResult
from voucher.allocation.operations import steps
from voucher.core.db import session
from voucher.core.errors import Invalid
from voucher.evaluation.analysis.queries import planned_set
from voucher.evaluation.models import Wave
from voucher.evaluation.plans.rules import (
    FEWEST_IN_STRATUM,
    AnalysisPlan,
    Assumptions,
    PlannedOutcome,
    Role,
    plan_sha256,
)
from voucher.evaluation.plans.sizes import plan_figures
from voucher.programmes.operations.rounds import close_round
from voucher.programmes.plans.operations import lock_plan, save_draft
from voucher.sandbox.simulation.aftermath import play_out
from voucher.sandbox.simulation.applicants import (
    LEAST_EFFECT,
    MOST_EFFECT,
    RESPONSE,
    TAKE_UP,
    WITHOUT,
    enter_applicants,
    make_applicants,
)
from voucher.sandbox.simulation.ground import (
    AWARD_PENCE,
    CLOSED_AT,
    OPENED_AT,
    SUBMITTED_AT,
    Ground,
    lay_ground,
)

PERMUTATIONS = 2_000
CUT_AFTER = timedelta(days=400)
"""After the last follow-up, at twelve months."""


@dataclass(frozen=True)
class Wish:
    """What is simulated. `effect`: of the offer on the share that adopts (0.08: 8 points)."""

    businesses: int
    places: int
    effect: float
    seed: int

    def __post_init__(self) -> None:
        if not 1 <= self.places < self.businesses:
            raise Invalid("There must be at least one place, and fewer than businesses.", "places")
        if not LEAST_EFFECT <= self.effect <= MOST_EFFECT:
            words = f"The effect must lie from {LEAST_EFFECT:.2f} to {MOST_EFFECT:.2f}."
            raise Invalid(words, "effect")

    @property
    def effect_on_users(self) -> float:
        """The effect on those who redeem, who alone are moved."""
        return self.effect / TAKE_UP


@dataclass(frozen=True)
class Simulated:
    """The round that was played, and when its data were cut."""

    round_id: int
    data_cut_at: datetime


def play_round(wish: Wish, key: bytes) -> Simulated:
    """Play a whole round into the empty tables of the current database; the caller commits.

    `key` seals the draw's secret, as in a real round, so that nobody can choose who is drawn.
    """
    ground = lay_ground(wish.businesses, wish.places)
    _lock_plan(plan_of(wish), ground)
    applicants = make_applicants(wish.businesses, wish.seed)
    enter_applicants(applicants, ground)
    drawn = _draw(ground, key)
    play_out(applicants, ground, drawn, effect_on_users=wish.effect_on_users)
    session.flush()
    session.expire_all()
    return Simulated(ground.round.id, drawn.drawn_at + CUT_AFTER)


def recovered(simulated: Simulated, wish: Wish) -> tuple[dict[str, Any], dict[str, Any]]:
    """What was put in and what was found, in short; and the whole findings."""
    from voucher.evaluation.analysis.set import findings

    rows, plan = planned_set(simulated.round_id, simulated.data_cut_at)
    found = findings(rows, plan)
    primary = found["outcomes"][0]
    names = ("estimate", "ci_low", "ci_high")
    return {
        "simulated": True,
        "businesses": wish.businesses,
        "places": wish.places,
        "seed": wish.seed,
        "put_in": {"offer": wish.effect, "users": wish.effect_on_users},
        "found": {
            "offer": {name: primary["itt"][name] for name in names},
            "users": {name: primary["users"][name] for name in names},
        },
        "offered": found["design"]["drawn"]["offered"],
        "comparison": found["design"]["drawn"]["comparison"],
        "analysed": found["flow"]["analysed"],
    }, found


def plan_of(wish: Wish) -> AnalysisPlan:
    """The plan of a simulated round: adoption at six months, adjusted as Lin (2013) does."""
    return AnalysisPlan(
        round="RND-0000-0001",
        outcomes=(
            PlannedOutcome("adoption", Wave.MONTH_6, Role.PRIMARY),
            PlannedOutcome("hours_lost_week", Wave.MONTH_6),
            PlannedOutcome("errors_in_100", Wave.MONTH_6),
            PlannedOutcome("paying", Wave.MONTH_12),
        ),
        offered=("voucher",),
        comparison=("comparison",),
        stratum_basis="size",
        estimator="lin",
        covariates=("adoption", "hours_lost_week"),
        subgroups=("size", "area"),
        assumptions=Assumptions(
            places=wish.places,
            demand=wish.businesses,
            take_up=TAKE_UP,
            response=RESPONSE,
            baseline_correlation=0.3,
            before=WITHOUT,
            spread=None,
            voucher_pence=AWARD_PENCE,
            worth_finding=abs(wish.effect_on_users) or None,
        ),
        permutations=PERMUTATIONS,
        seed=wish.seed,
        fewest_in_stratum=FEWEST_IN_STRATUM,
    )


def _lock_plan(plan: AnalysisPlan, ground: Ground) -> None:
    by, content = ground.manager.id, plan.content()
    common = {"round_": ground.round, "by": by, "at": OPENED_AT}
    save_draft(content=content, figures=plan_figures(plan), **common)
    lock_plan(sha256=plan_sha256(content), **common)


def _draw(ground: Ground, key: bytes) -> DrawResult:
    """The four steps of the real draw, and its public value."""
    round_, by = ground.round, ground.manager.id
    steps.seal(round_=round_, by=by, at=SUBMITTED_AT, key=key)
    close_round(round_=round_, by=by, at=CLOSED_AT)
    frozen_at = CLOSED_AT + timedelta(days=1)
    steps.freeze(round_=round_, by=by, at=frozen_at)
    public_on: date = frozen_at.date() + timedelta(days=2)
    value_at = frozen_at + timedelta(days=3)
    steps.enter_value(
        round_=round_,
        value=hashlib.sha256(b"simulated public value").hexdigest()[:12],
        source="Simulated source",
        became_public_on=public_on,
        by=ground.second.id,
        at=value_at,
    )
    return steps.carry_out(round_=round_, by=by, at=value_at + timedelta(hours=1), key=key)
