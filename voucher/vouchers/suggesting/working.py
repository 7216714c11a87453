"""Working a plan out: rank for every voucher without a choice, assign, compare. Stores nothing."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from voucher.applications.models import Application
from voucher.core.clock import london_date
from voucher.matching.assignment import ALL_FULL, NO_CAPACITY, NO_OPTIONS, assign
from voucher.matching.operations import TrackRecord, rank_now
from voucher.matching.queries import latest_shortlist
from voucher.matching.ranking.reasons import Ranked
from voucher.vouchers.models import Voucher
from voucher.vouchers.suggesting.models import Plan
from voucher.vouchers.suggesting.queries import (
    declined_pairs,
    offering_references,
    rooms_of,
    vouchers_without_choice,
)
from voucher.vouchers.suggesting.rules import (
    Option,
    Outcome,
    Want,
    first_choices,
    given_of,
    market_of,
    one_after_the_other,
    sha256_of,
)

ON_HOLD = "The case is on hold."
WHYS = {
    NO_OPTIONS: "Nothing on offer fits that it could choose.",
    NO_CAPACITY: "Whoever fits has no room that is not suggested to others already.",
    ALL_FULL: "Whoever fits is given to others, and no exchange would raise the total.",
}


@dataclass(frozen=True, slots=True)
class Pair:
    """One suggestion to be: ids, the place on the business's list, points in tenths."""

    voucher_id: int
    application_id: int
    offering_id: int
    place: int
    points: int
    best_points: int


@dataclass(frozen=True, slots=True)
class Answer:
    """A plan worked out: what was assigned and its hash, the pairs, who is left and why."""

    given: Mapping[str, Any]
    sha256: str
    pairs: Sequence[Pair]
    unmatched: Sequence[Mapping[str, str]]
    best: Outcome
    greedy: Outcome
    first: Outcome


def work_out(plan: Plan, track_record: TrackRecord, at: datetime) -> Answer:
    """The best assignment of the round's vouchers without a choice, as things stand at `at`.

    Each business's options are the ten that its list would show now, without those that have
    declined it. Raises NoProof where the solver's answer could not be proved.
    """
    cases = vouchers_without_choice(plan.round_id, london_date(at))
    lists = _lists(plan, cases, track_record, at)
    ids = {place.offering_id for places in lists.values() for place in places}
    names = offering_references(ids)
    rooms = {names[key]: room for key, room in rooms_of(ids, at, plan.round_id).items()}
    wants = [
        Want(
            voucher.reference,
            tuple(_option(place, names) for place in lists.get(voucher.id, ())),
            ON_HOLD if application.held_at else "",
        )
        for voucher, application in cases
    ]
    given = given_of(wants, rooms)
    assigned = assign(market_of(given), seed=plan.seed)
    needs = [need["id"] for need in given["needs"]]
    options = [option for need in given["needs"] for option in need["options"]]
    chosen = {
        needs[need]: options[option]["offering"]
        for need, option in enumerate(assigned.option_of.tolist())
        if option >= 0
    }
    pairs = _pairs(cases, lists, names, chosen)
    whys = {needs[need]: WHYS.get(why, why) for need, why in assigned.whys.items()}
    return Answer(
        given=given,
        sha256=sha256_of(given),
        pairs=pairs,
        unmatched=[
            {"voucher": want.voucher, "why": want.why or whys[want.voucher]}
            for want in wants
            if want.voucher in whys
        ],
        best=Outcome(len(pairs), sum(pair.points for pair in pairs)),
        greedy=one_after_the_other(wants, rooms),
        first=first_choices(wants, rooms),
    )


def _lists(
    plan: Plan,
    cases: Sequence[tuple[Voucher, Application]],
    track_record: TrackRecord,
    at: datetime,
) -> dict[int, list[Ranked]]:
    """By voucher: the places of the list that its business would see now."""
    declined = declined_pairs([voucher.id for voucher, _ in cases])
    lists = {}
    for voucher, application in cases:
        if application.held_at is None:
            ranking = rank_now(
                application=application,
                voucher=voucher,
                at=at,
                seed=_seed(plan, application),
                track_record=track_record,
            )
            lists[voucher.id] = [
                place
                for place in ranking.shortlist
                if (voucher.id, place.offering_id) not in declined
            ]
    return lists


def _seed(plan: Plan, application: Application) -> str:
    """That of the business's own list; before the first one, another that the plan gives."""
    last = latest_shortlist(application.id)
    if last is not None:
        return last.seed
    return hashlib.sha256(f"{plan.seed}|{application.reference}".encode()).hexdigest()[:32]


def _option(place: Ranked, names: Mapping[int, str]) -> Option:
    return Option(names[place.offering_id], place.points, place.rank)


def _pairs(
    cases: Sequence[tuple[Voucher, Application]],
    lists: Mapping[int, Sequence[Ranked]],
    names: Mapping[int, str],
    chosen: Mapping[str, str],
) -> list[Pair]:
    found = []
    for voucher, application in cases:
        places = lists.get(voucher.id, ())
        name = chosen.get(voucher.reference)
        place = next((each for each in places if names[each.offering_id] == name), None)
        if place is not None:
            best = max(each.points for each in places)
            found.append(
                Pair(
                    voucher.id,
                    application.id,
                    place.offering_id,
                    place.rank,
                    place.points,
                    best,
                )
            )
    return found
