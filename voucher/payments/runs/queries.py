"""Reads of what is ready to pay, of what a release would do, and of releases."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import func, or_, select

from voucher.applications.models import Application
from voucher.claims.models import Claim
from voucher.claims.queries import award_decider
from voucher.core.clock import london_date
from voucher.core.db import session
from voucher.core.errors import NotFound
from voucher.core.paging import Page, page_of
from voucher.core.references import normalise_reference
from voucher.ledger.models import AccountKind
from voucher.ledger.queries import total
from voucher.payments.clawbacks.queries import debts_shared_out
from voucher.payments.models import Payment, PaymentStatus
from voucher.payments.operations.gates import payee_of, screened_out
from voucher.payments.operations.taking import obstacle
from voucher.payments.queries.work import payments_in
from voucher.payments.rules import Age, affordable, age, payee_reason, stop_reason
from voucher.payments.runs.models import PaymentRun, PaymentRunItem, RunStatus
from voucher.payments.runs.rules import COUNTS_FOR, MOST_AT_ONCE, needs_second
from voucher.programmes.models import Round
from voucher.providers.models import ConnectedAccount, Provider, ProviderStatus

_P = PaymentStatus
FUNDS = "The programme’s balance does not cover it."


@dataclass(frozen=True)
class ReadyRow:
    """One payment that waits for its release: what it is, how long, and what stands in its way, or
    why it was held back.

    `run`: the release it is in, which waits for a second person.
    """

    payment: Payment
    claim: Claim
    provider_name: str
    age: Age | None
    in_the_way: str | None
    run: PaymentRun | None


def ready_page(page: int, at: datetime) -> Page[ReadyRow]:
    """One page of what is ready to pay, longest waiting first; a page too far gives the last."""
    query = _ready().order_by(Payment.id)

    def line(row: Any) -> ReadyRow:
        payment, claim, provider, account, application, run = row
        return ReadyRow(
            payment,
            claim,
            provider.name,
            age(
                payment.status,
                approved_on=london_date(claim.approved_at or payment.created_at),
                pay_by_on=claim.pay_by_on,
                today=london_date(at),
            ),
            _in_the_way(provider, account, application) or payment.status_note,
            run,
        )

    return page_of(query, page, key=Payment.id, make=line)


def _ready() -> Any:
    return (
        select(Payment, Claim, Provider, ConnectedAccount, Application, PaymentRun)
        .join(Claim, Claim.id == Payment.claim_id)
        .join(Application, Application.id == Claim.application_id)
        .join(Provider, Provider.id == Payment.provider_id)
        .outerjoin(ConnectedAccount, ConnectedAccount.provider_id == Payment.provider_id)
        .outerjoin(
            PaymentRunItem,
            (PaymentRunItem.payment_id == Payment.id) & PaymentRunItem.taken_out_at.is_(None),
        )
        .outerjoin(PaymentRun, PaymentRun.id == PaymentRunItem.run_id)
        .where(Payment.status == _P.READY)
    )


def _in_the_way(
    provider: Provider, account: ConnectedAccount | None, application: Application
) -> str | None:
    """What the gates that need no sums say, by the same rules."""
    stopped = stop_reason(
        held=application.held_at is not None,
        provider_approved=provider.status is ProviderStatus.APPROVED,
        gone=provider.gone_as.staff_label.lower() if provider.gone_as else None,
    )
    has_account = account is not None and account.stripe_account_id is not None
    return stopped or payee_reason(
        has_account=has_account, payable=account is not None and account.payable
    )


def free_to_release(references: Collection[str] | None = None) -> list[int]:
    """Ids of ready payments in no release, oldest first, at most as many as go at once.

    `references`: only these; without it all but what was held back, which is chosen by name.
    """
    live = select(PaymentRunItem.payment_id).where(PaymentRunItem.taken_out_at.is_(None))
    query = select(Payment.id).where(Payment.status == _P.READY, Payment.id.not_in(live))
    if references is None:
        query = query.where(Payment.status_note.is_(None))
    else:
        query = query.where(Payment.reference.in_(references))
    return list(session.execute(query.order_by(Payment.id).limit(MOST_AT_ONCE)).scalars())


@dataclass(frozen=True)
class Trial:
    """What would happen to one payment: sent, or kept and why. `set_off_pence`: what the provider
    owes and this payment is made smaller by."""

    payment: Payment
    provider_name: str
    kept_by: str | None
    set_off_pence: int

    @property
    def net_pence(self) -> int:
        """What would be transferred; 0 while it is kept."""
        return 0 if self.kept_by else self.payment.transfer_pence - self.set_off_pence


@dataclass(frozen=True)
class TrialRun:
    """What a release would do; pence. `before` is what the books have at Stripe, less what is
    promised to payments that were released already. `needs_second`: it waits for another person,
    from the lowest of the rounds' thresholds on, `second_from_pence`."""

    trials: Sequence[Trial]
    before_pence: int
    sent_pence: int
    missing_pence: int
    needs_second: bool
    second_from_pence: int | None

    @property
    def set_off_pence(self) -> int:
        """What would be set off against what providers owe."""
        return sum(one.set_off_pence for one in self.trials)

    @property
    def after_pence(self) -> int:
        """What is left in the programme’s balance afterwards."""
        return self.before_pence - self.sent_pence


