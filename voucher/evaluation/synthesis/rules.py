"""Which effects are put together, what is left out and why, and what to beware of. Pure.

An effect is that of a randomised round on one outcome at one time, as its protected findings give
it; rounds without a comparison have none. Shares are from 0 to 1.

Three rounds or more are pooled. Of two there is only the mean under one common effect, beside each
round's own verdict; one round stands for itself.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from voucher.evaluation.reports.conclusions import users_verdict, verdict
from voucher.evaluation.reports.interim import is_interim
from voucher.evaluation.synthesis.pooling import NotPoolable, common_effect, pool

KIND = "synthesis"
KINDS = {
    "itt": "the offer of a voucher",
    "users": "a voucher for those who used it because it was offered",
}
LEAST_POOLED = 3
FEW_TRIALS = 5
MUCH_DIFFERENCE = 0.75
"""I² from which effects differ considerably (Cochrane Handbook 6, section 10.10.2)."""
FULL_LEVEL = 5
NO_TRIAL = "No round has an estimate yet."
ONE_TRIAL = "Only one round has an estimate, so nothing is put together: it stands for itself."
TWO_TRIALS = (
    "Only two rounds have an estimate. From two nobody can tell how far effects differ from round"
    " to round, so no verdict is drawn from them together."
)
NO_COMPARISON = "no comparison was drawn, so it has no effect"
NOT_PLANNED = "its plan does not have this outcome"
NOT_OVER = "answers to its follow-up can still come, so nothing is concluded from it yet"
NOT_ESTIMATED = "not estimated, or withheld"
NO_PRECISION = (
    "how precise its estimate is was withheld, because too few businesses stand behind it"
)
ROUNDED_AWAY = "its standard error is nothing as published, so nobody can tell how much it weighs"
VERDICTS = {"itt": verdict, "users": users_verdict}


@dataclass(frozen=True)
class RoundFindings:
    """One round and what was found in it. `findings`: the shape of `analysis.findings`, protected.

    `report`: its reference. `settings`: what the rounds are told apart by when learning, and what
    the report tells of applications, areas and providers, see `learning.rules`.
    """

    reference: str
    round: str
    programme: str
    findings: Mapping[str, Any]
    report: str
    settings: Mapping[str, Any]

    @property
    def is_randomised(self) -> bool:
        """Whether chance decided who was offered a voucher, so that there are effects."""
        return str(self.findings["design"]["label"]) == "randomised"

    def outcome(self, code: str, wave: str) -> Mapping[str, Any] | None:
        """The figures of one outcome, or None."""
        outcomes: Sequence[Mapping[str, Any]] = self.findings["outcomes"]
        for each in outcomes:
            if (each["code"], each["wave"]) == (code, wave):
                return each
        return None


def synthesis(rounds: Sequence[RoundFindings]) -> dict[str, Any]:
    """Every outcome that any round estimated, pooled; JSON-plain.

    {"rounds": [...], "outcomes": [{"code", "label", "unit", "wave", "is_share", "effects": {kind:
    {"studies", "left_out", "pooled" or None, "common" or None, "why", "cautions"}}}]}, the
    outcome of most rounds first. The same rounds in any order give the same.
    """
    ordered = sorted(rounds, key=lambda each: (each.programme, each.round, each.reference))
    return {
        "rounds": [_told(each) for each in ordered],
        "outcomes": [_outcome(code, wave, ordered) for code, wave in _outcomes(ordered)],
    }


def _told(each: RoundFindings) -> dict[str, Any]:
    design = each.findings["design"]
    return {
        "reference": each.reference,
        "round": each.round,
        "programme": each.programme,
        "design": design["label"],
        "level": design["sms_level"],
        "underpowered": design["underpowered"],
        "drawn": dict(design["drawn"]),
        "data_cut_at": each.findings["data_cut_at"],
    }


def _outcomes(rounds: Sequence[RoundFindings]) -> list[tuple[str, str]]:
    """Codes and waves of the outcomes of randomised rounds: of most rounds first, then by name."""
    counts: dict[tuple[str, str], int] = {}
    primary: set[tuple[str, str]] = set()
    for each in rounds:
        for outcome in each.findings["outcomes"] if each.is_randomised else ():
            key = outcome["code"], outcome["wave"]
            counts[key] = counts.get(key, 0) + 1
            if outcome["role"] == "primary":
                primary.add(key)
    return sorted(counts, key=lambda key: (key not in primary, -counts[key], key))


def _outcome(code: str, wave: str, rounds: Sequence[RoundFindings]) -> dict[str, Any]:
    told = next(found for each in rounds if (found := each.outcome(code, wave)) is not None)
    return {
        "code": code,
        "label": told["label"],
        "unit": told["unit"],
        "wave": wave,
        "is_share": told["is_share"],
        "effects": {kind: _effect(kind, code, wave, rounds) for kind in KINDS},
    }


def _effect(kind: str, code: str, wave: str, rounds: Sequence[RoundFindings]) -> dict[str, Any]:
    studies, left_out = [], []
    for each in rounds:
        outcome = each.outcome(code, wave)
        why = _why_not(each, outcome, kind)
        if outcome is not None and why is None:
            studies.append(_study(each, outcome, kind))
        else:
            left_out.append({"reference": each.reference, "round": each.round, "why": why})
    return {"studies": studies, "left_out": left_out, **together(studies)}


def _why_not(each: RoundFindings, outcome: Mapping[str, Any] | None, kind: str) -> str | None:
    """Why a round's effect can't be put together with others', or None."""
    if not each.is_randomised:
        return NO_COMPARISON
    if outcome is None:
        return NOT_PLANNED
    if is_interim(outcome):
        return NOT_OVER
    found = outcome[kind]
    if found is None or not _are_numbers(found, ("estimate", "ci_low", "ci_high")):
        told = str(outcome.get(f"{kind}_refused") or NOT_ESTIMATED)
        return told[:1].lower() + told[1:].rstrip(".")
    if not _are_numbers(found, ("standard_error",)):
        return NO_PRECISION
    return None if found["standard_error"] > 0 else ROUNDED_AWAY


