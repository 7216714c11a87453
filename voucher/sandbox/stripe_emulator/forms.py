"""Stripe's form encoding: `a[b]=1`, `a[]=x`, `a[0]=x` become nested dicts and lists.

Values stay text; what they must be is judged in parameters.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

PART = re.compile(r"\[([^\[\]]*)\]")


def split_name(name: str) -> list[str]:
    """`a[b][0]` as `["a", "b", "0"]`."""
    head, bracket, _ = name.partition("[")
    return [head, *PART.findall(name[len(head) :])] if bracket else [head]


def decode(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Nested parameters of a decoded form or query string, in order of arrival."""
    tree: dict[str, Any] = {}
    for name, value in pairs:
        place(tree, split_name(name), value)
    return {name: listed(value) for name, value in tree.items()}


def place(tree: dict[str, Any], parts: list[str], value: str) -> None:
    """Put one value at its nested place; `[]` takes the next free number."""
    for part in parts[:-1]:
        if not isinstance(tree.get(part), dict):
            tree[part] = {}
        tree = tree[part]
    tree[parts[-1] or str(len(tree))] = value


def listed(value: Any) -> Any:
    """Turn `{"0": x, "1": y}` into `[x, y]`, all the way down."""
    if not isinstance(value, dict):
        return value
    if value and list(value) == [str(number) for number in range(len(value))]:
        return [listed(item) for item in value.values()]
    return {name: listed(item) for name, item in value.items()}
