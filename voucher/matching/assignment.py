"""Round-wide assignment: which need goes to which offering so that the total score is highest.

Pure. The solver is OR-tools' minimum-cost flow (cost scaling), which works in whole numbers, so
scores become whole numbers first: exactly where they are decimals of few digits, otherwise to the
last bit that the solver's range allows. What it answers is not taken on trust: `shadow_prices`
works out the price of each offering's last place and with it proves that no other assignment has a
higher total (linear-programming duality), or finds that one has.

No need is forced: an option that scores nothing or less is never taken, because leaving it out has
the same total and the smaller loads. Among assignments of the same total the one with the smallest
sum of squared loads is taken, and among those one that depends on the seed and not on the order of
the input.
"""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from voucher.matching.prices import Graph, bound, shadow_prices

if TYPE_CHECKING:
    from numpy import ndarray

    Whole = ndarray[Any, Any]
    Real = ndarray[Any, Any]

RANGE = 2**61
"""The solver multiplies costs by the number of nodes within 64 bits; two are left spare."""
DECIMALS = 15
COARSER = 2**6
TRIES = 6


class NoProof(Exception):
    """The solver's answer could not be proved to be the best."""


@dataclass(frozen=True, slots=True)
class Market:
    """Needs, offerings and the options between them.

    Option k lets need `need_of[k]` (a position in `needs`) go to offering `offering_of[k]` with
    `scores[k]`. `capacity[j]`: how many needs offering j can take. Scores are finite.
    """

    needs: Sequence[str]
    offerings: Sequence[str]
    need_of: "Whole"
    offering_of: "Whole"
    scores: "Real"
    capacity: "Whole"


@dataclass(frozen=True, slots=True)
class Assigned:
    """`option_of[i]`: the option that need i takes, or −1. `bound`: no assignment has a higher
    total than this. `whys`: need → why it has none, in words."""

    option_of: "Whole"
    total: float
    bound: float
    whys: Mapping[int, str]


def assign(market: Market, *, seed: str = "") -> Assigned:
    """The assignment with the highest total score within the capacities.

    Raises NoProof if its optimality cannot be shown (then nothing is to be relied on).
    """
    import numpy as np

    graph, useful = _seeded_graph(market, seed)
    taken, worths, prices = _best(graph, market.scores[useful])
    option_of = np.full(len(market.needs), -1, dtype=np.int64)
    option_of[market.need_of[useful[taken]]] = useful[taken]
    total = math.fsum(market.scores[useful[taken]].tolist())
    limit = bound(graph, market.scores[useful], worths, prices)
    return Assigned(option_of, total, limit, _whys(market, option_of, useful))


def _seeded_graph(market: Market, seed: str) -> tuple[Graph, "Whole"]:
    """The options that can raise a total, and which of the market's options they are."""
    import numpy as np

    useful = _useful_options(market)
    order_of_needs = _seeded_order(market.needs, seed, "need")
    order_of_offerings = _seeded_order(market.offerings, seed, "offering")
    left = order_of_needs[market.need_of[useful]]
    right = order_of_offerings[market.offering_of[useful]]
    useful, left, right = _best_of_repeats(useful, left, right, market.scores)
    capacity = np.empty(len(market.offerings), dtype=np.int64)
    capacity[order_of_offerings] = np.clip(market.capacity, 0, len(market.needs))
    return Graph(len(market.needs), left, right, capacity), useful


def _useful_options(market: Market) -> "Whole":
    import numpy as np

    return np.flatnonzero((market.scores > 0) & (market.capacity[market.offering_of] > 0))


def _seeded_order(names: Sequence[str], seed: str, kind: str) -> "Whole":
    """Each name's place in an order that seed and names give, whatever order they came in."""
    import numpy as np

    key = f"{kind}\n{seed}\n".encode("utf-8", "surrogatepass")
    digests = [
        hashlib.sha256(key + name.encode("utf-8", "surrogatepass")).digest() for name in names
    ]
    places = np.empty(len(names), dtype=np.int64)
    places[sorted(range(len(names)), key=digests.__getitem__)] = np.arange(len(names))
    return places


