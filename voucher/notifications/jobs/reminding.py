"""Reminders before a last day, each once: of vouchers, claims, answers and surveys."""

import logging
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from functools import partial

from voucher.claims.models import Amendment, Claim, UnpaidContribution
from voucher.claims.rules import DEADLINE_REMINDER_DAYS
from voucher.core.clock import london_date
from voucher.core.db import reading, session
from voucher.core.turns import in_turn
from voucher.evaluation.models import SurveyResponse
from voucher.matching.models import Variation
from voucher.matching.queries import live_match, matches_of
from voucher.notifications.operations import Desk, tell
from voucher.notifications.queries.cases import Facts, voucher_facts
from voucher.notifications.queries.claims import (
    amendment_facts,
    claim_facts,
    question_facts,
    redemption_facts,
)
from voucher.notifications.queries.deadlines import (
    Deadline,
    amendments_near_their_end,
    answers_near_their_end,
    claims_near_their_end,
    decisions_near_their_end,
    once_keys_of,
    parts_near_their_end,
    unanswered_surveys,
    vouchers_near_their_end,
)
from voucher.notifications.queries.facts import survey_facts, variation_facts
from voucher.notifications.queries.suggestions import (
    suggestion_facts,
    suggestions_near_their_end,
)
from voucher.notifications.rules import (
    AMENDMENT_DUE,
    CONTRIBUTION_DUE,
    SUGGESTION_DUE,
    SURVEY_REMINDER,
    SURVEY_REMINDER_DAYS,
    VARIATION_DUE,
    VARIATION_REMINDER_DAYS,
    Audience,
    Plan,
)
from voucher.vouchers.models import Redemption, Voucher
from voucher.vouchers.rules import REMINDER_DAYS, reminder_due
from voucher.vouchers.suggesting.models import Suggestion

logger = logging.getLogger("voucher.notifications")
VOUCHER = Plan("voucher_reminder", Audience.BUSINESS)
CLAIM = Plan("claim_due", Audience.PROVIDER)
ANSWER = Plan("confirmation_due", Audience.BUSINESS)
AMENDMENT = Plan(AMENDMENT_DUE, Audience.BUSINESS)
DECISION = Plan(VARIATION_DUE, Audience.CASE_OFFICERS)
PART = Plan(CONTRIBUTION_DUE, Audience.BUSINESS)
SUGGESTION = Plan(SUGGESTION_DUE, Audience.BUSINESS)
SURVEY = Plan(SURVEY_REMINDER, Audience.SIGNATORY)
SURVEY_REMINDER_SPAN = timedelta(days=7)
Find = Callable[[date, int], Sequence[Deadline]]
FactsOf = Callable[[int, int], Facts]


def remind_of_vouchers(desk: Desk, at: datetime) -> int:
    """Write the reminders due today (30, 14, 7, 1 days before a last day); how many."""
    return remind(VOUCHER, vouchers_near_their_end, _of_voucher, REMINDER_DAYS, desk, at)


def remind_of_deadlines(desk: Desk, at: datetime) -> int:
    """Write the reminders due today (7 and 1 days before) to claim, answer, pay and choose what is
    suggested; how many."""
    days = DEADLINE_REMINDER_DAYS
    claims = remind(CLAIM, claims_near_their_end, _of_redemption, days, desk, at)
    answers = remind(ANSWER, answers_near_their_end, _of_claim, days, desk, at)
    offers = remind(AMENDMENT, amendments_near_their_end, _of_amendment, days, desk, at)
    parts = remind(PART, parts_near_their_end, _of_part, days, desk, at)
    chosen = remind(SUGGESTION, suggestions_near_their_end, _of_suggestion, days, desk, at)
    return claims + answers + offers + parts + chosen + _remind_of_decisions(desk, at)


def _remind_of_decisions(desk: Desk, at: datetime) -> int:
    """The same to officers, 3 and 1 days before theirs to decide on a changed agreement."""
    days = VARIATION_REMINDER_DAYS
    return remind(DECISION, decisions_near_their_end, _of_variation, days, desk, at)


