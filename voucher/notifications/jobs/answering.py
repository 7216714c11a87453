"""Reminders of answers that somebody waits for before there is an agreement, each once."""

from datetime import datetime

from voucher.core.db import session
from voucher.matching.dialogue.models import Question
from voucher.matching.dialogue.rules import REMINDER_DAYS
from voucher.notifications.jobs.reminding import remind
from voucher.notifications.operations import Desk
from voucher.notifications.queries.answers import (
    days_near_their_end,
    matches_near_their_end,
    questions_near_their_end,
)
from voucher.notifications.queries.cases import Facts
from voucher.notifications.queries.dialogue import match_facts, question_facts
from voucher.notifications.rules import DATE_DUE, MATCH_DUE, QUESTION_DUE, Audience, Plan

MATCH = Plan(MATCH_DUE, Audience.PROVIDER)
DAY = Plan(DATE_DUE, Audience.BUSINESS)
QUESTION = Plan(QUESTION_DUE, Audience.PROVIDER)


def remind_of_dialogue(desk: Desk, at: datetime) -> int:
    """Write the reminders due today (1 day before) to answer a choice, another day, a question."""
    matches = remind(MATCH, matches_near_their_end, _of_match, REMINDER_DAYS, desk, at)
    days = remind(DAY, days_near_their_end, _of_match, REMINDER_DAYS, desk, at)
    questions = remind(QUESTION, questions_near_their_end, _of_question, REMINDER_DAYS, desk, at)
    return matches + days + questions


def _of_match(match_id: int, days_left: int) -> Facts:
    return match_facts(match_id, days_left=days_left)


def _of_question(question_id: int, days_left: int) -> Facts:
    return question_facts(session.get_one(Question, question_id), days_left=days_left)