def _are_numbers(found: Mapping[str, Any], names: Sequence[str]) -> bool:
    return all(found[name] is not None and math.isfinite(found[name]) for name in names)


def _study(each: RoundFindings, outcome: Mapping[str, Any], kind: str) -> dict[str, Any]:
    found, design = outcome[kind], each.findings["design"]
    return {
        "reference": each.reference,
        "round": each.round,
        "programme": each.programme,
        "level": design["sms_level"],
        "underpowered": design["underpowered"],
        "role": outcome["role"],
        "n_offered": outcome["n_offered"],
        "n_comparison": outcome["n_comparison"],
        "verdict": VERDICTS[kind](outcome, design).replace("as told below", "as its report tells"),
        **{name: found[name] for name in ("estimate", "standard_error", "ci_low", "ci_high")},
    }


def together(studies: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What rounds' effects give together: "pooled" of three or more, "common" of two, else "why".

    The studies need no more than the synthesis tells of them, so that a reader can do it again.
    """
    found: dict[str, Any] = {"pooled": None, "common": None, "why": None, "cautions": []}
    if len(studies) < 2:
        return {**found, "why": ONE_TRIAL if studies else NO_TRIAL}
    columns = [[each[name] for each in studies] for name in ("estimate", "standard_error")]
    if len(studies) < LEAST_POOLED:
        return {**found, "why": TWO_TRIALS, "common": asdict(common_effect(*columns))}
    try:
        pooled = pool(*columns)
    except NotPoolable as error:
        return {**found, "why": str(error)}
    plain = asdict(pooled) | {"weights": list(pooled.weights)}
    return {**found, "pooled": plain, "cautions": _cautions(studies, plain)}


def _cautions(studies: Sequence[Mapping[str, Any]], pooled: Mapping[str, Any]) -> list[str]:
    """What to beware of when reading a pooled effect."""
    found = []
    if pooled["trials"] < FEW_TRIALS:
        found.append(
            f"Only {pooled['trials']} rounds are pooled. With so few nobody can tell well how far"
            " effects differ from round to round, and one more round may change this figure a good"
            " deal."
        )
    if pooled["i_squared"] >= MUCH_DIFFERENCE:
        found.append(
            "The rounds differ by far more than chance explains, so the average may describe none "
            "of them. Look at each round."
        )
    if any((each["level"] or 0) < FULL_LEVEL for each in studies):
        found.append(
            "At least one round lost a level of its design, or could not be rated: see its report."
        )
    if any(each["underpowered"] for each in studies):
        found.append("At least one round was too small for what it was to find.")
    if any(None in (each["n_offered"], each["n_comparison"]) for each in studies):
        found.append(
            "The figures of at least one round are rounded to protect businesses, so its weight is"
            " only about right."
        )
    if len({each["role"] for each in studies}) > 1:
        found.append(
            "It was the main outcome in some of these rounds and a secondary one in others."
        )
    return found