def _of_voucher(voucher_id: int, days_left: int) -> Facts:
    has_chosen = live_match(matches_of(voucher_id)) is not None
    voucher = session.get_one(Voucher, voucher_id)
    return voucher_facts(voucher, days_left=days_left, has_chosen=has_chosen)


def _of_redemption(redemption_id: int, days_left: int) -> Facts:
    return redemption_facts(session.get_one(Redemption, redemption_id), days_left=days_left)


def _of_amendment(amendment_id: int, days_left: int) -> Facts:
    return amendment_facts(session.get_one(Amendment, amendment_id), days_left=days_left)


def _of_variation(variation_id: int, days_left: int) -> Facts:
    return variation_facts(session.get_one(Variation, variation_id), days_left=days_left)


def _of_part(question_id: int, days_left: int) -> Facts:
    question = session.get_one(UnpaidContribution, question_id)
    return question_facts(question, days_left=days_left)


def _of_suggestion(suggestion_id: int, _days_left: int) -> Facts:
    return suggestion_facts(session.get_one(Suggestion, suggestion_id))


def _of_claim(claim_id: int, days_left: int) -> Facts:
    return claim_facts(session.get_one(Claim, claim_id), days_left=days_left)


def remind(
    plan: Plan, find: Find, facts_of: FactsOf, steps: Sequence[int], desk: Desk, at: datetime
) -> int:
    """Write what is due of one kind, see `in_turn`. Whether it is still true is asked again before
    it is sent."""
    today = london_date(at)
    with reading():
        found = _due(plan, find(today, max(steps)), steps, today)
        session.rollback()
    due = {one.record_id: (one, days) for one, days in found}

    def _write(record_id: int) -> int:
        one, days = due[record_id]
        once = f"{plan.kind}:{one.record_id}:{one.last_on.isoformat()}:{days}"
        facts = facts_of(one.record_id, (one.last_on - today).days)
        return tell(plan=plan, facts=facts, once=once, desk=desk, at=at)

    return in_turn(due, _write, what=plan.kind, logger=logger)


def _due(
    plan: Plan, near: Sequence[Deadline], steps: Sequence[int], today: date
) -> list[tuple[Deadline, int]]:
    keys = once_keys_of(plan.kind, [one.voucher_id for one in near])
    found = []
    for one in near:
        sent = _days_sent(keys.get(one.voucher_id, []), one.last_on)
        days = reminder_due(one.last_on, today, sent, issued_on=one.begun_on, steps=steps)
        if days is not None:
            found.append((one, days))
    return found


def _days_sent(once_keys: list[str], last_on: date) -> list[int]:
    """Which reminders were written for this last day; for a later one they begin anew."""
    parts = [key.split(":") for key in once_keys]
    return [int(part[3]) for part in parts if part[2] == last_on.isoformat()]


def remind_of_surveys(desk: Desk, at: datetime) -> int:
    """Mention surveys that nobody answered again, 7 and 21 days on; how many were written."""
    written = 0
    for days in SURVEY_REMINDER_DAYS:
        before = at - timedelta(days=days)
        with reading():
            due = [each.id for each in unanswered_surveys(before, before - SURVEY_REMINDER_SPAN)]
            session.rollback()
        write = partial(_write_of_survey, days=days, desk=desk, at=at)
        written += in_turn(due, write, what=SURVEY.kind, logger=logger)
    return written


def _write_of_survey(response_id: int, *, days: int, desk: Desk, at: datetime) -> int:
    is_last = days == max(SURVEY_REMINDER_DAYS)
    facts = survey_facts(session.get_one(SurveyResponse, response_id), is_last=is_last)
    once = f"{SURVEY.kind}:{response_id}:{days}"
    return tell(plan=SURVEY, facts=facts, once=once, desk=desk, at=at)
