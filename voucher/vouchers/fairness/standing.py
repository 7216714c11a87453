"""What became of each need of a round, and why one has no provider. Pure.

Why an offering was not on a need's list is what the ranking stored with that list. From those
causes the one is taken that the programme could most nearly have changed.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from voucher.core.status import Status
from voucher.matching.models import MatchStatus
from voucher.matching.ranking.catalogue import REMOTE
from voucher.matching.ranking.parts import places_of
from voucher.matching.ranking.reasons import LeftOutCode

NO_ANSWER = frozenset({MatchStatus.DECLINED, MatchStatus.LAPSED})
IN_HAND = frozenset({MatchStatus.OFFERED, MatchStatus.ACCEPTED})


class Standing(Status):
    """Where a need stands."""

    MATCHED = "matched", "Agreed with a provider"
    WAITING = "waiting", "Chosen; waiting for an answer or for the agreement"
    NO_VOUCHER = "no_voucher", "No voucher yet: in the draw, or to be confirmed"
    CANCELLED = "cancelled", "The voucher was cancelled"
    NOT_LOOKED = "not_looked", "The business has not asked who can help"
    NOT_CHOSEN = "not_chosen", "The business has a list and has not chosen"
    NOT_CHOSEN_AGAIN = "not_chosen_again", "A choice came to nothing, and no other was made"
    NOT_USED = "not_used", "A provider accepted, but the voucher was not used in time"
    ALL_DECLINED = "all_declined", "Every provider on the list said no or did not answer"
    NONE_FREE = "none_free", "What would fit is full, or no longer offered"
    BEYOND_PRICE = "beyond_price", "All that is left costs more than the business can pay"
    CONFLICT = "conflict", "What would fit is offered by somebody connected with the business"
    WAY_MISSING = "way_missing", "What would fit lacks a language or accessibility that is needed"
    NOTHING_IN_COMMON = "nothing_in_common", "Providers come there, but none for work like this"
    OUT_OF_REACH = "out_of_reach", "No provider comes to this place"


ACTIONS = {
    Standing.NOT_LOOKED: "Ring the business: it may not know that the next step is its own.",
    Standing.NOT_CHOSEN: "Offer help with choosing, and ask what is missing on the list.",
    Standing.NOT_CHOSEN_AGAIN: "Tell the business who is next on its list.",
    Standing.NOT_USED: "Ask both what held them up; a longer voucher may be what is needed.",
    Standing.ALL_DECLINED: "Read the providers’ reasons. Price or scope: change the next round; "
    "no room: ask for more places.",
    Standing.NONE_FREE: "Ask providers of this work for more places, or invite more of them.",
    Standing.BEYOND_PRICE: "Invite smaller pieces of work, or raise the share in the next round.",
    Standing.CONFLICT: "Find a second provider of this work for this place.",
    Standing.WAY_MISSING: "Ask providers of this work whether they can offer it, or pay for it.",
    Standing.NOTHING_IN_COMMON: "Invite providers of such work; the outcome areas name the gap.",
    Standing.OUT_OF_REACH: "Ask providers to serve this district, or to work from afar.",
}
"""What the programme can do about each gap."""
SETTLED = (Standing.MATCHED, Standing.WAITING, Standing.NO_VOUCHER, Standing.CANCELLED)
GAPS = tuple(ACTIONS)
"""Needs with a voucher and no provider, by why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An offering that can be chosen today. `free`: places left of its capacity of thirty days."""

    offering_id: int
    provider_id: int
    areas: Collection[str]
    places: Collection[str]
    capacity: int
    free: int


@dataclass(frozen=True, slots=True)
class Choice:
    """A need's choice of an offering; `said_yes_at` is when the provider accepted, if it did."""

    offering_id: int
    provider_id: int
    status: MatchStatus
    said_yes_at: datetime | None = None
    redeemed: bool = False


