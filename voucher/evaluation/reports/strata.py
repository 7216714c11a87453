"""How a trial's estimates allow for the parts its list was divided into, in sentences. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

WEIGHTED = (
    "The draw shared whole places among {count} parts of the list, so an offer was not exactly as"
    " likely in each. Means, ratios, the likeness of the groups and the difference in missing"
    " answers are those of the parts, weighted by their size, as the effect is."
)
RULE = (
    "By the plan a part in which fewer than {fewest} of a group have an answer that can be used is"
    " joined with the next, whatever was answered; each business then counts by the chance of an"
    " offer in its own part."
)
NUMBERED = "S1 is the first part in the order of their names."
"""Said only where a part is named, or nobody would know what S1 is."""
NONE_JOINED = "No part was so small."


def strata_words(found: Mapping[str, Any], waves: Mapping[str, str]) -> list[str]:
    """Paragraphs on the parts of the list: none where the estimate makes no use of any.

    `waves`: code → words of the follow-ups.
    """
    strata = found.get("strata")
    if not strata:
        return []
    said = [WEIGHTED.format(count=strata["parts"])]
    if strata["fewest"]:
        joined = _joined(found["outcomes"], waves)
        named = strata["without_lottery"] or joined != [NONE_JOINED]
        said.append(RULE.format(fewest=strata["fewest"]) + (f" {NUMBERED}" if named else ""))
        said += joined
    if strata["without_lottery"]:
        names = _and(strata["without_lottery"])
        said.append(f"In {names} the draw left a group empty: nobody there is compared.")
    return said


def _joined(outcomes: Sequence[Mapping[str, Any]], waves: Mapping[str, str]) -> list[str]:
    lots = {
        f"{each['label']}, {waves[each['wave']].lower()}": each.get("joined_strata") or []
        for each in outcomes
    }
    if not any(lots.values()):
        return [NONE_JOINED]
    if len(lots) > 1 and all(each == next(iter(lots.values())) for each in lots.values()):
        return [f"Joined for every outcome: {_lots(next(iter(lots.values())))}."]
    return [
        f"Joined for “{name}”: {_lots(each) if each else 'none'}." for name, each in lots.items()
    ]


def _lots(groups: Sequence[Sequence[str]]) -> str:
    return "; ".join(_and(group) for group in groups)


def _and(names: Sequence[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
