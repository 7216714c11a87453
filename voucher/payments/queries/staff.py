"""Reads of the officers' pages: the list, one payment, the money of the rounds, reconciliations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from statistics import median
from typing import Any

from sqlalchemy import func, select

from voucher.applications.models import Application
from voucher.businesses.models import Business
from voucher.claims.models import Claim
from voucher.claims.queries import award_decider
from voucher.core.clock import london_date
from voucher.core.db import session
from voucher.core.errors import NotFound
from voucher.core.paging import Page, page_of
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


def payment_page(group: str, page: int, at: datetime) -> Page[PaymentRow]:
    """One page of the payments in a status group (a key of STATUS_GROUPS), longest waiting first.

    Finished ones newest first. A page beyond the last gives the last.
    """
    query = (
        select(Payment, Claim, Provider.name)
        .join(Claim, Claim.id == Payment.claim_id)
        .join(Provider, Provider.id == Payment.provider_id)
        .where(Payment.status.in_(STATUS_GROUPS[group]))
    )
    order = Payment.id if group not in ("all", *FINISHED) else Payment.id.desc()

    def line(row: Any) -> PaymentRow:
        payment, claim, provider_name = row
        return PaymentRow(payment, claim, provider_name, _age(payment, claim, at))

    return page_of(query.order_by(order), page, key=Payment.id, make=line)


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


def dead_page(page: int) -> Page[StripeEvent]:
    """One page of the webhooks that failed too often, oldest first; too far gives the last."""
    query = select(StripeEvent).where(StripeEvent.status == InboxStatus.DEAD)
    return page_of(query.order_by(StripeEvent.id), page, key=StripeEvent.id, make=itemgetter(0))


def event_by_id(event_id: int) -> StripeEvent:
    """One webhook. Raises NotFound."""
    found = session.get(StripeEvent, event_id)
    if found is None:
        raise NotFound("There is no such webhook.")
    return found


@dataclass(frozen=True)
class Ageing:
    """How the payments that are not finished stand against the published clock: working days."""

    round_name: str
    count: int
    median_days: float
    oldest_days: int
    late: int


def ageing(at: datetime) -> list[Ageing]:
    """Median, oldest and how many late, of every round with payments that are not finished."""
    query = (
        select(Round.name, Payment.status, Payment.created_at, Claim.approved_at, Claim.pay_by_on)
        .join(Claim, Claim.id == Payment.claim_id)
        .join(Round, Round.id == Payment.round_id)
        .where(Payment.status.not_in(FINISHED))
        .order_by(Round.id)
    )
    ages: dict[str, list[Age]] = {}
    for name, status, created_at, approved_at, pay_by_on in session.execute(query):
        one = age(
            status,
            approved_on=london_date(approved_at or created_at),
            pay_by_on=pay_by_on,
            today=london_date(at),
        )
        if one is not None:
            ages.setdefault(name, []).append(one)
    return [_ageing(name, found) for name, found in ages.items()]


def _ageing(name: str, found: list[Age]) -> Ageing:
    days = [one.working_days for one in found]
    late = sum(one.days_late > 0 for one in found)
    return Ageing(name, len(found), median(days), max(days), late)


def latest_reconciliation(*, unasked: bool = False) -> Reconciliation | None:
    """The newest comparison of the books; `unasked`: the newest that nobody asked for by name."""
    query = select(Reconciliation).order_by(Reconciliation.id.desc()).limit(1)
    if unasked:
        query = query.where(Reconciliation.run_by_id.is_(None))
    return session.execute(query).scalar_one_or_none()


def reconciliation_page(page: int) -> Page[Reconciliation]:
    """One page of the comparisons, newest first; a page beyond the last gives the last."""
    query = select(Reconciliation).order_by(Reconciliation.id.desc())
    return page_of(query, page, key=Reconciliation.id, make=itemgetter(0))


def reconciliation_by_reference(reference: str) -> Reconciliation:
    """One comparison. Raises NotFound."""
    wanted = normalise_reference(reference) or reference
    query = select(Reconciliation).where(Reconciliation.reference == wanted)
    found = session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound("There is no such reconciliation.")
    return found
