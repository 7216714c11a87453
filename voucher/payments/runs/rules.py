"""Pure rules of releasing payments: when a second person is needed."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import timedelta

MOST_AT_ONCE = 200
COUNTS_FOR = timedelta(hours=24)
"""How long what an officer let go alone counts together with what they release next."""


def needs_second(
    payments: Iterable[tuple[int, int, int | None]], alone: Mapping[int, int] | None = None
) -> bool:
    """Whether payments released together need a second person.

    Each is its round, its pence and the round's threshold. What counts is what a round's payments
    come to together with `alone`, the pence of each round that the same officer let go without a
    second person in the last `COUNTS_FOR`: neither many payments nor many releases avoid it.
    """
    sums = Counter(alone or {})
    thresholds: dict[int, int | None] = {}
    for round_id, pence, threshold in payments:
        sums[round_id] += pence
        thresholds[round_id] = threshold
    return any(
        threshold is not None and sums[round_id] >= threshold
        for round_id, threshold in thresholds.items()
    )
