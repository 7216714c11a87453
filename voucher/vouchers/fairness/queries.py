"""What the fairness report of a round reads: a fixed number of statements, however many rows."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, Text, and_, cast, exists, func, select
from sqlalchemy.sql.selectable import Subquery

from voucher.applications.models import Application, ApplicationStatus
from voucher.businesses.models import Business
from voucher.core.clock import LONDON, london_date
from voucher.core.db import session
from voucher.matching.models import Match, Shortlist, ShortlistEntry
from voucher.matching.queries import LIVE, chosen_lately
from voucher.matching.ranking.reasons import NEWCOMER, OVER_BUDGET, LeftOutCode, unpack_ids
from voucher.providers.models import Offering, OfferingStatus, Provider
from voucher.providers.queries import works_on
from voucher.vouchers.fairness.figures import Fairness, Shown, fairness
from voucher.vouchers.fairness.standing import Choice, LastList, Need, Offer
from voucher.vouchers.models import Redemption, Voucher, VoucherStatus

_A = ApplicationStatus
ELIGIBLE = (_A.ELIGIBLE, _A.APPROVED, _A.AWARDED)


def fairness_of_round(round_id: int, at: datetime) -> Fairness:
    """The fairness report of a round: its history until `at`, and what is on offer at `at`."""
    return fairness(_needs(round_id), _offers(at), _shown(round_id), at)


def provider_labels(provider_ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """By id: name and reference of every provider that was ever approved."""
    query = select(Provider.id, Provider.name, Provider.reference)
    wanted = set(provider_ids)
    # All of them, because so many ids as there may be can't stand in one statement.
    return {row[0]: (row[1], row[2]) for row in session.execute(query) if row[0] in wanted}


# --- needs ---------------------------------------------------------------------------------------


def _needs(round_id: int) -> list[Need]:
    choices, lists = _choices(round_id), _last_lists(round_id)
    found = []
    for row in session.execute(_needs_query(round_id)):
        found.append(
            Need(
                reference=row.reference,
                areas=tuple(row.outcome_areas),
                outcode=row.outcode or "",
                council=row.local_authority or "",
                issued_at=row.issued_at,
                ended_at=_ended_at(row),
                cancelled=row.status is VoucherStatus.CANCELLED,
                first_list_at=row.first_list_at,
                choices=tuple(choices.get(row.id, ())),
                last_list=lists.get(row.id),
            )
        )
    return found


def _needs_query(round_id: int) -> Select[Any]:
    first = (
        select(Shortlist.application_id, func.min(Shortlist.made_at).label("first_list_at"))
        .join(Application, Application.id == Shortlist.application_id)
        .where(Application.round_id == round_id)
        .group_by(Shortlist.application_id)
        .subquery()
    )
    return (
        select(
            Application.id,
            Application.reference,
            Application.outcome_areas,
            Business.outcode,
            Business.local_authority,
            Voucher.status,
            Voucher.issued_at,
            Voucher.expires_on,
            Voucher.cancelled_at,
            first.c.first_list_at,
        )
        .join(Business, Business.id == Application.business_id)
        .outerjoin(Voucher, Voucher.application_id == Application.id)
        .outerjoin(first, first.c.application_id == Application.id)
        .where(Application.round_id == round_id, Application.status.in_(ELIGIBLE))
        .order_by(Application.id)
    )


def _ended_at(row: Any) -> datetime | None:
    if row.status is VoucherStatus.CANCELLED:
        return row.cancelled_at
    if row.status is VoucherStatus.EXPIRED:
        day_after = row.expires_on + timedelta(days=1)
        return datetime.combine(day_after, time(), LONDON).astimezone(UTC)
    return None


def _choices(round_id: int) -> dict[int, list[Choice]]:
    query = (
        select(
            Match.application_id,
            Match.offering_id,
            Match.provider_id,
            Match.status,
            Match.provider_agreed_at,
            Redemption.id,
        )
        .join(Application, Application.id == Match.application_id)
        .outerjoin(Redemption, Redemption.match_id == Match.id)
        .where(Application.round_id == round_id, Application.status.in_(ELIGIBLE))
        .order_by(Match.id)
    )
    found: dict[int, list[Choice]] = {}
    for row in session.execute(query):
        choice = Choice(row[1], row[2], row[3], row[4], redeemed=row[5] is not None)
        found.setdefault(row[0], []).append(choice)
    return found


def _last_lists(round_id: int) -> dict[int, LastList]:
    """By application: the last list of those without a live choice."""
    last = _last_ids(round_id)
    lines = select(
        ShortlistEntry.shortlist_id, ShortlistEntry.offering_id, _says(OVER_BUDGET)
    ).join(last, last.c.id == ShortlistEntry.shortlist_id)
    listed: dict[int, list[int]] = {}
    beyond: dict[int, list[int]] = {}
    for shortlist_id, offering_id, too_much in session.execute(lines):
        listed.setdefault(shortlist_id, []).append(offering_id)
        if too_much:
            beyond.setdefault(shortlist_id, []).append(offering_id)
    lists = select(Shortlist.id, Shortlist.application_id, Shortlist.excluded)
    found = {}
    for shortlist_id, application_id, excluded in session.execute(
        lists.join(last, last.c.id == Shortlist.id)
    ):
        shown = listed.get(shortlist_id, [])
        # What was left out matters only where nothing was listed.
        left_out = {} if shown else _by_cause(excluded)
        found[application_id] = LastList(shown, left_out, beyond.get(shortlist_id, ()))
    return found


def _last_ids(round_id: int) -> Subquery:
    chosen = exists(
        select(Match.id).where(
            Match.application_id == Shortlist.application_id, Match.status.in_(LIVE)
        )
    )
    return (
        select(func.max(Shortlist.id).label("id"))
        .join(Application, Application.id == Shortlist.application_id)
        .where(Application.round_id == round_id, ~chosen)
        .group_by(Shortlist.application_id)
        .subquery()
    )


def _by_cause(excluded: Sequence[dict[str, Any]]) -> dict[LeftOutCode, list[int]]:
    causes: dict[LeftOutCode, list[int]] = {}
    for entry in excluded:
        causes.setdefault(LeftOutCode(entry["code"]), []).extend(unpack_ids(entry))
    return causes


def _says(code: str) -> ColumnElement[bool]:
    """Whether a line of a list has the reason `code`; by its text, as both databases keep it."""
    return cast(ShortlistEntry.reasons, Text).contains(f'"code": "{code}"', autoescape=True)


# --- supply and exposure -------------------------------------------------------------------------


def _offers(at: datetime) -> list[Offer]:
    """What can be chosen today, with its free places as the ranking counts them."""
    taken = chosen_lately(at)
    query = (
        select(
            Offering.id,
            Offering.provider_id,
            Offering.outcome_areas,
            Offering.places,
            Offering.capacity_per_month,
        )
        .join(Offering.provider)
        .where(Offering.status == OfferingStatus.PUBLISHED, works_on(london_date(at)))
    )
    return [
        Offer(
            offering_id=row[0],
            provider_id=row[1],
            areas=tuple(row[2]),
            places=tuple(row[3]),
            capacity=row[4],
            free=max(0, row[4] - taken.get(row[0], 0)),
        )
        for row in session.execute(query)
    ]


def _shown(round_id: int) -> dict[int, Shown]:
    """By provider: how often and where it stood on the round's lists.

    A need counts once however many lists were made for it.
    """
    once = (
        select(
            Offering.provider_id,
            func.min(ShortlistEntry.rank).label("best"),
            func.count().label("lines"),
            func.sum(cast(_says(NEWCOMER), Integer)).label("kept"),
        )
        .select_from(ShortlistEntry)
        .join(Shortlist, Shortlist.id == ShortlistEntry.shortlist_id)
        .join(
            Application,
            and_(Application.id == Shortlist.application_id, Application.round_id == round_id),
        )
        .join(Offering, Offering.id == ShortlistEntry.offering_id)
        .where(Application.status.in_(ELIGIBLE))
        .group_by(Offering.provider_id, Shortlist.application_id)
        .subquery()
    )
    query = select(
        once.c.provider_id,
        func.count(),
        func.sum(once.c.best),
        func.sum(once.c.lines),
        func.sum(once.c.kept),
    ).group_by(once.c.provider_id)
    return {row[0]: Shown(*(int(each) for each in row[1:])) for row in session.execute(query)}
