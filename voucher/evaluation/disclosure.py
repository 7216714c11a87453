"""What must be taken out of figures before anybody outside reads them, and the copy without it.

The rules, for a trial's findings and for a descriptive report alike:

- A count from 1 to 4 is withheld, and whatever it could be worked out from: totals, the same number
  elsewhere, the other subgroups (`exposure.hidden_safely`). How many were drawn into each arm
  stays: the draw itself is published.
- A mean, a share or an effect of fewer than five businesses in an arm is withheld.
- A share with one to four businesses on either side of it is withheld in a group of any size, for
  beside its number it is a count; that of nobody or everybody in a group of fewer than 20, where it
  would tell about each one (`rules.share_tells_of_few`). Then the effect goes too, or it would give
  the share back.
- Where only the number of answers is withheld, figures that hold it go (degrees of freedom, shares
  missing, bounds, ratios, what the trial could find, the cost of an adopter), shares are rounded to
  whole points and p-values up to one digit; a share that fits one number of answers alone even so
  is withheld.
- What the engine says in words about a withheld figure is replaced by words that tell nothing.

Pure; scipy is imported when there is something to solve.
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from voucher.evaluation.count_table import ARMS, BESIDE, CountTable, counted, name_of
from voucher.evaluation.disclosure_digits import cut_digits, is_divided, is_share
from voucher.evaluation.disclosure_words import (
    EFFECTS,
    UNTOLD,
    coarse,
    significant,
    untell_downgrades,
    untell_effects,
)
from voucher.evaluation.exposure import hidden_safely
from voucher.evaluation.figures import STEPS
from voucher.evaluation.rules import SMALLEST_COUNT, share_tells_of_few

FEW = "fewer than five businesses"
SIDE = "fewer than five businesses on one side of a share"
GIVES_AWAY = "a smaller number could be worked out from it"
WORDS = {
    FEW: "Withheld: it rests on fewer than five businesses in an arm.",
    SIDE: "Withheld: fewer than five businesses are on one side of it.",
    GIVES_AWAY: "Withheld: a number below five could be worked out from it.",
}
ANSWERS = ("n_", "missing_", "not_due_", "gone_", "itt.n_")
"""Counts of an outcome by arm: each tells how many answered, as far as the others are known."""
POINTS = 2
"""Decimals of a share where the number of answers is withheld: whole percentage points."""


@dataclass(frozen=True)
class Withheld:
    """A figure that was taken out, by where it stood, and why."""

    where: str
    why: str


@dataclass(frozen=True)
class Protected:
    """Figures as they may be published, and what was taken out of them."""

    content: dict[str, Any]
    withheld: tuple[Withheld, ...]


@dataclass(frozen=True)
class Told:
    """The counts that are told, those of them that are hidden, and whether shares are standardised
    to several parts of the list."""

    table: CountTable
    hidden: frozenset[str]
    divided: bool


def protect_findings(findings: Mapping[str, Any]) -> Protected:
    """The findings of a trial (shape of `analysis.findings`) as they may be published.

    Figures that are None stay so. Protecting what is protected changes nothing.
    """
    content = deepcopy(dict(findings))
    table = counted(content)
    kept = [f"{step}.{arm}" for step in ("design.drawn", "flow.allocated") for arm in ARMS]
    hidden = hidden_safely(table.counts, table.sums, kept=kept)
    found = _take_out(table, hidden)
    told = Told(table, hidden, is_divided(content))
    for line in content.get("baseline", []):
        found += _line(line, f"baseline.{line['code']}", "mean_", told)
    for part in BESIDE:
        for code, line in (content.get(part) or {}).items():
            found += _line(line, f"{part}.{code}", "", told)
    for outcome in content.get("outcomes", []):
        found += _outcome(content, outcome, told)
    found += _subgroups(content, table, hidden)
    found += _beside_outcomes(content, found)
    found += _cost(content, table, hidden, {each.where for each in found})
    untell_downgrades(content, {each.where for each in found})
    cut_digits(content)
    return Protected(content, tuple(found))


def _take_out(table: CountTable, hidden: frozenset[str]) -> list[Withheld]:
    found = []
    for name in sorted(hidden & set(table.places)):
        holder, field = table.places[name]
        holder[field] = None
        small = 0 < table.counts[name] < SMALLEST_COUNT
        found.append(Withheld(name, FEW if small else GIVES_AWAY))
    return found


def _line(line: dict[str, Any], name: str, prefix: str, told: Told) -> list[Withheld]:
    """Means by arm of the baseline, or of what stands beside the effects."""
    found, hidden = [], told.hidden
    for arm in ARMS:
        field = f"{prefix}{arm}"
        why = _why_not(line, name, arm, line[field], told)
        if why:
            line[field] = None
            found.append(Withheld(f"{name}.{field}", why))
        elif f"{name}.n_{arm}" in hidden and is_share(line):
            line[field] = _rounded(line[field])
    if found and "standardised" in line:
        line["standardised"], line["refused"] = None, WORDS[found[0].why]
        found.append(Withheld(f"{name}.standardised", found[0].why))
    elif any(f"{name}.n_{arm}" in hidden for arm in ARMS):
        line["standardised"] = _rounded(line.get("standardised"))
    return found


def _outcome(content: dict[str, Any], outcome: dict[str, Any], told: Told) -> list[Withheld]:
    name, hidden = f"outcomes.{name_of(outcome)}", told.hidden
    reasons = {}
    for arm in ARMS:
        why = _why_not(outcome, name, arm, outcome[f"mean_{arm}"], told)
        if why:
            reasons[f"{name}.mean_{arm}"] = why
            outcome[f"mean_{arm}"] = None
    found = [Withheld(where, why) for where, why in reasons.items()]
    if reasons or _hides_n(name, hidden):
        untell_effects(content, outcome)
    elif any(f"flow.received.{arm}" in hidden for arm in ARMS):
        untell_effects(content, outcome, ("users",))
    if reasons:
        found += _drop_effects(outcome, name, EFFECTS, next(iter(reasons.values())))
        outcome["holm"] = outcome["benjamini_hochberg"] = outcome["randomisation"] = None
    if reasons or _hides_n(name, hidden):
        found += _drop_response(outcome, name)
    if not reasons and _hides_n(name, hidden):
        found += _drop_effects(outcome, name, ("relative", "lee"), GIVES_AWAY)
        _blur(outcome)
    return found


def _why_not(
    line: Mapping[str, Any],
    name: str,
    arm: str,
    mean: float | None,
    told: Told,
) -> str | None:
    """Why the mean of an arm can't be published, or None."""
    number = told.table.counts.get(f"{name}.n_{arm}")
    if mean is None or number is None:
        return None
    if number < SMALLEST_COUNT:
        return FEW
    if not is_share(line):
        return None
    if any(share_tells_of_few(yes, number) for yes in _sides(mean, number, told.divided)):
        return SIDE
    if f"{name}.n_{arm}" in told.hidden and _fits_one(
        mean, told.table.counts[f"flow.allocated.{arm}"]
    ):
        return GIVES_AWAY
    return None


