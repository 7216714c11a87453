"""What the figures of a trial hold, in plain English, by rules alone. Pure.

An effect is said to have happened only where its whole interval lies on one side of nothing, and
then with "probably", or with "may have" where anything else speaks for care. Where the interval
holds nothing at all (0), the only thing said is that we can't tell, and what the data fit. Nothing
is ever said to be without effect: an interval that holds 0 holds other things too.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from voucher.core.money import Money
from voucher.evaluation.models import Wave
from voucher.evaluation.reports.interim import is_interim, not_yet
from voucher.evaluation.reports.measures import (
    effect_unit,
    figure,
    is_share,
    level,
    level_unit,
    scaled,
    share,
)
from voucher.evaluation.reports.trust import doubts, trust

ADOPTION = "adoption"
ARMS = ("offered", "comparison")
WEAK_FIRST_STAGE = 10
"""First-stage F below which an instrument counts as weak (Staiger and Stock 1997, Econometrica)."""
AS_FAR = "the interval goes further, but no share can"
USERS = "Of those who use a voucher because they are offered one"
WAVES = {wave.value: wave.staff_label.lower() for wave in Wave}


class Direction(StrEnum):
    """On which side of nothing an interval lies."""

    RAISED = "raised"
    LOWERED = "lowered"
    OPEN = "open"
    UNKNOWN = "unknown"


def direction(found: Mapping[str, Any] | None) -> Direction:
    """Where the interval of an effect lies; UNKNOWN without one."""
    if found is None or None in (found["estimate"], found["ci_low"], found["ci_high"]):
        return Direction.UNKNOWN
    if found["ci_low"] > 0:
        return Direction.RAISED
    return Direction.LOWERED if found["ci_high"] < 0 else Direction.OPEN


def verdict(outcome: Mapping[str, Any], design: Mapping[str, Any]) -> str:
    """What the offer of a voucher did to one outcome, in one or two sentences."""
    if is_interim(outcome):
        return not_yet(outcome)
    found = outcome["itt"]
    way = direction(found)
    if way is Direction.UNKNOWN:
        return (
            f"We can’t say whether the offer changed this. {outcome['itt_refused'] or ''}".strip()
        )
    if way is Direction.OPEN:
        return f"We can’t tell whether the offer changed this: {fits(outcome, found)}."
    reasons = doubts(outcome, design)
    verb = "may have" if reasons else "probably"
    told = f"The offer {verb} {way.value} this, by {size(outcome, found)}; {fits(outcome, found)}."
    return f"{told} Why only “may have”: {'; '.join(reasons)}." if reasons else told


def users_verdict(outcome: Mapping[str, Any], design: Mapping[str, Any]) -> str:
    """What a voucher did for those who used it because they were offered it."""
    if is_interim(outcome):
        return f"What a voucher does for those who use it: {_lowered(not_yet(outcome))}"
    found = outcome["users"]
    way = direction(found)
    if way is Direction.UNKNOWN:
        return (
            "What a voucher does for those who use it could not be estimated."
            f" {outcome['users_refused'] or ''}".rstrip()
        )
    offer = direction(outcome["itt"])
    if way is Direction.OPEN or offer is not way:
        alone = "" if way is Direction.OPEN else "taken alone, "
        return f"{USERS} we {_untold_of_users(way, offer)}: {alone}{fits(outcome, found)}."
    careful = doubts(outcome, design) or _is_weak(found)
    verb = "may have" if careful else "probably"
    told = (
        f"For those who used a voucher because they were offered one it {verb} {way.value} this,"
        f" by {size(outcome, found)}; {fits(outcome, found)}."
    )
    weak = " So few used the offer that this figure is unreliable." if _is_weak(found) else ""
    return told + weak


def _untold_of_users(users: Direction, offer: Direction) -> str:
    """Why nothing can be said of users, where the offer's own effect may be told or not.

    The effect on users is the offer's, divided by the share whom it moved: where the offer's own
    interval doesn't lie on that side, the users' shows nothing by itself.
    """
    is_told = offer in (Direction.RAISED, Direction.LOWERED)
    if users is Direction.OPEN:
        return "can’t tell, unlike of the offer itself" if is_told else "can’t tell either"
    if is_told:
        return "can’t tell, because this estimate points the other way from that of the offer"
    why = "could not be estimated" if offer is Direction.UNKNOWN else "is not clear"
    return f"can’t tell either, because it rests on the effect of the offer, which {why}"


def _is_weak(users: Mapping[str, Any]) -> bool:
    return users["first_stage_f"] is not None and users["first_stage_f"] < WEAK_FIRST_STAGE


def size(outcome: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    """How large an effect is, with its unit and without its side."""
    told = f"{figure(abs(scaled(outcome, found['estimate'])))} {effect_unit(outcome)}"
    is_beyond = within(outcome, found["estimate"]) != found["estimate"]
    return f"{told} (the estimate goes further than a share can)" if is_beyond else told


def fits(outcome: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    """The interval in words; the unit and the side are said once where both ends share them.

    An end that lies further off than a share can change is told as that far, with the reason: the
    figures keep what was worked out.
    """
    ends = [found[key] for key in ("ci_low", "ci_high")]
    cut = [within(outcome, each) for each in ends]
    low, high = (scaled(outcome, each) for each in cut)
    unit = effect_unit(outcome)
    if ends != cut and cut[0] == -cut[1]:
        return "the interval reaches further both ways than a share can change, so it says nothing"
    why = f" ({AS_FAR})" if ends != cut else ""
    if low > 0 or high < 0:
        near, far = sorted((abs(low), abs(high)))
        span = f"{figure(near)} to {figure(far)}" if near != far or not why else figure(far)
        return f"the data fit {span} {unit} {_side(low)}{why}"
    return f"the data fit anything from {_reach(low, unit)} to {_reach(high, unit)}{why}"


def within(outcome: Mapping[str, Any], value: float) -> float:
    """An effect as it was worked out, but no further than a share can change."""
    return min(max(value, -1.0), 1.0) if is_share(outcome) else value


def _reach(value: float, unit: str) -> str:
    return f"{figure(abs(value))} {unit} {_side(value)}" if value else "no change"


def _side(value: float) -> str:
    return "more" if value > 0 else "less"


def summary(findings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The structured summary: [{"heading", "sentences"}], in the order it is read."""
    outcomes, design = findings["outcomes"], findings["design"]
    primary = next((each for each in outcomes if each["role"] == "primary"), None)
    adoption = next((each for each in outcomes if each["code"] == ADOPTION), None)
    parts = [
        ("The question", _question(primary)),
        ("How we found out", _method(findings)),
        ("Who used the offer", _take_up(findings["flow"])),
        ("The main result", _main(primary, design)),
        ("Other results", _others(outcomes, design)),
        ("What it cost", [cost_sentence(findings["cost"], is_interim=is_interim(adoption))]),
        ("How far to trust it", list(trust(findings))),
    ]
    return [{"heading": heading, "sentences": told} for heading, told in parts if told]


