"""Findings of a made-up trial, in the shape that analysis gives and reports are written from."""

from copy import deepcopy
from typing import Any

DRAWN = {"offered": 150, "comparison": 150}
ANALYSED = {"offered": 120, "comparison": 110}


def effect(estimate: float, low: float, high: float, **values: Any) -> dict[str, Any]:
    """An estimate with its interval."""
    return {"estimate": estimate, "ci_low": low, "ci_high": high, **values}


def make_outcome(
    code: str = "adoption",
    itt: tuple[float, float, float] | None = (0.15, 0.03, 0.27),
    **values: Any,
) -> dict[str, Any]:
    """One outcome; `itt` is estimate and interval."""
    found: dict[str, Any] = {
        "code": code,
        "label": "Uses technology made for the problem",
        "unit": "%",
        "wave": "month_6",
        "role": "primary",
        "is_share": True,
        "mean_offered": 0.55,
        "mean_comparison": 0.4,
        "n_offered": ANALYSED["offered"],
        "n_comparison": ANALYSED["comparison"],
        "itt": None,
        "itt_refused": "Nobody answered.",
        "relative": effect(1.375, 1.05, 1.8),
        "users": effect(0.22, 0.05, 0.39, first_stage_f=250.0),
        "users_refused": None,
        "randomisation": {"p_value": 0.014, "permutations": 10000, "monte_carlo_error": 0.0012}
        | {"adjusted": True},
        "attrition": {
            "missing_offered": 30,
            "missing_comparison": 40,
            "share_missing_offered": 0.2,
            "share_missing_comparison": 0.2667,
            "difference": -0.0667,
            "ci_low": -0.162,
            "ci_high": 0.028,
            "p_value": 0.169,
        },
        "lee": {"lower": 0.08, "upper": 0.2, "trimmed_share": 0.083, "trimmed_arm": "offered"}
        | {"parts": 1, "adjusted": True},
        "lee_refused": None,
        "joined_strata": [],
        "holm": None,
        "benjamini_hochberg": None,
    }
    if itt is not None:
        more = {"estimator": "lin", "standard_error": 0.061, "df": 220.0, "p_value": 0.014}
        more["standard_error_kind"] = "HC2"
        found["itt"], found["itt_refused"] = effect(*itt, **more, **_analysed()), None
    return {**found, **values}


def _analysed() -> dict[str, Any]:
    return {**{f"n_{arm}": count for arm, count in ANALYSED.items()}, "dropped_strata": []}


def make_hours(**values: Any) -> dict[str, Any]:
    """A secondary outcome that is a mean, whose interval holds nothing at all."""
    return make_outcome(
        "hours_lost_week",
        (-0.9, -2.1, 0.3),
        **{
            "label": "Time the problem costs",
            "unit": "hours a week",
            "role": "secondary",
            "is_share": False,
            "mean_offered": 4.1,
            "mean_comparison": 5.0,
            "relative": None,
            "users": effect(-1.3, -3.1, 0.5, first_stage_f=250.0),
            "randomisation": {"p_value": 0.14, "permutations": 10000, "monte_carlo_error": 0.003},
            "lee": {"lower": -1.9, "upper": 0.2, "trimmed_share": 0.083, "trimmed_arm": "offered"},
            "holm": 0.28,
            "benjamini_hochberg": 0.21,
            **values,
        },
    )


def make_staff(**values: Any) -> dict[str, Any]:
    """A secondary outcome that could not be estimated."""
    return make_outcome(
        "staff",
        None,
        **{
            "label": "People employed",
            "unit": "full-time posts",
            "role": "secondary",
            "is_share": False,
            "mean_offered": 5.2,
            "mean_comparison": 5.1,
            "relative": None,
            "users": None,
            "users_refused": "The effect of the offer is undefined.",
            "itt_refused": "The outcome is the same for everybody.",
            "randomisation": None,
            "lee": None,
            "lee_refused": "The outcome is the same for everybody.",
            **values,
        },
    )