def _sides(mean: float, number: int, divided: bool) -> set[int]:
    """How many a share can be of, where it may be standardised and so not be of the number itself:
    then one more or fewer, too."""
    yes = round(mean * number)
    if not divided or mean in (0, 1):
        return {yes}
    return {min(max(0, yes + each), number) for each in (-1, 0, 1)}


def _fits_one(mean: float, allocated: int) -> bool:
    """Whether the share in whole points fits just one number of answers, one to four missing."""
    fitting = [
        number
        for number in range(max(1, allocated - SMALLEST_COUNT + 1), allocated)
        if abs(round(mean * number) / number - mean) <= 0.5 * 10**-POINTS
    ]
    return len(fitting) < 2


def _hides_n(name: str, hidden: frozenset[str]) -> bool:
    ends = [f"{part}{arm}" for part in ANSWERS for arm in ARMS]
    return any(f"{name}.{end}" in hidden for end in ends)


def _drop_effects(
    outcome: dict[str, Any], name: str, which: tuple[str, ...], why: str
) -> list[Withheld]:
    found = []
    for effect in which:
        if outcome.get(effect) is not None:
            outcome[effect], outcome[f"{effect}_refused"] = None, WORDS[why]
            found.append(Withheld(f"{name}.{effect}", why))
    return found


