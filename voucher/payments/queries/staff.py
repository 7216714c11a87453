"""Reads of the officers' pages: the list, one payment, the money of the rounds, reconciliations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from voucher.applications.models import Application
from voucher.businesses.models import Business
from voucher.claims.models import Claim
from voucher.claims.queries import award_decider
from voucher.core.clock import london_date
from voucher.core.db import count_rows, session
from voucher.core.errors import NotFound
from voucher.core.references import normalise_reference
from voucher.core.status import StatusChange
from voucher.ledger.models import LedgerJournal
from voucher.ledger.queries import journals_of
from voucher.payments.models import (
    FINISHED,
    InboxStatus,
    Payment,
    PaymentAttempt,
    PaymentStatus,
    Reconciliation,
    StripeEvent,
)
from voucher.payments.queries.work import attempts_of, payment_by_exact_reference
from voucher.payments.rules import Age, age
from voucher.programmes.models import Programme, Round, RoundStatus
from voucher.providers.models import ConnectedAccount, Provider

PAGE_ROWS = 25
_P = PaymentStatus

STATUS_GROUPS: dict[str, tuple[PaymentStatus, ...]] = {
    "open": tuple(status for status in _P if status not in FINISHED),
    "look": (_P.ATTENTION, _P.PAYOUT_FAILED),
    "waiting": (_P.BLOCKED_PAYEE, _P.BLOCKED_FUNDS, _P.ON_HOLD),
    **{status.value: (status,) for status in _P},
    "all": tuple(_P),
}
"""What the list's filter may be: its code and the statuses it takes in."""


@dataclass(frozen=True)
class PaymentRow:
    """One line of the list: payment, claim, names, and how long it has been waited for."""

    payment: Payment
    claim: Claim
    provider_name: str
    age: Age | None


