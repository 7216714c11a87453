"""What a reader could work out of a withheld count from the counts that are published. Pure.

A reader knows every published count, how counts add up, and that a withheld one is a whole number
of at least one (nothing is shown as nothing). A small count that has just one value which fits is
exposed. This is the audit of Fischetti and Salazar (2001) for tables with cells left out, asked of
each small cell by two integer programmes. scipy is imported when something has to be asked.
"""

from collections.abc import Collection, Mapping, Sequence

from voucher.evaluation.rules import SMALLEST_COUNT, Sum, withheld

LARGEST = 1_000_000
"""No count of the scheme comes near it: where a withheld count has no other limit."""


def hidden_safely(
    counts: Mapping[str, int],
    sums: Sequence[Sum],
    known: Collection[str] = (),
    *,
    kept: Collection[str] = (),
) -> frozenset[str]:
    """The keys to withhold: those of `rules.withheld`, and more until no small one is exposed.

    What more: of the counts that share a sum with an exposed one, the smallest above nothing. The
    sums must hold. With `kept` a count may stay exposed: ask `exposed`.
    """
    hidden = withheld(dict(counts), sums, known, kept=kept)
    while found := exposed(counts, sums, hidden):
        more = _beside(found, counts, sums, hidden | set(kept))
        if more is None:
            break
        hidden = withheld(dict(counts), sums, hidden | {more}, kept=kept)
    return hidden


def exposed(
    counts: Mapping[str, int], sums: Sequence[Sum], hidden: Collection[str]
) -> frozenset[str]:
    """The withheld counts from 1 to 4 that can be worked out exactly."""
    found: set[str] = set()
    for keys, lines in _groups(sums, set(hidden)):
        small = [key for key in keys if 0 < counts[key] < SMALLEST_COUNT]
        found |= {key for key in small if _is_certain(key, keys, lines, counts)}
    return frozenset(found)


def _beside(
    found: Collection[str], counts: Mapping[str, int], sums: Sequence[Sum], taken: set[str]
) -> str | None:
    """The smallest published count above nothing near an exposed one, or None."""
    tied = [key for keys, _ in _groups(sums, taken) if set(keys) & set(found) for key in keys]
    near = {
        key
        for each in sums
        for key in (each.total, *each.parts)
        if set(tied) & {each.total, *each.parts} and key not in taken and counts[key] > 0
    }
    return min(near, key=lambda key: (counts[key], key)) if near else None


def _groups(sums: Sequence[Sum], hidden: set[str]) -> list[tuple[list[str], list[Sum]]]:
    """Withheld keys that hang together through sums, each group with its sums."""
    groups: list[tuple[set[str], list[Sum]]] = []
    for each in sums:
        keys = {each.total, *each.parts} & hidden
        if not keys:
            continue
        lines = [each]
        apart = []
        for other, its in groups:
            if other & keys:
                keys |= other
                lines = [*its, *lines]
            else:
                apart.append((other, its))
        groups = [*apart, (keys, lines)]
    return [(sorted(keys), lines) for keys, lines in groups]


def _is_certain(
    key: str, keys: Sequence[str], lines: Sequence[Sum], counts: Mapping[str, int]
) -> bool:
    """Whether every solution in whole numbers of at least one gives `key` the same value."""
    import numpy as np
    from scipy.optimize import Bounds, LinearConstraint, milp

    place = {each: number for number, each in enumerate(keys)}
    matrix = np.zeros((len(lines), len(keys)))
    published = np.zeros(len(lines))
    for row, line in enumerate(lines):
        for each, sign in ((line.total, 1), *((part, -1) for part in line.parts)):
            if each in place:
                matrix[row, place[each]] += sign
            else:
                published[row] -= sign * counts[each]
    aim = np.zeros(len(keys))
    for direction in (1, -1):
        aim[place[key]] = direction
        answer = milp(
            aim,
            constraints=LinearConstraint(matrix, published, published),
            bounds=Bounds(1, LARGEST),
            integrality=np.ones(len(keys)),
        )
        if round(answer.x[place[key]]) != counts[key]:
            return False
    return True
