"""The worker on claims: silence is put before officers, offers lapse, claims are checked."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from voucher.claims.models import Claim, ClaimStatus
from voucher.claims.operations import escalate_claim, escalate_redemption, lapse_amendment
from voucher.claims.operations.contributions import escalate_question
from voucher.claims.operations.screening import screen
from voucher.claims.queries import (
    amendments_unanswered,
    claims_unanswered,
    redemptions_unclaimed,
)
from voucher.claims.queries.contributions import questions_overdue
from voucher.claims.queries.screening import PartyDue, claims_to_screen, parties_due
from voucher.core.clock import london_date
from voucher.core.db import lock, reading, session, transaction
from voucher.core.turns import MOST, in_turn
from voucher.integrations.companies_house.answers import CompanyProfile, Officer
from voucher.integrations.companies_house.errors import CompanyNotFound, RegisterUnavailable
from voucher.screening.models import Stage
from voucher.screening.operations.parties import keep_answer, keep_silence
from voucher.screening.queries import read_list_ahead

ASK_AGAIN = timedelta(days=1)
ASK_AGAIN_AFTER_SILENCE = timedelta(minutes=10)

logger = logging.getLogger("voucher.claims")


def escalate_silence(at: datetime) -> int:
    """Escalate the claims and redemptions whose last day is over, see `in_turn`; how many were new.

    Each once for each last day. Who is told of it, notifications decide from the events.
    """
    today = london_date(at)
    with reading():
        claims, redemptions = claims_unanswered(today), redemptions_unclaimed(today)
        session.rollback()
    unanswered = _each(claims, lambda id_: escalate_claim(claim_id=id_, at=at), "claim")
    return unanswered + _each(
        redemptions, lambda id_: escalate_redemption(redemption_id=id_, at=at), "redemption"
    )


def lapse_amendments(at: datetime) -> int:
    """End the offers of other amounts that the business has not answered in time; how many."""
    with reading():
        late = amendments_unanswered(london_date(at))
        session.rollback()
    return _each(late, lambda id_: lapse_amendment(amendment_id=id_, at=at), "offer")


def escalate_unpaid(at: datetime) -> int:
    """Put before officers the business parts that were not paid by their last day; how many."""
    with reading():
        late = questions_overdue(london_date(at))
        session.rollback()
    return _each(late, lambda id_: escalate_question(question_id=id_, at=at), "question")


def _each(ids: Sequence[int], act: Callable[[int], bool], what: str, most: int = MOST) -> int:
    return in_turn(ids, act, what=what, logger=logger, most=most)


class CompanyRegister(Protocol):
    """The gateway to the register, as far as it is used here."""

    def read_company(self, number: str) -> CompanyProfile:
        """The profile; raises CompanyNotFound, or RegisterUnavailable when there is no answer."""

    def read_officers(self, number: str) -> tuple[Officer, ...]:
        """Everybody who is or was an officer; raises as `read_company`."""


def look_parties_up(register: CompanyRegister, at: datetime, limit: int = 20) -> int:
    """Ask the register about businesses and providers that are to be paid for; how many.

    Daily while a claim waits, every ten minutes after no answer; between transactions, holding no
    lock. No answer is kept as such and never counted against anybody.
    """
    with reading():
        due = parties_due(at - ASK_AGAIN, at - ASK_AGAIN_AFTER_SILENCE, limit)
        session.rollback()
    for one in due:
        _look_up(register, one, at)
    return len(due)


def _look_up(register: CompanyRegister, one: PartyDue, at: datetime) -> None:
    key = {"party": one.party, "party_id": one.party_id, "number": one.number, "at": at}
    try:
        profile, officers = _ask(register, one.number)
    except (RegisterUnavailable, ValueError) as error:
        reason = getattr(error, "reason", None)
        with transaction():
            keep_silence(**key, trouble=reason.value if reason else "bad-number")
        return
    with transaction():
        keep_answer(**key, profile=profile, officers=officers)


def _ask(
    register: CompanyRegister, number: str
) -> tuple[CompanyProfile | None, tuple[Officer, ...]]:
    try:
        profile = register.read_company(number)
    except CompanyNotFound:
        return None, ()
    try:
        return profile, register.read_officers(number)
    except CompanyNotFound:
        return profile, ()


def screen_claims(at: datetime, limit: int = 50, *, anew: bool = False) -> int:
    """Make the checks before paying of confirmed claims that were not checked, or wait for an
    answer; `anew`: of all, because a list or the facts may have changed. How many were checked."""
    with reading():
        due = claims_to_screen(anew=anew)
        session.rollback()
    if due:
        read_list_ahead()
    return _each(due, lambda id_: _screen(id_, at), "claim", len(due) if anew else limit)


def _screen(claim_id: int, at: datetime) -> bool:
    claim: Claim = lock(Claim, claim_id)
    if claim.status is not ClaimStatus.CONFIRMED:
        return False
    screen(claim=claim, stage=Stage.REVIEW, by=None, at=at)
    return True
