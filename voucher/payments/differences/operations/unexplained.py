"""Movements of the Stripe balance that nobody here made: into suspense once, and out of it when two
people agree what they were.

Lock order: round → voucher → claim → payment → movement, of two movements the older first.
"""

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import select

from voucher.audit.operations import record
from voucher.claims.models import Claim
from voucher.claims.operations.review import require_no_part
from voucher.core.db import lock, session, translating_constraints
from voucher.core.errors import Conflict, Invalid, NotPermitted
from voucher.core.references import make_reference, normalise_reference
from voucher.core.status import opened, transition
from voucher.integrations.stripe.answers import BalanceTransaction
from voucher.ledger.models import AccountKind
from voucher.ledger.rules import Account
from voucher.payments.clawbacks.operations.by_hand import (
    ask_back_by_hand,
    enter_debt_back_by_hand,
    enter_reversal_by_hand,
)
from voucher.payments.differences.models import (
    MOVEMENT_MOVES,
    MovementStatus,
    MovementWord,
    Outcome,
    UnexplainedMovement,
)
from voucher.payments.differences.operations.saying import keep_saying
from voucher.payments.differences.operations.undoing import (
    let_come_back,
    payment_undone,
    require_debt_undone,
    require_fits,
    require_nobody_s,
    require_undone,
)
from voucher.payments.differences.queries import provider_touched
from voucher.payments.models import BEFORE_TRANSFER, AttemptKind, Payment, PaymentStatus
from voucher.payments.operations.gates import claim_facts
from voucher.payments.operations.steps import account_row, lock_whole, move, note
from voucher.payments.operations.taking import open_attempt
from voucher.payments.rules import disagreements
from voucher.programmes.operations import budget
from voucher.providers.models import ConnectedAccount
from voucher.providers.operations.due_diligence import require_outsider

LONGEST_NOTE = 1000
_M = MovementStatus


def notice_movement(
    *,
    seen: BalanceTransaction,
    stripe_id: str,
    account_id: str | None,
    at: datetime,
    undid_transfer_id: str | None = None,
) -> UnexplainedMovement | None:
    """Enter a movement into suspense, once by its Stripe id; None when it is known.

    `account_id`: the connected account at its other end; `undid_transfer_id`: what it reversed.
    Two workers at the same moment: the second gets Conflict, and nothing is entered twice.
    """
    known = select(UnexplainedMovement.id).where(UnexplainedMovement.stripe_id == stripe_id)
    if session.execute(known).first() is not None:
        return None
    row = UnexplainedMovement(
        reference=make_reference("SUS", secrets.token_bytes(8)),
        stripe_id=stripe_id,
        source_id=seen.source_id,
        kind=seen.kind,
        net_pence=seen.net_pence,
        stripe_account_id=account_id,
        undid_transfer_id=undid_transfer_id,
        status=_M.OPEN,
        happened_at=seen.created_at,
        noticed_at=at,
    )
    with translating_constraints():
        session.add(row)
        session.flush()
    opened(row, at=at, by=None)
    budget.record_suspense(pence=row.net_pence, source=row, effect="suspense", at=at, by=None)
    details = {"movement": row.reference, "pence": row.net_pence, "stripe": stripe_id}
    record(action="suspense.noticed", subject=row, at=at, by=None, details=details)
    return row


