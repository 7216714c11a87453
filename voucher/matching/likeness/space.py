"""One way of comparing texts: terms with weights, and how near two texts lie by them. Pure.

A term counts (1 + ln of how often it occurs) × (ln((1 + n) / (1 + in how many texts)) + 1) to the
power of `rarity`. A text's vector is divided by a length between its own and the mean one (pivoted
normalisation, Singhal, Buckley and Mitra 1996): with `slope` 1 it is the cosine; below it, a long
text is trusted a little more. Terms of more than three in ten texts tell nothing and count nothing.
The matrices are scipy's; numpy and scipy are imported late, for they cost memory and time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

COMMON_SHARE = 0.3
COMMON_AT_LEAST = 10
"""Among a handful of texts nothing is common."""

Terms = tuple[Any, Any]
"""A text's distinct terms as sorted uint64 numbers, and how often each occurs."""


def count_terms(numbers: Any) -> Terms:
    """The distinct ones among `numbers` (an array of uint64), sorted, with their counts."""
    import numpy as np

    return np.unique(numbers, return_counts=True)


@dataclass(frozen=True)
class Shape:
    """How a space weighs: the power of rarity, and how far length is held against a text."""

    slope: float
    rarity: float


class Space:
    """Texts as rows over terms. Make one with `space_of`; a change gives a new one."""

    def __init__(self, shape: Shape, terms: Any, columns: Any) -> None:
        """`terms`: the sorted numbers of the columns; `columns`: a CSC matrix of 1 + ln(count)."""
        self.shape = shape
        self.terms = terms
        self.columns = columns

    @cached_property
    def weights(self) -> Any:
        """What each term counts; nothing for the commonest."""
        import numpy as np

        texts, found_in = self.columns.shape[0], np.diff(self.columns.indptr)
        weights = (np.log((1 + texts) / (1 + found_in)) + 1) ** self.shape.rarity
        weights[found_in > max(COMMON_AT_LEAST, COMMON_SHARE * texts)] = 0.0
        return weights

    @cached_property
    def divisors(self) -> Any:
        """The pivoted length of each text, never nothing."""
        import numpy as np

        weighed = self.columns.copy()
        weighed.data = (weighed.data * np.repeat(self.weights, np.diff(weighed.indptr))) ** 2
        lengths = np.sqrt(np.asarray(weighed.sum(axis=1)).ravel())
        mean = float(lengths.mean()) if len(lengths) else 0.0
        return np.maximum((1 - self.shape.slope) * mean + self.shape.slope * lengths, 1e-9)

    def likeness(self, query: Terms) -> Any:
        """How near each text lies to the query, by row: floats from 0 up."""
        import numpy as np

        places, damped = self._telling(query)
        if not len(places):
            return np.zeros(self.columns.shape[0])
        values = damped * self.weights[places]
        values /= np.linalg.norm(values)
        # Each term's weight stands in the text's vector too.
        return _sum_columns(self.columns, places, values * self.weights[places]) / self.divisors

    def found_in(self, number: int) -> int:
        """In how many texts one term occurs."""
        import numpy as np

        place = int(np.searchsorted(self.terms, np.uint64(number)))
        if place == len(self.terms) or int(self.terms[place]) != number:
            return 0
        return int(self.columns.indptr[place + 1] - self.columns.indptr[place])

    def with_changes(self, keep: Any, added: Sequence[Terms]) -> "Space":
        """This space with only the rows for which `keep` is true, and new ones below them."""
        from scipy import sparse

        fresh = space_of(added, self.shape)
        return _joined(self.shape, self.terms, self.columns.tocsr()[keep], fresh, sparse)

    def _telling(self, query: Terms) -> tuple[Any, Any]:
        """The columns of the query's terms that count, and the terms' damped counts."""
        import numpy as np

        numbers, counts = query
        if not len(self.terms) or not len(numbers):
            return np.empty(0, dtype=np.int64), np.empty(0)
        places = np.minimum(np.searchsorted(self.terms, numbers), len(self.terms) - 1)
        telling = (self.terms[places] == numbers) & (self.weights[places] > 0)
        return places[telling], 1 + np.log(counts[telling])


def space_of(texts: Sequence[Terms], shape: Shape) -> Space:
    """The space of texts given by their terms."""
    import numpy as np
    from scipy import sparse

    numbers = [np.empty(0, dtype=np.uint64), *(found for found, _ in texts)]
    counts = [np.empty(0), *(times for _, times in texts)]
    terms, places = np.unique(np.concatenate(numbers), return_inverse=True)
    starts = np.concatenate([[0], np.cumsum([len(found) for found, _ in texts])]).astype(np.int64)
    damped = (1 + np.log(np.concatenate(counts))).astype(np.float32)
    rows = sparse.csr_matrix((damped, places, starts), shape=(len(texts), len(terms)))
    return Space(shape, terms, rows.tocsc())


def _joined(shape: Shape, terms: Any, rows: Any, fresh: Space, sparse: Any) -> Space:
    """Rows over `terms` with those of `fresh` below them, over the terms of both."""
    import numpy as np

    every = np.union1d(terms, fresh.terms)
    wide = [
        sparse.csr_matrix(
            (part.data, np.searchsorted(every, own)[part.indices], part.indptr),
            shape=(part.shape[0], len(every)),
        )
        for own, part in ((terms, rows), (fresh.terms, fresh.columns.tocsr()))
    ]
    columns = sparse.vstack(wide).tocsc()
    used = np.diff(columns.indptr) > 0
    return Space(shape, every[used], columns[:, used])


def _sum_columns(columns: Any, places: Any, values: Any) -> Any:
    """Σ value × column, touching no other column."""
    import numpy as np
    from scipy import sparse

    query = sparse.csr_matrix((values, places, [0, len(places)]), shape=(1, columns.shape[1]))
    return np.asarray((query @ columns.T).todense()).ravel()
