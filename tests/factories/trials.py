"""Analysis sets of fictional trials with a known effect, and the plans they are analysed by."""

from dataclasses import replace
from typing import Any

import numpy as np

from voucher.evaluation.analysis.rows import AnalysisSet, Facts, Row, assembled
from voucher.evaluation.indicators import OUTCOMES
from voucher.evaluation.models import Wave
from voucher.evaluation.plans.rules import (
    AnalysisPlan,
    Assumptions,
    PlannedOutcome,
    Role,
    plan_sha256,
)

SIZES = ("2 to 9", "10 to 49", "50 to 249")
AREAS = ("Selling online", "Stock and orders")
WAVES = ("month_3", "month_6", "month_12")
TAKE_UP = 0.7
DRAW = {
    "reference": "DRW-TEST",
    "list_sha256": "1" * 64,
    "seed": "2" * 64,
    "secret_sha256": "3" * 64,
    "public_value": "7, 12, 19",
    "published_path": "/draws/DRW-TEST",
}


def trial_plan(**values: Any) -> AnalysisPlan:
    """A plan with adoption at six months as its primary outcome; `values` change it."""
    plan = AnalysisPlan(
        round="RND-TEST",
        outcomes=(
            PlannedOutcome("adoption", Wave.MONTH_6, Role.PRIMARY),
            PlannedOutcome("hours_lost_week", Wave.MONTH_6),
            PlannedOutcome("errors_in_100", Wave.MONTH_6),
            PlannedOutcome("staff", Wave.MONTH_12),
        ),
        offered=("voucher",),
        comparison=("comparison",),
        stratum_basis="size",
        estimator="lin",
        covariates=("adoption", "hours_lost_week"),
        subgroups=("size", "area"),
        assumptions=Assumptions(
            places=200,
            demand=400,
            take_up=TAKE_UP,
            response=0.8,
            baseline_correlation=0.3,
            before=0.3,
            spread=None,
            voucher_pence=150_000,
        ),
        permutations=1_000,
        seed=7,
    )
    return replace(plan, **values)


def trial_facts(rows: int, **values: Any) -> Facts:
    """The facts of a fictional round of so many drawn, of whom 15 more were assessed."""
    told = {
        each.code: {"label": each.label, "unit": each.unit, "is_share": each.is_share}
        for each in OUTCOMES
    }
    facts = Facts(
        round="RND-TEST",
        data_cut_at="2027-06-01T00:00:00+00:00",
        code="0123456789ab",
        indicators=told,
        assessed=rows + 15,
        excluded=({"reason": "Refused", "count": 9}, {"reason": "Withdrawn", "count": 6}),
        draw=DRAW,
        plan={
            "sha256": plan_sha256(trial_plan().content()),
            "locked_at": "2026-05-01T09:00:00+00:00",
            "deviations": [
                {
                    "at": "2026-11-02T10:00:00+00:00",
                    "what": "The follow-up at 3 months was asked two weeks late.",
                    "why": "The post was late.",
                }
            ],
        },
    )
    return replace(facts, **values)


def simulated_set(
    n: int = 400,
    effect: float = 0.2,
    seed: int = 1,
    *,
    response: float = 0.85,
    apart: float = 0.0,
    facts: Facts | None = None,
) -> AnalysisSet:
    """A trial of `n` in halves within sizes, whose offer adds `effect` to the share that adopt.

    `effect` is that of the offer, not of its use (0.08 = 8 percentage points): of those who redeem,
    effect ÷ 0.7. The offer also saves redeemers two hours a week. `response`: the share of the
    comparison that answers; the offered answer `apart` more often.
    """
    rows = simulated_rows(n, effect, seed, response=response, apart=apart)
    return assembled(rows, facts or trial_facts(n), waves=WAVES)


def simulated_rows(n: int, effect: float, seed: int, *, response: float, apart: float) -> list[Row]:
    """The rows of `simulated_set`."""
    chance = np.random.default_rng(seed)
    sizes = chance.choice(SIZES, n, p=(0.6, 0.3, 0.1))
    places = {size: np.flatnonzero(sizes == size) for size in SIZES}
    offered = np.zeros(n, dtype=bool)
    for members in places.values():
        offered[chance.permutation(members)[: (len(members) + 1) // 2]] = True
    return [
        _row(chance, number, str(sizes[number]), bool(offered[number]), effect, response, apart)
        for number in range(n)
    ]


def _row(
    chance: np.random.Generator,
    number: int,
    size: str,
    offered: bool,
    effect: float,
    response: float,
    apart: float,
) -> Row:
    used = offered and chance.random() < TAKE_UP
    adopted = float(chance.random() < 0.25)
    hours, errors = float(chance.poisson(10)), float(chance.poisson(8))
    staff = float(chance.integers(1, 40))
    return Row(
        pseudonym=f"{number:016x}",
        arm="voucher" if offered else "comparison",
        offered=offered,
        stratum=size,
        take_up=used,
        cost_pence=int(chance.integers(100_000, 200_000)) if used else 0,
        baseline={
            "adoption": adopted,
            "hours_lost_week": hours,
            "errors_in_100": errors,
            "staff": staff,
            "confidence": float(chance.integers(1, 6)),
        },
        follow_up={
            wave: _answers(chance, used, effect / TAKE_UP, adopted, hours, errors, staff)
            for wave in WAVES
            if chance.random() < response + (apart if offered else 0.0)
        },
        subgroups={"size": size, "area": str(chance.choice(AREAS))},
    )


def _answers(
    chance: np.random.Generator,
    used: bool,
    effect_on_users: float,
    adopted: float,
    hours: float,
    errors: float,
    staff: float,
) -> dict[str, float | None]:
    share = 0.2 + 0.4 * adopted + (effect_on_users if used else 0.0)
    return {
        "adoption": float(chance.random() < min(share, 1.0)),
        "hours_lost_week": max(0.0, hours - 2 * used + chance.normal()),
        "errors_in_100": max(0.0, errors + float(chance.integers(-2, 3))),
        "staff": staff,
        "confidence": float(chance.integers(1, 6)),
        "trial": float(chance.random() < 0.8) if used else None,
        "in_use": float(chance.random() < 0.6) if used else None,
        "paying": float(chance.random() < (0.5 if used else 0.2)),
        "helpful": float(chance.integers(1, 6)),
        "similar_support": float(chance.random() < 0.1),
        "custom_won": float(chance.random() < 0.2),
        "custom_lost": float(chance.random() < 0.15),
    }