def propose(
    *,
    movement: UnexplainedMovement,
    outcome: Outcome,
    note: str,
    by: int,
    at: datetime,
    subject: str = "",
) -> None:
    """Say what a movement was; a second person has to agree.

    `subject`: the reference of the payment that it paid (MATCHED) or of the movement that undid it
    (RETURNED). Raises Invalid on "note" or "subject", Conflict unless it is OPEN, NotPermitted for
    a member of a party.
    """
    words = _words(note)
    payment_id = _payment_meant(movement, outcome, subject)
    payment, claim = lock_whole(payment_id) if payment_id else (None, None)
    other_id = _movement_called(subject) if outcome is Outcome.RETURNED else None
    locked, other = _lock_movements(movement.id, other_id)
    _require_outsider_to(locked, by)
    if locked.status is not _M.OPEN:
        raise Conflict(f"This movement is “{locked.status.staff_label}” already.")
    facts: dict[str, Any] = {
        "outcome": outcome,
        "note": words,
        "proposed_by_id": by,
        "proposed_at": at,
    }
    facts |= _about(locked, outcome, payment, claim, other, by)
    transition(locked, _M.PROPOSED, moves=MOVEMENT_MOVES, at=at, by=by, **facts)
    keep_saying(locked, MovementWord.PROPOSED, words, outcome, by, at)
    details = {"movement": locked.reference, "outcome": outcome.value}
    record(action="suspense.proposed", subject=locked, at=at, by=by, details=details)


def _payment_meant(movement: UnexplainedMovement, outcome: Outcome, subject: str) -> int | None:
    if outcome is Outcome.MATCHED:
        return _payment_called(subject).id
    if outcome is Outcome.TAKEN_BACK:
        return payment_undone(movement)
    return None


def _about(
    row: UnexplainedMovement,
    outcome: Outcome,
    payment: Payment | None,
    claim: Claim | None,
    other: UnexplainedMovement | None,
    by: int,
) -> dict[str, Any]:
    """What the outcome is about, if it fits; else Invalid."""
    if outcome is Outcome.RETURNED:
        return {"undone_by_id": _undoing(row, other).id}
    if outcome is Outcome.OWED:
        return {"provider_id": _provider_of(row)}
    if outcome is Outcome.TAKEN_BACK and payment is None:
        require_debt_undone(row)
        return {}
    if payment is None or claim is None:
        require_nobody_s(row)
        require_fits(row, outcome)
        return {}
    require_no_part(claim, by)
    if outcome is Outcome.MATCHED:
        _require_match(row, payment)
    else:
        require_undone(row, payment)
    return {"payment_id": payment.id}


def _require_outsider_to(row: UnexplainedMovement, by: int) -> None:
    """Raise NotPermitted for a person of the provider whose account the movement touched."""
    provider_id = provider_touched(row)
    if provider_id is not None:
        require_outsider(by, provider_id)


def _words(note: str) -> str:
    words = note.strip()
    if not words:
        raise Invalid("Say how you know.", "note")
    if len(words) > LONGEST_NOTE:
        raise Invalid(f"The note must be {LONGEST_NOTE:,} characters or fewer.", "note")
    return words


def _lock_movements(
    movement_id: int, other_id: int | None
) -> tuple[UnexplainedMovement, UnexplainedMovement | None]:
    """Lock a movement and the one it is tied to: two officers may tie them from either end."""
    wanted = sorted({movement_id} | ({other_id} if other_id else set()))
    rows = {one: lock(UnexplainedMovement, one) for one in wanted}
    return rows[movement_id], rows[other_id] if other_id else None


def _payment_called(text: str) -> Payment:
    wanted = normalise_reference(text) or text.strip()
    query = select(Payment).where(Payment.reference == wanted)
    found = session.execute(query).scalar_one_or_none()
    if found is None:
        raise Invalid("Give the reference of the payment, for example PAY-7K3M-Q2ZD.", "subject")
    return found


def _require_match(row: UnexplainedMovement, payment: Payment) -> None:
    """Raise Invalid on "subject" unless the movement is a transfer that pays just this claim."""
    wrong = (
        (row.kind != "transfer" or row.net_pence >= 0, "Only a transfer can have paid a claim."),
        (payment.stripe_transfer_id is not None, "This payment has its own transfer."),
        (
            payment.status not in (*BEFORE_TRANSFER, PaymentStatus.ATTENTION)
            or open_attempt(payment, AttemptKind.TRANSFER) is not None,
            "This payment is being sent. Wait until its outcome is known.",
        ),
        (payment.transfer_pence != -row.net_pence, "The amounts are not the same."),
        (not _went_to(row, payment), "The transfer went to another provider."),
        (bool(disagreements(claim_facts(payment))), "The claim may not be paid as it stands."),
    )
    for found, words in wrong:
        if found:
            raise Invalid(words, "subject")


