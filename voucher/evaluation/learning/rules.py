"""What is known about each part of a programme, from published reports alone. Pure.

A part is the whole, an outcome area, a voucher value or a kind of provider. What is known is the
effect of the offer on the programme's main outcome, put together over rounds where there are
several: three or more are pooled, two are taken to have the same effect (and that is said).

- The whole: by the draw of each round.
- An outcome area: named in the application, before the draw, so the comparison within it holds; it
  is one part of several, so exploratory.
- A voucher value: the rounds that had it, each against its own comparison. Rounds of different
  values differ in more than the value, so no two of them are set against each other.
- A kind of provider: chosen after the draw, by those who had a voucher. Nobody of the comparison
  has one, so no estimate of any kind exists; how many used each kind is only described.

What a test is worth: somebody has to decide whether to go on with the part. The effect that would
make it worth while is `WORTHWHILE`; the one known is m with standard error s. Deciding by m is
wrong at times, and what is lost then, on average, is s·(φ(z) − z·Φ(−z)) with z = |m − worthwhile|/s
(the unit normal loss of Raiffa and Schlaifer 1961, Applied Statistical Decision Theory). Times the
businesses of the part, it is what certainty would be worth, in adopters. A part without any
comparison is taken to be as uncertain as can be: m the worthwhile effect, s as large.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from voucher.evaluation.reports.interim import is_interim
from voucher.evaluation.synthesis.pooling import NotPoolable, common_effect, pool
from voucher.evaluation.synthesis.rules import LEAST_POOLED, RoundFindings

WORTHWHILE = 0.10
"""Share of those offered that must adopt because of the offer, for it to be worth its money."""
FEW_BUSINESSES = 100
WIDE = 2 * WORTHWHILE
"""An interval this wide or wider can't tell a worthwhile effect from none."""
WITHHELD_COUNT = 4
REACH = 1.96
"""Half an interval of 95 % in standard errors, for subgroups that come without one: a little too
large where few were analysed, so that such a part looks less certain, never more."""
BY_CHOICE = (
    "Businesses with a voucher choose their provider after the draw, so nobody can tell what a kind"
    " of provider does from who chose which. These are numbers of vouchers and nothing more."
)
ONE_ROUND = "It rests on one round."
TWO_ROUNDS = "It rests on two rounds, taken to have the same effect."
NOT_DRAWN = "No drawn round has an estimate of it."

Main = tuple[str, str, str]


class Evidence(StrEnum):
    """How much is known of a part."""

    NONE = "none"
    THIN = "thin"
    SOME = "some"
    GOOD = "good"
    DESCRIBED = "described"


EVIDENCE_WORDS = {
    Evidence.NONE: "No comparison",
    Evidence.THIN: "Thin",
    Evidence.SOME: "Some",
    Evidence.GOOD: "Good",
    Evidence.DESCRIBED: "Described only",
}


@dataclass(frozen=True)
class Mix:
    """How many businesses the rounds had, as their published reports give it.

    `areas`: applications by outcome area they named; `values`: by voucher cap in pence;
    `providers`: vouchers used by kind of provider. None: withheld, or not told.
    """

    applications: int | None
    areas: Mapping[str, int | None]
    values: Mapping[int, int | None]
    providers: Mapping[str, int | None]


@dataclass(frozen=True)
class Part:
    """What is known of one part. Effects in shares from 0 to 1; `worth` in adopters.

    `cap_pence`: of a voucher value.
    """

    by: str
    label: str
    businesses: int | None
    rounds: int
    analysed: int | None
    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    evidence: str
    reasons: tuple[str, ...]
    worth: float
    cap_pence: int | None = None


@dataclass(frozen=True)
class Effect:
    """An effect on the main outcome, of one round or of several."""

    estimate: float
    standard_error: float
    ci_low: float
    ci_high: float
    analysed: int | None


