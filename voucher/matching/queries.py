"""Reads of shortlists and matches: the business's side, the provider's side, and what ranking asks.

What belongs to somebody else is NotFound.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import aliased, joinedload, selectinload

from voucher.accounts.models import Membership
from voucher.applications.models import Application
from voucher.businesses.models import Business
from voucher.businesses.queries import same_enterprise
from voucher.core.db import session
from voucher.core.errors import NotFound
from voucher.core.paging import Page, page_of
from voucher.core.references import normalise_reference
from voucher.matching.dialogue.models import DateProposal, DateStatus
from voucher.matching.models import (
    Match,
    MatchStatus,
    Shortlist,
    ShortlistEntry,
    Variation,
    VariationStatus,
    WaysAsked,
)
from voucher.matching.rules import CAPACITY_DAYS, ConflictKind
from voucher.providers.models import Offering, OfferingStatus, Provider, ProviderStatus

READ_AT_ONCE = 5_000
LIVE = (MatchStatus.OFFERED, MatchStatus.ACCEPTED, MatchStatus.AGREED)


# --- what ranking asks -------------------------------------------------------------------------


def chosen_lately(at: datetime) -> dict[int, int]:
    """By offering: how many live matches were chosen in the thirty days before `at`."""
    query = (
        select(Match.offering_id, func.count(Match.id))
        .where(Match.status.in_(LIVE), Match.chosen_at > at - timedelta(days=CAPACITY_DAYS))
        .group_by(Match.offering_id)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def providers_of(offering_ids: Iterable[int]) -> dict[int, int]:
    """By offering, whether on offer or not: its provider's id."""
    wanted, found = list(offering_ids), {}
    for start in range(0, len(wanted), READ_AT_ONCE):
        some = wanted[start : start + READ_AT_ONCE]
        columns = select(Offering.id, Offering.provider_id).where(Offering.id.in_(some))
        found.update({row[0]: row[1] for row in session.execute(columns)})
    return found


def connections_of(
    business: Business, phones: Collection[str | None] = ()
) -> dict[int, ConflictKind]:
    """Providers connected with the business, by id, and how: one person in both, now or once; the
    same company, telephone (`phones`: more of the business's own) or address.

    A person counts of whichever entry of the enterprise.
    """
    ours, theirs = aliased(Membership), aliased(Membership)
    people = (
        select(theirs.provider_id)
        .join(ours, ours.user_id == theirs.user_id)
        .where(
            ours.business_id.in_(same_enterprise(business)),
            theirs.provider_id.is_not(None),
        )
    )
    found = {
        provider_id: ConflictKind.SAME_PERSON
        for provider_id in session.execute(people).scalars()
        if provider_id is not None
    }
    numbers = {_digits(phone) for phone in (business.phone, *phones)} - {""}
    columns = (
        Provider.id,
        Provider.company_number,
        Provider.vat_number,
        Provider.contact_phone,
        Provider.postcode,
        Provider.address_line,
    )
    for row in session.execute(select(*columns)):
        kind = _connection(business, row, numbers)
        if kind:
            found.setdefault(row.id, kind)
    return found


def _connection(business: Business, row: Any, numbers: Collection[str]) -> ConflictKind | None:
    if business.company_number and row.company_number == business.company_number:
        return ConflictKind.SAME_COMPANY
    if business.vat_number and row.vat_number == business.vat_number:
        return ConflictKind.SAME_COMPANY
    if _digits(row.contact_phone) in numbers:
        return ConflictKind.SAME_PHONE
    place = (business.postcode, _letters(business.address_line))
    if all(place) and place == (row.postcode, _letters(row.address_line)):
        return ConflictKind.SAME_ADDRESS
    return None


def _digits(phone: str | None) -> str:
    """The last ten digits of a telephone number, however it was written; "" for shorter ones."""
    digits = re.sub(r"[^0-9]", "", phone or "")
    return digits[-10:] if len(digits) >= 10 else ""


def _letters(text: str | None) -> str:
    return re.sub(r"[^a-z0-9]", "", (text or "").casefold())


def ways_asked(application_id: int) -> WaysAsked | None:
    """What languages and accessibility the business asked for; None if it did not say."""
    query = select(WaysAsked).where(WaysAsked.application_id == application_id)
    return session.execute(query).scalar_one_or_none()


# --- the business's side -----------------------------------------------------------------------


