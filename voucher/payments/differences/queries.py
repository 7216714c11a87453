"""Reads of differences, unexplained movements and sign-offs."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, false, func, or_, select, union_all
from sqlalchemy.orm import aliased

from voucher.core.db import session
from voucher.core.errors import NotFound
from voucher.core.references import normalise_reference
from voucher.payments.clawbacks.models import BEFORE_OUTCOME, CLOSED, Clawback
from voucher.payments.clawbacks.queries import debt_of_transfer
from voucher.payments.differences.models import (
    BookDifference,
    DifferenceStatus,
    MovementSaying,
    MovementStatus,
    Outcome,
    SignOff,
    UnexplainedMovement,
)
from voucher.payments.differences.rules import outcomes_that_fit
from voucher.payments.models import Payment, Reconciliation, TopUp
from voucher.providers.models import ConnectedAccount, Provider

NO_MOVEMENT_ANY_MORE = (Outcome.MATCHED, Outcome.RETURNED, Outcome.TAKEN_BACK)
"""After these outcomes the money does not lie in the account it went to, as nobody's."""


def differences_of(found: Reconciliation) -> Sequence[BookDifference]:
    """The stored items of what one comparison found, in its order."""
    wanted = [f"{one['kind']}:{one['what']}" for one in found.differences]
    rows = session.execute(select(BookDifference).where(BookDifference.identity.in_(wanted)))
    by_identity = {row.identity: row for row in rows.scalars()}
    return [by_identity[one] for one in wanted if one in by_identity]


def lasting_differences() -> Sequence[BookDifference]:
    """Every difference that the last comparison found, the open ones first."""
    query = select(BookDifference).where(BookDifference.status != DifferenceStatus.CLEARED)
    order = BookDifference.status == DifferenceStatus.EXPLAINED, BookDifference.id
    return session.execute(query.order_by(*order)).scalars().all()


def count_open_differences() -> int:
    """How many differences nobody has explained."""
    query = select(func.count()).where(BookDifference.status == DifferenceStatus.OPEN)
    return session.execute(query).scalar_one()


def difference_by_reference(reference: str) -> BookDifference:
    """One difference. Raises NotFound."""
    wanted = normalise_reference(reference) or reference
    query = select(BookDifference).where(BookDifference.reference == wanted)
    found = session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound("There is no such difference.")
    return found


def last_sign_off() -> SignOff | None:
    """The newest signature."""
    query = select(SignOff).order_by(SignOff.id.desc()).limit(1)
    return session.execute(query).scalar_one_or_none()


def sign_offs_of(reconciliation_ids: Collection[int]) -> dict[int, SignOff]:
    """The signatures under these comparisons, by comparison."""
    query = select(SignOff).where(SignOff.reconciliation_id.in_(reconciliation_ids))
    return {row.reconciliation_id: row for row in session.execute(query).scalars()}


def signed_before(found: Reconciliation) -> Reconciliation | None:
    """The signed comparison from which this one goes on; None when it is the first."""
    query = (
        select(Reconciliation)
        .join(SignOff, SignOff.reconciliation_id == Reconciliation.id)
        .where(Reconciliation.id < found.id)
        .order_by(Reconciliation.id.desc())
        .limit(1)
    )
    return session.execute(query).scalar_one_or_none()


def unexplained(*, cleared: bool = False) -> Sequence[UnexplainedMovement]:
    """The movements in suspense, oldest first; or the last hundred that were cleared."""
    query = select(UnexplainedMovement)
    if cleared:
        query = query.where(UnexplainedMovement.status == MovementStatus.CLEARED)
        query = query.order_by(UnexplainedMovement.id.desc()).limit(100)
    else:
        query = query.where(UnexplainedMovement.status != MovementStatus.CLEARED)
        query = query.order_by(UnexplainedMovement.id)
    return session.execute(query).scalars().all()


def count_unexplained() -> int:
    """How many movements lie in suspense."""
    query = select(func.count()).where(UnexplainedMovement.status != MovementStatus.CLEARED)
    return session.execute(query).scalar_one()


def movement_by_reference(reference: str) -> UnexplainedMovement:
    """One unexplained movement. Raises NotFound."""
    wanted = normalise_reference(reference) or reference
    query = select(UnexplainedMovement).where(UnexplainedMovement.reference == wanted)
    found = session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound("There is no such movement.")
    return found


def provider_touched(row: UnexplainedMovement) -> int | None:
    """The id of the provider whose Stripe account the movement went to or came from."""
    if row.stripe_account_id is None:
        return None
    query = select(ConnectedAccount.provider_id).where(
        ConnectedAccount.stripe_account_id == row.stripe_account_id
    )
    return session.execute(query).scalar_one_or_none()