def main_outcome(rounds: Sequence[RoundFindings]) -> Main | None:
    """Code, wave and label of the primary outcome of most drawn rounds, if it is a share."""
    counts: dict[Main, int] = {}
    for each in rounds:
        for outcome in each.findings["outcomes"] if each.is_randomised else ():
            if outcome["role"] == "primary" and outcome["is_share"]:
                key = outcome["code"], outcome["wave"], outcome["label"]
                counts[key] = counts.get(key, 0) + 1
    return min(counts, key=lambda key: (-counts[key], key)) if counts else None


def mix_of(rounds: Sequence[RoundFindings]) -> Mix:
    """The businesses of these rounds, added up from what their reports tell.

    A number that one report withholds is left out of the sum, so a sum may be too small by a few.
    """
    areas: dict[str, list[int | None]] = {}
    providers: dict[str, list[int | None]] = {}
    values: dict[int, list[int | None]] = {}
    for each in rounds:
        told = each.settings
        values.setdefault(told["value_cap_pence"], []).append(told.get("sent"))
        for counts, found in ((told.get("areas"), areas), (told.get("providers"), providers)):
            for name, count in (counts or {}).items():
                found.setdefault(name, []).append(count)
    return Mix(
        applications=_added([each.settings.get("sent") for each in rounds]),
        areas={name: _added(counts) for name, counts in areas.items()},
        values={cap: _added(counts) for cap, counts in values.items()},
        providers={name: _added(counts) for name, counts in providers.items()},
    )