def _went_to(row: UnexplainedMovement, payment: Payment) -> bool:
    query = select(ConnectedAccount.stripe_account_id).where(
        ConnectedAccount.provider_id == payment.provider_id
    )
    return session.execute(query).scalar_one_or_none() == row.stripe_account_id is not None


def _movement_called(text: str) -> int | None:
    wanted = normalise_reference(text) or text.strip()
    query = select(UnexplainedMovement.id).where(UnexplainedMovement.reference == wanted)
    return session.execute(query).scalar_one_or_none()


def _undoing(row: UnexplainedMovement, other: UnexplainedMovement | None) -> UnexplainedMovement:
    if other is None or other.id == row.id:
        raise Invalid("Give the reference of the movement that undid it (SUS-…).", "subject")
    if other.status is not _M.OPEN:
        raise Invalid(f"That movement is “{other.status.staff_label}”.", "subject")
    if other.net_pence != -row.net_pence:
        raise Invalid("The two movements do not come to nothing together.", "subject")
    if other.stripe_account_id != row.stripe_account_id:
        raise Invalid("The two movements were with different Stripe accounts.", "subject")
    return other


def _provider_of(row: UnexplainedMovement) -> int:
    found = provider_touched(row)
    if found is None or row.net_pence > 0:
        raise Invalid("It did not go to a provider of ours.", "outcome")
    return found


def disagree(*, movement: UnexplainedMovement, note: str, by: int, at: datetime) -> None:
    """Take a proposal back, by whoever made it or anybody else; it stays among what was said.

    Raises Invalid on "note".
    """
    words = _words(note)
    locked: UnexplainedMovement = lock(UnexplainedMovement, movement.id)
    if locked.status is not _M.PROPOSED:
        raise Conflict("Nobody has said yet what this movement was.")
    keep_saying(locked, MovementWord.DISAGREED, words, locked.outcome, by, at)
    facts = dict.fromkeys(
        ("outcome", "payment_id", "provider_id", "undone_by_id", "proposed_by_id", "proposed_at")
    )
    transition(locked, _M.OPEN, moves=MOVEMENT_MOVES, at=at, by=by, note=words, **facts)
    details = {"movement": locked.reference}
    record(action="suspense.disagreed", subject=locked, at=at, by=by, details=details)


def agree(*, movement: UnexplainedMovement, by: int, at: datetime) -> None:
    """Agree with what another person said a movement was: it leaves suspense.

    After: MATCHED: the payment is TRANSFERRED by this transfer, which is entered as its own;
    TAKEN_BACK: payment, claim, round and books are as after a clawback; RETURNED: both movements
    are cleared, they come to nothing; OWED: the provider is asked for it; the others are entered
    where they belong. Raises Conflict unless it is PROPOSED, NotPermitted for who proposed it,
    Invalid when it no longer fits.
    """
    payment_id = movement.payment_id
    payment, claim = lock_whole(payment_id) if payment_id else (None, None)
    locked, other = _lock_movements(movement.id, movement.undone_by_id)
    tied = (payment.id if payment else None, other.id if other else None)
    if locked.status is not _M.PROPOSED or (locked.payment_id, locked.undone_by_id) != tied:
        raise Conflict("Nobody has said yet what this movement was, or it has changed since.")
    if locked.proposed_by_id == by:
        raise NotPermitted("You said what this was, so a colleague must agree.")
    _require_outsider_to(locked, by)
    if payment is not None and claim is not None:
        require_no_part(claim, by)
        _enter_on_payment(locked, payment, by, at)
    elif other is not None:
        _clear_other(locked, other, by, at)
    else:
        _enter(locked, by, at)
    _clear(locked, by, at)