def make_line(code: str, label: str, unit: str, **values: Any) -> dict[str, Any]:
    """One line of the baseline."""
    return {
        "code": code,
        "label": label,
        "unit": unit,
        "is_share": unit == "%",
        "mean_offered": 0.3,
        "mean_comparison": 0.28,
        "n_offered": 150,
        "n_comparison": 150,
        "standardised": 0.04,
        "refused": None,
        **values,
    }


BASELINE = [
    make_line("adoption", "Uses technology made for the problem", "%"),
    make_line(
        "hours_lost_week",
        "Time the problem costs",
        "hours a week",
        mean_offered=9.8,
        mean_comparison=10.4,
        standardised=-0.11,
    ),
]
SUBGROUPS = [
    {
        "by": "size",
        "by_label": "How many people work there",
        "value": value,
        "label": value,
        "code": "adoption",
        "wave": "month_6",
        "n_offered": 60,
        "n_comparison": 55,
        **effect(*numbers),
        "refused": None,
        "interaction_p": 0.41,
    }
    for value, numbers in (("2 to 9", (0.19, 0.01, 0.37)), ("10 to 49", (0.1, -0.08, 0.28)))
]


def by_arm(label: str, offered: float, comparison: float) -> dict[str, Any]:
    """An indicator beside the effects, by arm."""
    means = {"offered": offered, "comparison": comparison}
    counts = {f"n_{arm}": count for arm, count in ANALYSED.items()}
    return {"label": label, "unit": "%", "wave": "month_6", **means, **counts}


def make_findings(**values: Any) -> dict[str, Any]:
    """Findings of a trial of 300 in which the offer raised adoption."""
    found = {
        "design": {
            "label": "randomised",
            "sms_level": 5,
            "not_rated": None,
            "downgrades": [],
            "notes": [],
            "departures": 0,
            "underpowered": False,
            "power_reasons": [],
            "planned_power": 0.83,
            "worth_finding": 0.24,
            "detectable": 0.16,
            "achieved_detectable": 0.165,
            "planned_n": 240,
            "drawn": dict(DRAWN),
        },
        "arms": [
            {"code": "voucher", "name": "Offered a voucher", "group": "offered", "drawn": 150},
            {"code": "later", "name": "Asked again in a year", "group": "comparison", "drawn": 150},
        ],
        "plan": {"sha256": "ab" * 32, "locked_at": "2026-05-01T09:00:00+00:00", "deviations": []},
        "draw": {
            "reference": "DRW-7K2M-9P4T",
            "list_sha256": "cd" * 32,
            "seed": "ef" * 32,
            "secret_sha256": "12" * 32,
            "public_value": "4, 11, 23, 30, 38, 47",
            "published_path": "/draws/DRW-7K2M-9P4T.json",
        },
        "flow": {
            "assessed": 372,
            "excluded": [
                {"reason": "Refused", "count": 54},
                {"reason": "Withdrawn before the draw", "count": 18},
            ],
            "allocated": dict(DRAWN),
            "received": {"offered": 104, "comparison": 0},
            "lost": {"offered": 30, "comparison": 40},
            "analysed": dict(ANALYSED),
        },
        "baseline": BASELINE,
        "outcomes": [make_outcome(), make_hours(), make_staff()],
        "subgroups": SUBGROUPS,
        "contamination": {
            "similar_support": by_arm("Had similar support elsewhere", 0.06, 0.09),
        },
        "displacement": {},
        "renewal": {"paying": by_arm("Pays for it without public support", 0.41, 0.3)},
        "cost": {
            "per_voucher_pence": 161_250,
            "vouchers": 104,
            "per_adopter_pence": 745_333,
            "per_adopter_low_pence": 414_074,
            "per_adopter_high_pence": 3_726_667,
            "why": None,
        },
        "refusals": [
            "People employed (month_6), effect of the offer: The outcome is the same for everybody."
        ],
        "round": "RND-2K4M-7T9P",
        "data_cut_at": "2027-02-01T09:00:00+00:00",
        "code": "0123456789ab",
    }
    return deepcopy({**found, **values})
