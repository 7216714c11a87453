"""The shortlist: what is on offer, ranked for one application, kept as it was shown."""

import json
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from voucher.applications.models import Application
from voucher.audit.operations import record
from voucher.businesses.models import Business
from voucher.businesses.places import distance_miles, place_of
from voucher.core.clock import london_date
from voucher.core.db import lock, session
from voucher.core.errors import Conflict
from voucher.matching.models import Shortlist, ShortlistEntry
from voucher.matching.queries import chosen_lately, connections_of, latest_shortlist
from voucher.matching.ranking import Candidate, Need, Ranking, rank
from voucher.matching.rules import SHORTLIST_LENGTH, VoucherFacts, price_breakdown
from voucher.providers.models import Offering
from voucher.providers.queries import open_offerings

MOST_A_DAY = 10
"""New lists of one application in 24 hours: offerings do change, though hardly that often."""


def make_shortlist(
    *,
    application: Application,
    voucher: VoucherFacts,
    at: datetime,
    by: int | None = None,
    track_record: Mapping[int, int] | None = None,
) -> Shortlist:
    """Rank what is on offer for the application's problem, and store the list as it is shown.

    `track_record`: by offering, how many tasters were done and paid. The first ten are kept with
    their reasons; what was left out is kept too, with why. The seed that broke ties is stored, so
    that anybody can repeat the ranking; an application keeps its first one, so that nobody looks
    again until chance has put a favourite first. A list that says what the last one says is not
    stored again: the last one is given back. Raises Conflict past ten new lists in one day.
    """
    lock(Application, application.id)
    business = session.get_one(Business, application.business_id)
    last = latest_shortlist(application.id)
    _require_few_today(application, at)
    seed = last.seed if last else secrets.token_hex(16)
    ranking = rank(
        _need(application, business),
        _candidates(business, voucher, at, track_record or {}),
        london_date(at),
        bytes.fromhex(seed),
        conflicts=connections_of(business, [application.contact_phone]),
    )
    if last is not None and _shown(last) == _to_show(ranking):
        return last
    shortlist = _store(application, ranking, seed, at)
    counts = {"listed": len(ranking.shortlist), "left_out": len(ranking.left_out)}
    record(
        action="shortlist.made",
        subject=shortlist,
        at=at,
        by=by,
        case=application.reference,
        details=counts,
    )
    return shortlist


def _require_few_today(application: Application, at: datetime) -> None:
    made = select(func.count(Shortlist.id)).where(
        Shortlist.application_id == application.id, Shortlist.made_at > at - timedelta(hours=24)
    )
    if session.execute(made).scalar_one() >= MOST_A_DAY:
        raise Conflict("Your list has been made anew often enough for today. Look again tomorrow.")


def _to_show(ranking: Ranking) -> tuple[list[Any], list[Any]]:
    """What a list says, as it comes back from where it is stored: JSON has no tuples."""
    places = [
        [place.offering_id, place.rank, place.score, [each.to_dict() for each in place.reasons]]
        for place in ranking.shortlist[:SHORTLIST_LENGTH]
    ]
    listed, left_out = json.loads(json.dumps([places, _left_out(ranking)]))
    return listed, left_out


def _shown(last: Shortlist) -> tuple[list[Any], list[Any]]:
    places = [[each.offering_id, each.rank, each.score, each.reasons] for each in last.entries]
    return places, last.excluded


def _store(application: Application, ranking: Ranking, seed: str, at: datetime) -> Shortlist:
    shortlist = Shortlist(
        application_id=application.id, made_at=at, seed=seed, excluded=_left_out(ranking)
    )
    session.add(shortlist)
    session.flush()
    for place in ranking.shortlist[:SHORTLIST_LENGTH]:
        session.add(
            ShortlistEntry(
                shortlist_id=shortlist.id,
                offering_id=place.offering_id,
                rank=place.rank,
                score=place.score,
                reasons=[reason.to_dict() for reason in place.reasons],
            )
        )
    session.flush()
    return shortlist


def _need(application: Application, business: Business) -> Need:
    return Need(
        reference=application.reference,
        text=f"{application.problem_today}\n{application.problem_better}",
        outcome_areas=tuple(application.outcome_areas),
        outcode=business.outcode or "",
        local_authority=business.local_authority or "",
    )


def _candidates(
    business: Business, voucher: VoucherFacts, at: datetime, track_record: Mapping[int, int]
) -> list[Candidate]:
    taken = chosen_lately(at)
    return [
        _candidate(offering, business, voucher, taken, track_record)
        for offering in open_offerings(london_date(at))
    ]


def _candidate(
    offering: Offering,
    business: Business,
    voucher: VoucherFacts,
    taken: Mapping[int, int],
    track_record: Mapping[int, int],
) -> Candidate:
    amounts = price_breakdown(
        net_price_pence=offering.net_price_pence,
        vat_rate_bps=offering.vat_rate_bps,
        cap_pence=voucher.cap_pence,
        share_bps=voucher.share_bps,
    )
    return Candidate(
        offering_id=offering.id,
        provider_id=offering.provider_id,
        title=offering.title,
        text=f"{offering.summary}\n{offering.scope}",
        outcome_areas=tuple(offering.outcome_areas),
        places=tuple(offering.places),
        net_price_pence=amounts.net_price_pence,
        vat_pence=amounts.vat_pence,
        voucher_pence=amounts.voucher_pence,
        capacity_left=offering.capacity_per_month - taken.get(offering.id, 0),
        days_to_start=offering.days_to_start,
        distance_miles=_distance(business.outcode, offering.provider.outcode),
        tasters_done=track_record.get(offering.id, 0),
    )


def _distance(here: str | None, there: str | None) -> float | None:
    first, second = place_of(here or ""), place_of(there or "")
    return distance_miles(first, second) if first and second else None


def _left_out(ranking: Ranking) -> list[dict[str, Any]]:
    further_down = [
        {"offering_id": place.offering_id, "code": "further_down", "rank": place.rank}
        for place in ranking.shortlist[SHORTLIST_LENGTH:]
    ]
    return [entry.to_dict() for entry in ranking.left_out] + further_down
