"""Writes of eligibility: a stored run of the rules, and the anonymous count of public checks."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite

from voucher.audit.operations import record
from voucher.core.db import session
from voucher.eligibility.models import CheckOutcome, EligibilityCheck, PrecheckCount
from voucher.eligibility.rules import Facts, RuleSet, Verdict, check
from voucher.programmes import models as programmes


def run_check(
    *,
    application_id: int,
    rule_set: programmes.RuleSet,
    facts: Facts,
    differences: Sequence[Mapping[str, Any]],
    register_answer: str,
    at: datetime,
    by: int | None,
    retry_at: datetime | None = None,
    case: str | None = None,
) -> EligibilityCheck:
    """Apply the stored `rule_set` to `facts` and keep rules, facts, results and time as a new row.

    `register_answer` says in one word what the register of companies answered; `retry_at` is when
    to ask it again, where it gave no answer. A check is never changed: a re-check is a new one.
    """
    outcome = check(facts, RuleSet.from_dict(rule_set.content))
    stored = EligibilityCheck(
        application_id=application_id,
        rule_set_id=rule_set.id,
        outcome=CheckOutcome(outcome.verdict.value),
        facts=facts.to_dict(),
        results=[result.to_dict() for result in outcome.results],
        differences=[dict(difference) for difference in differences],
        register_answer=register_answer,
        run_at=at,
        run_by_id=by,
        retry_at=retry_at,
    )
    session.add(stored)
    details = {
        "outcome": stored.outcome.value,
        "failed": [result.code for result in outcome.failures],
        "register": register_answer,
        "rule_set": rule_set.id,
    }
    record(action="check.run", subject=stored, at=at, by=by, case=case, details=details)
    return stored


def count_precheck(*, verdict: Verdict, on: date) -> None:
    """Add one to the day's number of public checks that ended so. Nothing else is kept of them.

    One statement, so that many at once lose no count.
    """
    postgres = session.get_bind().dialect.name == "postgresql"
    insert = postgresql.insert if postgres else sqlite.insert
    row = insert(PrecheckCount).values(day=on, outcome=CheckOutcome(verdict.value), count=1)
    session.execute(
        row.on_conflict_do_update(
            index_elements=[PrecheckCount.day, PrecheckCount.outcome],
            set_={"count": PrecheckCount.count + 1},
        )
    )