def outcomes_fitting(row: UnexplainedMovement) -> tuple[Outcome, ...]:
    """What the movement can have been (`rules.outcomes_that_fit`)."""
    debt = debt_of_transfer(row.undid_transfer_id) if row.undid_transfer_id else None
    return outcomes_that_fit(
        kind=row.kind,
        net_pence=row.net_pence,
        of_provider=provider_touched(row) is not None,
        asked_back_no_more=debt is not None and debt.status in CLOSED,
    )


def sayings_about(row: UnexplainedMovement) -> Sequence[MovementSaying]:
    """All that was said about a movement, the latest first."""
    query = select(MovementSaying).where(MovementSaying.movement_id == row.id)
    return session.execute(query.order_by(MovementSaying.id.desc())).scalars().all()


def known_movements(ids: Collection[str]) -> frozenset[str]:
    """Which of these Stripe ids our books have, as whatever they are."""
    columns = (
        Payment.stripe_transfer_id,
        TopUp.stripe_topup_id,
        Clawback.stripe_reversal_id,
        UnexplainedMovement.stripe_id,
    )
    query = union_all(*(select(column).where(column.in_(ids)) for column in columns))
    return frozenset(found for found in session.execute(query).scalars() if found)


def is_undone_by_hand(transfer_id: str | None) -> ColumnElement[bool]:
    """Whether money of this transfer was taken back by hand, and nobody has agreed on it yet, as a
    column to select."""
    if transfer_id is None:
        return false()
    return exists().where(
        UnexplainedMovement.undid_transfer_id == transfer_id,
        UnexplainedMovement.status != MovementStatus.CLEARED,
    )


@dataclass(frozen=True)
class Suspense:
    """Movements entered as unexplained: (kind, Stripe id, pence) each; and what of them lies in
    connected accounts as nobody's, in pence by Stripe's account id; and what is still open."""

    movements: tuple[tuple[str, str, int], ...]
    in_accounts: dict[str, int]
    still_open: tuple[tuple[str, int], ...]


def suspense() -> Suspense:
    """Everything that was ever unexplained, but for what became a payment's own transfer or
    reversal."""
    rows = session.execute(select(UnexplainedMovement).order_by(UnexplainedMovement.id)).scalars()
    gone = _debts_gone()
    movements, accounts, still_open = [], dict[str, int](), []
    for row in rows:
        cleared = row.status is MovementStatus.CLEARED
        if cleared and row.payment_id is not None:
            continue
        movements.append((row.kind, row.stripe_id, row.net_pence))
        if not cleared:
            still_open.append((f"{row.kind} {row.stripe_id}", row.net_pence))
        ended = row.outcome in NO_MOVEMENT_ANY_MORE or row.id in gone
        if row.stripe_account_id and not (cleared and ended):
            account = row.stripe_account_id
            accounts[account] = accounts.get(account, 0) - row.net_pence
    return Suspense(tuple(movements), accounts, tuple(still_open))


def _debts_gone() -> frozenset[int]:
    """Movements that a provider owed back and that lie in its Stripe account no more."""
    query = select(Clawback.movement_id).where(
        Clawback.movement_id.is_not(None), Clawback.status.not_in(BEFORE_OUTCOME)
    )
    return frozenset(one for one in session.execute(query).scalars() if one)


@dataclass(frozen=True)
class Related:
    """What a movement has to do with: who had the money, what it paid or took back, what undid it,
    what asks it back."""

    provider: Provider | None
    payment: Payment | None
    undone_by: UnexplainedMovement | None
    clawback: Clawback | None


def related_to(row: UnexplainedMovement) -> Related:
    """The rows that a movement names, in one statement."""
    other = aliased(UnexplainedMovement)
    query = (
        select(UnexplainedMovement.id, Provider, Payment, other, Clawback)
        .outerjoin(
            ConnectedAccount,
            ConnectedAccount.stripe_account_id == UnexplainedMovement.stripe_account_id,
        )
        .outerjoin(Provider, Provider.id == ConnectedAccount.provider_id)
        .outerjoin(
            Payment,
            or_(
                Payment.id == UnexplainedMovement.payment_id,
                Payment.stripe_transfer_id == UnexplainedMovement.undid_transfer_id,
            ),
        )
        .outerjoin(
            Clawback,
            or_(
                Clawback.movement_id == UnexplainedMovement.id,
                Clawback.stripe_reversal_id == UnexplainedMovement.stripe_id,
            ),
        )
        .outerjoin(other, other.id == UnexplainedMovement.undone_by_id)
        .where(UnexplainedMovement.id == row.id)
    )
    found = session.execute(query).one()
    return Related(*found[1:])