def _added(counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known or not counts else None


def parts_of(rounds: Sequence[RoundFindings], mix: Mix, main: Main | None) -> list[Part]:
    """Every part of a programme with what is known of it."""
    drawn = [each for each in rounds if each.is_randomised and _is_over(each, main)]
    parts = [_part("all", "The programme as a whole", mix.applications, _whole(drawn, main))]
    for area in sorted({*mix.areas, *_labels(drawn, main)}):
        parts.append(_part("area", area, mix.areas.get(area), _subgroup(drawn, main, area)))
    for cap, count in sorted(mix.values.items()):
        same = [each for each in drawn if each.settings["value_cap_pence"] == cap]
        label = f"Vouchers of up to £{cap // 100:,}"
        parts.append(_part("value", label, count, _whole(same, main), cap_pence=cap))
    return parts + [_described(kind, count) for kind, count in sorted(mix.providers.items())]


def _is_over(each: RoundFindings, main: Main | None) -> bool:
    """Whether something can be concluded from the round on the main outcome."""
    return main is not None and not is_interim(each.outcome(main[0], main[1]))


def _labels(drawn: Sequence[RoundFindings], main: Main | None) -> set[str]:
    return {row["label"] for each in drawn for row in _rows(each, main)}


def _rows(each: RoundFindings, main: Main | None) -> list[Mapping[str, Any]]:
    """The rows of the round's subgroups by outcome area, of the main outcome."""
    return [
        row
        for row in each.findings["subgroups"]
        if main is not None and (row["by"], row["code"], row["wave"]) == ("area", *main[:2])
    ]


def _whole(drawn: Sequence[RoundFindings], main: Main | None) -> list[Effect]:
    found = []
    for each in drawn:
        outcome = each.outcome(main[0], main[1]) if main else None
        itt = outcome["itt"] if outcome is not None else None
        if outcome is not None and itt is not None and itt["standard_error"]:
            ends = itt["ci_low"], itt["ci_high"]
            found.append(Effect(itt["estimate"], itt["standard_error"], *ends, analysed(outcome)))
    return found


def _subgroup(drawn: Sequence[RoundFindings], main: Main | None, label: str) -> list[Effect]:
    found = []
    for each in drawn:
        for row in _rows(each, main):
            is_told = row["label"] == label and row["estimate"] is not None
            if is_told and row["ci_high"] > row["ci_low"]:
                error = (row["ci_high"] - row["ci_low"]) / (2 * REACH)
                ends = row["ci_low"], row["ci_high"]
                found.append(Effect(row["estimate"], error, *ends, analysed(row)))
    return found


def analysed(counts: Mapping[str, Any]) -> int | None:
    """How many of both arms are in an estimate, or None where that is withheld."""
    numbers = counts["n_offered"], counts["n_comparison"]
    return None if None in numbers else sum(numbers)


def _part(
    by: str,
    label: str,
    count: int | None,
    effects: Sequence[Effect],
    cap_pence: int | None = None,
) -> Part:
    known = _joined(effects)
    evidence, reasons = _judged(known, len(effects))
    return Part(
        by=by,
        label=label,
        businesses=count,
        rounds=len(effects),
        analysed=None if known is None else known.analysed,
        estimate=None if known is None else known.estimate,
        ci_low=None if known is None else known.ci_low,
        ci_high=None if known is None else known.ci_high,
        evidence=evidence.value,
        reasons=tuple(reasons),
        worth=worth(known, WITHHELD_COUNT if count is None else count),
        cap_pence=cap_pence,
    )


def _described(kind: str, count: int | None) -> Part:
    """A kind of provider: there is nothing to estimate, and no test by a draw of places."""
    return Part(
        by="provider",
        label=kind,
        businesses=count,
        rounds=0,
        analysed=None,
        estimate=None,
        ci_low=None,
        ci_high=None,
        evidence=Evidence.DESCRIBED.value,
        reasons=(BY_CHOICE,),
        worth=0.0,
    )


def _joined(effects: Sequence[Effect]) -> Effect | None:
    """One round's effect as it is, two under one common effect, more pooled."""
    if len(effects) < 2:
        return effects[0] if effects else None
    join = pool if len(effects) >= LEAST_POOLED else common_effect
    try:
        found = join([each.estimate for each in effects], [each.standard_error for each in effects])
    except NotPoolable:
        return None
    counts = [each.analysed for each in effects]
    return Effect(
        found.estimate,
        found.standard_error,
        found.ci_low,
        found.ci_high,
        None if None in counts else sum(each or 0 for each in counts),
    )


def _judged(known: Effect | None, rounds: int) -> tuple[Evidence, list[str]]:
    """How much is known, and what is lacking."""
    if known is None:
        return Evidence.NONE, [NOT_DRAWN]
    few = {1: [ONE_ROUND], 2: [TWO_ROUNDS]}.get(rounds, [])
    lacking = []
    if known.analysed is not None and known.analysed < FEW_BUSINESSES:
        lacking.append(f"Fewer than {FEW_BUSINESSES} businesses were analysed.")
    if known.ci_high - known.ci_low >= WIDE:
        lacking.append(_wide(known))
    if lacking:
        return Evidence.THIN, [*lacking, *few]
    return (Evidence.SOME, few) if few else (Evidence.GOOD, [])


def _wide(known: Effect) -> str:
    """What a wide interval leaves open: whether there is an effect worth having, or how large."""
    low, high = max(known.ci_low, -1.0), min(known.ci_high, 1.0)
    points = f"{100 * (high - low):.0f} percentage points"
    if low <= 0 and high >= WORTHWHILE:
        return f"The interval is too wide to tell a worthwhile effect from none: {points}."
    return f"The interval is wide, {points}, so nobody can say well how large the effect is."


def worth(known: Effect | None, businesses: int) -> float:
    """What certainty about a part would be worth, in adopters: see the module."""
    mean, spread = (WORTHWHILE, WORTHWHILE) if known is None else _believed(known)
    z = abs(mean - WORTHWHILE) / spread
    density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    return businesses * spread * (density - z * math.erfc(z / math.sqrt(2)) / 2)


def _believed(known: Effect) -> tuple[float, float]:
    """The estimate, and half its interval over 1.96: so t of few rounds counts as uncertainty."""
    return known.estimate, (known.ci_high - known.ci_low) / (2 * REACH)
