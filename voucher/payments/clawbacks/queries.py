"""Reads of clawbacks: what the worker does next, what stands in a payment's way, the pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, exists, func, or_, select

from voucher.applications.models import Application
from voucher.claims.models import Claim
from voucher.core.db import session
from voucher.core.errors import NotFound
from voucher.core.paging import Page, page_of
from voucher.core.references import normalise_reference
from voucher.core.status import StatusChange
from voucher.ledger.models import LedgerJournal
from voucher.ledger.queries import journals_of
from voucher.payments.clawbacks.models import (
    BEFORE_OUTCOME,
    CLOSED,
    NOT_ASKED,
    OWED,
    Clawback,
    ClawbackAttempt,
    ClawbackNetting,
    ClawbackReason,
    ClawbackReceipt,
    ClawbackStatus,
)
from voucher.payments.clawbacks.rules import most_pence, shares
from voucher.payments.differences.models import UnexplainedMovement
from voucher.payments.models import Payment, PaymentStatus
from voucher.providers.models import Provider

_S = ClawbackStatus

STATUS_GROUPS: dict[str, tuple[ClawbackStatus, ...]] = {
    "open": tuple(status for status in _S if status not in CLOSED),
    "decide": (_S.REQUESTED, _S.WRITE_OFF_ASKED, _S.ATTENTION),
    "owed": OWED,
    **{status.value: (status,) for status in _S},
    "all": tuple(_S),
}
"""What the list's filter may be: its code and the statuses it takes in."""


def due_clawbacks(at: datetime, limit: int) -> Sequence[int]:
    """Ids of clawbacks whose reversal is to be asked for, looked up, or taken over."""
    query = (
        select(Clawback.id)
        .where(
            Clawback.status.in_((_S.APPROVED, _S.SENDING, _S.UNKNOWN)),
            Clawback.next_step_at <= at,
            or_(Clawback.lease_until.is_(None), Clawback.lease_until <= at),
        )
        .order_by(Clawback.next_step_at, Clawback.id)
        .limit(limit)
    )
    return session.execute(query).scalars().all()


def payments_to_set_off() -> Sequence[int]:
    """Ids of queued payments whose provider owes something that was not set off against them."""
    query = (
        select(Payment.id)
        .where(Payment.status == PaymentStatus.QUEUED, _not_set_off())
        .order_by(Payment.id)
    )
    return session.execute(query).scalars().all()


def waits_for_set_off(payment: Payment) -> bool:
    """Whether something that the provider owes is to be set off against this payment first."""
    return (
        session.execute(select(Payment.id).where(Payment.id == payment.id, _not_set_off())).first()
        is not None
    )


def _not_set_off() -> ColumnElement[bool]:
    done = exists().where(
        ClawbackNetting.clawback_id == Clawback.id, ClawbackNetting.payment_id == Payment.id
    )
    return exists().where(
        Clawback.provider_id == Payment.provider_id,
        Clawback.status == _S.NETTING,
        Clawback.payment_id.is_distinct_from(Payment.id),
        ~done,
    )


def debts_to_set_off(payment: Payment) -> Sequence[Clawback]:
    """The clawbacks that are to be set off against this payment, the oldest first."""
    done = select(ClawbackNetting.clawback_id).where(ClawbackNetting.payment_id == payment.id)
    query = select(Clawback).where(
        Clawback.provider_id == payment.provider_id,
        Clawback.status == _S.NETTING,
        Clawback.payment_id.is_distinct_from(payment.id),
        Clawback.id.not_in(done),
    )
    return session.execute(query.order_by(Clawback.id)).scalars().all()


def debts_shared_out(payments: Sequence[Payment]) -> dict[int, int]:
    """What would be set off against each of these payments (by id, in pence), one after the other,
    as the worker does it: the oldest debt first. Changes nothing."""
    left: dict[int, int] = {}
    found = {payment.id: 0 for payment in payments}
    query = select(Clawback.provider_id).where(Clawback.status == _S.NETTING)
    in_debt = set(session.execute(query.distinct()).scalars())
    for payment in payments:
        if payment.provider_id not in in_debt:
            continue
        debts = debts_to_set_off(payment)
        owed = [(debt.id, left.setdefault(debt.id, debt.owed_pence)) for debt in debts]
        taken = shares(owed, payment.transfer_pence)
        for debt_id, pence in taken:
            left[debt_id] -= pence
        found[payment.id] = sum(pence for _, pence in taken)
    return found


