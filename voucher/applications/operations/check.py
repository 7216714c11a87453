"""Running the rules over an application and keeping the run."""

from datetime import datetime, timedelta

from voucher.applications.models import Application
from voucher.applications.queries.facts import Register, differences_of, facts_of
from voucher.core.clock import london_date
from voucher.eligibility.models import EligibilityCheck
from voucher.eligibility.operations import run_check
from voucher.eligibility.queries import unanswered_in_a_row
from voucher.eligibility.rules import Unknown

RETRY_MINUTES = (1, 5, 15, 60, 240)
"""How long to wait before the register is asked again: longer each time, at most four hours."""


def check_application(
    *,
    application: Application,
    register: Register,
    holds_live_voucher: bool | Unknown,
    by: int | None,
    at: datetime,
    retry_after_seconds: int | None = None,
) -> EligibilityCheck:
    """Gather the facts, apply the round's rules and store the run.

    `application` comes with business and round. Where the register has not answered, the stored
    check says when to ask again: at once the first time, later and later after that, and never
    before the register itself allows (`retry_after_seconds`).
    """
    facts = facts_of(
        application,
        on=london_date(at),
        register=register,
        holds_live_voucher=holds_live_voucher,
    )
    return run_check(
        application_id=application.id,
        rule_set=application.round.rule_set,
        facts=facts,
        differences=differences_of(application, register),
        register_answer=register.answer,
        at=at,
        by=by,
        retry_at=_retry_at(application, register, at, retry_after_seconds),
        case=application.reference,
    )


def _retry_at(
    application: Application, register: Register, at: datetime, after_seconds: int | None
) -> datetime | None:
    if register.is_settled:
        return None
    asked = unanswered_in_a_row(application.id)
    if asked == 0:
        return at
    minutes = RETRY_MINUTES[min(asked, len(RETRY_MINUTES)) - 1]
    return at + max(timedelta(minutes=minutes), timedelta(seconds=after_seconds or 0))
