"""The shortlist: what is on offer, ranked for one application, kept as it was shown."""

import json
import secrets
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from voucher.applications.models import Application
from voucher.audit.operations import record
from voucher.businesses.models import Business
from voucher.businesses.ways import ENGLISH, names_language
from voucher.core.clock import london_date
from voucher.core.db import lock, session
from voucher.core.errors import Conflict
from voucher.matching.keeping import KEEPER, point_of
from voucher.matching.models import Shortlist, ShortlistEntry
from voucher.matching.queries import (
    chosen_lately,
    connections_of,
    latest_shortlist,
    providers_of,
    ways_asked,
)
from voucher.matching.ranking.order import Ranking, rank
from voucher.matching.ranking.parts import Need, Record, Today
from voucher.matching.ranking.reasons import LeftOutCode
from voucher.matching.rules import VoucherFacts

MOST_A_DAY = 10
"""New lists of one application in 24 hours: offerings do change, though hardly that often."""


@dataclass(frozen=True)
class TrackRecord:
    """What higher packages know of tasters: `done` and paid for (application id → offering id), and
    the ratings that count (by offering: how many, and the sum of their stars from 1 to 5)."""

    applications: Mapping[int, int] = field(default_factory=dict)
    ratings: Mapping[int, tuple[int, int]] = field(default_factory=dict)

    @property
    def done(self) -> list[tuple[int, int]]:
        """Each application with the offering that was chosen and done for it."""
        return list(self.applications.items())

    def by_offering(self) -> dict[int, Record]:
        """What ranking asks of each offering."""
        done = Counter(self.applications.values())
        nothing = (0, 0)
        return {
            offering: Record(done[offering], *self.ratings.get(offering, nothing))
            for offering in done.keys() | self.ratings.keys()
        }


NO_RECORD = TrackRecord()


def make_shortlist(
    *,
    application: Application,
    voucher: VoucherFacts,
    at: datetime,
    by: int | None = None,
    track_record: TrackRecord = NO_RECORD,
) -> Shortlist:
    """Rank what is on offer for the application's problem, and store the list as it is shown.

    The first ten are kept with their reasons; what was left out is kept too, with why. The seed
    that broke ties is stored, so that anybody can repeat the ranking; an application keeps its
    first one, so that nobody looks again until chance has put a favourite first. A list that says
    what the last one says is not stored again: the last one is given back. Raises Conflict past ten
    new lists in one day.
    """
    lock(Application, application.id)
    last = latest_shortlist(application.id)
    _require_few_today(application, at)
    seed = last.seed if last else secrets.token_hex(16)
    ranking = rank_now(
        application=application, voucher=voucher, at=at, seed=seed, track_record=track_record
    )
    if last is not None and _shown(last) == _to_show(ranking):
        return last
    shortlist = _store(application, ranking, seed, at)
    listed, closed = ranking.listed(), len(ranking.barred_by(LeftOutCode.NOT_OPEN))
    counts = {"listed": listed, "left_out": len(ranking.catalogue) - closed - listed}
    record(
        action="shortlist.made",
        subject=shortlist,
        at=at,
        by=by,
        case=application.reference,
        details=counts,
    )
    return shortlist


def rank_now(
    *,
    application: Application,
    voucher: VoucherFacts,
    at: datetime,
    seed: str,
    track_record: TrackRecord = NO_RECORD,
) -> Ranking:
    """The ranking of what is on offer at this moment for the application's problem; stores nothing.

    `seed`: the shortlist's, in hexadecimal.
    """
    business = session.get_one(Business, application.business_id)
    today = london_date(at)
    catalogue, offered = KEEPER.catalogue(today, track_record.done)
    records = track_record.by_offering()
    known = Today(
        on=today,
        cap_pence=voucher.cap_pence,
        share_bps=voucher.share_bps,
        on_offer=offered,
        taken=chosen_lately(at),
        conflicts=connections_of(business, [application.contact_phone]),
        records=records,
        tasters=_tasters_by_provider(records),
    )
    return rank(_need(application, business), catalogue, known, bytes.fromhex(seed))


def _tasters_by_provider(records: Mapping[int, Record]) -> Mapping[int, int]:
    """How many tasters of each provider were done, with whichever offerings it has by now."""
    done: Counter[int] = Counter()
    for offering_id, provider_id in providers_of(records).items():
        done[provider_id] += records[offering_id].done
    return done


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
        for place in ranking.shortlist
    ]
    listed, left_out = json.loads(json.dumps([places, _left_out(ranking)]))
    return listed, left_out


def _left_out(ranking: Ranking) -> list[dict[str, Any]]:
    """What is stored of what was left out. Not what is closed: each process knows others of it."""
    return [entry for entry in ranking.left_out() if entry["code"] != LeftOutCode.NOT_OPEN]


def _shown(last: Shortlist) -> tuple[list[Any], list[Any]]:
    places = [[each.offering_id, each.rank, each.score, each.reasons] for each in last.entries]
    return places, last.excluded


def _store(application: Application, ranking: Ranking, seed: str, at: datetime) -> Shortlist:
    shortlist = Shortlist(
        application_id=application.id, made_at=at, seed=seed, excluded=_left_out(ranking)
    )
    session.add(shortlist)
    session.flush()
    for place in ranking.shortlist:
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
    asked = ways_asked(application.id)
    needed, wished = (asked.needed, asked.wished) if asked else ([], [])
    return Need(
        reference=application.reference,
        text=f"{application.problem_today}\n{application.problem_better}",
        outcome_areas=tuple(application.outcome_areas),
        outcode=business.outcode or "",
        local_authority=business.local_authority or "",
        point=point_of(business.outcode),
        ways_needed=tuple(needed),
        ways_wished=tuple(wished),
        ways_assumed=() if names_language((*needed, *wished)) else (ENGLISH,),
    )