def latest_shortlist(application_id: int) -> Shortlist | None:
    """The last shortlist of the application with offerings and providers, and what the business
    asks for now; None before any."""
    query = (
        select(Shortlist)
        .where(Shortlist.application_id == application_id)
        .order_by(Shortlist.id.desc())
        .limit(1)
        .options(
            joinedload(Shortlist.ways),
            selectinload(Shortlist.entries)
            .joinedload(ShortlistEntry.offering)
            .joinedload(Offering.provider),
        )
    )
    return session.execute(query).scalar_one_or_none()


def matches_of(voucher_id: int) -> Sequence[Match]:
    """Every match of the voucher with offering and provider, the latest first."""
    query = select(Match).where(Match.voucher_id == voucher_id).options(_whole())
    return session.execute(query.order_by(Match.id.desc())).scalars().all()


def open_choices(business_id: int) -> Sequence[Any]:
    """The business's choices that wait for the provider's or its own word, the latest first.

    Each as (match, the other day its provider proposes or None).
    """
    proposed = and_(DateProposal.match_id == Match.id, DateProposal.status == DateStatus.PROPOSED)
    query = (
        select(Match, DateProposal)
        .join(Application, Application.id == Match.application_id)
        .outerjoin(DateProposal, proposed)
        .where(
            Application.business_id == business_id,
            Match.status.in_((MatchStatus.OFFERED, MatchStatus.ACCEPTED)),
        )
        .options(_whole())
        .order_by(Match.id.desc())
    )
    return session.execute(query).all()


def live_match(matches: Sequence[Match]) -> Match | None:
    """The one of a voucher's matches that is live, if there is one."""
    return next((match for match in matches if match.status in LIVE), None)


def has_declined(offering_id: int, matches: Sequence[Match]) -> bool:
    """Whether the offering's provider has declined this voucher's request."""
    return any(
        match.offering_id == offering_id and match.status is MatchStatus.DECLINED
        for match in matches
    )


def declined_offerings(voucher_id: int) -> set[int]:
    """The ids of the offerings whose providers have declined this voucher's request."""
    query = select(Match.offering_id).where(
        Match.voucher_id == voucher_id, Match.status == MatchStatus.DECLINED
    )
    return set(session.execute(query).scalars())


def next_proposal(shortlist: Shortlist | None, matches: Sequence[Match]) -> ShortlistEntry | None:
    """The best place on the list that has not been asked yet and is still on offer: the next."""
    asked = {match.offering_id for match in matches}
    entries = shortlist.entries if shortlist else []
    return next(
        (each for each in entries if each.offering_id not in asked and on_offer(each.offering)),
        None,
    )


def on_offer(offering: Offering) -> bool:
    """Whether an offering, loaded with its provider, is published by an approved one."""
    approved = offering.provider.status is ProviderStatus.APPROVED
    return approved and offering.status is OfferingStatus.PUBLISHED


def match_for_business(business_id: int, reference: str) -> Match:
    """One match of this business with offering and provider; NotFound for anybody else's."""
    query = (
        select(Match)
        .join(Application, Application.id == Match.application_id)
        .where(Application.business_id == business_id, _named(reference))
        .options(_whole())
        .execution_options(populate_existing=True)
    )
    return _found(session.execute(query).scalar_one_or_none())


# --- the provider's side -----------------------------------------------------------------------


@dataclass(frozen=True)
class Work:
    """One match as its provider sees it: who asks, and the problem in the business's words."""

    match: Match
    application: Application
    business: Business


WORK_GROUPS: dict[str, tuple[MatchStatus, ...]] = {
    "waiting": (MatchStatus.OFFERED, MatchStatus.ACCEPTED),
    "agreed": (MatchStatus.AGREED,),
    "ended": (MatchStatus.DECLINED, MatchStatus.LAPSED, MatchStatus.WITHDRAWN),
    "all": tuple(MatchStatus),
}


def work_of(provider_id: int, group: str, page: int) -> Page[Work]:
    """One page of the provider's matches: what waits for an answer first, by deadline."""
    query = _work().where(Match.provider_id == provider_id, Match.status.in_(WORK_GROUPS[group]))
    shown = query.order_by(Match.status != MatchStatus.OFFERED, Match.answer_by_on, Match.id.desc())
    return page_of(shown, page, key=Match.id, make=lambda row: Work(*row))


