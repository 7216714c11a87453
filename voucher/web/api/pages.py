"""Pages of a long list: a cursor is the reference of the last record that was seen."""

from collections.abc import Mapping, Sequence
from typing import Any


def page_of(found: Sequence[Mapping[str, Any]], limit: int) -> dict[str, Any]:
    """The first `limit` of what was found, of which one more was asked for to see whether there is
    a next page."""
    shown = list(found[:limit])
    return {"items": shown, "next": shown[-1]["reference"] if len(found) > limit else None}
