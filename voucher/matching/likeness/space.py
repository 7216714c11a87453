"""One way of comparing texts: terms with weights, and how near two texts lie by them. Pure.

A term counts (1 + ln of how often it occurs) × (ln((1 + n) / (1 + in how many texts)) + 1) to the
power of `rarity`. A text's vector is divided by a length between its own and the mean one (pivoted
normalisation, Singhal, Buckley and Mitra 1996): with `slope` 1 it is the cosine; below it, a long
text is trusted a little more. Terms of more than three in ten texts tell nothing and count nothing.
The matrices are scipy's; numpy and scipy are imported late, for they cost memory and time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

COMMON_SHARE = 0.3
COMMON_AT_LEAST = 10
"""Among a handful of texts nothing is common."""

Terms = tuple[Any, Any]
"""A text's distinct terms as sorted numbers without a sign, and how often each occurs."""


def count_terms(numbers: Any) -> Terms:
    """The distinct ones among `numbers` (an array), sorted, with their counts."""
    import numpy as np

    found, counts = np.unique(numbers, return_counts=True)
    return found, counts.astype(np.float32)


@dataclass(frozen=True)
class Shape:
    """How a space weighs: the power of rarity, and how far length is held against a text."""

    slope: float
    rarity: float


@dataclass(frozen=True)
class Statistics:
    """What is known of terms when a space is made: sorted numbers, in how many texts each occurs,
    what each counts; what a term counts that came later; the mean length of a text."""

    terms: Any
    found_in: Any
    weights: Any
    unheard: float
    mean: float

    def weights_of(self, numbers: Any) -> Any:
        """What each of these terms counts; nothing for the commonest."""
        import numpy as np

        if not len(self.terms):
            return np.full(len(numbers), self.unheard)
        places = np.minimum(np.searchsorted(self.terms, numbers), len(self.terms) - 1)
        return np.where(self.terms[places] == numbers, self.weights[places], self.unheard)


class Space:
    """Texts as rows over terms. Make one with `space_of`; a change gives a new one.

    A change copies no matrix: texts that went are left out of the answer, and those that came
    stand beside in a table of their own, weighed by what was known when the space was made.
    """

    def __init__(
        self, shape: Shape, known: Statistics, columns: Any, divisors: Any, kept: Any
    ) -> None:
        """`columns`: a CSC matrix of 1 + ln(count) over the known terms; `divisors`: the pivoted
        length of each row; `kept`: the rows that still count, in order."""
        self.shape = shape
        self.known = known
        self.columns = columns
        self.divisors = divisors
        self.kept = kept
        self.fresh: tuple[Terms, ...] = ()

    @property
    def terms(self) -> Any:
        """The sorted numbers of the columns."""
        return self.known.terms

    @property
    def weights(self) -> Any:
        """What each term counts."""
        return self.known.weights

    def likeness(self, query: Terms) -> Any:
        """How near each text lies to the query, by row: floats from 0 up."""
        import numpy as np

        numbers, counts = query
        values = (1 + np.log(counts)) * self._counting(numbers)
        values /= max(float(np.linalg.norm(values)), 1e-9)
        fresh = [self._fresh_likeness(text, numbers, values) for text in self.fresh]
        return np.concatenate([self._likeness(numbers, values)[self.kept], fresh])

    def found_in(self, number: int) -> int:
        """In how many texts one term occurred when the space was made."""
        import numpy as np

        place = int(np.searchsorted(self.terms, np.uint64(number)))
        if place == len(self.terms) or int(self.terms[place]) != number:
            return 0
        return int(self.known.found_in[place])

    def with_changes(self, keep: Any, added: Sequence[Terms]) -> "Space":
        """This space with only the rows for which `keep` is true, and new ones below them."""
        old = len(self.kept)
        changed = Space(self.shape, self.known, self.columns, self.divisors, self.kept[keep[:old]])
        stay = zip(self.fresh, keep[old:], strict=True)
        changed.fresh = (*(text for text, stays in stay if stays), *added)
        return changed

    def _counting(self, numbers: Any) -> Any:
        """What terms count in a query: nothing where no text has them."""
        import numpy as np

        found = _stands_in(self.terms, numbers)
        for text, _ in self.fresh:
            found |= _stands_in(text, numbers)
        return np.where(found, self.known.weights_of(numbers), 0.0)

    def _likeness(self, numbers: Any, values: Any) -> Any:
        """Of every row, kept or not: Σ value × weight × what stands in the term's column."""
        import numpy as np

        texts = self.columns.shape[0]
        if not len(self.terms) or not len(numbers):
            return np.zeros(texts)
        places = np.minimum(np.searchsorted(self.terms, numbers), len(self.terms) - 1)
        told = (self.terms[places] == numbers) & (values > 0)
        chosen = self.columns[:, places[told]]
        # Each term's weight stands in the text's vector too.
        times = np.repeat(values[told] * self.weights[places[told]], np.diff(chosen.indptr))
        sums = np.bincount(chosen.indices, chosen.data * times, minlength=texts)
        return sums / self.divisors

    def _fresh_likeness(self, text: Terms, numbers: Any, values: Any) -> float:
        import numpy as np

        own, counts = text
        vector = (1 + np.log(counts)) * self.known.weights_of(own)
        length = float(np.linalg.norm(vector))
        shared, mine, theirs = np.intersect1d(own, numbers, True, return_indices=True)
        if not len(shared):
            return 0.0
        return float(vector[mine] @ values[theirs]) / _pivoted(self.shape, length, self.known.mean)