@dataclass(frozen=True, slots=True)
class LastList:
    """The last list that a need was shown, and what was left out of it, by cause.

    `beyond_price`: those listed whose price is more than the business can pay.
    """

    listed: Collection[int]
    left_out: Mapping[LeftOutCode, Collection[int]] = field(default_factory=dict)
    beyond_price: Collection[int] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """An eligible application. `issued_at`: of its voucher; None while it has none.

    `ended_at`: when the voucher expired or was cancelled. `last_list` is known of needs without a
    live choice; None where no list was ever made.
    """

    reference: str
    areas: Collection[str]
    outcode: str = ""
    council: str = ""
    issued_at: datetime | None = None
    ended_at: datetime | None = None
    cancelled: bool = False
    first_list_at: datetime | None = None
    choices: Collection[Choice] = ()
    last_list: LastList | None = None

    @property
    def first_yes_at(self) -> datetime | None:
        """When a provider accepted for the first time."""
        return min((each.said_yes_at for each in self.choices if each.said_yes_at), default=None)


def reaches(offer: Offer, need: Need) -> bool:
    """Whether the work is done where the need is, on site or from afar."""
    wanted = places_of(need.outcode, need.council)
    return REMOTE in offer.places or any(place in offer.places for place in wanted)


def fits(offer: Offer, need: Need) -> bool:
    """Whether the work reaches the need and is in one of its outcome areas."""
    return reaches(offer, need) and not set(offer.areas).isdisjoint(need.areas)


def standing_of(need: Need, offers: Mapping[int, Offer]) -> Standing:
    """The one standing of a need. `offers`: what can be chosen today, by id."""
    statuses = {choice.status for choice in need.choices}
    if need.issued_at is None:
        return Standing.NO_VOUCHER
    if MatchStatus.AGREED in statuses:
        return Standing.MATCHED
    if need.cancelled:
        return Standing.CANCELLED
    if not statuses.isdisjoint(IN_HAND):
        return Standing.WAITING
    if need.ended_at is not None and need.first_yes_at is not None:
        return Standing.NOT_USED
    return _gap(need, offers)


def _gap(need: Need, offers: Mapping[int, Offer]) -> Standing:
    if need.last_list is None:
        return Standing.NOT_LOOKED
    if not need.last_list.listed:
        return _nothing_listed(need, need.last_list, offers)
    return _listed_in_vain(need, need.last_list, offers)


def _listed_in_vain(need: Need, made: LastList, offers: Mapping[int, Offer]) -> Standing:
    refused = {choice.offering_id for choice in need.choices if choice.status in NO_ANSWER}
    left = [each for each in made.listed if each not in refused]
    if need.ended_at is None:
        # Of a voucher that has ended nobody knows what was free in its time.
        left = [each for each in left if each in offers and offers[each].free]
    if left and all(each in made.beyond_price for each in left):
        return Standing.BEYOND_PRICE
    if left:
        return Standing.NOT_CHOSEN_AGAIN if need.choices else Standing.NOT_CHOSEN
    return Standing.ALL_DECLINED if refused else Standing.NONE_FREE


def _nothing_listed(need: Need, made: LastList, offers: Mapping[int, Offer]) -> Standing:
    full = _known(made, LeftOutCode.NO_CAPACITY, offers)
    connected = _known(made, LeftOutCode.CONFLICT, offers)
    if any(fits(offer, need) for offer in full):
        return Standing.NONE_FREE
    if any(fits(offer, need) for offer in connected):
        return Standing.CONFLICT
    lacking = _known(made, LeftOutCode.NEED_NOT_MET, offers)
    if any(fits(offer, need) for offer in lacking):
        return Standing.WAY_MISSING
    other = made.left_out.get(LeftOutCode.NOTHING_IN_COMMON)
    if other or any(reaches(offer, need) for offer in [*full, *connected, *lacking]):
        return Standing.NOTHING_IN_COMMON
    return Standing.OUT_OF_REACH


def _known(made: LastList, code: LeftOutCode, offers: Mapping[int, Offer]) -> list[Offer]:
    return [offers[each] for each in made.left_out.get(code, ()) if each in offers]
