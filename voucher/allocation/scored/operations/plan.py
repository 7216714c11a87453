"""The plan of a scored round in versions, and the beginning of its scoring."""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from voucher.allocation.rules import SECRET_BYTES
from voucher.allocation.scored.models import Scoring, ScoringEntry, ScoringPlan
from voucher.allocation.scored.queries import plan_of, scoring_of
from voucher.allocation.scored.rules import rule_of, stored_rule
from voucher.allocation.scoring import ScoringRule, check_rule
from voucher.applications.queries.draws import (
    eligible_applications,
    enterprises_twice,
    what_is_unsettled,
)
from voucher.audit.operations import record
from voucher.core.db import session, translating_constraints
from voucher.core.errors import Conflict
from voucher.core.references import derive_secret, make_reference
from voucher.programmes.models import AllocationMethod, Round, RoundStatus
from voucher.programmes.plans.queries import locked_plan
from voucher.programmes.rules import is_prepared


def set_plan(
    *, round_: Round, rule: ScoringRule, replaces: bool, by: int, at: datetime
) -> ScoringPlan:
    """Set the plan of a scored round: a new version, until the round opens.

    The same plan again stores nothing. Raises Invalid naming the field (`check_rule`), Conflict for
    a round of another method and where `plan_is_fixed`.
    """
    lock_round(round_)
    check_rule(rule)
    last = plan_of(round_.id)
    if last is not None and last.replaces == replaces and rule_of(last) == rule:
        return last
    if plan_is_fixed(round_):
        raise Conflict(
            "The round has opened: businesses apply by its plan, so it can’t be changed."
        )
    values: Mapping[str, Any] = stored_rule(rule)
    plan = ScoringPlan(
        round_id=round_.id,
        version=last.version + 1 if last else 1,
        replaces=replaces,
        set_at=at,
        set_by_id=by,
        **values,
    )
    store(plan)
    details = {"round": round_.id, "version": plan.version, "criteria": len(rule.criteria)}
    record(action="scoring.plan_set", subject=plan, at=at, by=by, details=details)
    return plan


def plan_is_fixed(round_: Round) -> bool:
    """Whether businesses apply by the plan already: nobody who has read them changes the criteria.

    A round that was opened before plans had to be set first may still be given its one plan.
    """
    return not is_prepared(round_.status) and plan_of(round_.id) is not None


def require_plan_to_open(round_: Round) -> None:
    """Raise Conflict for a scored round without a plan: who applies reads the criteria."""
    bar = plan_bar(round_)
    if bar:
        raise Conflict(bar)


def plan_bar(round_: Round) -> str:
    """Why the round can't open as far as its plan goes, in words; empty if it can."""
    if round_.allocation_method is AllocationMethod.SCORED and plan_of(round_.id) is None:
        return (
            "Set the plan of the scoring before the round opens: businesses that apply read the "
            "criteria."
        )
    return ""


def bars_to_begin(round_: Round) -> list[str]:
    """What must be settled before the round can be scored, in words for officers."""
    bars = what_is_unsettled(round_.id)
    bars += [
        f"{' and '.join(references)} are of one enterprise, which has one place at the most: "
        "decide again on all but one."
        for references in enterprises_twice(round_.id)
    ]
    if locked_plan(round_.id) is None:
        bars.insert(0, "The analysis plan of this round is not locked yet: lock it first.")
    if round_.status is not RoundStatus.CLOSED:
        bars.insert(0, "The round is still open: close it to new applications first.")
    if plan_of(round_.id) is None:
        bars.insert(0, "The plan is not set: criteria, weights and thresholds.")
    return bars


def begin(*, round_: Round, by: int, at: datetime, key: bytes) -> Scoring:
    """Begin to score: the list is frozen, numbered by chance, and the secret for ties sealed.

    Before: nothing bars it. After: nobody enters or leaves the list but by withdrawing, and the
    round can't be opened again. Raises Conflict otherwise, or if it has begun.
    """
    lock_round(round_)
    if scoring_of(round_.id) is not None:
        raise Conflict("The scoring of this round has begun already.")
    bars = bars_to_begin(round_)
    if bars:
        raise Conflict(" ".join(bars))
    found = list(eligible_applications(round_.id))
    if not found:
        raise Conflict("No application of this round is eligible, so there is nothing to score.")
    secrets.SystemRandom().shuffle(found)
    nonce = secrets.token_bytes(SECRET_BYTES)
    begun = Scoring(
        reference=make_reference("SCR", secrets.token_bytes(8)),
        round_id=round_.id,
        entries=len(found),
        secret_nonce=nonce.hex(),
        secret_sha256=hashlib.sha256(derive_secret(key, nonce)).hexdigest(),
        begun_at=at,
        begun_by_id=by,
    )
    store(begun)
    session.add_all(
        ScoringEntry(scoring_id=begun.id, application_id=application.id, number=number)
        for number, application in enumerate(found, 1)
    )
    round_.list_frozen_at = at
    session.flush()
    details = {
        "round": round_.id,
        "entries": begun.entries,
        "secret_sha256": begun.secret_sha256,
    }
    record(action="scoring.begun", subject=begun, at=at, by=by, details=details)
    return begun


def open_secret(scoring: Scoring, key: bytes) -> bytes:
    """The sealed secret; Conflict where `key` is not the one that sealed it."""
    secret = derive_secret(key, bytes.fromhex(scoring.secret_nonce))
    if hashlib.sha256(secret).hexdigest() != scoring.secret_sha256:
        raise Conflict(
            "The server’s key is not the one that sealed this secret. Put that key back first."
        )
    return secret


def lock_round(round_: Round) -> None:
    """Lock a scored round: its steps are taken one after the other. Conflict for other methods."""
    # Key share: whoever begins an application looks at the round, and need not wait.
    columns = [column.key for column in Round.__table__.columns]
    session.refresh(round_, columns, with_for_update={"key_share": True})
    if round_.allocation_method is not AllocationMethod.SCORED:
        raise Conflict("This round does not share its money by scores.")


def store(row: Any) -> None:
    """Add and flush, a violated constraint told in its words."""
    with translating_constraints():
        session.add(row)
        session.flush()
