"""Pure rules of releasing payments: when a second person is needed."""

from collections import defaultdict
from collections.abc import Iterable

MOST_AT_ONCE = 200


def needs_second(payments: Iterable[tuple[int, int, int | None]]) -> bool:
    """Whether payments released together need a second person.

    Each is its round, its pence and the round's threshold. What counts is what a round's payments
    come to together, so that splitting one large release into many payments does not avoid it.
    """
    sums: dict[int, int] = defaultdict(int)
    thresholds: dict[int, int | None] = {}
    for round_id, pence, threshold in payments:
        sums[round_id] += pence
        thresholds[round_id] = threshold
    return any(
        threshold is not None and sums[round_id] >= threshold
        for round_id, threshold in thresholds.items()
    )
