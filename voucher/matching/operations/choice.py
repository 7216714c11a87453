"""The business's choice, the provider's answer, the agreement of the three.

Lock order: voucher → application → offering → match.
"""

import secrets
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from voucher.applications.models import Application
from voucher.audit.operations import record
from voucher.businesses.models import Business
from voucher.businesses.ways import way_label
from voucher.core.clock import london_date
from voucher.core.db import lock, session, translating_constraints
from voucher.core.errors import Conflict, Invalid, NotFound
from voucher.core.references import make_reference
from voucher.core.status import opened, transition
from voucher.core.working_days import add_working_days
from voucher.matching.dialogue.queries import open_proposal
from voucher.matching.dialogue.rules import later_than_wanted
from voucher.matching.models import MATCH_MOVES, DeclineCode, Match, MatchStatus
from voucher.matching.queries import (
    chosen_lately,
    connections_of,
    latest_shortlist,
    ways_asked,
)
from voucher.matching.rules import (
    AgreementObstacle,
    VoucherFacts,
    agreement_obstacles,
    price_breakdown,
    start_problem,
)
from voucher.programmes.models import Round
from voucher.providers.models import Offering, OfferingStatus, Provider
from voucher.providers.queries import checklist_of
from voucher.providers.rules import may_work

LIVE_VOUCHER = "issued"
LONGEST_REASON = 500


def choose(
    *,
    voucher: VoucherFacts,
    offering: Offering,
    by: int,
    at: datetime,
    wanted_by_on: date | None = None,
) -> Match:
    """Put the business's choice to its provider, who has until a deadline to answer.

    `wanted_by_on`: the latest start that suits the business, if it names one.

    Before: the voucher is live, the offering on the application's latest shortlist and still open,
    not declined before, no other choice live. After: a match OFFERED with the scope and the five
    amounts as they are now. Raises Conflict with what stands in the way, Invalid on "wanted_by_on".
    """
    locked, application = lock_case(voucher)
    today = london_date(at)
    problem = start_problem(wanted_by_on, today) if wanted_by_on else None
    if problem:
        raise Invalid(problem, "wanted_by_on")
    require_listed(application.id, offering.id)
    # Locked, so that two businesses can't both take the last place of a month.
    fresh: Offering = lock(Offering, offering.id)
    require_agreeable(locked, application, fresh, today, price_as_published=True)
    _require_room(fresh, at)
    _require_ways(application.id, fresh)
    _require_not_declined(locked.id, fresh.id)
    match = _offered(locked, fresh, at)
    match.chosen_by_id, match.wanted_by_on = by, wanted_by_on
    with translating_constraints():
        session.add(match)
        opened(match, at=at, by=by)
    record_event(match, "match.chosen", application, by=by, at=at, offering=fresh.id)
    return match


def _offered(voucher: VoucherFacts, offering: Offering, at: datetime) -> Match:
    """A match as the offering stands now, to be answered within the round's working days."""
    amounts = price_breakdown(
        net_price_pence=offering.net_price_pence,
        vat_rate_bps=offering.charged_vat_bps,
        cap_pence=voucher.cap_pence,
        share_bps=voucher.share_bps,
    )
    round_ = session.get_one(Round, voucher.round_id)
    return Match(
        reference=make_reference("MAT", secrets.token_bytes(5)),
        voucher_id=voucher.id,
        application_id=voucher.application_id,
        offering_id=offering.id,
        provider_id=offering.provider_id,
        status=MatchStatus.OFFERED,
        chosen_at=at,
        answer_by_on=add_working_days(london_date(at), round_.provider_answer_working_days),
        scope=offering.scope,
        net_price_pence=amounts.net_price_pence,
        vat_rate_bps=amounts.vat_rate_bps,
        vat_pence=amounts.vat_pence,
        voucher_pence=amounts.voucher_pence,
        contribution_pence=amounts.contribution_pence,
    )


def lock_case(voucher: VoucherFacts) -> tuple[Any, Application]:
    locked = lock(type(voucher), voucher.id)
    if locked is None:
        raise NotFound("There is no such voucher.")
    application: Application = lock(Application, locked.application_id)
    return locked, application


