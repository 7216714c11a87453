"""Writes of the dialogue: a question asked and answered, another day proposed, taken or refused.

Lock order: voucher → application → match → proposal; a question is locked alone.
"""

import secrets
from datetime import date, datetime
from typing import Any

from voucher.accounts.queries import is_of_business, is_of_provider
from voucher.applications.models import Application
from voucher.audit.operations import record
from voucher.businesses.models import Business
from voucher.core.clock import london_date
from voucher.core.db import lock, session, translating_constraints
from voucher.core.errors import Conflict, Invalid, NotFound, NotPermitted
from voucher.core.references import make_reference
from voucher.core.status import opened, transition
from voucher.core.working_days import add_working_days
from voucher.matching.dialogue.models import (
    ALREADY_PROPOSED,
    DATE_MOVES,
    DateProposal,
    DateStatus,
    Question,
)
from voucher.matching.dialogue.queries import asked_so_far, open_proposal
from voucher.matching.dialogue.rules import (
    LONGEST_ANSWER,
    LONGEST_NOTE,
    LONGEST_QUESTION,
    asking_problem,
    contact_problem,
    name_problem,
)
from voucher.matching.models import MATCH_MOVES, Match, MatchStatus
from voucher.matching.operations.choice import (
    LIVE_VOUCHER,
    enter_agreement,
    lock_case,
    lock_match,
    lock_match_of_voucher,
    provider_may_work,
    record_event,
    require_agreement,
    require_listed,
)
from voucher.matching.queries import live_match, matches_of
from voucher.matching.rules import AgreementObstacle, VoucherFacts, start_problem
from voucher.programmes.models import Round
from voucher.providers.models import Offering

REACHABLE = (MatchStatus.ACCEPTED, MatchStatus.AGREED)


# --- questions ----------------------------------------------------------------------------------


def ask(
    *, voucher: VoucherFacts, offering: Offering, words: str, by: int, at: datetime
) -> Question:
    """The business asks the provider of an offering on its list, which does not learn who asks.

    Before: the voucher live and in date, nobody's acceptance yet, the provider able to work, fewer
    questions than the limits. After: a question to be answered by a day. Raises Invalid on "words",
    Conflict with what stands in the way.
    """
    said = _words(words, LONGEST_QUESTION, "Write your question.")
    locked, application = lock_case(voucher)
    named = name_problem(said, session.get_one(Business, application.business_id).name)
    if named:
        raise Invalid(named, "words")
    today = london_date(at)
    _require_open(locked, today)
    chosen = live_match(matches_of(locked.id))
    if chosen is not None and chosen.status in REACHABLE:
        raise Conflict("A provider has accepted your choice, so you can ask it directly.")
    require_listed(application.id, offering.id)
    if not provider_may_work(offering.provider_id, today):
        raise Conflict(AgreementObstacle.PROVIDER_MAY_NOT_WORK.words)
    so_far = asked_so_far(locked.id, offering.id, at)
    problem = asking_problem(**vars(so_far))
    if problem:
        raise Conflict(problem)
    question = Question(
        reference=make_reference("QST", secrets.token_bytes(5)),
        voucher_id=locked.id,
        application_id=application.id,
        offering_id=offering.id,
        provider_id=offering.provider_id,
        words=said,
        answer="",
        asked_at=at,
        asked_by_id=by,
        answer_by_on=_answer_by(locked, at),
    )
    session.add(question)
    session.flush()
    _note(question, "question.asked", application, by=by, at=at)
    return question


def answer(*, question: Question, words: str, by: int, at: datetime) -> None:
    """The provider answers, once; the business reads it beside the offering and is told.

    Raises Invalid on "words", Conflict when it is answered already, NotPermitted for anybody not of
    the provider, and for somebody of both.
    """
    said = _words(words, LONGEST_ANSWER, "Write your answer.")
    locked: Question | None = lock(Question, question.id)
    if locked is None:
        raise NotFound("There is no such question.")
    application = session.get_one(Application, locked.application_id)
    if not is_of_provider(by, locked.provider_id):
        raise NotPermitted("Only somebody of the provider can answer.")
    if is_of_business(by, application.business_id):
        raise NotPermitted("You belong to both parties, so somebody else must answer.")
    if locked.answered_at is not None:
        raise Conflict("This question has been answered already.")
    locked.answer, locked.answered_at, locked.answered_by_id = said, at, by
    session.flush()
    _note(locked, "question.answered", application, by=by, at=at)


def _require_open(voucher: VoucherFacts, today: date) -> None:
    if voucher.status.value != LIVE_VOUCHER:
        raise Conflict(AgreementObstacle.VOUCHER_NOT_LIVE.words)
    if today > voucher.expires_on:
        raise Conflict(AgreementObstacle.VOUCHER_EXPIRED.words)


def _words(given: str, longest: int, missing: str) -> str:
    said = given.strip()
    problem = contact_problem(said)
    if not said:
        raise Invalid(missing, "words")
    if len(said) > longest:
        raise Invalid(f"This must be {longest:,} characters or fewer.", "words")
    if problem:
        raise Invalid(problem, "words")
    return said


def _answer_by(voucher: VoucherFacts, at: datetime) -> date:
    days = session.get_one(Round, voucher.round_id).provider_answer_working_days
    return min(add_working_days(london_date(at), days), voucher.expires_on)


