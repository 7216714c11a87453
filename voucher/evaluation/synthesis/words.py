"""What rounds together hold, in plain English, by rules alone, as a round's own review does. Pure.

Never more than an interval bears: nothing is said to be without effect, and an effect is told as
likely only where the whole interval lies on one side of no change (0). Of one round, or two, only
what each report says is said again.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from voucher.evaluation.reports.conclusions import Direction, direction, fits, size
from voucher.evaluation.reports.measures import UNKNOWN, effect, effect_unit, is_share
from voucher.evaluation.synthesis.rules import KINDS

SIDES = {
    Direction.RAISED: "above no change",
    Direction.LOWERED: "below no change",
    Direction.OPEN: "on both sides of no change, so it may be a rise or a fall",
}


def sentence(outcome: Mapping[str, Any], kind: str) -> str:
    """What the rounds together say of one outcome, with careful verbs."""
    found = outcome["effects"][kind]
    pooled, studies = found["pooled"], found["studies"]
    if pooled is None:
        own = [f"{each['programme']}, {each['round']}: {each['verdict']}" for each in studies]
        return " ".join([found["why"], *own]) if own else f"We can’t tell yet. {found['why']}"
    way, rounds = direction(pooled), f"{pooled['trials']} rounds"
    if way is Direction.OPEN:
        told = (
            f"We can’t tell whether {KINDS[kind]} changed this on average over {rounds}:"
            f" {fits(outcome, pooled)}."
        )
    else:
        verb = "may have" if found["cautions"] else "probably"
        told = (
            f"On average over {rounds}, {KINDS[kind]} {verb} {way.value} this, by"
            f" {size(outcome, pooled)}; {fits(outcome, pooled)}."
        )
    return f"{told} {further(outcome, pooled)}"


def further(outcome: Mapping[str, Any], pooled: Mapping[str, Any]) -> str:
    """Where the true effect of a further round is expected, if that rules anything out."""
    low, high = (within(outcome, pooled[f"prediction_{side}"]) for side in ("low", "high"))
    if is_share(outcome) and (low, high) == (-1.0, 1.0):
        return "So few rounds say nothing of what a further one would bring."
    told = (
        "In a further round like these we’d expect the true effect between"
        f" {effect(outcome, low)} and {effect(outcome, high)} {effect_unit(outcome)}"
    )
    is_open = low <= 0 <= high and direction(pooled) is not Direction.OPEN
    return f"{told}, so there it may be none, or the other way round." if is_open else f"{told}."


def finding(outcome: Mapping[str, Any], kind: str) -> str:
    """What a forest plot shows, as its title."""
    found = outcome["effects"][kind]
    if found["pooled"] is not None:
        many = found["pooled"]["trials"]
        return f"The average of {many} rounds lies {SIDES[direction(found['pooled'])]}"
    ways = [direction(each) for each in found["studies"]]
    if len(ways) == 1:
        return f"The one round’s effect lies {SIDES[ways[0]]}"
    if len(ways) > 2:
        return f"{len(ways)} rounds, each by itself"
    return f"Two rounds, too few to average: {_sides(ways)}"


def _sides(ways: Sequence[Direction]) -> str:
    if len(set(ways)) == 1:
        short = SIDES[ways[0]].split(",")[0]
        return f"the effects of both lie {short}"
    return " and ".join(f"one lies {SIDES[way].split(',')[0]}" for way in ways)


def within(outcome: Mapping[str, Any], value: float) -> float:
    """The value, no further than a share can change."""
    return min(max(value, -1.0), 1.0) if is_share(outcome) else value


def interval(outcome: Mapping[str, Any], found: Mapping[str, Any] | None) -> str:
    """The 95% interval as "−1.2 to +17.1", no further than a share can change; a dash for none."""
    if found is None:
        return UNKNOWN
    low, high = (effect(outcome, within(outcome, found[f"ci_{end}"])) for end in ("low", "high"))
    return f"{low} to {high}"