def _best_of_repeats(
    useful: "Whole", left: "Whole", right: "Whole", scores: "Real"
) -> tuple["Whole", "Whole", "Whole"]:
    """Sorted by need and offering; of an option that stands twice the one that scores more."""
    import numpy as np

    pair = left * (int(right.max(initial=0)) + 1) + right
    order = np.argsort(pair)
    if (np.diff(pair[order]) == 0).any():
        order = np.lexsort((-scores[useful], pair))
    useful, left, right = useful[order], left[order], right[order]
    first = np.ones(len(useful), dtype=bool)
    first[1:] = (left[1:] != left[:-1]) | (right[1:] != right[:-1])
    return useful[first], left[first], right[first]


def _best(graph: Graph, scores: "Real") -> tuple["Whole", "Whole", "Whole"]:
    """Positions of the options taken, the whole-number worths used, and the prices that prove it.

    Tried with ever coarser worths until solver and proof stay within 64 bits. Loads are evened out
    in the same flow where the worths leave room for it, and in a second one otherwise.
    """
    limit = RANGE // (graph.needs + len(graph.capacity) + 2)
    for _ in range(TRIES):
        worths = whole_worths(scores, limit)
        at_once = _even_at_once(graph, worths, limit)
        taken = _solve(graph, worths, even=at_once)
        prices = None if taken is None else shadow_prices(graph, worths, taken)
        if taken is not None and prices is not None:
            if not at_once:
                taken = _with_smallest_loads(graph, worths, prices, taken)
            return taken, worths, prices
        limit //= COARSER
    raise NoProof("The best assignment could not be proved to be the best.")


def _even_at_once(graph: Graph, worths: "Whole", limit: int) -> bool:
    """Whether worths can be told apart from the steps of the squared loads in one flow."""
    places = _places(graph, graph.right)
    largest = int(worths.max(initial=0)) * (2 * int(places.max(initial=0)) + 2)
    return largest <= limit and int(places.sum()) <= 4 * graph.needs


def _places(graph: Graph, right: "Whole") -> "Whole":
    """How many needs each offering can take of those whose options are `right`."""
    import numpy as np

    wanted = np.bincount(right, minlength=len(graph.capacity))
    return cast("Whole", np.minimum(graph.capacity, wanted))


def _steps(places: "Whole") -> tuple["Whole", "Whole"]:
    """A line for each place: its offering, and what it adds to the squared load (1, 3, 5, …)."""
    import numpy as np

    offering = np.repeat(np.arange(len(places)), places)
    starts = np.repeat(np.cumsum(places) - places, places)
    return offering, 2 * (np.arange(len(offering)) - starts) + 1


def whole_worths(scores: "Real", limit: int) -> "Whole":
    """Positive scores as whole numbers from 1 to `limit`, in proportion.

    Decimals of few digits keep their exact proportions, so that sums which are equal on paper are
    equal here; other scores are rounded to the nearest multiple of a power of two.
    """
    import numpy as np

    if not len(scores):
        return np.empty(0, dtype=np.int64)
    largest = float(scores.max())
    for digits in range(DECIMALS + 1):
        factor = 10.0**digits
        if largest * factor > min(limit, 2**53):
            break
        whole = np.rint(scores * factor)
        if np.array_equal(whole / factor, scores):
            return cast("Whole", whole.astype(np.int64))
    shift = math.frexp(limit)[1] - 1 - math.frexp(largest)[1]
    # In two steps: 2 to the power of the whole shift may be beyond a float.
    half = shift // 2
    whole = np.rint(np.ldexp(np.ldexp(scores, half), shift - half))
    return cast("Whole", np.maximum(whole, 1).astype(np.int64))


def _solve(graph: Graph, worths: "Whole", *, even: bool) -> "Whole | None":
    """Positions of the options taken in a best assignment, or None beyond the solver's range.

    With `even` the loads weigh in, too lightly to change the total: an exchange that gains one
    unit of worth moves one place, whose step is under 2 × the most places of an offering + 2.
    """
    import numpy as np

    needs = graph.needs
    every_need, offering = np.arange(needs), np.arange(len(graph.capacity))
    room, costs, weight = graph.capacity, 0 * offering, 1
    if even:
        places = _places(graph, graph.right)
        offering, costs = _steps(places)
        room, weight = _ones(len(offering)), 2 * int(places.max(initial=0)) + 2
    return _flow(
        needs,
        len(graph.capacity),
        tails=(graph.left, every_need, needs + offering),
        heads=(needs + graph.right, _sinks(graph, needs), _sinks(graph, len(offering))),
        room=(_ones(len(worths)), _ones(needs), room),
        costs=(-weight * worths, 0 * every_need, costs),
    )


