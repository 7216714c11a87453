"""The scheme's invariants, asked of the database whole: what breaks one, by its number and name.

Numbers as in the scheme's list of ten. What is a matter of requests (1, 7, 8) is tested elsewhere;
most of the others a constraint forbids as well, and are asked here because constraints can be lost.
"""

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import func, select

from voucher.applications.models import Application
from voucher.claims.models import Claim
from voucher.core.db import session
from voucher.core.status import StatusChange
from voucher.ledger.models import AccountKind as Kind
from voucher.ledger.models import LedgerJournal
from voucher.ledger.queries import balances
from voucher.payments.models import Payment, PaymentAttempt, PaymentStatus
from voucher.payments.reconciling import Difference, DifferenceKind
from voucher.programmes.models import Round
from voucher.vouchers.models import Redemption, Voucher, VoucherStatus
from voucher.vouchers.rules import voucher_amount

NEVER_NEGATIVE = (Kind.RESERVED, Kind.COMMITTED, Kind.PAYABLE, Kind.SPENT, Kind.AT_PROVIDER)


def broken_invariants() -> tuple[Difference, ...]:
    """Everything stored that the scheme's rules never allow."""
    return tuple(one for find in CHECKS for one in find())


def _broken(words: str, pence: int | None = None) -> Difference:
    return Difference(DifferenceKind.INVARIANT, words, None, pence)


def _overspent() -> Iterator[Difference]:
    taken = Round.reserved_pence + Round.committed_pence + Round.spent_pence
    query = select(Round.reference, taken).where(taken > Round.budget_pence)
    for reference, pence in session.execute(query):
        yield _broken(f"2: {reference} has promised more than its budget", int(pence))


def _two_vouchers() -> Iterator[Difference]:
    query = (
        select(func.min(Voucher.reference))
        .where(Voucher.status == VoucherStatus.ISSUED)
        .group_by(Voucher.business_id, Voucher.programme_id)
        .having(func.count() > 1)
    )
    for (reference,) in session.execute(query):
        yield _broken(f"3: the business of {reference} has two live vouchers")


def _redeemed_twice() -> Iterator[Difference]:
    query = (
        select(Voucher.reference)
        .join(Redemption, Redemption.voucher_id == Voucher.id)
        .group_by(Voucher.reference)
        .having(func.count() > 1)
    )
    for (reference,) in session.execute(query):
        yield _broken(f"4: {reference} was redeemed more than once")


def _paid_too_much() -> Iterator[Difference]:
    query = (
        select(
            Payment.reference,
            Payment.amount_pence,
            Voucher.cap_pence,
            Voucher.share_bps,
            Redemption.net_price_pence,
        )
        .join(Claim, Claim.id == Payment.claim_id)
        .join(Redemption, Redemption.id == Claim.redemption_id)
        .join(Voucher, Voucher.id == Redemption.voucher_id)
    )
    for reference, pence, cap, share, price in session.execute(query):
        if pence > voucher_amount(cap, share, price):
            yield _broken(f"5: {reference} is more than its voucher is worth", pence)


def _sent_while_held() -> Iterator[Difference]:
    query = (
        select(Payment.reference)
        .join(PaymentAttempt, PaymentAttempt.payment_id == Payment.id)
        .join(Claim, Claim.id == Payment.claim_id)
        .join(Application, Application.id == Claim.application_id)
        .where(PaymentAttempt.first_sent_at > Application.held_at)
        .distinct()
    )
    for (reference,) in session.execute(query):
        yield _broken(f"6: {reference} was sent while its case was held")


def _moved_after_cancelling() -> Iterator[Difference]:
    query = (
        select(StatusChange.record_kind, StatusChange.record_id)
        .where(
            StatusChange.from_status == "cancelled",
            StatusChange.record_kind.in_((Payment.__tablename__, Voucher.__tablename__)),
        )
        .distinct()
    )
    for kind, record_id in session.execute(query):
        yield _broken(f"9: {kind} {record_id} moved on after it was cancelled")


def _paid_without_trace() -> Iterator[Difference]:
    booked = select(LedgerJournal.source_id).where(
        LedgerJournal.source_kind == Payment.__tablename__, LedgerJournal.effect == "transferred"
    )
    query = (
        select(Payment.reference, Payment.amount_pence)
        .join(Claim, Claim.id == Payment.claim_id)
        .where(
            Payment.stripe_transfer_id.is_not(None),
            (Claim.approved_by_id.is_(None) & (Payment.status != PaymentStatus.REVERSED))
            | Payment.id.not_in(booked),
        )
    )
    for reference, pence in session.execute(query):
        yield _broken(f"10: {reference} has no approver or no entry in the books", pence)


def _below_nothing() -> Iterator[Difference]:
    for one in balances():
        if one.kind in NEVER_NEGATIVE and one.pence < 0:
            where = f"{one.kind.value} of round {one.round_id}, provider {one.provider_id}"
            yield _broken(f"10: {where} is below nothing", one.pence)


CHECKS: tuple[Callable[[], Iterator[Any]], ...] = (
    _overspent,
    _two_vouchers,
    _redeemed_twice,
    _paid_too_much,
    _sent_while_held,
    _moved_after_cancelling,
    _paid_without_trace,
    _below_nothing,
)