def is_being_asked_back(payment_id: int) -> ColumnElement[bool]:
    """Whether nobody knows yet what of the payment's money stays in the provider's account, as a
    column to select."""
    return exists().where(Clawback.payment_id == payment_id, Clawback.status.in_(BEFORE_OUTCOME))


def left_to_ask(payment: Payment) -> int:
    """How much, in pence, can still be asked back of the payment as it stands."""
    asked = session.execute(
        select(func.coalesce(func.sum(Clawback.pence), 0)).where(
            Clawback.payment_id == payment.id, Clawback.status.not_in(NOT_ASKED)
        )
    ).scalar_one()
    if payment.stripe_transfer_id is None and payment.status is not PaymentStatus.NETTED:
        return 0
    return most_pence(
        payment.status,
        amount_pence=payment.amount_pence,
        netted_pence=payment.netted_pence,
        asked_pence=int(asked),
    )


def asked_for(payment_id: int, reason: ClawbackReason) -> int:
    """How much, in pence, was asked back of a payment for one reason, decided or not."""
    query = select(func.coalesce(func.sum(Clawback.pence), 0)).where(
        Clawback.payment_id == payment_id,
        Clawback.reason == reason,
        Clawback.status.not_in(NOT_ASKED),
    )
    return int(session.execute(query).scalar_one())


def asked_or_refused(payment_id: int) -> ScalarSelect[Any]:
    """How much, in pence, was asked back of a payment, or refused by a second person, as a column
    to select; what was only withdrawn does not count."""
    query = select(func.coalesce(func.sum(Clawback.pence), 0)).where(
        Clawback.payment_id == payment_id, Clawback.status != _S.WITHDRAWN
    )
    return query.scalar_subquery()


def clawbacks_of_payment(payment_id: int) -> Sequence[Clawback]:
    """Everything that was ever asked back of one payment, the oldest first."""
    query = select(Clawback).where(Clawback.payment_id == payment_id).order_by(Clawback.id)
    return session.execute(query).scalars().all()


def come_back(claim_id: int) -> int:
    """What has come back, in pence, of what was paid for a claim."""
    query = (
        select(Clawback)
        .join(Payment, Payment.id == Clawback.payment_id)
        .where(Payment.claim_id == claim_id)
    )
    return sum(one.back_pence for one in session.execute(query).scalars())


