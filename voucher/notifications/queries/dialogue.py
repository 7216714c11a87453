"""What messages about the dialogue before an agreement need to know, and which are still true."""

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from voucher.audit.models import AuditEvent
from voucher.core.db import session
from voucher.matching.dialogue.models import DateProposal, Question
from voucher.matching.dialogue.queries import open_proposal
from voucher.matching.models import Match, MatchStatus
from voucher.matching.queries import latest_shortlist, matches_of, next_proposal
from voucher.notifications.queries.cases import Facts, case_facts, changed
from voucher.notifications.rules import DATE_DUE, QUESTION_DUE, one_line
from voucher.providers.models import Offering
from voucher.vouchers.models import Voucher


def of_question(event: AuditEvent) -> Facts:
    """Facts of a question that was asked or answered."""
    return question_facts(session.get_one(Question, event.record_id))


def question_facts(question: Question, **more: Any) -> Facts:
    """What a message about a question needs. The provider's must not use `business`: who asks."""
    known = session.execute(
        select(Question).where(Question.id == question.id).options(joinedload(Question.offering))
    ).scalar_one()
    facts = case_facts(
        question.application_id,
        question=question.reference,
        offering=one_line(known.offering.title),
        offering_reference=known.offering.reference,
        voucher=session.get_one(Voucher, question.voucher_id).reference,
        words=question.words,
        answer=question.answer,
        answer_by_on=question.answer_by_on,
        **more,
    )
    return changed(facts, provider_id=question.provider_id, voucher_id=question.voucher_id)


def match_facts(match_id: int, **more: Any) -> Facts:
    """What a reminder to answer a choice, or the other day proposed for it, needs."""
    match = session.execute(
        select(Match)
        .where(Match.id == match_id)
        .options(joinedload(Match.offering).joinedload(Offering.provider))
    ).scalar_one()
    proposal = open_proposal(match.id)
    facts = case_facts(
        match.application_id,
        match=match.reference,
        voucher=session.get_one(Voucher, match.voucher_id).reference,
        offering=one_line(match.offering.title),
        provider=one_line(match.offering.provider.name),
        answer_by_on=match.answer_by_on,
        **(proposal_words(proposal) if proposal else {}),
        **more,
    )
    return changed(facts, provider_id=match.provider_id, voucher_id=match.voucher_id)


def day_words(event: AuditEvent) -> dict[str, Any]:
    """The other day that a message about a match speaks of; nothing where there is none."""
    known = event.details.get("day")
    proposal = session.get_one(DateProposal, known) if known else None
    return proposal_words(proposal) if proposal else {}


def proposal_words(proposal: DateProposal) -> dict[str, Any]:
    """The other day in a message's words."""
    return {"other_day": proposal.start_on, "note": proposal.words}


def next_words(match: Match) -> dict[str, Any]:
    """What is next on the business's list once this match has ended; empty words if nothing is."""
    entry = next_proposal(latest_shortlist(match.application_id), matches_of(match.voucher_id))
    if entry is None:
        return {"next_offering": "", "next_provider": "", "next_reference": ""}
    return {
        "next_offering": one_line(entry.offering.title),
        "next_provider": one_line(entry.offering.provider.name),
        "next_reference": entry.offering.reference,
    }


def still_waits(kind: str, once_key: str) -> bool:
    """Whether what a reminder of the dialogue asks for has still not come.

    Its `once_key` names the record and the last day that were current when it was written.
    """
    record_id, last_on = once_key.split(":")[1:3]
    if kind == QUESTION_DUE:
        question = session.get(Question, int(record_id))
        return question is not None and question.answered_at is None
    match = session.get(Match, int(record_id))
    if match is None or match.status is not MatchStatus.OFFERED:
        return False
    business_must = open_proposal(match.id) is not None
    same_day = match.answer_by_on == date.fromisoformat(last_on)
    return same_day and business_must is (kind == DATE_DUE)
