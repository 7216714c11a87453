"""Problems like this one, and what was chosen and done for them. Pure.

An offering that was chosen and done for problems like the one described gets Σ likeness² ÷ √count
over those problems: the square, so that one very like it says more than several a little like it;
the root, so that an offering chosen often is not near to everything.
"""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from voucher.matching.likeness.letters import letter_runs
from voucher.matching.likeness.space import Shape, count_terms, space_of

SHAPE = Shape(slope=0.85, rarity=1.3)


class PastNeeds:
    """The texts of past problems, each with the offering that was chosen and done for it."""

    def __init__(self, done: Sequence[tuple[str, Hashable]]) -> None:
        """`done`: the text of each problem with its offering's key."""
        self.keys = [key for _, key in done]
        self._space = space_of([count_terms(letter_runs(text)) for text, _ in done], SHAPE)

    def __len__(self) -> int:
        return len(self.keys)

    def likeness(self, text: str, row_of: Mapping[Any, int], without: int | None = None) -> Any:
        """By row of an index: how like the text the problems are for which it was chosen.

        `without`: the place of one past problem that is left out, to judge the others by it.
        """
        import numpy as np

        near = self._space.likeness(count_terms(letter_runs(text))) ** 2
        rows = np.array([row_of.get(key, len(row_of)) for key in self.keys], dtype=np.int64)
        counted = np.ones(len(near))
        if without is not None:
            near[without] = counted[without] = 0.0
        sums = np.bincount(rows, near, minlength=len(row_of) + 1)[: len(row_of)]
        counts = np.bincount(rows, counted, minlength=len(row_of) + 1)[: len(row_of)]
        return sums / np.sqrt(np.maximum(counts, 1.0))