def _note(question: Question, action: str, application: Application, **who: Any) -> None:
    facts = {"offering": question.offering_id, "provider": question.provider_id}
    record(action=action, subject=question, case=application.reference, details=facts, **who)


# --- another day --------------------------------------------------------------------------------


def propose_date(
    *, match: Match, voucher: VoucherFacts, start_on: date, words: str, by: int, at: datetime
) -> DateProposal:
    """Instead of accepting, the provider names another day on which it could start.

    Before: OFFERED and in time, no other day proposed. After: the business answers within the
    round's working days for an answer, which become the match's own last day. Raises Invalid on
    "start_on" or "words", Conflict with what stands in the way.
    """
    note = words.strip()
    if len(note) > LONGEST_NOTE:
        raise Invalid(f"This must be {LONGEST_NOTE} characters or fewer.", "words")
    locked_voucher, application, locked = lock_match_of_voucher(match, voucher)
    today = london_date(at)
    _require_waiting(locked, today)
    problem = start_problem(start_on, today)
    if problem:
        raise Invalid(problem, "start_on")
    if locked.wanted_by_on is not None and start_on <= locked.wanted_by_on:
        raise Invalid("This is in time for the business. Accept the work instead.", "start_on")
    if open_proposal(locked.id) is not None:
        raise Conflict(ALREADY_PROPOSED)
    require_agreement(locked_voucher, application, locked, today)
    proposal = DateProposal(
        match_id=locked.id,
        status=DateStatus.PROPOSED,
        start_on=start_on,
        words=note,
        answer_by_on=_answer_by(locked_voucher, at),
        proposed_at=at,
        proposed_by_id=by,
    )
    locked.answer_by_on = proposal.answer_by_on
    with translating_constraints():
        session.add(proposal)
        opened(proposal, at=at, by=by)
    _tell(proposal, locked, "match.date_proposed", application, by=by, at=at)
    return proposal


def accept_date(
    *, match: Match, voucher: VoucherFacts, proposal_id: int, by: int, at: datetime
) -> None:
    """The business takes the other day and agrees; the programme agrees by rule, at once.

    The provider's own agreement is its proposal. After: AGREED by all three. Raises Conflict when
    another day is proposed by now, it is too late, or something stands in the way.
    """
    locked_voucher, application, locked = lock_match_of_voucher(match, voucher)
    proposal = _open(locked)
    if proposal.id != proposal_id:
        raise Conflict("This has changed since you opened it. Read it again.")
    today = london_date(at)
    if today > proposal.answer_by_on:
        raise Conflict("The time to answer is over. Choose from your list again.")
    require_agreement(locked_voucher, application, locked, today)
    _settle(proposal, DateStatus.ACCEPTED, by=by, at=at)
    transition(
        locked,
        MatchStatus.ACCEPTED,
        moves=MATCH_MOVES,
        at=at,
        by=by,
        start_on=proposal.start_on,
        answered_at=proposal.proposed_at,
        answered_by_id=proposal.proposed_by_id,
        provider_agreed_at=proposal.proposed_at,
        provider_agreed_by_id=proposal.proposed_by_id,
    )
    _tell(proposal, locked, "match.date_accepted", application, by=by, at=at)
    enter_agreement(locked, application, by=by, at=at)


def refuse_date(*, match: Match, voucher: VoucherFacts, by: int, at: datetime) -> None:
    """The business does not take the other day: its choice ends, and the next is proposed to it.

    Raises Conflict when no other day waits for its answer.
    """
    _, application, locked = lock_match_of_voucher(match, voucher)
    proposal = _open(locked)
    _settle(proposal, DateStatus.REFUSED, by=by, at=at)
    transition(locked, MatchStatus.WITHDRAWN, moves=MATCH_MOVES, at=at, by=by)
    _tell(proposal, locked, "match.date_refused", application, by=by, at=at)


def end_proposal(*, proposal_id: int, at: datetime) -> bool:
    """End a proposal whose match was answered or ended otherwise; False while it still waits."""
    known = session.get_one(DateProposal, proposal_id)
    locked, _ = lock_match(session.get_one(Match, known.match_id))
    proposal: DateProposal = lock(DateProposal, proposal_id)
    if proposal.status not in DATE_MOVES or locked.status is MatchStatus.OFFERED:
        return False
    _settle(proposal, DateStatus.ENDED, by=None, at=at)
    return True


def _require_waiting(match: Match, today: date) -> None:
    if match.status is not MatchStatus.OFFERED:
        raise Conflict(f"This can’t be done now: it is already “{match.status.public_label}”.")
    if today > match.answer_by_on:
        raise Conflict("The time to answer is over. The business is being shown other providers.")


def _open(match: Match) -> DateProposal:
    found = open_proposal(match.id)
    if found is None:
        raise Conflict("No other day is proposed any more. It was answered or has ended.")
    locked: DateProposal = lock(DateProposal, found.id)
    return locked


def _settle(proposal: DateProposal, to: DateStatus, *, by: int | None, at: datetime) -> None:
    facts = {"settled_at": at, "settled_by_id": by}
    transition(proposal, to, moves=DATE_MOVES, at=at, by=by, **facts)


def _tell(
    proposal: DateProposal, match: Match, action: str, application: Application, **who: Any
) -> None:
    record_event(match, action, application, day=proposal.id, **who)
