"""An agreement changed before its voucher is redeemed: one party proposes, the other answers.

Nothing moves in the books: the award's whole amount stays reserved until the voucher is redeemed,
which commits what the match then says and releases the rest. The voucher never pays more than was
awarded: more support needs a new application and a new subsidy notice.
Lock order: voucher → application → match → variation.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from voucher.accounts.queries import is_of_business, is_of_provider
from voucher.applications.models import Application
from voucher.core.clock import london_date
from voucher.core.db import lock, session, translating_constraints
from voucher.core.errors import Conflict, Invalid, NotPermitted
from voucher.core.status import opened, transition
from voucher.core.working_days import add_working_days
from voucher.matching.models import (
    ALREADY_PROPOSED,
    VARIATION_MOVES,
    Match,
    MatchStatus,
    Variation,
    VariationStatus,
)
from voucher.matching.operations.choice import (
    LIVE_VOUCHER,
    lock_match_of_voucher,
    provider_may_work,
    record_event,
)
from voucher.matching.queries import open_variation
from voucher.matching.rules import (
    PriceBreakdown,
    VoucherFacts,
    agreement_obstacles,
    price_breakdown,
    variation_needs_officer,
)
from voucher.programmes.models import Round
from voucher.providers.models import Provider
from voucher.providers.rules import DEAREST_PENCE, vat_problem

LONGEST_WORDS = 2_000
LONGEST_SCOPE = 4_000
PARTS = ("net_price_pence", "vat_rate_bps", "vat_pence", "voucher_pence", "contribution_pence")
_V = VariationStatus


def propose_variation(
    *,
    match: Match,
    voucher: VoucherFacts,
    values: Mapping[str, Any],
    by_provider: bool,
    by: int,
    at: datetime,
) -> Variation:
    """One party proposes other terms: `net_price_pence`, `vat_rate_bps`, `scope`; `words` say why.

    Before: AGREED, the voucher live, the case not held, nothing else proposed. After: a variation
    with the amounts before and after, to answer within the round's working days for an answer and
    before the voucher ends; until it is settled the voucher can't be redeemed. Raises Invalid
    naming the field, Conflict when it is too late, NotPermitted for anybody not of the party.
    """
    locked_voucher, application, locked = lock_match_of_voucher(match, voucher)
    _require_party(locked, application, by, provider=by_provider)
    _require_variable(locked_voucher, application, locked, london_date(at))
    if open_variation(locked.id) is not None:
        raise Conflict(ALREADY_PROPOSED)
    words = _words(values.get("words"), "words", LONGEST_WORDS, "Say what changes, and why.")
    scope = _words(values.get("scope"), "scope", LONGEST_SCOPE, "Say what is done.")
    amounts = _amounts(locked, locked_voucher, values)
    work_changed = scope != (locked.scope or "").strip()
    if not work_changed and all(getattr(locked, part) == getattr(amounts, part) for part in PARTS):
        raise Invalid(
            "This is what you have agreed already. Change the price or the work.", "scope"
        )
    variation = _variation(locked, amounts, scope, work_changed)
    variation.words, variation.by_provider = words, by_provider
    variation.proposed_at, variation.proposed_by_id = at, by
    variation.answer_by_on = _answer_by(locked_voucher, at)
    with translating_constraints():
        session.add(variation)
        opened(variation, at=at, by=by)
    _note(variation, locked, application, "proposed", by=by, at=at)
    return variation


def _variation(match: Match, new: PriceBreakdown, scope: str, work_changed: bool) -> Variation:
    """The terms before and after, and whether an officer must agree to them."""
    return Variation(
        match_id=match.id,
        status=_V.PROPOSED,
        needs_officer=variation_needs_officer(
            was_net_price_pence=match.net_price_pence or 0,
            net_price_pence=new.net_price_pence,
            work_changed=work_changed,
        ),
        was_scope=match.scope or "",
        scope=scope,
        **{f"was_{part}": getattr(match, part) for part in PARTS},
        **{part: getattr(new, part) for part in PARTS},
    )


def agree_to_variation(
    *, match: Match, voucher: VoucherFacts, variation_id: int, by: int, at: datetime
) -> Variation:
    """The other party agrees to the change it read; the programme agrees too, or an officer must.

    After: AGREED, and the match holds the new terms; or REFERRED, where the price is higher or the
    work another than before: an officer then has the round's working days for a decision. Raises
    NotPermitted for anybody but the other party, Conflict when another change is proposed by now,
    it is too late, or something stands in the way.
    """
    locked_voucher, application, locked = lock_match_of_voucher(match, voucher)
    variation = _open(locked)
    _require_party(locked, application, by, provider=not variation.by_provider)
    if by == variation.proposed_by_id:
        raise NotPermitted("You proposed this, so somebody of the other party must answer it.")
    if variation.id != variation_id or variation.status is not _V.PROPOSED:
        raise Conflict("This has changed since you opened it. Read it again.")
    today = london_date(at)
    if today > variation.answer_by_on:
        raise Conflict("The time to answer is over. What you first agreed stays as it is.")
    _require_variable(locked_voucher, application, locked, today)
    answered = {"answered_at": at, "answered_by_id": by}
    if variation.needs_officer:
        facts = {**answered, "decide_by_on": _decide_by(locked_voucher, at)}
        transition(variation, _V.REFERRED, moves=VARIATION_MOVES, at=at, by=by, **facts)
        _note(variation, locked, application, "referred", by=by, at=at)
        return variation
    transition(variation, _V.AGREED, moves=VARIATION_MOVES, at=at, by=by, **answered)
    _take_over(variation, locked, locked_voucher)
    _note(variation, locked, application, "agreed", by=by, at=at)
    return variation


def refuse_variation(
    *, match: Match, voucher: VoucherFacts, words: str, by: int, at: datetime
) -> None:
    """The other party does not agree, and says why; what was agreed before stays.

    Raises Invalid on "words", Conflict when there is nothing to refuse, NotPermitted as above.
    """
    said = _words(words, "words", LONGEST_WORDS, "Say why you don’t agree.")
    _, application, locked = lock_match_of_voucher(match, voucher)
    variation = _open(locked)
    _require_party(locked, application, by, provider=not variation.by_provider)
    if variation.status is not _V.PROPOSED:
        raise Conflict("You have agreed to this already. You can take the change back instead.")
    facts = {"answered_at": at, "answered_by_id": by, "refusal": said}
    transition(variation, _V.REFUSED, moves=VARIATION_MOVES, at=at, by=by, **facts)
    _note(variation, locked, application, "refused", by=by, at=at)


def withdraw_variation(
    *, match: Match, voucher: VoucherFacts, by_provider: bool, by: int, at: datetime
) -> None:
    """Take a change back: who proposed it, or either party while it waits for an officer.

    Raises Conflict when there is none, NotPermitted for the party that should answer it.
    """
    _, application, locked = lock_match_of_voucher(match, voucher)
    variation = _open(locked)
    _require_party(locked, application, by, provider=by_provider)
    if variation.status is _V.PROPOSED and variation.by_provider is not by_provider:
        raise NotPermitted("The other party proposed this. Agree or say that you don’t.")
    transition(variation, _V.WITHDRAWN, moves=VARIATION_MOVES, at=at, by=by)
    side = {"withdrawn_by_provider": by_provider}
    _note(variation, locked, application, "withdrawn", by=by, at=at, **side)


def allow_variation(
    *, match: Match, voucher: VoucherFacts, note: str, by: int, at: datetime
) -> None:
    """An officer agrees for the programme to what both parties agreed; the match takes it over.

    Raises Invalid on "note" without the reason, Conflict when it does not wait for an officer or
    something stands in the way, NotPermitted for somebody of either party.
    """
    said = _words(note, "note", LONGEST_WORDS, "Say why the change is right.")
    locked_voucher, application, locked = lock_match_of_voucher(match, voucher)
    variation = _referred(locked, application, by)
    if _is_late(variation, london_date(at)):
        raise Conflict("The last day to decide is over. The parties can propose the change again.")
    _require_variable(locked_voucher, application, locked, london_date(at))
    facts = {"decided_at": at, "decided_by_id": by, "officer_note": said}
    transition(variation, _V.AGREED, moves=VARIATION_MOVES, at=at, by=by, **facts)
    _take_over(variation, locked, locked_voucher)
    _note(variation, locked, application, "agreed", by=by, at=at)


def disallow_variation(
    *, match: Match, voucher: VoucherFacts, note: str, by: int, at: datetime
) -> None:
    """An officer does not agree, in words both parties read; what was agreed before stays."""
    said = _words(note, "note", LONGEST_WORDS, "Say why not, in words both parties can act on.")
    _, application, locked = lock_match_of_voucher(match, voucher)
    variation = _referred(locked, application, by)
    facts = {"decided_at": at, "decided_by_id": by, "refusal": said}
    transition(variation, _V.REFUSED, moves=VARIATION_MOVES, at=at, by=by, **facts)
    _note(variation, locked, application, "refused", by=by, at=at)


def lapse_variation(*, variation_id: int, at: datetime) -> bool:
    """Let a change lapse that was not answered in time, or whose agreement has ended; else False.

    The other party's last day counts while it is proposed, the officer's once both have agreed.
    """
    known = session.get_one(Variation, variation_id)
    application: Application = lock(Application, _match_of(known).application_id)
    match: Match = lock(Match, known.match_id)
    variation: Variation = lock(Variation, variation_id)
    late = _is_late(variation, london_date(at))
    if variation.status not in VARIATION_MOVES or not (late or not _stands(match)):
        return False
    how = {"ended": not _stands(match), "undecided": variation.status is _V.REFERRED}
    transition(variation, _V.LAPSED, moves=VARIATION_MOVES, at=at, by=None)
    _note(variation, match, application, "lapsed", by=None, at=at, **how)
    return True


def _is_late(variation: Variation, today: date) -> bool:
    """Whether who should speak next has let the last day pass."""
    if variation.status is _V.REFERRED:
        return variation.decide_by_on is not None and today > variation.decide_by_on
    return variation.status is _V.PROPOSED and today > variation.answer_by_on


def _match_of(variation: Variation) -> Match:
    return session.get_one(Match, variation.match_id)


def _stands(match: Match) -> bool:
    return match.status is MatchStatus.AGREED


def _open(match: Match) -> Variation:
    found = open_variation(match.id)
    if found is None:
        raise Conflict("No change is proposed any more. It was answered, taken back or has ended.")
    locked: Variation = lock(Variation, found.id)
    return locked


def _referred(match: Match, application: Application, by: int) -> Variation:
    variation = _open(match)
    if is_of_business(by, application.business_id) or is_of_provider(by, match.provider_id):
        raise NotPermitted("You belong to one of the parties, so a colleague must do this.")
    if variation.status is not _V.REFERRED:
        raise Conflict("Both parties must agree before an officer does.")
    return variation


def _require_party(match: Match, application: Application, by: int, *, provider: bool) -> None:
    of_provider = is_of_provider(by, match.provider_id)
    of_business = is_of_business(by, application.business_id)
    if of_provider and of_business:
        raise NotPermitted("You belong to both parties, so somebody else must do this.")
    if not (of_provider if provider else of_business):
        raise NotPermitted("Only somebody of the other party can do this.")


def reason_against(*, match: Match, voucher: VoucherFacts, today: date) -> str:
    """Why no change of this agreement can be proposed today, for either party; "" if it can."""
    try:
        _require_variable(voucher, session.get_one(Application, match.application_id), match, today)
    except Conflict as error:
        return str(error)
    return ""


def _require_variable(
    voucher: VoucherFacts, application: Application, match: Match, today: date
) -> None:
    """Whether the programme could agree to anything now: its own rule, but for the published price.

    An offering that is published no more was agreed on already.
    """
    if match.status is not MatchStatus.AGREED:
        raise Conflict("Only what all three have agreed on can be changed.")
    if voucher.status.value == "redeemed":
        raise Conflict(
            "The voucher has been redeemed. If less is delivered than was agreed, the provider "
            "offers a lower price on its claim."
        )
    obstacles = agreement_obstacles(
        voucher_live=voucher.status.value == LIVE_VOUCHER,
        voucher_expires_on=voucher.expires_on,
        today=today,
        case_held=application.held_at is not None,
        provider_may_work=provider_may_work(match.provider_id, today),
        offering_published=True,
        price_as_published=True,
    )
    if obstacles:
        raise Conflict(" ".join(obstacle.words for obstacle in obstacles))


def _amounts(match: Match, voucher: VoucherFacts, values: Mapping[str, Any]) -> PriceBreakdown:
    net = values.get("net_price_pence")
    if net is None or not 0 < net <= DEAREST_PENCE:
        raise Invalid("Enter a price above nothing and up to £100,000.", "net_price_pence")
    provider = session.get_one(Provider, match.provider_id, populate_existing=True)
    rate = values.get("vat_rate_bps")
    if rate is None:
        # Who is registered no more charges none, and has no rate to choose on the page.
        rate = (match.vat_rate_bps or 0) if provider.vat_registered else 0
    problem = vat_problem(rate, vat_registered=provider.vat_registered)
    if problem:
        raise Invalid(problem.words, "vat_rate_bps")
    amounts = price_breakdown(
        net_price_pence=net,
        vat_rate_bps=rate,
        cap_pence=voucher.cap_pence,
        share_bps=voucher.share_bps,
    )
    if amounts.voucher_pence == 0:
        raise Invalid("The voucher pays nothing of such a price.", "net_price_pence")
    return amounts


def _answer_by(voucher: VoucherFacts, at: datetime) -> date:
    round_ = session.get_one(Round, voucher.round_id)
    days = round_.provider_answer_working_days
    return min(add_working_days(london_date(at), days), voucher.expires_on)


def _decide_by(voucher: VoucherFacts, at: datetime) -> date:
    """The officer's last day: the published clock of a decision, before the voucher ends."""
    days = session.get_one(Round, voucher.round_id).decision_working_days
    return min(add_working_days(london_date(at), days), voucher.expires_on)


def _take_over(variation: Variation, match: Match, voucher: VoucherFacts) -> None:
    """Make the match the new agreement; the voucher's part is within the award, as ever."""
    if variation.voucher_pence > voucher.cap_pence:
        raise Conflict("The voucher can’t pay more than was awarded. Propose another price.")
    match.scope = variation.scope
    for part in PARTS:
        setattr(match, part, getattr(variation, part))
    session.flush()


def _words(given: Any, field: str, longest: int, missing: str) -> str:
    said = str(given or "").strip()
    if not said:
        raise Invalid(missing, field)
    if len(said) > longest:
        raise Invalid(f"This must be {longest:,} characters or fewer.", field)
    return said


def _note(
    variation: Variation,
    match: Match,
    application: Application,
    step: str,
    *,
    by: int | None,
    at: datetime,
    **more: Any,
) -> None:
    record_event(
        match,
        f"match.variation_{step}",
        application,
        by=by,
        at=at,
        variation=variation.id,
        voucher_pence=variation.voucher_pence,
        **more,
    )
