"""Words that keep company: likeness by what the catalogue's own texts use together.

Latent semantic analysis (Deerwester et al. 1990): the matrix of words by texts is reduced to its
strongest directions; two texts without one word in common are near if their words stand beside the
same others. The directions are found when an index is built, by random projection (Halko,
Martinsson and Tropp 2011, algorithm 4.4) from a fixed start, which takes a tenth of the time of an
exact reduction; texts that come later are placed by them, until it is built again. Terms of one
text alone keep no company.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from voucher.matching.likeness.space import Space, Terms

DIRECTIONS = 80
MORE, ROUNDS = 40, 2
"""Random directions beyond those wanted, and how often they are turned towards the strongest."""
TEXTS_FOR_EACH = 3
"""As few texts as this for each direction; with fewer, fewer directions."""


@dataclass(frozen=True)
class Company:
    """The directions (terms × directions, weighed) and where each text lies by them (unit rows)."""

    terms: Any
    directions: Any
    texts: Any

    def likeness(self, query: Terms) -> Any:
        """How near each text lies to the query, from 0 (not at all, or opposite) to 1."""
        import numpy as np

        return np.maximum(self.texts @ self._place(query), 0.0)

    def with_changes(self, keep: Any, added: Sequence[Terms]) -> "Company":
        """Only the texts for which `keep` is true, with new ones placed below them."""
        import numpy as np

        texts = np.vstack([self.texts[keep], *(self._place(terms) for terms in added)])
        return Company(self.terms, self.directions, texts)

    def _place(self, text: Terms) -> Any:
        """A text by the directions, of length 1; nothing where it has no word in company."""
        import numpy as np

        numbers, counts = text
        if not len(self.terms) or not len(numbers):
            return np.zeros(self.directions.shape[1])
        places = np.minimum(np.searchsorted(self.terms, numbers), len(self.terms) - 1)
        known = self.terms[places] == numbers
        return _unit((1 + np.log(counts[known])) @ self.directions[places[known]])


def company_of(space: Space) -> Company:
    """The directions of a space's texts, and the texts by them."""
    import numpy as np
    from scipy import sparse

    shared = space.known.found_in > 1
    count = min(DIRECTIONS, space.columns.shape[0] // TEXTS_FOR_EACH, int(shared.sum()) - 1)
    if count < 1:
        nothing = np.zeros((space.columns.shape[0], 1))
        return Company(space.terms[:0], np.zeros((0, 1)), nothing)
    weights = space.weights[shared]
    weighed = space.columns[:, shared].astype(np.float64) @ sparse.diags(weights)
    found = _strongest(sparse.diags(1 / space.divisors) @ weighed, count)
    texts = _unit(weighed @ found)
    return Company(space.terms[shared], found * weights[:, None], texts)


def _strongest(matrix: Any, count: int) -> Any:
    """The `count` strongest right singular vectors of a sparse matrix, as columns."""
    import numpy as np

    wide = min(count + MORE, *matrix.shape)
    start = np.random.default_rng(1).standard_normal((matrix.shape[1], wide))
    rows, turned = matrix.tocsr(), matrix.T.tocsr()
    space, _ = np.linalg.qr(rows @ start)
    for _ in range(ROUNDS):
        space, _ = np.linalg.qr(rows @ (turned @ space))
    inward = turned @ space
    strengths, mixes = np.linalg.eigh(inward.T @ inward)
    chosen = inward @ mixes[:, ::-1][:, :count]
    return chosen / np.sqrt(np.maximum(strengths[::-1][:count], 1e-12))


def _unit(rows: Any) -> Any:
    import numpy as np

    return rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-9)
