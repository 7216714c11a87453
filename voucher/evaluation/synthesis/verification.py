"""Whether a synthesis agrees with itself, for `verify-report`. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from voucher.evaluation.reports.differences import first_difference
from voucher.evaluation.reports.wording import is_of_this_method, without_words
from voucher.evaluation.synthesis.rules import together


def contradictions(figures: Mapping[str, Any]) -> Iterator[str]:
    """What in a synthesis' own figures can't be true together, each in one sentence.

    What its rounds give together is worked out again from what it says of each. Raises KeyError,
    TypeError and the like where the figures are not of the shape of a synthesis'.
    """
    by_this_method = is_of_this_method(figures)
    known = {each["reference"] for each in figures["rounds"]}
    if not all(isinstance(each, str) for each in known):
        raise TypeError("a round’s reference is no text")
    for outcome in figures["outcomes"]:
        for kind, effect in outcome["effects"].items():
            name = f"{outcome['label']} ({outcome['wave']}, {kind})"
            yield from _in_effect(name, effect, known, by_this_method)


def _in_effect(
    name: str, effect: Mapping[str, Any], known: set[str], by_this_method: bool
) -> Iterator[str]:
    for each in (*effect["studies"], *effect["left_out"]):
        if each["reference"] not in known:
            yield f"{name}: {each['reference']} is not among the rounds."
    for study in effect["studies"]:
        if not study["ci_low"] <= study["estimate"] <= study["ci_high"]:
            yield f"{name}: the interval of {study['reference']} does not hold its own estimate."
    found = together(effect["studies"])
    stated = {part: effect[part] for part in found}
    if not by_this_method:
        stated, found = without_words(stated), without_words(found)
    differing = first_difference(stated, found, name)
    if differing is not None:
        yield (
            f"{differing.where}: the report says {differing.stated!r},"
            f" its own rounds give {differing.found!r}"
        )