def space_of(texts: Sequence[Terms], shape: Shape) -> Space:
    """The space of texts given by their terms."""
    import numpy as np
    from scipy import sparse

    terms = _every_term(texts)
    starts = np.concatenate([[0], np.cumsum([len(found) for found, _ in texts])]).astype(np.int64)
    damped = np.empty(starts[-1], dtype=np.float32)
    places = np.empty(starts[-1], dtype=np.int32)
    for row, (numbers, counts) in enumerate(texts):
        own = slice(starts[row], starts[row + 1])
        damped[own] = 1 + np.log(counts)
        places[own] = np.searchsorted(terms, numbers)
    rows = sparse.csr_matrix((damped, places, starts), shape=(len(texts), len(terms)))
    columns = rows.tocsc()
    found_in = np.diff(columns.indptr)
    weights = (np.log((1 + len(texts)) / (1 + found_in)) + 1) ** shape.rarity
    weights[found_in > max(COMMON_AT_LEAST, COMMON_SHARE * len(texts))] = 0.0
    rows.data **= 2
    lengths = np.sqrt(rows @ (weights**2).astype(np.float32)).astype(float)
    mean = float(lengths.mean()) if len(lengths) else 0.0
    unheard = (np.log((1 + len(texts)) / 2) + 1) ** shape.rarity if texts else 1.0
    known = Statistics(terms, found_in, weights, float(unheard), mean)
    divisors = _pivoted(shape, lengths, mean)
    return Space(shape, known, columns, divisors, np.arange(len(texts)))


def _every_term(texts: Sequence[Terms]) -> Any:
    """The different terms of all texts, sorted."""
    import numpy as np

    if not texts:
        return np.empty(0, dtype=np.uint64)
    terms = np.concatenate([found for found, _ in texts])
    terms.sort()
    first = np.ones(len(terms), dtype=bool)
    np.not_equal(terms[1:], terms[:-1], out=first[1:])
    return terms[first]


def _stands_in(terms: Any, numbers: Any) -> Any:
    """Which of `numbers` are among the sorted `terms`."""
    import numpy as np

    if not len(terms):
        return np.zeros(len(numbers), dtype=bool)
    return terms[np.minimum(np.searchsorted(terms, numbers), len(terms) - 1)] == numbers


def _pivoted(shape: Shape, length: Any, mean: float) -> Any:
    """A length between a text's own and the mean one, never nothing."""
    import numpy as np

    return np.maximum((1 - shape.slope) * mean + shape.slope * length, 1e-9)