def _drop_response(outcome: dict[str, Any], name: str) -> list[Withheld]:
    """Take out what the number of answers could be had from."""
    found = []
    for holder, fields in (
        (outcome["attrition"], ("difference", "ci_low", "ci_high", "p_value")),
        (outcome["attrition"], tuple(f"share_missing_{arm}" for arm in ARMS)),
        (outcome["itt"] or {}, ("df",)),
        (outcome["users"] or {}, ("df", "first_stage_f")),
        (outcome["randomisation"] or {}, ("monte_carlo_error",)),
    ):
        for field in fields:
            if holder.get(field) is not None:
                holder[field] = None
                found.append(Withheld(f"{name}.{field}", GIVES_AWAY))
    return found


def _blur(outcome: dict[str, Any]) -> None:
    """Round what has digits that would tell of how many it is.

    p-values, and of a share the means and effects; of anything else the standard error, which with
    the interval would give the degrees of freedom.
    """
    for holder in (outcome["itt"], outcome["users"], outcome["randomisation"]):
        if holder is not None:
            holder["p_value"] = coarse(holder["p_value"])
    of_businesses = is_share(outcome)
    for arm in ARMS if of_businesses else ():
        outcome[f"mean_{arm}"] = _rounded(outcome[f"mean_{arm}"])
    for effect in filter(None, (outcome["itt"], outcome["users"])):
        if not of_businesses:
            effect["standard_error"] = significant(effect["standard_error"])
            continue
        for field in ("estimate", "standard_error", "ci_low", "ci_high"):
            effect[field] = _rounded(effect[field])


def _beside_outcomes(content: dict[str, Any], found: list[Withheld]) -> list[Withheld]:
    """What was made from outcomes of which something is withheld.

    The adjusted p-values hang together: each can be a multiple of another outcome's own.
    """
    gone = {each.where for each in found}
    outcomes = content.get("outcomes", [])
    touched = [each for each in outcomes if _is_touched(each, gone)]
    if any(each["role"] != "primary" for each in touched):
        for each in outcomes:
            for field in ("holm", "benjamini_hochberg"):
                each[field] = coarse(each[field])
    design = content.get("design") or {}
    primary = any(each["role"] == "primary" for each in touched)
    if not primary or design.get("achieved_detectable") is None:
        return []
    design["achieved_detectable"] = None
    return [Withheld("design.achieved_detectable", GIVES_AWAY)]


def _is_touched(outcome: Mapping[str, Any], gone: set[str]) -> bool:
    return any(where.startswith(f"outcomes.{name_of(outcome)}.") for where in gone)


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, POINTS)


def _subgroups(
    content: dict[str, Any], table: CountTable, hidden: frozenset[str]
) -> list[Withheld]:
    """Without the rows of too few, and those that would give these back."""
    found = []
    for number, row in enumerate(content.get("subgroups", [])):
        name = f"subgroups.{number}"
        numbers = [table.counts.get(f"{name}.n_{arm}") for arm in ARMS]
        few = any(each is not None and each < SMALLEST_COUNT for each in numbers)
        if not few and not any(f"{name}.n_{arm}" in hidden for arm in ARMS):
            continue
        why = FEW if few else GIVES_AWAY
        fields = ("n_offered", "n_comparison", "estimate", "ci_low", "ci_high")
        row.update(dict.fromkeys(fields), refused=WORDS[why])
        found.append(Withheld(f"{name}.estimate", why))
    return found


