"""What is on offer, as an index: texts to compare, and a column for every fact that ranks. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from voucher.matching.likeness.index import Document, TextIndex, index_of
from voucher.matching.likeness.past import PastNeeds

ENGLISH = "en"
REMOTE = "remote"
"""The entry in an offering's `places` that says the work is done from afar, for anybody."""

Point = tuple[float, float]
"""Latitude and longitude in degrees (WGS 84)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One offering, as it changes seldom. Money in whole pence, rates in basis points.

    `places`: districts ("M1"), areas ("M"), local authorities by name, or REMOTE. `point` is where
    the provider is. `ways`: codes of the languages it is done in and of what makes it accessible.
    `stamp` is another number after every change.
    """

    offering_id: int
    provider_id: int
    title: str
    text: str
    outcome_areas: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    net_price_pence: int
    vat_rate_bps: int = 0
    capacity_per_month: int = 4
    days_to_start: int = 0
    point: Point | None = None
    ways: tuple[str, ...] = (ENGLISH,)
    stamp: int = 0


class Catalogue:
    """Offers in order, with their texts as an index and their facts as columns of numpy arrays."""

    def __init__(
        self, offers: Sequence[Offer], texts: TextIndex, built: int, past: PastNeeds | None = None
    ) -> None:
        """Use `catalogue_of`. `built`: how many offers have stood here since it was made anew."""
        self.offers = tuple(offers)
        self.texts = texts
        self.built = built
        self.past = past

    def __len__(self) -> int:
        return len(self.offers)

    @cached_property
    def ids(self) -> Any:
        """The offerings' ids, by row."""
        return self._column("offering_id")

    @cached_property
    def stamps(self) -> Any:
        """The offerings' stamps, by row."""
        return self._column("stamp")

    @cached_property
    def provider_ids(self) -> Any:
        """The providers' ids, by row."""
        return self._column("provider_id")

    @cached_property
    def net_prices(self) -> Any:
        """Net prices in pence, by row."""
        return self._column("net_price_pence")

    @cached_property
    def vat(self) -> Any:
        """VAT in pence, rounded half up, by row."""
        return (self.net_prices * self._column("vat_rate_bps") + 5_000) // 10_000

    @cached_property
    def capacities(self) -> Any:
        """How many can be done in a month, by row."""
        return self._column("capacity_per_month")

    @cached_property
    def days_to_start(self) -> Any:
        """Days until the work can start, by row."""
        return self._column("days_to_start")

    @cached_property
    def points(self) -> Any:
        """Where the providers are: rows of latitude and longitude in radians, or not a number."""
        import numpy as np

        nowhere = (np.nan, np.nan)
        found = np.array([offer.point or nowhere for offer in self.offers], dtype=float)
        return np.radians(found.reshape(-1, 2))

    def serving(self, place: str) -> Any:
        """Which rows serve a place, as booleans."""
        return self._among(self._rows_by_place, place)

    def covering(self, area: str) -> Any:
        """Which rows cover an outcome area, as booleans."""
        return self._among(self._rows_by_area, area)

    def offering_way(self, way: str) -> Any:
        """Which rows are done in a language, or offer a way of making them accessible."""
        return self._among(self._rows_by_way, way)

    def rows_of(self, offering_ids: Iterable[int]) -> Any:
        """The rows of those offerings that are here, in no order."""
        import numpy as np

        wanted = np.fromiter(offering_ids, np.int64)
        if not len(self) or not len(wanted):
            return np.empty(0, dtype=np.int64)
        order, ids = self._by_id
        places = np.minimum(np.searchsorted(ids, wanted), len(ids) - 1)
        return order[places[ids[places] == wanted]]

    @cached_property
    def _by_id(self) -> tuple[Any, Any]:
        """The rows in the order of their ids, and the ids in order."""
        import numpy as np

        order = np.argsort(self.ids, kind="stable")
        return order, self.ids[order]

    def spread(self, facts: Mapping[int, float]) -> Any:
        """Facts by offering as a column: nothing where there is none."""
        import numpy as np

        column = np.zeros(len(self))
        for offering_id, fact in facts.items():
            row = self.texts.row_of.get(offering_id)
            if row is not None:
                column[row] = fact
        return column

    def with_changes(self, changed: Iterable[Offer], removed: Iterable[int] = ()) -> "Catalogue":
        """A new catalogue with offers added or put in the place of those before, others taken out.

        The texts are weighed by what was known when the catalogue was made: after many changes
        (`drift`), make it anew.
        """
        added = list({offer.offering_id: offer for offer in changed}.values())
        gone = {offer.offering_id for offer in added} | set(removed)
        offers = [*(offer for offer in self.offers if offer.offering_id not in gone), *added]
        texts = self.texts.with_changes([_document(offer) for offer in added], gone)
        return Catalogue(offers, texts, self.built + len(gone), self.past)

    def with_past(self, past: PastNeeds | None) -> "Catalogue":
        """The same with other past needs."""
        return Catalogue(self.offers, self.texts, self.built, past)

    @property
    def drift(self) -> float:
        """The share of offers that came or went since it was made: 0 for a new one."""
        return (self.built - len(self)) / max(1, len(self))

    @cached_property
    def _rows_by_place(self) -> dict[str, Any]:
        return _rows_by(offer.places for offer in self.offers)

    @cached_property
    def _rows_by_area(self) -> dict[str, Any]:
        return _rows_by(offer.outcome_areas for offer in self.offers)

    @cached_property
    def _rows_by_way(self) -> dict[str, Any]:
        return _rows_by(offer.ways for offer in self.offers)

    def _among(self, rows_by: Mapping[str, Any], word: str) -> Any:
        import numpy as np

        found = np.zeros(len(self), dtype=bool)
        if word in rows_by:
            found[rows_by[word]] = True
        return found

    def _column(self, name: str) -> Any:
        import numpy as np

        return np.fromiter((getattr(offer, name) for offer in self.offers), np.int64, len(self))


def catalogue_of(offers: Sequence[Offer], past: PastNeeds | None = None) -> Catalogue:
    """The catalogue of `offers`. Raises ValueError for an offering handed in twice."""
    texts = index_of([_document(offer) for offer in offers])
    return Catalogue(offers, texts, len(offers), past)


def _document(offer: Offer) -> Document:
    return Document(offer.offering_id, offer.title, offer.text)


def _rows_by(words: Iterable[Sequence[str]]) -> dict[str, Any]:
    """By word: the rows that have it, as an array."""
    import numpy as np

    rows: dict[str, list[int]] = {}
    for row, found in enumerate(words):
        for word in found:
            rows.setdefault(word, []).append(row)
    return {word: np.array(found) for word, found in rows.items()}