def _clear(row: UnexplainedMovement, by: int, at: datetime) -> None:
    facts = {"cleared_by_id": by, "cleared_at": at}
    transition(row, _M.CLEARED, moves=MOVEMENT_MOVES, at=at, by=by, **facts)
    keep_saying(row, MovementWord.AGREED, None, row.outcome, by, at)
    outcome = row.outcome.value if row.outcome else ""
    details = {"movement": row.reference, "outcome": outcome, "pence": row.net_pence}
    record(action="suspense.cleared", subject=row, at=at, by=by, details=details)


def _enter_on_payment(row: UnexplainedMovement, payment: Payment, by: int, at: datetime) -> None:
    if row.outcome is Outcome.MATCHED:
        _match(row, payment, by, at)
    else:
        require_undone(row, payment)
        _leave(row, Account(AccountKind.CASH_AT_STRIPE), by, at)
        let_come_back(payment, by, at)
        enter_reversal_by_hand(movement=row, payment=payment, by=by, at=at)


def _match(row: UnexplainedMovement, payment: Payment, by: int, at: datetime) -> None:
    _require_match(row, payment)
    _leave(row, Account(AccountKind.CASH_AT_STRIPE), by, at)
    if payment.status is not PaymentStatus.ATTENTION:
        move(payment, PaymentStatus.ATTENTION, at, by)
    move(
        payment,
        PaymentStatus.TRANSFERRED,
        at,
        by,
        next_step_at=at,
        lease_until=None,
        status_note=None,
        stripe_account_id=account_row(payment).stripe_account_id,
        stripe_transfer_id=row.stripe_id,
        transferred_at=at,
    )
    budget.record_transfer(
        round_id=payment.round_id,
        provider_id=payment.provider_id,
        pence=payment.transfer_pence,
        source=payment,
        at=at,
        by=by,
    )
    details = {"transfer": row.stripe_id, "by_hand": True}
    note(payment, "payment.transferred", at=at, by=by, details=details)


def _clear_other(
    row: UnexplainedMovement, other: UnexplainedMovement, by: int, at: datetime
) -> None:
    """The movement that undid this one is explained by the same words and people."""
    if other.status is not _M.OPEN or other.net_pence != -row.net_pence:
        raise Conflict("The other movement has been explained in another way meanwhile.")
    facts = {
        "outcome": Outcome.RETURNED,
        "note": row.note,
        "undone_by_id": row.id,
        "proposed_by_id": row.proposed_by_id,
        "proposed_at": row.proposed_at,
    }
    transition(other, _M.PROPOSED, moves=MOVEMENT_MOVES, at=at, by=row.proposed_by_id, **facts)
    keep_saying(
        other, MovementWord.PROPOSED, row.note, Outcome.RETURNED, row.proposed_by_id or 0, at
    )
    _clear(other, by, at)


def _enter(row: UnexplainedMovement, by: int, at: datetime) -> None:
    if row.outcome is Outcome.TAKEN_BACK:
        debt = require_debt_undone(row)
        _leave(row, Account(AccountKind.CASH_AT_STRIPE), by, at)
        enter_debt_back_by_hand(movement=row, debt=debt, by=by, at=at)
        return
    against = {
        Outcome.OWED: Account(AccountKind.RECOVERABLE, 0, row.provider_id or 0),
        Outcome.FUNDER: Account(AccountKind.GRANT_DUE),
        Outcome.FEE: Account(AccountKind.FEES),
    }
    if row.outcome not in against:
        raise Conflict("Nobody has said yet what this movement was.")
    # Its transfer may have been matched to a payment since it was proposed.
    require_nobody_s(row)
    require_fits(row, row.outcome)
    _leave(row, against[row.outcome], by, at)
    if row.outcome is Outcome.OWED:
        ask_back_by_hand(movement=row, by=by, at=at)


def _leave(row: UnexplainedMovement, against: Account, by: int, at: datetime) -> None:
    budget.clear_suspense(
        pence=row.net_pence, against=against, source=row, effect="explained", at=at, by=by
    )
