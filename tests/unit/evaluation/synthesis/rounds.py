"""Rounds with findings as their reports protect them, for tests of syntheses and of learning."""

from typing import Any

from voucher.evaluation.synthesis.rules import RoundFindings


def outcome(
    estimate: float | None = 0.1,
    standard_error: float = 0.04,
    *,
    code: str = "adoption",
    wave: str = "month_6",
    role: str = "primary",
    n: int | None = 100,
    is_share: bool = True,
) -> dict[str, Any]:
    """One outcome with the effect of the offer, and twice that on users; None: not estimated."""
    itt = users = None
    if estimate is not None:
        itt = effect(estimate, standard_error)
        users = {**effect(2 * estimate, 2 * standard_error), "first_stage_f": 90.0}
    return {
        "code": code,
        "label": {"adoption": "Uses technology made for the task"}.get(code, code.title()),
        "unit": "%" if is_share else "hours",
        "wave": wave,
        "role": role,
        "is_share": is_share,
        "mean_offered": 0.4,
        "mean_comparison": 0.3,
        "n_offered": n,
        "n_comparison": n,
        "itt": itt,
        "itt_refused": None if itt else "Withheld: it rests on fewer than five businesses.",
        "users": users,
        "users_refused": None,
        "randomisation": None,
        "attrition": {},
        "lee": None,
        "holm": 0.01,
    }


def effect(estimate: float, standard_error: float) -> dict[str, Any]:
    return {
        "estimate": estimate,
        "standard_error": standard_error,
        "df": 198.0,
        "ci_low": estimate - 1.972 * standard_error,
        "ci_high": estimate + 1.972 * standard_error,
        "p_value": 0.04,
    }


def a_round(
    number: int,
    *outcomes: dict[str, Any],
    randomised: bool = True,
    programme: str = "Northern Tasters",
    level: int | None = 5,
    underpowered: bool = False,
    subgroups: tuple[dict[str, Any], ...] = (),
    **settings: Any,
) -> RoundFindings:
    """A round by its number."""
    design = {
        "label": "randomised" if randomised else "none",
        "sms_level": level if randomised else 1,
        "underpowered": underpowered,
        "detectable": 0.12,
        "planned_n": 200,
        "drawn": {"offered": 120, "comparison": 118} if randomised else dict.fromkeys(ARMS),
    }
    return RoundFindings(
        reference=f"RND-0000-{number:04d}",
        round=f"Round {number}",
        programme=programme,
        findings={
            "design": design,
            "outcomes": list(outcomes) if randomised else [],
            "subgroups": list(subgroups),
            "data_cut_at": "2026-06-15T09:00:00+00:00",
        },
        report=f"RPT-0000-{number:04d}",
        settings={"value_cap_pence": 100_000, "share_bps": 5000, "closes_on": "2026-01-31"}
        | settings,
    )


ARMS = ("offered", "comparison")