def netted_from(payment_id: int) -> Sequence[tuple[ClawbackNetting, str]]:
    """What was set off against one payment, each with the reference of the clawback."""
    query = (
        select(ClawbackNetting, Clawback.reference)
        .join(Clawback, Clawback.id == ClawbackNetting.clawback_id)
        .where(ClawbackNetting.payment_id == payment_id)
        .order_by(ClawbackNetting.id)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def clawbacks_of_provider(
    provider_id: int, limit: int = 50
) -> Sequence[tuple[Clawback, str | None]]:
    """What is, or was, asked back of a provider, newest first, with the claims' references.

    What was never approved is no news to the provider and left out.
    """
    query = (
        select(Clawback, Claim.reference)
        .outerjoin(Payment, Payment.id == Clawback.payment_id)
        .outerjoin(Claim, Claim.id == Payment.claim_id)
        .where(
            Clawback.provider_id == provider_id,
            Clawback.status.not_in((_S.REQUESTED, *NOT_ASKED)),
        )
        .order_by(Clawback.id.desc())
        .limit(limit)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


@dataclass(frozen=True)
class ClawbackRow:
    """One line of the list."""

    clawback: Clawback
    payment_reference: str | None
    movement_reference: str | None
    provider_name: str


def clawback_page(group: str, page: int) -> Page[ClawbackRow]:
    """One page of the clawbacks of a status group (a key of STATUS_GROUPS), newest first."""
    query = (
        select(Clawback, Payment.reference, UnexplainedMovement.reference, Provider.name)
        .outerjoin(Payment, Payment.id == Clawback.payment_id)
        .outerjoin(UnexplainedMovement, UnexplainedMovement.id == Clawback.movement_id)
        .join(Provider, Provider.id == Clawback.provider_id)
        .where(Clawback.status.in_(STATUS_GROUPS[group]))
        .order_by(Clawback.id.desc())
    )
    return page_of(query, page, key=Clawback.id, make=lambda row: ClawbackRow(*row))


@dataclass(frozen=True)
class ClawbackFile:
    """Everything about one clawback that its page shows: of a payment, or of a movement."""

    clawback: Clawback
    payment: Payment | None
    claim: Claim | None
    case_reference: str | None
    movement: UnexplainedMovement | None
    provider: Provider
    attempts: Sequence[ClawbackAttempt]
    nettings: Sequence[tuple[ClawbackNetting, str]]
    receipts: Sequence[ClawbackReceipt]
    journals: Sequence[LedgerJournal]
    changes: Sequence[StatusChange]


def clawback_file(reference: str) -> ClawbackFile:
    """The clawback with payment, parties, attempts, journals and history. Raises NotFound."""
    row = session.execute(
        _whole().where(Clawback.reference == (normalise_reference(reference) or reference))
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such clawback.")
    clawback, payment, claim, case, movement, provider = row
    nettings = _nettings_of(clawback.id)
    return ClawbackFile(
        clawback=clawback,
        payment=payment,
        claim=claim,
        case_reference=case,
        movement=movement,
        provider=provider,
        attempts=_rows(ClawbackAttempt, clawback.id),
        nettings=nettings,
        receipts=_rows(ClawbackReceipt, clawback.id),
        journals=[
            *journals_of(UnexplainedMovement.__tablename__, [movement.id] if movement else []),
            *journals_of(Clawback.__tablename__, [clawback.id]),
            *journals_of(ClawbackNetting.__tablename__, [one.id for one, _ in nettings]),
        ],
        changes=_changes_of(clawback.id),
    )


def _whole() -> Any:
    return (
        select(Clawback, Payment, Claim, Application.reference, UnexplainedMovement, Provider)
        .outerjoin(Payment, Payment.id == Clawback.payment_id)
        .outerjoin(Claim, Claim.id == Payment.claim_id)
        .outerjoin(Application, Application.id == Claim.application_id)
        .outerjoin(UnexplainedMovement, UnexplainedMovement.id == Clawback.movement_id)
        .join(Provider, Provider.id == Clawback.provider_id)
    )


def _rows(model: Any, clawback_id: int) -> Sequence[Any]:
    query = select(model).where(model.clawback_id == clawback_id).order_by(model.id)
    return session.execute(query).scalars().all()


def _nettings_of(clawback_id: int) -> Sequence[tuple[ClawbackNetting, str]]:
    query = (
        select(ClawbackNetting, Payment.reference)
        .join(Payment, Payment.id == ClawbackNetting.payment_id)
        .where(ClawbackNetting.clawback_id == clawback_id)
        .order_by(ClawbackNetting.id)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def _changes_of(clawback_id: int) -> Sequence[StatusChange]:
    query = select(StatusChange).where(
        StatusChange.record_kind == Clawback.__tablename__, StatusChange.record_id == clawback_id
    )
    return session.execute(query.order_by(StatusChange.id.desc())).scalars().all()


def open_reversals() -> frozenset[tuple[str, str, str]]:
    """Reversals that may or may not have happened: transfer, provider's account, key."""
    query = (
        select(
            func.coalesce(Payment.stripe_transfer_id, UnexplainedMovement.stripe_id),
            func.coalesce(Payment.stripe_account_id, UnexplainedMovement.stripe_account_id),
            ClawbackAttempt.idempotency_key,
        )
        .select_from(ClawbackAttempt)
        .join(Clawback, Clawback.id == ClawbackAttempt.clawback_id)
        .outerjoin(Payment, Payment.id == Clawback.payment_id)
        .outerjoin(UnexplainedMovement, UnexplainedMovement.id == Clawback.movement_id)
        .where(ClawbackAttempt.finished_at.is_(None))
    )
    return frozenset((str(row[0]), str(row[1]), row[2]) for row in session.execute(query))


def reversals_made() -> Sequence[tuple[str, int]]:
    """Every reversal that we have entered: Stripe's id and the pence that came back."""
    query = select(Clawback.stripe_reversal_id, Clawback.pence).where(
        Clawback.stripe_reversal_id.is_not(None)
    )
    return [(str(row[0]), row[1]) for row in session.execute(query)]


def debt_of_transfer(transfer_id: str) -> Clawback | None:
    """What asks back a transfer that was made by hand (Stripe's id), if anything does."""
    query = (
        select(Clawback)
        .join(UnexplainedMovement, UnexplainedMovement.id == Clawback.movement_id)
        .where(UnexplainedMovement.stripe_id == transfer_id)
    )
    return session.execute(query).scalar_one_or_none()
