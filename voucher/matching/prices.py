"""The proof of an assignment: what the last place at each offering is worth. Pure.

If every need is where it keeps most after paying for its place, no other assignment has a higher
total (linear-programming duality). All in whole numbers, so that no rounding blurs the proof.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy import ndarray

    Whole = ndarray[Any, Any]
    Real = ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Graph:
    """Useful options in seeded order: option k joins need `left[k]` and offering `right[k]`, both
    renumbered; options are sorted by need, then offering."""

    needs: int
    left: "Whole"
    right: "Whole"
    capacity: "Whole"


def shadow_prices(graph: Graph, worths: "Whole", taken: "Whole") -> "Whole | None":
    """The smallest price of a place at each offering under which everybody has the best for them.

    A need with option k keeps worths[k] − price. If each need is where it keeps most (or nowhere,
    where it could keep nothing), and offerings with room to spare cost nothing, no assignment has
    a higher total. None if there are no such prices: then this one is not the best.
    Source: complementary slackness of the assignment's linear programme; the prices are longest
    paths in its residual graph, in whole numbers, so that the proof knows no rounding.
    """
    import numpy as np

    worth_of, home_of = _homes(graph, worths, taken)
    prices = np.zeros(len(graph.capacity), dtype=np.int64)
    homeless = home_of[graph.left] < 0
    np.maximum.at(prices, graph.right[homeless], worths[homeless])
    source, target, gain = _moves(graph, worths, worth_of, home_of)
    risen = np.ones(len(prices), dtype=bool)
    for _ in range(len(prices) + 1):
        active = risen[source]
        before = prices.copy()
        np.maximum.at(prices, target[active], prices[source[active]] + gain[active])
        risen = prices > before
        if not risen.any():
            break
    loads = np.bincount(graph.right[taken], minlength=len(prices))
    kept = worths[taken] - prices[graph.right[taken]]
    proved = not (risen.any() or prices[loads < graph.capacity].any() or (kept < 0).any())
    return prices if proved and (loads <= graph.capacity).all() else None


def _homes(graph: Graph, worths: "Whole", taken: "Whole") -> tuple["Whole", "Whole"]:
    """What each need has, and where (−1: nowhere)."""
    import numpy as np

    worth_of = np.zeros(graph.needs, dtype=np.int64)
    home_of = np.full(graph.needs, -1, dtype=np.int64)
    worth_of[graph.left[taken]] = worths[taken]
    home_of[graph.left[taken]] = graph.right[taken]
    return worth_of, home_of


def _moves(
    graph: Graph, worths: "Whole", worth_of: "Whole", home_of: "Whole"
) -> tuple["Whole", "Whole", "Whole"]:
    """From one offering to another: the most that moving one need there would gain."""
    import numpy as np

    source = home_of[graph.left]
    movable = (source >= 0) & (source != graph.right)
    source, target = source[movable], graph.right[movable]
    gain = worths[movable] - worth_of[graph.left[movable]]
    pair = source * len(graph.capacity) + target
    order = np.argsort(pair)
    starts = np.flatnonzero(np.diff(pair[order], prepend=-1))
    if not len(starts):
        return source, target, gain
    first = order[starts]
    return source[first], target[first], np.maximum.reduceat(gain[order], starts)


def bound(graph: Graph, scores: "Real", worths: "Whole", prices: "Whole") -> float:
    """A total that no assignment exceeds, in scores: what all needs keep, and all priced places.

    True for any prices that are not negative; close to the total where the prices are right.
    """
    import numpy as np

    if not len(scores):
        return 0.0
    unit = float(scores.max()) / float(worths[scores.argmax()])
    price = prices * unit
    most = np.zeros(graph.needs)
    np.maximum.at(most, graph.left, scores - price[graph.right])
    return math.fsum(most.tolist()) + math.fsum((price * graph.capacity).tolist())
