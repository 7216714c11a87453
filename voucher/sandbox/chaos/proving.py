"""The proof at the end, by the emulator's own books and by ours."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from voucher.audit.operations import seal
from voucher.audit.queries import verify_chain
from voucher.claims.models import Claim
from voucher.core.db import reading, session, transaction
from voucher.payments.differences.models import UnexplainedMovement
from voucher.payments.differences.queries import suspense
from voucher.payments.jobs.reconciling import reconcile
from voucher.payments.models import Payment, Reconciliation
from voucher.payments.operations.following import CAME_BACK
from voucher.payments.queries.books import our_books
from voucher.payments.reconciling import DifferenceKind
from voucher.sandbox.chaos.field import Field


@dataclass(frozen=True, slots=True)
class Proof:
    """What was found. `failures` is empty when everything holds; `ends` count by status."""

    failures: tuple[str, ...]
    ends: dict[str, int]
    transferred_pence: int
    matched: int
    in_suspense: int


def prove(field: Field) -> Proof:
    """Everything that must hold when all has come to rest. Before: no worker runs any more."""
    at = field.at
    transfers = field.levers.objects("transfer")
    found = reconcile(field.ground.services.stripe, at)
    failures = [
        *doubled_transfers(transfers),
        *doubled_payouts(field.levers.objects("payout")),
        *_every_claim_has_one_payment(field),
        *_books_are_equal(field),
        *_reconciled(found),
        *_by_hand_was_seen(field),
        *_chain(field),
    ]
    session.rollback()
    statuses = session.execute(select(Payment.status, func.count()).group_by(Payment.status))
    return Proof(
        failures=tuple(failures),
        ends={row[0].value: row[1] for row in statuses},
        transferred_pence=sum(one["amount"] for one in transfers),
        matched=found.matched,
        in_suspense=sum(one["kind"] == DifferenceKind.SUSPENSE for one in found.differences),
    )


def doubled_transfers(transfers: list[dict[str, Any]]) -> Iterator[str]:
    """Every claim with more than one transfer, by the emulator’s own objects, in words."""
    groups = Counter(one["transfer_group"] for one in transfers if one["transfer_group"])
    for group, count in groups.items():
        if count > 1:
            yield f"{count} transfers for claim {group}"


def doubled_payouts(payouts: list[dict[str, Any]]) -> Iterator[str]:
    """Every payment of which more than one payout has not come back, in words."""
    kept = (one for one in payouts if one["status"] not in CAME_BACK)
    of_payments = Counter(one["metadata"].get("payment") for one in kept)
    for payment, count in of_payments.items():
        if payment and count > 1:
            yield f"{count} payouts of payment {payment}"


def _every_claim_has_one_payment(field: Field) -> Iterator[str]:
    session.rollback()
    query = select(Claim.reference, func.count(Payment.id)).outerjoin(Payment)
    counts = {row[0]: row[1] for row in session.execute(query.group_by(Claim.reference))}
    for reference in field.claims.values():
        if counts.get(reference) != 1:
            yield f"claim {reference} has {counts.get(reference, 'no')} payments"


def _books_are_equal(field: Field) -> Iterator[str]:
    """To the penny: the programme's balance, and what lies in every provider's account."""
    theirs = field.levers.books()
    with reading():
        ours, unexplained = our_books(), suspense()
        session.rollback()
    if not theirs["consistent"]:
        yield "the emulator's balances are not the sums of its movements"
    if theirs["platform"] != ours.cash_pence:
        yield f"Stripe holds {theirs['platform']}p, the books say {ours.cash_pence}p"
    expected = dict(ours.provider_pence)
    for account, pence in unexplained.in_accounts.items():
        expected[account] = expected.get(account, 0) + pence
    for account, pence in theirs["accounts"].items():
        if pence != expected.get(account, 0):
            yield f"{account} holds {pence}p, the books say {expected.get(account, 0)}p"
        if pence < 0:
            yield f"{account} is below nothing: {pence}p"
    if theirs["platform"] < 0:
        yield f"the programme's balance is below nothing: {theirs['platform']}p"


def _reconciled(found: Reconciliation) -> Iterator[str]:
    """Clean, or explained by what was done by hand; the invariants are among what is compared."""
    for one in found.differences:
        if one["kind"] != DifferenceKind.SUSPENSE:
            yield f"reconciliation: {one}"


def _by_hand_was_seen(field: Field) -> Iterator[str]:
    session.rollback()
    seen = session.execute(select(func.count(UnexplainedMovement.id))).scalar_one()
    if seen != field.by_hand:
        yield f"{field.by_hand} transfers were made by hand, {seen} are in the books"


def _chain(field: Field) -> Iterator[str]:
    while True:
        with transaction():
            if not seal(at=field.at):
                break
    with reading():
        checked = verify_chain()
        session.rollback()
    if not checked.whole:
        yield f"the audit chain is broken: {checked.fault}"