def _sinks(graph: Graph, times: int) -> "Whole":
    import numpy as np

    return np.full(times, graph.needs + len(graph.capacity), dtype=np.int64)


def _ones(times: int) -> "Whole":
    import numpy as np

    return np.ones(times, dtype=np.int64)


def _flow(
    needs: int,
    offerings: int,
    *,
    tails: tuple["Whole", ...],
    heads: tuple["Whole", ...],
    room: tuple["Whole", ...],
    costs: tuple["Whole", ...],
) -> "Whole | None":
    """Send one unit from each need to the sink at least cost; which of the first arcs are used."""
    import numpy as np
    from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

    solver = SimpleMinCostFlow()
    solver.add_arcs_with_capacity_and_unit_cost(
        np.concatenate(tails).astype(np.int32),
        np.concatenate(heads).astype(np.int32),
        np.concatenate(room).astype(np.int64),
        np.concatenate(costs).astype(np.int64),
    )
    sink = needs + offerings
    supplies = np.zeros(sink + 1, dtype=np.int64)
    supplies[:needs], supplies[sink] = 1, -needs
    solver.set_nodes_supplies(np.arange(sink + 1, dtype=np.int32), supplies)
    if solver.solve() != solver.OPTIMAL:
        return None
    options = len(tails[0])
    flows = solver.flows(np.arange(options, dtype=np.int32))
    return cast("Whole", np.flatnonzero(flows))


def _with_smallest_loads(graph: Graph, worths: "Whole", prices: "Whole", taken: "Whole") -> "Whole":
    """Among all best assignments one whose squared loads sum to the least.

    By the prices a best assignment is one that uses only options where a need keeps most, fills
    every offering with a price, and leaves out only needs that keep nothing. Each place at the
    others costs more than the one before (1, 3, 5, …: the steps of the squares).
    """
    import numpy as np

    kept = worths - prices[graph.right]
    most = np.zeros(graph.needs, dtype=np.int64)
    np.maximum.at(most, graph.left, kept)
    tight = np.flatnonzero(kept == most[graph.left])
    if len(tight) == len(taken):
        return taken
    offering, steps = _steps(_places(graph, graph.right[tight]))
    dear = 4 * graph.needs + 8
    free = np.flatnonzero(most == 0)
    chosen = _flow(
        graph.needs,
        len(prices),
        tails=(graph.left[tight], free, graph.needs + offering),
        heads=(
            graph.needs + graph.right[tight],
            _sinks(graph, len(free)),
            _sinks(graph, len(steps)),
        ),
        room=(_ones(len(tight)), _ones(len(free)), _ones(len(steps))),
        costs=(0 * tight, 0 * free, np.where(prices[offering] > 0, steps - dear, steps)),
    )
    if chosen is None or worths[tight[chosen]].sum() != worths[taken].sum():
        raise NoProof("The loads could not be evened out without a loss.")
    return cast("Whole", tight[chosen])


NO_OPTIONS = "It has no options."
NO_GAIN = "Each of its options scores nothing or less."
NO_CAPACITY = "The offerings it could go to have no capacity."
ALL_FULL = "The offerings it could go to are full; no exchange with others would raise the total."


def _whys(market: Market, option_of: "Whole", useful: "Whole") -> dict[int, str]:
    """Why each need without an offering has none."""
    import numpy as np

    def has(options: "Whole") -> "Whole":
        return cast("Whole", np.bincount(market.need_of[options], minlength=len(market.needs)) > 0)

    every = np.arange(len(market.scores))
    reasons = np.select(
        [has(useful), has(every[market.scores > 0]), has(every)],
        [ALL_FULL, NO_CAPACITY, NO_GAIN],
        NO_OPTIONS,
    )
    return {int(need): str(reasons[need]) for need in np.flatnonzero(option_of < 0)}
