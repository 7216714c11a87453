"""The shortlist: what is on offer, ranked for one application, kept as it was shown."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from voucher.applications.models import Application
from voucher.audit.operations import record
from voucher.businesses.models import Business
from voucher.businesses.places import distance_miles, place_of
from voucher.core.clock import london_date
from voucher.core.db import session
from voucher.matching.models import Shortlist, ShortlistEntry
from voucher.matching.queries import chosen_lately, connections_of
from voucher.matching.ranking import Candidate, Need, Ranking, rank
from voucher.matching.rules import SHORTLIST_LENGTH, VoucherFacts, price_breakdown
from voucher.providers.models import Offering
from voucher.providers.queries import open_offerings


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
    that anybody can repeat the ranking.
    """
    business = session.get_one(Business, application.business_id)
    seed = secrets.token_hex(16)
    ranking = rank(
        _need(application, business),
        _candidates(business, voucher, at, track_record or {}),
        london_date(at),
        bytes.fromhex(seed),
        conflicts=connections_of(business, [application.contact_phone]),
    )
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