@dataclass(frozen=True)
class PaymentPage:
    """One page of the list and how many payments there are in all."""

    rows: Sequence[PaymentRow]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are; one when there is nothing."""
        return max(1, -(-self.total // PAGE_ROWS))


def payment_page(group: str, page: int, at: datetime) -> PaymentPage:
    """One page of the payments in a status group (a key of STATUS_GROUPS), longest waiting first.

    Finished ones newest first. A page beyond the last gives the last.
    """
    query = (
        select(Payment, Claim, Provider.name)
        .join(Claim, Claim.id == Payment.claim_id)
        .join(Provider, Provider.id == Payment.provider_id)
        .where(Payment.status.in_(STATUS_GROUPS[group]))
    )
    total = count_rows(query.with_only_columns(Payment.id))
    page = min(max(1, page), max(1, -(-total // PAGE_ROWS)))
    order = Payment.id if group not in ("all", *FINISHED) else Payment.id.desc()
    shown = query.order_by(order).limit(PAGE_ROWS).offset((page - 1) * PAGE_ROWS)
    rows = [
        PaymentRow(payment, claim, name, _age(payment, claim, at))
        for payment, claim, name in session.execute(shown)
    ]
    return PaymentPage(rows, total, page)


def _age(payment: Payment, claim: Claim, at: datetime) -> Age | None:
    return age(
        payment.status,
        approved_on=london_date(claim.approved_at or payment.created_at),
        pay_by_on=claim.pay_by_on,
        today=london_date(at),
    )


@dataclass(frozen=True)
class StatusSum:
    """How many payments are in one status, and what they come to in pence."""

    status: PaymentStatus
    count: int
    pence: int


def sums_by_status() -> list[StatusSum]:
    """Count and sum of the payments in every status that has any, in the order of a payment's
    life."""
    query = select(
        Payment.status, func.count(), func.coalesce(func.sum(Payment.amount_pence), 0)
    ).group_by(Payment.status)
    found = {row[0]: StatusSum(row[0], row[1], int(row[2])) for row in session.execute(query)}
    return [found[status] for status in _P if status in found]


@dataclass(frozen=True)
class PaymentFile:
    """Everything about one payment that its page shows."""

    payment: Payment
    claim: Claim
    case_reference: str
    provider: Provider
    business_name: str
    account: ConnectedAccount | None
    awarded_by_officer_id: int
    attempts: Sequence[PaymentAttempt]
    journals: Sequence[LedgerJournal]
    changes: Sequence[StatusChange]
    age: Age | None


def payment_file(reference: str, at: datetime) -> PaymentFile:
    """The payment with claim, parties, attempts, journals and history. Raises NotFound."""
    row = session.execute(
        _whole().where(Payment.reference == (normalise_reference(reference) or reference))
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such payment.")
    payment, claim, case, provider, business, account, decider = row
    return PaymentFile(
        payment=payment,
        claim=claim,
        case_reference=case,
        provider=provider,
        business_name=business,
        account=account,
        awarded_by_officer_id=decider,
        attempts=attempts_of(payment.id),
        journals=journals_of(Payment.__tablename__, [payment.id]),
        changes=_changes_of(payment),
        age=_age(payment, claim, at),
    )


def _whole() -> Any:
    return (
        select(
            Payment,
            Claim,
            Application.reference,
            Provider,
            Business.name,
            ConnectedAccount,
            award_decider(Claim.application_id),
        )
        .join(Claim, Claim.id == Payment.claim_id)
        .join(Application, Application.id == Claim.application_id)
        .join(Provider, Provider.id == Payment.provider_id)
        .join(Business, Business.id == Claim.business_id)
        .outerjoin(ConnectedAccount, ConnectedAccount.provider_id == Payment.provider_id)
    )


def payment_by_reference(reference: str) -> Payment:
    """The payment alone, by what somebody typed. Raises NotFound."""
    found = payment_by_exact_reference(normalise_reference(reference) or reference)
    if found is None:
        raise NotFound("There is no such payment.")
    return found


def _changes_of(payment: Payment) -> Sequence[StatusChange]:
    query = select(StatusChange).where(
        StatusChange.record_kind == Payment.__tablename__, StatusChange.record_id == payment.id
    )
    return session.execute(query.order_by(StatusChange.id.desc())).scalars().all()


def rounds_with_money() -> list[tuple[Round, str]]:
    """Every round that has a budget in the books, with its programme's name."""
    query = (
        select(Round, Programme.name)
        .join(Programme, Programme.id == Round.programme_id)
        .where(Round.status != RoundStatus.DRAFT)
        .order_by(Round.opens_on.desc(), Round.id.desc())
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def dead_events() -> int:
    """How many webhooks failed too often."""
    query = select(func.count()).where(StripeEvent.status == InboxStatus.DEAD)
    return session.execute(query).scalar_one()


def latest_reconciliation() -> Reconciliation | None:
    """The newest comparison of the books."""
    query = select(Reconciliation).order_by(Reconciliation.id.desc()).limit(1)
    return session.execute(query).scalar_one_or_none()


@dataclass(frozen=True)
class ReconciliationPage:
    """One page of the comparisons, newest first."""

    rows: Sequence[Reconciliation]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are; one when there is nothing."""
        return max(1, -(-self.total // PAGE_ROWS))


def reconciliation_page(page: int) -> ReconciliationPage:
    """One page of the comparisons; a page beyond the last gives the last."""
    total = count_rows(select(Reconciliation.id))
    page = min(max(1, page), max(1, -(-total // PAGE_ROWS)))
    query = select(Reconciliation).order_by(Reconciliation.id.desc())
    rows = session.execute(query.limit(PAGE_ROWS).offset((page - 1) * PAGE_ROWS)).scalars().all()
    return ReconciliationPage(rows, total, page)


def reconciliation_by_reference(reference: str) -> Reconciliation:
    """One comparison. Raises NotFound."""
    wanted = normalise_reference(reference) or reference
    query = select(Reconciliation).where(Reconciliation.reference == wanted)
    found = session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound("There is no such reconciliation.")
    return found