def _question(primary: Mapping[str, Any] | None) -> list[str]:
    if primary is None:
        return ["The plan names no primary outcome that could be looked at."]
    return [
        "Does the offer of a voucher make a difference to businesses? The plan, settled before the"
        f" draw, decides it by one outcome: “{primary['label']}”, {WAVES[primary['wave']]}."
    ]


def _method(findings: Mapping[str, Any]) -> list[str]:
    offered, comparison = (findings["flow"]["allocated"][arm] for arm in ARMS)
    told = (
        "A public draw, which anybody can check, decided which businesses that qualified were"
        f" offered a voucher ({count(offered)}) and which were compared with them"
        f" ({count(comparison)}). So the two groups differ only by chance and by the offer."
    )
    arms = arms_sentence(findings.get("arms", ()))
    return [told, arms] if arms else [told]


def arms_sentence(arms: Sequence[Mapping[str, Any]]) -> str:
    """The arms that are set against each other, by their published names and with their sizes."""
    sides = [
        " and ".join(
            f"“{each['name']}” ({each['drawn']:,})" for each in arms if each["group"] == arm
        )
        for arm in ARMS
    ]
    if not all(sides):
        return ""
    return f"In the words of the draw: {sides[0]} against {sides[1]}."


def _take_up(flow: Mapping[str, Any]) -> list[str]:
    offered, received = flow["allocated"]["offered"], flow["received"]["offered"]
    if not offered or received is None:
        return []
    told = f"Of {count(offered)} offered a voucher, {count(received)} used it"
    told += f" ({share(received / offered)})."
    crossed = flow["received"]["comparison"]
    if crossed:
        told += f" {count(crossed)} of the comparison had one too, and stay counted as comparison."
    return [told]


def _main(primary: Mapping[str, Any] | None, design: Mapping[str, Any]) -> list[str]:
    if primary is None:
        return []
    if is_interim(primary):
        return [not_yet(primary)]
    return [
        f"{means_sentence(primary)} {verdict(primary, design)}".strip(),
        users_verdict(primary, design),
    ]


def means_sentence(outcome: Mapping[str, Any]) -> str:
    """The means by arm in one sentence; nothing where one is not known."""
    offered, comparison = outcome["mean_offered"], outcome["mean_comparison"]
    if offered is None or comparison is None:
        return ""
    unit = level_unit(outcome)
    return (
        f"{outcome['label']}: {level(outcome, offered)}{unit} among those offered a voucher,"
        f" {level(outcome, comparison)}{unit} in the comparison."
    )


def _others(outcomes: Sequence[Mapping[str, Any]], design: Mapping[str, Any]) -> list[str]:
    return [
        f"{each['label']}, {WAVES[each['wave']]}: {_lowered(verdict(each, design))}"
        for each in outcomes
        if each["role"] != "primary"
    ]


def _lowered(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def cost_sentence(cost: Mapping[str, Any], *, is_interim: bool = False) -> str:
    """What a voucher and an additional adopter cost, or why that can't be said.

    `is_interim`: answers on adoption can still come, so that its effect is not used yet.
    """
    each = cost["per_voucher_pence"]
    told = "" if each is None else f"A voucher that was used cost {pounds(each)} on average. "
    amounts = [cost[f"per_adopter{part}_pence"] for part in ("", "_low", "_high")]
    if is_interim:
        return f"{told}What one more adopter costs can’t be said yet."
    if None in amounts:
        return f"{told}What one more adopter costs can’t be said. {cost['why'] or ''}".strip()
    middle, low, high = (whole_pounds(amount) for amount in amounts)
    return (
        f"{told}One more business that adopts technology because of the offer cost about {middle};"
        f" the data fit {low} to {high}. The cost of running the programme is not in it."
    )


def count(number: int | None) -> str:
    """A count, "a few" where it is withheld."""
    return "a number we withhold" if number is None else f"{number:,}"


def pounds(pence: int) -> str:
    """An amount in whole pounds where it has no pence."""
    return Money(pence).formatted().removesuffix(".00")


def whole_pounds(pence: int) -> str:
    """An amount rounded to whole pounds, half a pound up: for estimates, which aren't exact."""
    return f"£{(pence + 50) // 100:,}"