def lock_match_of_voucher(match: Match, voucher: VoucherFacts) -> tuple[Any, Application, Match]:
    """The voucher, its application and the match, locked in this order and read as they are now.

    Raises NotFound when the match is not one of the voucher's.
    """
    locked_voucher, application = lock_case(voucher)
    locked: Match | None = lock(Match, match.id)
    if locked is None or locked.voucher_id != locked_voucher.id:
        raise NotFound("There is no such match.")
    return locked_voucher, application, locked


def require_listed(application_id: int, offering_id: int) -> None:
    shortlist = latest_shortlist(application_id)
    entries = shortlist.entries if shortlist else []
    if not any(entry.offering_id == offering_id for entry in entries):
        raise Conflict("Choose one of the offerings on your list.")


def _require_room(offering: Offering, at: datetime) -> None:
    if chosen_lately(at).get(offering.id, 0) >= offering.capacity_per_month:
        raise Conflict("This provider has no room left at the moment. Choose another offering.")


def _require_ways(application_id: int, offering: Offering) -> None:
    asked = ways_asked(application_id)
    offered = {*offering.languages, *offering.accessibility}
    missing = [way_label(way) for way in (asked.needed if asked else ()) if way not in offered]
    if missing:
        raise Conflict(
            f"This offering does not come with something you need: {', '.join(missing)}. "
            "Look again for who can help."
        )


def _require_not_declined(voucher_id: int, offering_id: int) -> None:
    query = select(Match.id).where(
        Match.voucher_id == voucher_id,
        Match.offering_id == offering_id,
        Match.status == MatchStatus.DECLINED,
    )
    if session.execute(query).first() is not None:
        raise Conflict("This provider has declined already. Choose another offering.")


# --- the answers ------------------------------------------------------------------------------


def accept(*, match: Match, start_on: date, by: int, at: datetime) -> None:
    """The provider accepts and names the day it can start: it has agreed.

    Raises Invalid on "start_on"; Conflict when it does not wait for an answer, the deadline has
    passed, the provider may not work, or the published price is not the one that was chosen.
    """
    locked, application = lock_match(match)
    today = london_date(at)
    if locked.status is MatchStatus.OFFERED and today > locked.answer_by_on:
        raise Conflict("The time to answer is over. The business is being shown other providers.")
    problem = start_problem(start_on, today) or later_than_wanted(start_on, locked.wanted_by_on)
    if problem:
        raise Invalid(problem, "start_on")
    offering = session.get_one(Offering, locked.offering_id, populate_existing=True)
    if not provider_may_work(locked.provider_id, today):
        raise Conflict(
            "Your registration does not allow new work at the moment. Look at your checklist."
        )
    if not price_as_published(locked, offering):
        raise Conflict(AgreementObstacle.PRICE_CHANGED.words)
    transition(
        locked,
        MatchStatus.ACCEPTED,
        moves=MATCH_MOVES,
        at=at,
        by=by,
        start_on=start_on,
        answered_at=at,
        answered_by_id=by,
        provider_agreed_at=at,
        provider_agreed_by_id=by,
    )
    record_event(locked, "match.accepted", application, by=by, at=at)


def decline(
    *,
    match: Match,
    reason: str,
    by: int,
    at: datetime,
    code: DeclineCode = DeclineCode.OTHER,
) -> None:
    """The provider declines, with a reason the business reads; the next on its list is proposed.

    `reason`: its own words, needed where the code says no more than "another reason". Raises
    Invalid on "reason", Conflict when there is nothing left to decline.
    """
    words = _words(reason, needed=code is DeclineCode.OTHER)
    locked, application = lock_match(match)
    transition(
        locked,
        MatchStatus.DECLINED,
        moves=MATCH_MOVES,
        at=at,
        by=by,
        answered_at=at,
        answered_by_id=by,
        decline_code=code,
        decline_reason=words,
    )
    record_event(locked, "match.declined", application, by=by, at=at, declined=code.value)


def withdraw(*, match: Match, voucher: VoucherFacts, by: int, at: datetime) -> None:
    """The business takes its choice back, which it may until the voucher is redeemed.

    Raises Conflict after that.
    """
    locked_voucher, application, locked = lock_match_of_voucher(match, voucher)
    if locked_voucher.status.value != LIVE_VOUCHER:
        raise Conflict("The voucher has been used, so this can’t be taken back here. Write to us.")
    transition(locked, MatchStatus.WITHDRAWN, moves=MATCH_MOVES, at=at, by=by)
    record_event(locked, "match.withdrawn", application, by=by, at=at)


