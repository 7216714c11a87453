"""The business pays its own part to the provider directly; when that is in doubt, nothing is paid.

The voucher pays a share of a price, so the rest of the price must have been paid. Provider,
business or officer can put that in question; the business pays and shows it, or says why it need
not; the provider says that it has been paid, or an officer decides. Lock order: claim.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import BinaryIO

from voucher.accounts.queries import is_of_business
from voucher.claims.models import (
    ALREADY_ASKED,
    UNPAID_MOVES,
    Claim,
    UnpaidContribution,
    UnpaidStatus,
)
from voucher.claims.operations.amending import said
from voucher.claims.operations.asking import ask
from voucher.claims.operations.review import require_no_part
from voucher.claims.operations.writing import UNDECIDED, lock_claim, record_event
from voucher.claims.queries.contributions import open_question
from voucher.claims.rules import (
    CONTRIBUTION_DAYS,
    EvidenceKind,
    EvidenceLevel,
    due_on,
    is_overdue,
)
from voucher.core.clock import london_date
from voucher.core.db import session
from voucher.core.errors import Conflict, Invalid, NotPermitted
from voucher.core.status import transition
from voucher.files.operations import store
from voucher.integrations.storage.store import ContentStore
from voucher.providers.operations.due_diligence import require_outsider
from voucher.vouchers.models import Redemption

_U = UnpaidStatus


class UnpaidDecision(StrEnum):
    """What an officer decides. A claim whose part stays unpaid is given back, for a lower price to
    be offered, or rejected: both are decisions on the claim itself."""

    MORE_TIME = "more_time"
    PROVEN = "proven"


def ask_for_proof(*, claim: Claim, note: str, by: int, at: datetime) -> UnpaidContribution:
    """An officer finds no evidence that the business has paid its part, and asks it.

    Raises Invalid on "note", Conflict when it is asked already or nothing is to be asked,
    NotPermitted for a member of a party.
    """
    words = said(note, "Say what is missing.", "note")
    locked = lock_claim(claim)
    require_no_part(locked, by)
    return _ask(locked, words, by=by, at=at)


def say_unpaid(*, claim: Claim, by: int, at: datetime) -> UnpaidContribution:
    """The business says that it has not paid its part yet, whatever the provider says."""
    locked = lock_claim(claim)
    _require_the_business(locked, by)
    return _ask(locked, "The business says that it has not paid its part yet.", by=by, at=at)


def _ask(claim: Claim, words: str, *, by: int, at: datetime) -> UnpaidContribution:
    if claim.status not in UNDECIDED or not claim.contribution_pence:
        raise Conflict("Nothing is to be asked about the business’s part on this claim now.")
    if open_question(claim.id) is not None:
        raise Conflict(ALREADY_ASKED)
    question = ask(claim, words, by=by, at=at)
    _record(claim, question, "claim.contribution_asked", by=by, at=at)
    return question


def show_paid(
    *,
    claim: Claim,
    paid_on: date | None,
    stream: BinaryIO,
    name: str,
    content_store: ContentStore,
    by: int,
    at: datetime,
) -> None:
    """The business says when it paid its part, and gives a proof; an officer looks at it.

    Raises Invalid on "paid_on" or "upload", Conflict when nothing is asked, NotPermitted for
    anybody not of the business.
    """
    locked = lock_claim(claim)
    _require_the_business(locked, by)
    question = _open(locked, _U.ASKED, _U.DENIED)
    day = _day(locked, paid_on, at)
    transition(question, _U.SHOWN, moves=UNPAID_MOVES, at=at, by=by, paid_on=day, answered_at=at)
    store(
        stream=stream,
        name=name,
        purpose=EvidenceKind.CONTRIBUTION_RECEIPT.value,
        subject=question,
        by=by,
        at=at,
        store=content_store,
        business_id=locked.business_id,
    )
    _record(locked, question, "claim.contribution_shown", by=by, at=at)


def deny(*, claim: Claim, words: str, by: int, at: datetime) -> None:
    """The business says why it need not pay its part; an officer looks into it.

    Raises Invalid on "words", and as `show_paid`.
    """
    explained = said(words, "Say why you don’t have to pay it.")
    locked = lock_claim(claim)
    _require_the_business(locked, by)
    question = _open(locked, _U.ASKED)
    facts = {"answer": explained, "answered_at": at}
    transition(question, _U.DENIED, moves=UNPAID_MOVES, at=at, by=by, **facts)
    _record(locked, question, "claim.contribution_denied", by=by, at=at)


def acknowledge(*, claim: Claim, paid_on: date | None, by: int, at: datetime) -> None:
    """The provider says that the business has paid since: what it said itself is settled by it.

    Not where an officer or the business put it in question, or the business denies that it must
    pay, nor where the claim takes full evidence: there an officer decides. Raises Invalid on
    "paid_on", Conflict otherwise.
    """
    locked = lock_claim(claim)
    question = _open(locked, _U.ASKED, _U.SHOWN, _U.DENIED)
    if question.status is _U.DENIED:
        raise Conflict("The business says that it need not pay this. We look into it.")
    theirs = question.asked_by_id == locked.submitted_by_id
    if not theirs or locked.evidence_level == EvidenceLevel.FULL:
        raise Conflict("We need a proof of this payment: the business shows it, and we look at it.")
    _settle(locked, question, _day(locked, paid_on, at), by=by, at=at)


def decide_unpaid(
    *,
    claim: Claim,
    decision: UnpaidDecision,
    paid_on: date | None,
    note: str,
    by: int,
    at: datetime,
) -> None:
    """An officer gives the business more time, or accepts that its part was paid, and says why.

    Raises Invalid on "note" or "paid_on", Conflict when nothing is asked, NotPermitted for a member
    of a party.
    """
    words = said(note, "Say why.", "note")
    locked = lock_claim(claim)
    require_no_part(locked, by)
    question = _open(locked, _U.ASKED, _U.SHOWN, _U.DENIED)
    question.note = words
    if decision is UnpaidDecision.PROVEN:
        _settle(locked, question, _day(locked, paid_on or question.paid_on, at), by=by, at=at)
        return
    if question.status is not _U.ASKED:
        transition(question, _U.ASKED, moves=UNPAID_MOVES, at=at, by=by)
    question.pay_by_on = due_on(london_date(at), CONTRIBUTION_DAYS)
    question.escalated_at = None
    session.flush()
    _record(locked, question, "claim.contribution_asked", by=by, at=at)


def escalate_question(*, question_id: int, at: datetime) -> bool:
    """Put a question before officers when the business let its last day pass; False otherwise."""
    known = session.get_one(UnpaidContribution, question_id)
    claim = lock_claim(session.get_one(Claim, known.claim_id))
    question = open_question(claim.id)
    if question is None or question.status is not _U.ASKED or question.escalated_at is not None:
        return False
    if not is_overdue(question.pay_by_on, london_date(at)):
        return False
    question.escalated_at = at
    session.flush()
    _record(claim, question, "claim.contribution_overdue", by=None, at=at)
    return True


def _settle(
    claim: Claim, question: UnpaidContribution, paid_on: date, *, by: int, at: datetime
) -> None:
    facts = {"paid_on": paid_on, "settled_at": at, "settled_by_id": by}
    transition(question, _U.EVIDENCED, moves=UNPAID_MOVES, at=at, by=by, **facts)
    claim.contribution_paid_on, claim.contribution_unpaid = paid_on, False
    session.flush()
    _record(claim, question, "claim.contribution_evidenced", by=by, at=at)


def _open(claim: Claim, *statuses: UnpaidStatus) -> UnpaidContribution:
    question = open_question(claim.id)
    if question is None or question.status not in statuses or claim.status not in UNDECIDED:
        raise Conflict("Nothing is asked about the business’s part on this claim now.")
    return question


def _day(claim: Claim, paid_on: date | None, at: datetime) -> date:
    if paid_on is None:
        raise Invalid("Enter the day on which it was paid.", "paid_on")
    if paid_on > london_date(at):
        raise Invalid("The day must be today or earlier.", "paid_on")
    redemption = session.get_one(Redemption, claim.redemption_id)
    if paid_on < london_date(redemption.redeemed_at):
        raise Invalid("The day must not be before the voucher was redeemed.", "paid_on")
    return paid_on


def _require_the_business(claim: Claim, by: int) -> None:
    if not is_of_business(by, claim.business_id):
        raise NotPermitted("Only the business can answer this.")
    require_outsider(by, claim.provider_id)


def _record(
    claim: Claim, question: UnpaidContribution, action: str, *, by: int | None, at: datetime
) -> None:
    pence = claim.contribution_pence
    record_event(claim, action, by=by, at=at, question=question.id, contribution_pence=pence)
