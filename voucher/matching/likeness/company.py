"""Words that keep company: likeness by what the catalogue's own texts use together.

Latent semantic analysis (Deerwester et al. 1990): the matrix of words by texts is reduced to its
strongest directions by scipy's `svds`; two texts without one word in common are near if their
words stand beside the same others. The directions are found when an index is built; texts that
come later are placed by them, until it is built again. Terms of one text alone keep no company.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from voucher.matching.likeness.space import Space, Terms

DIRECTIONS = 80
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
    from scipy.sparse.linalg import svds

    shared = np.diff(space.columns.indptr) > 1
    count = min(DIRECTIONS, space.columns.shape[0] // TEXTS_FOR_EACH, int(shared.sum()) - 1)
    if count < 1:
        nothing = np.zeros((space.columns.shape[0], 1))
        return Company(space.terms[:0], np.zeros((0, 1)), nothing)
    weights = space.weights[shared]
    weighed = space.columns[:, shared].astype(np.float64) @ sparse.diags(weights)
    scaled = sparse.diags(1 / space.divisors) @ weighed
    # A fixed start, so that the same texts give the same directions.
    start = np.ones(min(scaled.shape))
    _, _, found = svds(scaled, k=count, v0=start)
    texts = _unit(weighed @ found.T)
    return Company(space.terms[shared], (found * weights).T.copy(), texts)


def _unit(rows: Any) -> Any:
    import numpy as np

    return rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-9)