def work_in_hand(provider_id: int, limit: int = 10) -> list[Work]:
    """The provider's live matches whose voucher waits: to answer first, by deadline; for a list."""
    query = _work().where(
        Match.provider_id == provider_id,
        Match.status.in_(WORK_GROUPS["waiting"]),
    )
    shown = query.order_by(Match.status != MatchStatus.OFFERED, Match.answer_by_on, Match.id)
    return [Work(*row) for row in session.execute(shown.limit(limit))]


def work_for_provider(provider_id: int, reference: str) -> Work:
    """One match of this provider; NotFound for anybody else's."""
    query = (
        _work()
        .where(Match.provider_id == provider_id, _named(reference))
        .execution_options(populate_existing=True)
    )
    return Work(*_found(session.execute(query).first()))


def _work() -> Select[Any]:
    return (
        select(Match, Application, Business)
        .join(Application, Application.id == Match.application_id)
        .join(Business, Business.id == Application.business_id)
        .options(joinedload(Match.offering))
    )


def overdue_matches(today: date) -> Sequence[int]:
    """Ids of matches whose provider has not answered by the deadline, the oldest first."""
    query = (
        select(Match.id)
        .where(Match.status == MatchStatus.OFFERED, Match.answer_by_on < today)
        .order_by(Match.answer_by_on, Match.id)
    )
    return session.execute(query).scalars().all()


# --- changes of an agreement --------------------------------------------------------------------

OPEN_VARIATION = Variation.status.in_((VariationStatus.PROPOSED, VariationStatus.REFERRED))


def open_variation(match_id: int) -> Variation | None:
    """The change of one agreement that waits for somebody, as it is stored now."""
    query = select(Variation).where(Variation.match_id == match_id, OPEN_VARIATION)
    return session.execute(query.execution_options(populate_existing=True)).scalar_one_or_none()


def variations_of(voucher_id: int, match_id: int | None = None) -> Sequence[Variation]:
    """Every change proposed on one voucher's agreements (or on one of them), the latest first."""
    query = select(Variation).join(Match, Match.id == Variation.match_id)
    query = query.where(Match.voucher_id == voucher_id)
    if match_id is not None:
        query = query.where(Variation.match_id == match_id)
    return session.execute(query.order_by(Variation.id.desc())).scalars().all()


def variations_to_answer(business_id: int) -> Sequence[Any]:
    """Changes that this business must answer: (change, match, business, provider)."""
    query = _variations().where(
        Variation.status == VariationStatus.PROPOSED,
        Variation.by_provider.is_(True),
        Business.id == business_id,
    )
    return session.execute(query.order_by(Variation.answer_by_on, Variation.id)).all()


def variations_to_decide(page: int) -> Page[Any]:
    """Changes both parties agreed to that wait for an officer, the longest waiting first."""
    query = _variations().where(Variation.status == VariationStatus.REFERRED)
    return page_of(query.order_by(Variation.answered_at, Variation.id), page, key=Variation.id)


def variation_for_staff(match_reference: str) -> Any:
    """The latest change proposed of one match: (change, match, business, provider); or NotFound."""
    query = _variations(standing=False).where(_named(match_reference))
    return _found(session.execute(query.order_by(Variation.id.desc())).first())


def _variations(*, standing: bool = True) -> Select[Any]:
    """Changes with whom they concern; `standing`: only of agreements that have not ended."""
    query = (
        select(Variation, Match, Business, Provider)
        .join(Match, Match.id == Variation.match_id)
        .join(Application, Application.id == Match.application_id)
        .join(Business, Business.id == Application.business_id)
        .join(Provider, Provider.id == Match.provider_id)
        .options(joinedload(Match.offering))
    )
    return query.where(Match.status == MatchStatus.AGREED) if standing else query


def overdue_variations(today: date) -> Sequence[int]:
    """Ids of changes nobody answered or decided in time, or whose agreement has ended."""
    late = or_(
        and_(Variation.status == VariationStatus.PROPOSED, Variation.answer_by_on < today),
        and_(Variation.status == VariationStatus.REFERRED, Variation.decide_by_on < today),
    )
    query = (
        select(Variation.id)
        .join(Match, Match.id == Variation.match_id)
        .where(OPEN_VARIATION, or_(late, Match.status != MatchStatus.AGREED))
        .order_by(Variation.id)
    )
    return session.execute(query).scalars().all()


def _named(reference: str) -> Any:
    return Match.reference == (normalise_reference(reference) or "")


def _whole() -> Any:
    return joinedload(Match.offering).joinedload(Offering.provider)


def _found(row: Any) -> Any:
    if row is None:
        raise NotFound("There is no such match.")
    return row