def lapse(*, match: Match, at: datetime) -> bool:
    """Let a match lapse that nobody answered in time; False when it is not so (any more).

    Who was silent is the business where the provider had proposed another day.
    """
    locked, application = lock_match(match)
    proposed = open_proposal(locked.id) is not None
    if locked.status is not MatchStatus.OFFERED or london_date(at) <= locked.answer_by_on:
        return False
    transition(locked, MatchStatus.LAPSED, moves=MATCH_MOVES, at=at, by=None)
    record_event(locked, "match.lapsed", application, by=None, at=at, day_proposed=proposed)
    return True


# --- the agreement -----------------------------------------------------------------------------


def agree(*, match: Match, voucher: VoucherFacts, by: int, at: datetime) -> None:
    """The business agrees to what the provider accepted; the programme agrees by rule, at once.

    Before: ACCEPTED, the voucher live and in date, the case not held, the provider able to work,
    the offering published at the price chosen. After: AGREED by all three, each with its moment.
    Raises Conflict naming everything that stands in the way.
    """
    locked_voucher, application, locked = lock_match_of_voucher(match, voucher)
    require_agreement(locked_voucher, application, locked, london_date(at))
    enter_agreement(locked, application, by=by, at=at)


def require_agreement(
    voucher: VoucherFacts, application: Application, match: Match, today: date
) -> None:
    """Raise Conflict with everything that keeps the programme from agreeing to this match."""
    offering = session.get_one(Offering, match.offering_id, populate_existing=True)
    as_published = price_as_published(match, offering)
    require_agreeable(voucher, application, offering, today, price_as_published=as_published)


def enter_agreement(locked: Match, application: Application, *, by: int, at: datetime) -> None:
    """Make the accepted match AGREED: the business's word now, and the programme's by rule."""
    transition(
        locked,
        MatchStatus.AGREED,
        moves=MATCH_MOVES,
        at=at,
        by=by,
        business_agreed_at=at,
        business_agreed_by_id=by,
        programme_agreed_at=at,
    )
    record_event(locked, "match.agreed", application, by=by, at=at)


def require_agreeable(
    voucher: VoucherFacts,
    application: Application,
    offering: Offering,
    today: date,
    *,
    price_as_published: bool,
) -> None:
    obstacles: Sequence[AgreementObstacle] = agreement_obstacles(
        voucher_live=voucher.status.value == LIVE_VOUCHER,
        voucher_expires_on=voucher.expires_on,
        today=today,
        case_held=application.held_at is not None,
        provider_may_work=provider_may_work(offering.provider_id, today),
        offering_published=offering.status is OfferingStatus.PUBLISHED,
        price_as_published=price_as_published,
        connected=connected(application, offering.provider_id),
    )
    if obstacles:
        raise Conflict(" ".join(obstacle.words for obstacle in obstacles))


def connected(application: Application, provider_id: int) -> bool:
    """Whether they are connected now, whatever they were when the list was made."""
    business = session.get_one(Business, application.business_id)
    return provider_id in connections_of(business, [application.contact_phone])


def provider_may_work(provider_id: int, today: date) -> bool:
    provider = session.get_one(Provider, provider_id, populate_existing=True)
    return may_work(provider, checklist_of(provider_id), today)


def price_as_published(match: Match, offering: Offering) -> bool:
    published = (offering.net_price_pence, offering.charged_vat_bps)
    return (match.net_price_pence, match.vat_rate_bps) == published


def lock_match(match: Match) -> tuple[Match, Application]:
    application: Application = lock(Application, match.application_id)
    locked: Match | None = lock(Match, match.id)
    if locked is None:
        raise NotFound("There is no such match.")
    return locked, application


def _words(reason: str, *, needed: bool) -> str:
    words = reason.strip()
    if needed and not words:
        raise Invalid("Say why, in a sentence the business can read.", "reason")
    if len(words) > LONGEST_REASON:
        raise Invalid(f"The reason must be {LONGEST_REASON} characters or fewer.", "reason")
    return words


def record_event(
    match: Match,
    action: str,
    application: Application,
    *,
    by: int | None,
    at: datetime,
    **details: Any,
) -> None:
    facts = {"offering": match.offering_id, "provider": match.provider_id, **details}
    record(action=action, subject=match, at=at, by=by, case=application.reference, details=facts)