def try_out(payment_ids: Collection[int], at: datetime, by: int | None = None) -> TrialRun:
    """What would happen to these payments if `by` released them now: asked of the very gates that
    a transfer passes. Changes nothing."""
    rows = session.execute(
        select(Payment, Application, Provider.name, Claim)
        .join(Claim, Claim.id == Payment.claim_id)
        .join(Application, Application.id == Claim.application_id)
        .join(Provider, Provider.id == Payment.provider_id)
        .where(Payment.id.in_(payment_ids))
        .order_by(Payment.id)
        .execution_options(populate_existing=True)
    ).all()
    kept = {row[0].id: _kept_by(row[0], row[3], row[1], at) for row in rows}
    promised = payments_in(_P.QUEUED, _P.SENDING, _P.UNKNOWN, _P.BLOCKED_FUNDS)
    before_these = [one for one in promised if one.status is _P.QUEUED]
    clear_ones = [row[0] for row in rows if kept[row[0].id] is None]
    off = debts_shared_out([*before_these, *clear_ones])
    clear = [(one.id, one.transfer_pence - off[one.id]) for one in clear_ones]
    owed = sum(one.transfer_pence - off.get(one.id, 0) for one in promised)
    before = total(AccountKind.CASH_AT_STRIPE) - owed
    covered = set(affordable(clear, before))
    trials = []
    for payment, _, name, _ in rows:
        words = kept[payment.id] or (None if payment.id in covered else FUNDS)
        trials.append(Trial(payment, name, words, off.get(payment.id, 0)))
    wanted = sum(pence for _, pence in clear)
    sent = sum(pence for payment_id, pence in clear if payment_id in covered)
    amounts = amounts_and_thresholds([row[0] for row in rows])
    second = needs_second(amounts, let_go_alone(by, at) if by else None)
    lowest = min((one[2] for one in amounts if one[2] is not None), default=None)
    return TrialRun(trials, before, sent, max(0, wanted - max(0, before)), second, lowest)


def amounts_and_thresholds(payments: Sequence[Payment]) -> list[tuple[int, int, int | None]]:
    """For `needs_second`: each payment's round, its pence, and the round's threshold in pence."""
    ids = {one.round_id for one in payments}
    rows = session.execute(select(Round.id, Round.second_release_pence).where(Round.id.in_(ids)))
    found = {row[0]: row[1] for row in rows}
    return [(one.round_id, one.amount_pence, found[one.round_id]) for one in payments]


def let_go_alone(by: int, at: datetime) -> dict[int, int]:
    """For `needs_second`: what `by` let go of each round (id → pence) without a second person in
    the time before `at` that counts together. What was held back since is left out."""
    query = (
        select(Payment.round_id, func.sum(PaymentRunItem.amount_pence))
        .join(Payment, Payment.id == PaymentRunItem.payment_id)
        .join(PaymentRun, PaymentRun.id == PaymentRunItem.run_id)
        .where(
            PaymentRun.status == RunStatus.RELEASED,
            PaymentRun.asked_by_id == by,
            PaymentRun.second_by_id.is_(None),
            PaymentRun.ended_at > at - COUNTS_FOR,
            PaymentRunItem.taken_out_at.is_(None),
        )
    )
    return {row[0]: int(row[1]) for row in session.execute(query.group_by(Payment.round_id))}


def _kept_by(payment: Payment, claim: Claim, application: Application, at: datetime) -> str | None:
    found = obstacle(payment, application, payee_of(payment))
    return found.words if found else screened_out(claim, at, keep=None)


def run_page(page: int) -> Page[PaymentRun]:
    """One page of releases, newest first; a page beyond the last gives the last."""
    query = select(PaymentRun).order_by(PaymentRun.id.desc())
    return page_of(query, page, key=PaymentRun.id, make=itemgetter(0))


def run_by_reference(reference: str) -> PaymentRun:
    """One release. Raises NotFound."""
    wanted = normalise_reference(reference) or reference
    query = select(PaymentRun).where(PaymentRun.reference == wanted)
    found = session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound("There is no such release.")
    return found


def items_of(run: PaymentRun) -> Sequence[Any]:
    """The items of a release, each with its payment and its provider’s name."""
    query = (
        select(PaymentRunItem, Payment, Provider.name)
        .join(Payment, Payment.id == PaymentRunItem.payment_id)
        .join(Provider, Provider.id == Payment.provider_id)
        .where(PaymentRunItem.run_id == run.id)
    )
    return session.execute(query.order_by(PaymentRunItem.id)).all()


def releases_of(payment: Payment) -> Sequence[tuple[PaymentRun, PaymentRunItem]]:
    """Every release that a payment was in, the newest first, with its line in it."""
    query = (
        select(PaymentRun, PaymentRunItem)
        .join(PaymentRunItem, PaymentRunItem.run_id == PaymentRun.id)
        .where(PaymentRunItem.payment_id == payment.id)
        .order_by(PaymentRun.id.desc())
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def had_a_part(run: PaymentRun, user_id: int) -> bool:
    """Whether a person asked for the release, approved one of its claims or decided on an award,
    so that a colleague must agree to it."""
    mine = or_(Claim.approved_by_id == user_id, award_decider(Claim.application_id) == user_id)
    query = (
        select(PaymentRunItem.id)
        .join(Payment, Payment.id == PaymentRunItem.payment_id)
        .join(Claim, Claim.id == Payment.claim_id)
        .where(PaymentRunItem.run_id == run.id, mine)
    )
    return run.asked_by_id == user_id or session.execute(query.limit(1)).first() is not None


def can_be_held_back(payment: Payment) -> bool:
    """Whether finance may hold a payment back: it was released and is not being sent, or it is
    ready, in no release, and not held back already."""
    query = select(PaymentRunItem.id).where(
        PaymentRunItem.payment_id == payment.id, PaymentRunItem.taken_out_at.is_(None)
    )
    if payment.status not in (_P.QUEUED, _P.READY):
        return False
    in_a_release = session.execute(query).first() is not None
    if payment.status is _P.QUEUED:
        return in_a_release
    return not in_a_release and payment.status_note is None