def _cost(
    content: dict[str, Any], table: CountTable, hidden: frozenset[str], gone: set[str]
) -> list[Withheld]:
    """Without what the number of vouchers, or an effect that is withheld, could be had from."""
    cost = content.get("cost") or {}
    found = []
    if "cost.vouchers" in hidden and cost["per_voucher_pence"] is not None:
        cost["per_voucher_pence"] = None
        small = 0 < table.counts["cost.vouchers"] < SMALLEST_COUNT
        found.append(Withheld("cost.per_voucher_pence", FEW if small else GIVES_AWAY))
    adoption = [each for each in content.get("outcomes", []) if each["code"] == "adoption"]
    lacks_effect = any(each["itt"] is None for each in adoption)
    touched = any(_is_touched(each, gone) for each in adoption)
    if (found or lacks_effect or touched) and cost.get("per_adopter_pence") is not None:
        names = ("per_adopter_pence", "per_adopter_low_pence", "per_adopter_high_pence")
        why = FEW if found or lacks_effect else GIVES_AWAY
        cost.update(dict.fromkeys(names), why=WORDS[why])
        found.append(Withheld("cost.per_adopter_pence", why))
    elif lacks_effect and touched and cost.get("why"):
        cost["why"] = UNTOLD
    return found


def protect_beside(description: Mapping[str, Any], findings: Mapping[str, Any]) -> Protected:
    """What a trial's report tells of delivery, without what its protected findings withhold.

    Where the number of vouchers used is withheld there, prices and areas would tell it here.
    """
    content = deepcopy(dict(description))
    vouchers = (findings.get("cost") or {}).get("vouchers")
    if vouchers is not None or "cost" not in findings:
        return Protected(content, ())
    found = []
    prices = content.get("prices") or {}
    if any(value is not None for value in prices.values()):
        content["prices"] = dict.fromkeys(prices)
        found.append(Withheld("prices", GIVES_AWAY))
    for part, lines in (
        ("areas.redeemed", (content.get("areas") or {}).get("redeemed", [])),
        ("providers", content.get("providers") or []),
    ):
        for line in lines:
            if line["count"] is not None:
                line["count"] = None
                found.append(Withheld(f"{part}.{line['code']}", GIVES_AWAY))
    return Protected(content, tuple(found))


def protect_descriptive(figures: Mapping[str, Any]) -> Protected:
    """The figures of a descriptive report (shape of `figures.round_figures`), checked once more.

    They come protected line by line. Here a flow's step whose lone small exit could be had from the
    steps before and after it is told without its reasons, and any count from 1 to 4 that is left
    anywhere is taken out.
    """
    content = deepcopy(dict(figures))
    found = _merge_exits(content.get("flow") or {})
    _sweep(content, (), found)
    return Protected(content, tuple(found))


def _merge_exits(flow: dict[str, Any]) -> list[Withheld]:
    """Where one exit is withheld between two published steps, withhold which exits there were."""
    found = []
    counts = flow.get("counts", {})
    exits = {step.total: step.parts[:-1] for step in STEPS}
    for step, onward in pairwise(flow.get("steps", [])):
        lost = [each for each in step["exits"] if each["count"] is None]
        if len(lost) != 1 or step["count"] is None or onward["count"] is None:
            continue
        counts.update(dict.fromkeys(exits[step["key"]]))
        step["exits"] = [{"key": "left", "label": "left here, reasons withheld", "count": None}]
        found.append(Withheld(f"flow.{lost[0]['key']}", GIVES_AWAY))
    return found


COUNTS = {"n", "count", "all", "answered", "asked", "opted_out", "silent", "missing"} | {
    "higher",
    "same",
    "lower",
}


def _sweep(value: Any, path: tuple[str, ...], found: list[Withheld]) -> None:
    """Take out any count from 1 to 4 that is still there."""
    if isinstance(value, dict):
        for key, inner in value.items():
            is_count = key in COUNTS or path[-2:] == ("flow", "counts")
            if is_count and isinstance(inner, int) and 0 < inner < SMALLEST_COUNT:
                value[key] = None
                found.append(Withheld(".".join((*path, key)), FEW))
            else:
                _sweep(inner, (*path, str(key)), found)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            _sweep(inner, (*path, str(number)), found)
