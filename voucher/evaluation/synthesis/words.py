"""What rounds together hold, in plain English, by rules alone, as a round's own review does. Pure.

Never more than an interval bears: nothing is said to be without effect, and an effect is told as
likely only where the whole interval lies on one side of no change (0). Of one round, or two, only
what each report says is said again.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from voucher.evaluation.reports.conclusions import Direction, direction, fits, size, within
from voucher.evaluation.reports.measures import UNKNOWN, effect, effect_unit, is_share
from voucher.evaluation.synthesis.rules import KINDS

NOTHING_YET = "We can’t tell yet: no round has an estimate of this."
SIDES = {
    Direction.RAISED: "above no change",
    Direction.LOWERED: "below no change",
    Direction.OPEN: "on both sides of no change, so it may be a rise or a fall",
}


def sentence(outcome: Mapping[str, Any], kind: str, said: str = "") -> str:
    """What the rounds together say of one outcome, with careful verbs: see `told`."""
    return " ".join(told(outcome, kind, said))


def told(
    outcome: Mapping[str, Any], kind: str, said: str = "", *, of_one_programme: bool = False
) -> list[str]:
    """The same in parts: what is said of all rounds, or why nothing is, and then of each.

    `said`: a reason not to put them together that was told before, see `shared_reason`. Rounds are
    named with their programme, but for those of one programme.
    """
    found = outcome["effects"][kind]
    pooled, studies = found["pooled"], found["studies"]
    if pooled is None:
        own = [f"{_name(each, of_one_programme)}: {each['verdict']}" for each in studies]
        if not own:
            return [NOTHING_YET if said else f"We can’t tell yet. {found['why']}"]
        return own if found["why"] == said else [found["why"], *own]
    way, rounds = direction(pooled), f"{pooled['trials']} rounds"
    if way is Direction.OPEN:
        verdict = (
            f"We can’t tell whether {KINDS[kind]} changed this on average over {rounds}:"
            f" {fits(outcome, pooled)}."
        )
    else:
        verb = "may have" if found["cautions"] else "probably"
        verdict = (
            f"On average over {rounds}, {KINDS[kind]} {verb} {way.value} this, by"
            f" {size(outcome, pooled)}; {fits(outcome, pooled)}."
        )
    return [f"{verdict} {further(outcome, pooled)}"]


def _name(study: Mapping[str, Any], of_one_programme: bool) -> str:
    return study["round"] if of_one_programme else f"{study['programme']}, {study['round']}"


def shared_reason(outcomes: Sequence[Mapping[str, Any]], kind: str = "itt") -> str:
    """Why the rounds are not put together, where that is one reason for every outcome that has an
    estimate: a page says it once, and `sentence` after it without it. Else nothing."""
    effects = [each["effects"][kind] for each in outcomes]
    reasons = {each["why"] for each in effects if each["studies"]}
    (only,) = reasons if len(reasons) == 1 else ("",)
    return only or ""


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


def is_cut(outcome: Mapping[str, Any], kind: str) -> bool:
    """Whether `interval` shows less than what was worked out, somewhere in this effect."""
    effect = outcome["effects"][kind]
    shown = [*effect["studies"], *(effect[name] for name in ("pooled", "common") if effect[name])]
    ends = [each[f"ci_{end}"] for each in shown for end in ("low", "high")]
    return any(within(outcome, end) != end for end in ends)


def interval(outcome: Mapping[str, Any], found: Mapping[str, Any] | None) -> str:
    """The 95% interval as "−1.2 to +17.1", no further than a share can change; a dash for none."""
    if found is None:
        return UNKNOWN
    low, high = (effect(outcome, within(outcome, found[f"ci_{end}"])) for end in ("low", "high"))
    return f"{low} to {high}"
