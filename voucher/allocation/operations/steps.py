"""The steps of a draw, in this order and each once: seal, freeze, enter the value, carry out.

Each locks the round first (then applications), so two officers at once take a step one after the
other and the second is told that it was taken; unique keys say the same if all else fails. A step
is one transaction: a crash leaves it untaken.
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import date, datetime

from voucher.allocation.draw import (
    Entry,
    Outcome,
    draw,
    frozen_lines,
    list_sha256,
    seed_of,
    voucher_places,
)
from voucher.allocation.models import Draw, DrawEntry, DrawList, DrawResult, DrawValue
from voucher.allocation.operations.outcome import publish, settle
from voucher.allocation.queries import Steps, entries_of, steps_of_round
from voucher.allocation.rules import (
    SECRET_BYTES,
    Step,
    check_public_value,
    facts_of,
    stratum_of,
)
from voucher.applications.models import Application
from voucher.applications.queries.draws import (
    awards_decided,
    eligible_applications,
    enterprises_twice,
    what_is_unsettled,
)
from voucher.audit.operations import record
from voucher.core.clock import london_date
from voucher.core.db import session, translating_constraints
from voucher.core.errors import Conflict, NotPermitted
from voucher.core.references import derive_secret, make_reference
from voucher.programmes.models import AllocationMethod, Round, RoundStatus
from voucher.programmes.plans.queries import locked_plan
from voucher.programmes.rules import arms_of

_NOT_YET = {
    Step.NONE: "The secret of this draw has not been sealed yet.",
    Step.SEALED: "The list of this draw has not been frozen yet.",
    Step.FROZEN: "The public value has not been entered yet.",
}
_ALREADY = {
    Step.SEALED: "The secret of this draw is sealed already.",
    Step.FROZEN: "The list of this draw is frozen already.",
    Step.VALUED: "The public value has been entered already.",
    Step.DRAWN: "This draw has been carried out already.",
}
_ORDER = tuple(Step)


def seal(*, round_: Round, by: int, at: datetime, key: bytes) -> Draw:
    """Seal a draw's secret: only its hash is stored and published, with the plan of the round.

    Before: the round shares its money by lot and has been opened, so that its plan is fixed. The
    secret is derived from a stored nonce under the server's `key`. Raises Conflict out of order.
    """
    _require(round_, Step.SEALED)
    nonce = secrets.token_bytes(SECRET_BYTES)
    sealed = Draw(
        reference=make_reference("DRW", secrets.token_bytes(8)),
        round_id=round_.id,
        stratum_basis=round_.draw_stratum,
        arms=arms_of(round_.draw_arms),
        replaces=round_.draw_replaces,
        follow_up_on=round_.follow_up_on,
        secret_nonce=nonce.hex(),
        secret_sha256=hashlib.sha256(derive_secret(key, nonce)).hexdigest(),
        sealed_at=at,
        sealed_by_id=by,
    )
    _store(sealed)
    record(
        action="draw.sealed",
        subject=sealed,
        at=at,
        by=by,
        details={"round": round_.id, "secret_sha256": sealed.secret_sha256},
    )
    return sealed


def bars_to_freeze(round_: Round) -> list[str]:
    """What must be settled before the list of the round can be frozen, in words for officers."""
    bars = what_is_unsettled(round_.id)
    bars += [
        f"{' and '.join(references)} are of one enterprise, which has one chance in a draw: "
        "decide again on all but one."
        for references in enterprises_twice(round_.id)
    ]
    if locked_plan(round_.id) is None:
        bars.insert(0, "The analysis plan of this round is not locked yet: lock it first.")
    if round_.status is not RoundStatus.CLOSED:
        bars.insert(0, "The round is still open: close it to new applications first.")
    return bars


def freeze(*, round_: Round, by: int, at: datetime) -> DrawList:
    """Freeze the list: every eligible application with its stratum. Nobody enters or leaves after.

    Before: the secret is sealed, the round closed and its analysis plan locked, nothing of it
    undecided, on hold or appealed, and no enterprise there twice. After: the lines and their hash
    are published, the number of places is fixed by the share of the vouchers and by the money, and
    the round can't be opened again. Raises Conflict otherwise.
    """
    steps = _require(round_, Step.FROZEN)
    bars = bars_to_freeze(round_)
    if bars:
        raise Conflict(" ".join(bars))
    if at <= steps.draw.sealed_at:
        raise Conflict("The list must be frozen after the secret was sealed.")
    found = eligible_applications(round_.id)
    if not found:
        raise Conflict("No application of this round is eligible, so there is nobody to draw.")
    entries = [_entry(application, steps.draw) for application in found]
    frozen = _list_of(steps.draw, round_, found, entries, by=by, at=at)
    session.add_all(
        DrawEntry(
            draw_id=steps.draw.id,
            application_id=application.id,
            reference=entry.reference,
            stratum=entry.stratum,
            facts=facts_of(application.business),
        )
        for application, entry in zip(found, entries, strict=True)
    )
    session.flush()  # the entries before their list: none is let in after it
    round_.list_frozen_at = at
    _store(frozen)
    record(
        action="draw.frozen",
        subject=frozen,
        at=at,
        by=by,
        details={
            "draw": steps.draw.id,
            "entries": frozen.entries,
            "places": frozen.places,
            "list_sha256": frozen.list_sha256,
        },
    )
    return frozen


def enter_value(
    *, round_: Round, value: str, source: str, became_public_on: date, by: int, at: datetime
) -> DrawValue:
    """Enter the public value and where it can be looked up. Its spaces at either end go.

    Before: the list is frozen, and `by` neither sealed the secret nor froze the list. Raises
    NotPermitted for who did, Invalid naming the field, Conflict out of order.
    """
    steps = _require(round_, Step.VALUED)
    if by in (steps.draw.sealed_by_id, steps.frozen_list.frozen_by_id):
        raise NotPermitted("You sealed the secret or froze the list, so somebody else enters it.")
    value, source = value.strip(), source.strip()
    frozen_on = london_date(steps.frozen_list.frozen_at)
    check_public_value(
        value=value,
        source=source,
        became_public_on=became_public_on,
        frozen_on=frozen_on,
        today=london_date(at),
    )
    entered = DrawValue(
        draw_id=steps.draw.id,
        list_id=steps.frozen_list.id,
        value=value,
        source=source,
        became_public_on=became_public_on,
        sealed_by_id=steps.draw.sealed_by_id,
        frozen_by_id=steps.frozen_list.frozen_by_id,
        frozen_at=steps.frozen_list.frozen_at,
        entered_at=at,
        entered_by_id=by,
    )
    _store(entered)
    digest = hashlib.sha256(value.encode()).hexdigest()
    details = {"draw": steps.draw.id, "value_sha256": digest}
    record(action="draw.value_entered", subject=entered, at=at, by=by, details=details)
    return entered


def carry_out(*, round_: Round, by: int, at: datetime, key: bytes) -> DrawResult:
    """Carry out the draw and publish it; each application is assigned.

    Before: the public value is entered. After: everybody on the list has an assignment; those with
    a place are owed its offer, which the worker makes (`offers.operations.make_offer`), those on
    the waiting list go on waiting, the others are in the COMPARISON. Raises Conflict out of order,
    if `key` does not give the sealed secret, or if the list is not the one that was frozen.
    """
    steps = _require(round_, Step.DRAWN)
    secret = _open_secret(steps.draw, key)
    listed = entries_of(steps.draw.id)
    if list_sha256(frozen_lines([entry for _, entry in listed])) != steps.frozen_list.list_sha256:
        raise Conflict("The stored list is not the one that was frozen. Tell the auditor.")
    seed = seed_of(secret, steps.public_value.value)
    outcome = draw((entry for _, entry in listed), places=steps.frozen_list.places, seed=seed)
    result = _result(steps, round_, outcome, secret, by=by, at=at)
    settle(steps.draw, result, {entry.reference: id_ for id_, entry in listed}, by=by, at=at)
    return result


def _result(
    steps: Steps, round_: Round, outcome: Outcome, secret: bytes, *, by: int, at: datetime
) -> DrawResult:
    result = DrawResult(
        draw_id=steps.draw.id,
        value_id=steps.public_value.id,
        secret=secret.hex(),
        seed=outcome.seed.hex(),
        published=publish(steps, round_, outcome, secret, at),
        drawn_at=at,
        drawn_by_id=by,
    )
    _store(result)
    record(
        action="draw.carried_out",
        subject=result,
        at=at,
        by=by,
        details={
            "draw": steps.draw.id,
            "seed_sha256": outcome.seed_sha256,
            "list_sha256": outcome.list_sha256,
            "assigned": len(outcome.assigned),
            "waiting": len(outcome.waiting),
        },
    )
    return result


def _require(round_: Round, step: Step) -> Steps:
    """Lock the round, and answer the steps taken; Conflict unless `step` is the next."""
    # Key share: whoever begins an application looks at the round, and need not wait.
    columns = [column.key for column in Round.__table__.columns]
    session.refresh(round_, columns, with_for_update={"key_share": True})
    if round_.allocation_method is not AllocationMethod.RANDOM:
        raise Conflict("This round does not share its money by lot.")
    if round_.status is RoundStatus.DRAFT:
        raise Conflict("Open the round first: its plan can still be changed.")
    steps = steps_of_round(round_.id)
    wanted = _ORDER[_ORDER.index(step) - 1]
    if _ORDER.index(steps.last) > _ORDER.index(wanted):
        raise Conflict(_ALREADY[step])
    if steps.last is not wanted:
        raise Conflict(_NOT_YET[steps.last])
    return steps


def _entry(application: Application, sealed: Draw) -> Entry:
    business = application.business
    stratum = stratum_of(
        sealed.stratum_basis, place=business.local_authority, size=business.headcount_band
    )
    return Entry(application.reference, stratum)


def _list_of(
    sealed: Draw,
    round_: Round,
    found: Sequence[Application],
    entries: Sequence[Entry],
    *,
    by: int,
    at: datetime,
) -> DrawList:
    """The list with its places: every one of them is paid for, even at the largest award."""
    awards = awards_decided(application.id for application in found)
    largest = max(awards.values(), default=round_.value_cap_pence)
    shares = [int(arm["share_bps"]) for arm in sealed.arms]
    plan = locked_plan(round_.id)
    return DrawList(
        draw_id=sealed.id,
        plan_id=plan.id if plan else None,
        entries=len(entries),
        places=voucher_places(len(entries), shares, round_.free_pence // largest),
        free_pence=round_.free_pence,
        largest_award_pence=largest,
        list_sha256=list_sha256(frozen_lines(entries)),
        frozen_at=at,
        frozen_by_id=by,
    )


def _open_secret(sealed: Draw, key: bytes) -> bytes:
    secret = derive_secret(key, bytes.fromhex(sealed.secret_nonce))
    if hashlib.sha256(secret).hexdigest() != sealed.secret_sha256:
        raise Conflict(
            "The server’s key is not the one that sealed this secret. Put that key back first."
        )
    return secret


def _store(row: Draw | DrawList | DrawValue | DrawResult) -> None:
    with translating_constraints():
        session.add(row)
        session.flush()
