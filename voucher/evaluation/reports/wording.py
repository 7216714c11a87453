"""Figures and words, told apart, so that reports of another method can be compared. Pure.

What rules write from the figures (a summary, why an estimate is refused) changes when the rules do,
and every such change raises `METHOD_VERSION`: by the same method the words of a report have to be
the same, by another one only its figures have to.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from voucher.evaluation.figures import METHOD_VERSION

WRITTEN = frozenset(
    {"summary", "refusals", "cautions", "notes", "definition", "verdict", "not_rated"}
    | {"reason", "refused", "what", "why"}
    | {"label", "by_label", "unit", "question", "words"}
)
"""What holds words that rules, forms and question banks give, wherever it stands."""
REFUSED = "_refused"
DRAWN_UP = "design"
"""Where "label" is no word but the code of the design."""


def is_of_this_method(figures: Mapping[str, Any]) -> bool:
    """Whether the words of the report were written by the rules of this code."""
    return bool(figures["method"] == METHOD_VERSION)


def without_words(figures: Any, under: str = "") -> Any:
    """A copy of the figures without the words that rules wrote."""
    if isinstance(figures, Mapping):
        return {
            name: without_words(inner, name)
            for name, inner in figures.items()
            if not _is_written(name, under)
        }
    if isinstance(figures, list):
        return [without_words(each, under) for each in figures]
    return figures


def _is_written(name: str, under: str) -> bool:
    if name == "label" and under == DRAWN_UP:
        return False
    return name in WRITTEN or name.endswith(REFUSED)


def stated_only(found: Any, stated: Any) -> Any:
    """A copy of what was found without the figures that the report does not state."""
    if isinstance(found, Mapping) and isinstance(stated, Mapping):
        return {name: stated_only(found[name], stated[name]) for name in found if name in stated}
    if isinstance(found, list) and isinstance(stated, list) and len(found) == len(stated):
        return [stated_only(one, other) for one, other in zip(found, stated, strict=True)]
    return found


def not_stated(found: Any, stated: Any, where: str = "") -> Iterator[str]:
    """Where figures stand that were found and that the report does not state."""
    if isinstance(found, Mapping) and isinstance(stated, Mapping):
        for name in sorted(found):
            place = f"{where}.{name}" if where else name
            if name not in stated:
                yield place
            else:
                yield from not_stated(found[name], stated[name], place)
    elif isinstance(found, list) and isinstance(stated, list) and len(found) == len(stated):
        for number, (one, other) in enumerate(zip(found, stated, strict=True), 1):
            yield from not_stated(one, other, f"{where}[{number}]")
