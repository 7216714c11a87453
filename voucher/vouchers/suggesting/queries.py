"""Reads of plans and suggestions, and of what a plan is worked out from."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from voucher.applications.models import Application
from voucher.businesses.models import Business
from voucher.core.clock import london_date
from voucher.core.db import session
from voucher.core.errors import NotFound
from voucher.core.paging import Page, page_of
from voucher.core.references import normalise_reference
from voucher.matching.models import Match, MatchStatus
from voucher.matching.operations.choice import connected
from voucher.matching.queries import LIVE, chosen_lately
from voucher.programmes.models import Round
from voucher.providers.models import Offering, Provider
from voucher.providers.queries import on_offer
from voucher.vouchers.models import Voucher, VoucherStatus
from voucher.vouchers.suggesting.models import (
    Bar,
    Plan,
    PlanStatus,
    Suggestion,
    SuggestionStatus,
)
from voucher.vouchers.suggesting.rules import Standing, bar_of

UNSETTLED = (PlanStatus.ASKED, PlanStatus.READY)


# --- what a plan is worked out from --------------------------------------------------------------


def vouchers_without_choice(round_id: int, today: date) -> Sequence[tuple[Voucher, Application]]:
    """The round's live vouchers with nothing chosen and their applications, first issued first."""
    query = (
        select(Voucher, Application)
        .join(Application, Application.id == Voucher.application_id)
        .where(*_without_choice(round_id, today))
        .order_by(Voucher.issued_at, Voucher.id)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def number_without_choice(round_id: int, today: date) -> int:
    """How many live vouchers of the round have nothing chosen."""
    query = select(func.count(Voucher.id)).where(*_without_choice(round_id, today))
    return session.execute(query).scalar_one()


def _without_choice(round_id: int, today: date) -> list[ColumnElement[bool]]:
    chosen = select(Match.id).where(Match.voucher_id == Voucher.id, Match.status.in_(LIVE)).exists()
    return [
        Voucher.round_id == round_id,
        Voucher.status == VoucherStatus.ISSUED,
        Voucher.expires_on >= today,
        ~chosen,
    ]


def declined_pairs(voucher_ids: Sequence[int]) -> set[tuple[int, int]]:
    """Voucher and offering wherever the provider has declined."""
    query = select(Match.voucher_id, Match.offering_id).where(
        Match.voucher_id.in_(voucher_ids), Match.status == MatchStatus.DECLINED
    )
    return {(row[0], row[1]) for row in session.execute(query)}


def rooms_of(offering_ids: Collection[int], at: datetime, round_id: int) -> dict[int, int]:
    """By offering: places nobody has chosen and no other round's plan has suggested."""
    query = select(Offering.id, Offering.capacity_per_month).where(Offering.id.in_(offering_ids))
    elsewhere = (
        select(Suggestion.offering_id, func.count(Suggestion.id))
        .join(Plan, Plan.id == Suggestion.plan_id)
        .where(Suggestion.status == SuggestionStatus.OPEN, Plan.round_id != round_id)
        .group_by(Suggestion.offering_id)
    )
    suggested = {row[0]: row[1] for row in session.execute(elsewhere)}
    taken = chosen_lately(at)
    return {
        row[0]: row[1] - taken.get(row[0], 0) - suggested.get(row[0], 0)
        for row in session.execute(query)
    }


def offering_references(offering_ids: Iterable[int]) -> dict[int, str]:
    """By id: the offerings' references."""
    query = select(Offering.id, Offering.reference).where(Offering.id.in_(set(offering_ids)))
    return {row[0]: row[1] for row in session.execute(query)}


# --- plans ---------------------------------------------------------------------------------------


def unsettled_plan(round_id: int) -> Plan | None:
    """The round's plan that is being worked out or read; None where there is none."""
    query = select(Plan).where(Plan.round_id == round_id, Plan.status.in_(UNSETTLED))
    return session.execute(query).scalar_one_or_none()


def first_seed(round_id: int) -> str | None:
    """The seed of the round's first plan; None before there is one."""
    query = select(Plan.seed).where(Plan.round_id == round_id).order_by(Plan.id).limit(1)
    return session.execute(query).scalar()


def plans_of(round_id: int, limit: int = 20) -> Sequence[Plan]:
    """The latest plans of one round, the newest first."""
    query = select(Plan).where(Plan.round_id == round_id).order_by(Plan.id.desc()).limit(limit)
    return session.execute(query).scalars().all()


def plan_by_reference(reference: str) -> Plan:
    """One plan as stored now, or NotFound."""
    query = select(Plan).where(Plan.reference == (normalise_reference(reference) or ""))
    found = session.execute(query.execution_options(populate_existing=True)).scalar_one_or_none()
    if found is None:
        raise NotFound("There is no such plan.")
    return found


def round_of(plan: Plan) -> Round:
    """The round of a plan, with its programme."""
    query = select(Round).where(Round.id == plan.round_id).options(joinedload(Round.programme))
    return session.execute(query).scalar_one()


def plans_to_work_out(limit: int = 5) -> Sequence[int]:
    """Ids of plans that were asked for, the longest waiting first."""
    query = select(Plan.id).where(Plan.status == PlanStatus.ASKED).order_by(Plan.id).limit(limit)
    return session.execute(query).scalars().all()


def pairs_of(plan_id: int, page: int) -> Page[Any]:
    """One page of (suggestion, voucher, business), with offering and provider."""
    query = (
        select(Suggestion, Voucher, Business)
        .join(Voucher, Voucher.id == Suggestion.voucher_id)
        .join(Business, Business.id == Voucher.business_id)
        .join(Suggestion.offering)
        .join(Offering.provider)
        .where(Suggestion.plan_id == plan_id)
        .options(contains_eager(Suggestion.offering).contains_eager(Offering.provider))
    )
    return page_of(query.order_by(Voucher.issued_at, Voucher.id), page, key=Suggestion.id)


def counts_by_status(plan_id: int) -> dict[SuggestionStatus, int]:
    """How many suggestions of a plan stand where."""
    query = (
        select(Suggestion.status, func.count(Suggestion.id))
        .where(Suggestion.plan_id == plan_id)
        .group_by(Suggestion.status)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def names_of_vouchers(references: Collection[str]) -> dict[str, str]:
    """By the voucher's reference: its business's name."""
    query = (
        select(Voucher.reference, Business.name)
        .join(Business, Business.id == Voucher.business_id)
        .where(Voucher.reference.in_(references))
    )
    return {row[0]: row[1] for row in session.execute(query)}


# --- suggestions ---------------------------------------------------------------------------------


def unfinished_in_round(round_id: int, before_plan_id: int) -> Sequence[int]:
    """Ids of suggestions of the round's earlier plans that stand or are still to be made, by id."""
    standing = Suggestion.status == SuggestionStatus.OPEN
    to_be_made = and_(
        Suggestion.status == SuggestionStatus.PLANNED, Plan.status == PlanStatus.PROPOSED
    )
    query = (
        select(Suggestion.id)
        .join(Plan, Plan.id == Suggestion.plan_id)
        .where(Plan.round_id == round_id, Plan.id < before_plan_id, or_(standing, to_be_made))
        .order_by(Suggestion.id)
    )
    return session.execute(query).scalars().all()


def still_to_make(limit: int = 200) -> Sequence[int]:
    """Ids of suggestions of proposed plans that no business has been told of yet, by id."""
    query = (
        select(Suggestion.id)
        .join(Plan, Plan.id == Suggestion.plan_id)
        .where(Suggestion.status == SuggestionStatus.PLANNED, Plan.status == PlanStatus.PROPOSED)
        .order_by(Suggestion.id)
        .limit(limit)
    )
    return session.execute(query).scalars().all()


def open_for_offering(offering_id: int) -> int:
    """How many suggestions of one offering stand."""
    query = select(func.count(Suggestion.id)).where(
        Suggestion.offering_id == offering_id, Suggestion.status == SuggestionStatus.OPEN
    )
    return session.execute(query).scalar_one()


def chosen_since(voucher_id: int, since: datetime | None) -> int | None:
    """The offering chosen last with a voucher since then (None: whose choice is live); or None."""
    query = select(Match.offering_id).where(Match.voucher_id == voucher_id)
    wanted = Match.status.in_(LIVE) if since is None else Match.chosen_at >= since
    return session.execute(query.where(wanted).order_by(Match.id.desc()).limit(1)).scalar()


def has_declined(voucher_id: int, offering_id: int) -> bool:
    """Whether the offering's provider has declined this voucher's request."""
    return (voucher_id, offering_id) in declined_pairs([voucher_id])


@dataclass(frozen=True)
class Ended:
    """An open suggestion that does not stand any more."""

    suggestion_id: int
    bar: Bar


def ended_suggestions(at: datetime) -> list[Ended]:
    """The open suggestions that something has ended, with what; by id."""
    today = london_date(at)
    query = (
        select(Suggestion, Voucher, Offering.capacity_per_month)
        .join(Voucher, Voucher.id == Suggestion.voucher_id)
        .join(Offering, Offering.id == Suggestion.offering_id)
        .where(Suggestion.status == SuggestionStatus.OPEN)
        .order_by(Suggestion.id)
    )
    rows = session.execute(query).all()
    if not rows:
        return []
    offered, taken = on_offer(today), chosen_lately(at)
    latest = _latest_choices([row[1].id for row in rows])
    found = []
    for suggestion, voucher, capacity in rows:
        chosen_at = latest.get(voucher.id)
        now = Standing(
            chosen=chosen_at is not None and chosen_at >= suggestion.made_at,
            voucher_live=is_live(voucher, today),
            held=False,
            # Asked of each page and choice: a statement for every suggestion would be too many.
            connected=False,
            on_offer=suggestion.offering_id in offered,
            room=capacity - taken.get(suggestion.offering_id, 0),
            declined=False,
            in_time=is_in_time(suggestion, today),
        )
        bar = bar_of(now)
        found += [Ended(suggestion.id, bar)] if bar else []
    return found


def _latest_choices(voucher_ids: Sequence[int]) -> dict[int, datetime]:
    query = (
        select(Match.voucher_id, func.max(Match.chosen_at))
        .where(Match.voucher_id.in_(voucher_ids))
        .group_by(Match.voucher_id)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def is_live(voucher: Voucher, today: date) -> bool:
    """Whether something can be chosen with the voucher."""
    return voucher.status is VoucherStatus.ISSUED and voucher.expires_on >= today


def is_in_time(made: Suggestion, today: date) -> bool:
    """Whether the last day of a suggestion that was made is not over."""
    return made.last_day_on is not None and today <= made.last_day_on


def suggestion_for(voucher: Voucher, at: datetime) -> Suggestion | None:
    """What the programme suggests to a voucher's business and still stands at this moment, with
    offering and provider; None where there is nothing."""
    query = (
        select(Suggestion, Application)
        .join(Application, Application.id == Suggestion.application_id)
        .join(Suggestion.offering)
        .join(Offering.provider)
        .where(Suggestion.voucher_id == voucher.id, Suggestion.status == SuggestionStatus.OPEN)
        .options(contains_eager(Suggestion.offering).contains_eager(Offering.provider))
    )
    row = session.execute(query).one_or_none()
    if row is None:
        return None
    found: Suggestion = row[0]
    application: Application = row[1]
    today, offering = london_date(at), found.offering
    now = Standing(
        chosen=chosen_since(voucher.id, found.made_at) is not None,
        voucher_live=is_live(voucher, today),
        held=application.held_at is not None,
        connected=connected(application, offering.provider_id),
        on_offer=offering.id in on_offer(today),
        room=offering.capacity_per_month - chosen_lately(at).get(offering.id, 0),
        declined=has_declined(voucher.id, offering.id),
        in_time=is_in_time(found, today),
    )
    return None if bar_of(now) else found


def provider_name(offering_id: int) -> tuple[str, str, str]:
    """An offering's title and reference, and its provider's name."""
    query = (
        select(Offering.title, Offering.reference, Provider.name)
        .join(Provider, Provider.id == Offering.provider_id)
        .where(Offering.id == offering_id)
    )
    row = session.execute(query).one()
    return row[0], row[1], row[2]
