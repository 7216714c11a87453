"""The catalogue that a process keeps, brought up to date at the moment of each ranking.

What is on offer is read from the database every time: an offering that is paused, or whose provider
is suspended, is gone at once, whatever this process keeps. The texts are read again only of those
whose stamp has changed. Stamps are drawn by chance, so nothing here depends on clocks, on the order
in which transactions end, or on which database it was.

What a text weighs depends on the other texts. Up to `MADE_ANEW` offerings the index is made anew
after every change, so that all processes rank alike, whenever each was started. Beyond that it is
changed in place, and two processes may give an offering slightly different points until the changes
come to `MOST_DRIFT`.
"""

import threading
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select

from voucher.applications.models import Application
from voucher.businesses.places import place_of
from voucher.core.db import session
from voucher.matching.likeness.past import PastNeeds
from voucher.matching.ranking.catalogue import Catalogue, Offer, Point, catalogue_of
from voucher.providers.models import Offering
from voucher.providers.queries import OnOffer, on_offer

MADE_ANEW = 500
"""Up to so many offerings it takes about half a second of processor."""
MOST_DRIFT = 0.1
"""Past this share of changes a larger index is built anew."""
READ_AT_ONCE = 500
OFFER_COLUMNS = (
    Offering.id,
    Offering.provider_id,
    Offering.title,
    Offering.summary,
    Offering.scope,
    Offering.outcome_areas,
    Offering.places,
    Offering.net_price_pence,
    Offering.charged_vat_bps,
    Offering.capacity_per_month,
    Offering.days_to_start,
    Offering.languages,
    Offering.accessibility,
    Offering.stamp,
)

DoneTaster = tuple[int, int]
"""The ids of an application and of the offering that was chosen and done for it."""


class Keeper:
    """One process's catalogue. It may be asked by several threads."""

    def __init__(self, made_anew: int = MADE_ANEW) -> None:
        """`made_anew`: up to how many offerings the index is made anew after each change."""
        self._made_anew = made_anew
        self._lock = threading.Lock()
        self._made: Catalogue | None = None
        self._known: Mapping[int, OnOffer] = {}
        self._past: tuple[DoneTaster, ...] = ()

    @property
    def size(self) -> int:
        """How many offerings it knows; none before it was asked."""
        return 0 if self._made is None else len(self._made)

    @property
    def _kept(self) -> Catalogue:
        # Made when first asked for: a process that ranks nothing loads no numerical library.
        if self._made is None:
            self._made = catalogue_of([])
        return self._made

    @_kept.setter
    def _kept(self, catalogue: Catalogue) -> None:
        self._made = catalogue

    def catalogue(
        self, today: date, done: Collection[DoneTaster] = ()
    ) -> tuple[Catalogue, Collection[int]]:
        """The catalogue as of now, and the ids of what may be chosen from it now."""
        offered = on_offer(today)
        with self._lock:
            self._bring_up_to_date(offered)
            self._remember(done)
            return self._kept, offered.keys()

    def _bring_up_to_date(self, offered: Mapping[int, OnOffer]) -> None:
        before = self._kept
        kept = dict(zip(before.ids.tolist(), before.stamps.tolist(), strict=True))
        changed = [
            offering_id
            for offering_id, found in offered.items()
            if kept.get(offering_id) != found.stamp or self._known.get(offering_id) != found
        ]
        left = [each for each in kept if each not in offered]
        small = len(offered) <= self._made_anew
        if not changed and not (small and left):
            # Of many, what is no longer on offer is barred anyway, and may be back tomorrow.
            return
        fresh = _offers(changed, offered)
        gone = {*changed, *left}
        if small or before.drift + len(gone) / max(1, len(before)) > MOST_DRIFT:
            staying = [offer for offer in before.offers if offer.offering_id not in gone]
            offers = sorted([*staying, *fresh], key=lambda offer: offer.offering_id)
            self._kept = catalogue_of(offers, before.past)
        else:
            self._kept = before.with_changes(fresh, gone)
        self._known = dict(offered)

    def _remember(self, done: Collection[DoneTaster]) -> None:
        wanted = tuple(sorted(done))
        if wanted != self._past:
            texts = _problems([application_id for application_id, _ in wanted])
            past = PastNeeds([(texts[need], offering) for need, offering in wanted])
            self._past, self._kept = wanted, self._kept.with_past(past)


KEEPER = Keeper()
"""This process's own."""


def _offers(offering_ids: Sequence[int], offered: Mapping[int, OnOffer]) -> list[Offer]:
    found = []
    for start in range(0, len(offering_ids), READ_AT_ONCE):
        some = offering_ids[start : start + READ_AT_ONCE]
        query = select(*OFFER_COLUMNS).where(Offering.id.in_(some)).order_by(Offering.id)
        found += [_offer(row, offered[row.id].outcode) for row in session.execute(query)]
    return found


def _offer(row: Any, outcode: str) -> Offer:
    return Offer(
        offering_id=row.id,
        provider_id=row.provider_id,
        title=row.title,
        text=f"{row.summary}\n{row.scope}",
        outcome_areas=tuple(row.outcome_areas),
        places=tuple(row.places),
        net_price_pence=row.net_price_pence,
        vat_rate_bps=row.charged_vat_bps,
        capacity_per_month=row.capacity_per_month,
        days_to_start=row.days_to_start,
        point=point_of(outcode),
        ways=(*row.languages, *row.accessibility),
        stamp=row.stamp,
    )


def point_of(outcode: str | None) -> Point | None:
    """Where a district is; None for one that is not known."""
    place = place_of(outcode or "")
    return (place.latitude, place.longitude) if place else None


def _problems(application_ids: Sequence[int]) -> dict[int, str]:
    texts: dict[int, str] = {}
    for start in range(0, len(application_ids), READ_AT_ONCE):
        some = application_ids[start : start + READ_AT_ONCE]
        columns = (Application.id, Application.problem_today, Application.problem_better)
        for row in session.execute(select(*columns).where(Application.id.in_(some))):
            texts[row[0]] = f"{row[1]}\n{row[2]}"
    return texts
