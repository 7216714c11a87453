"""What somebody did by hand in Stripe's dashboard, and how finance found, explained and signed it.

Errands are done in the evening, with the emulator's clock at their moment; what people say of them
is said in the days after.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from voucher.core.db import session, transaction
from voucher.core.errors import NotFound
from voucher.payments.clawbacks.models import Clawback
from voucher.payments.differences.models import (
    BookDifference,
    DifferenceStatus,
    MovementStatus,
    Outcome,
    UnexplainedMovement,
)
from voucher.payments.differences.operations import noting, signing, unexplained
from voucher.payments.jobs.reconciling import reconcile
from voucher.payments.models import Payment, PaymentStatus
from voucher.payments.queries.staff import latest_reconciliation
from voucher.providers.models import ConnectedAccount, Provider, ProviderStatus
from voucher.sandbox.seed.case import Case
from voucher.sandbox.seed.releasing import BY_HAND
from voucher.sandbox.seed.stage import Stage
from voucher.sandbox.seed.timeline import Timeline

WRONG, OWED, UNSURE, LAST = 12_000, 6_000, 4_500, 7_500
"""Pence moved by hand: at once undone; to the wrong provider; nobody is sure; yesterday's."""
TYPED = "Typed in the dashboard"
UNDONE = "I made it for the wrong provider and took it back within the hour."
PAID = "The worker stood still that day, so I paid this one by hand in the dashboard."
VAGUE = "The wrong firm, I think."
ASKED = "Which one was meant, and does this one know? Please say, and I agree."
GIVEN = "Meant for another firm of nearly the same name. The provider has agreed to owe it."
PERHAPS = "The note in the dashboard names no claim. I think this went to the wrong firm too."
KNOWN = "Made by hand in the dashboard on the day the worker stood still. See the movement."
NOTE = "The one difference is a transfer by hand, which waits for a colleague to agree."


def add_mistakes(timeline: Timeline, stage: Stage, cases: Sequence[Case]) -> None:
    """Put on the timeline what was done by hand, and what was said of it."""
    for days_ago, errand in (
        (12, _undo_at_once),
        (11, _compare),
        (6, lambda stage, at: _stand_in_for_the_worker(stage, cases, at)),
        (5, _compare),
        (1, _move_once_more),
    ):
        timeline.add(stage.moment(days_ago, 16, 30), _sending(stage, errand))
    for days_ago, hour, act in (
        (11, 10, _say_what_was_undone),
        (11, 15, _agree),
        (10, 10, lambda stage, at: _sign(stage, "", at)),
        (5, 10, lambda stage, at: _say_what_it_was(stage, cases, at)),
        (5, 15, _agree),
        (4, 10, lambda stage, at: _explain_and_sign(stage, at)),
    ):
        timeline.add(stage.moment(days_ago, hour), lambda at, act=act: act(stage, at))


def _sending(stage, errand):
    """An action by which the errand is done in the evening."""
    return lambda _at: stage.errands.append(lambda at: errand(stage, at))


def _compare(stage: Stage, at: datetime) -> None:
    reconcile(stage.services.stripe, at)


def _undo_at_once(stage: Stage, at: datetime) -> None:
    """A transfer to the wrong provider, taken back within the hour."""
    for account in _quiet_accounts(1):
        made = stage.levers.transfer_by_hand(account, WRONG, TYPED)
        stage.services.stripe.reverse_transfer(
            transfer_id=made["id"], amount_pence=WRONG, metadata={}, key=f"hand:{made['id']}"
        )
    _compare(stage, at)


def _stand_in_for_the_worker(stage: Stage, cases: Sequence[Case], at: datetime) -> None:
    """One claim is paid by hand, and two transfers go where they should not."""
    with transaction():
        payment = _paid_by_hand(cases)
        paid = [(account_of(payment), payment.transfer_pence)] if payment else []
    wrong = zip(_quiet_accounts(3)[1:], (OWED, UNSURE), strict=False)
    for account, pence in (*paid, *wrong):
        stage.levers.transfer_by_hand(account, pence, TYPED)
    _compare(stage, at)


def _move_once_more(stage: Stage, _at: datetime) -> None:
    for account in _quiet_accounts(4)[3:]:
        stage.levers.transfer_by_hand(account, LAST, TYPED)


def _paid_by_hand(cases: Sequence[Case]) -> Payment | None:
    claims = [case.ids["claim"] for case in cases if case.fate == BY_HAND and "claim" in case.ids]
    query = select(Payment).where(Payment.claim_id.in_(claims))
    query = query.where(Payment.status == PaymentStatus.READY)
    return session.execute(query.limit(1)).scalar_one_or_none()


def account_of(payment: Payment) -> str:
    """The Stripe account of a payment's provider. Raises NotFound."""
    query = select(ConnectedAccount.stripe_account_id)
    query = query.where(ConnectedAccount.provider_id == payment.provider_id)
    found = session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound("The provider has no account.")
    return found


def _quiet_accounts(count: int) -> list[str]:
    """Accounts of providers that nothing is being paid to, the same ones each time."""
    busy = select(Payment.provider_id).where(Payment.status != PaymentStatus.PAID)
    owing = select(Clawback.provider_id)
    query = (
        select(ConnectedAccount.stripe_account_id)
        .join(Provider, Provider.id == ConnectedAccount.provider_id)
        .where(Provider.status == ProviderStatus.APPROVED, Provider.id.not_in(busy))
        .where(Provider.id.not_in(owing), ConnectedAccount.stripe_account_id.is_not(None))
        .order_by(Provider.id.desc())
    )
    with transaction():
        return [str(one) for one in session.execute(query.limit(count)).scalars()]


def _movements(status: MovementStatus) -> dict[int, UnexplainedMovement]:
    query = select(UnexplainedMovement).where(UnexplainedMovement.status == status)
    return {one.net_pence: one for one in session.execute(query).scalars()}


def _say(stage: Stage, row: UnexplainedMovement, outcome: Outcome, note: str, **rest) -> None:
    by = stage.people["finance"]
    unexplained.propose(movement=row, outcome=outcome, note=note, by=by, **rest)


def _say_what_was_undone(stage: Stage, at: datetime) -> None:
    known = _movements(MovementStatus.OPEN)
    if {-WRONG, WRONG} <= set(known):
        back = known[WRONG].reference
        _say(stage, known[-WRONG], Outcome.RETURNED, UNDONE, subject=back, at=at)


def _say_what_it_was(stage: Stage, cases: Sequence[Case], at: datetime) -> None:
    known, payment = _movements(MovementStatus.OPEN), _paid_by_hand(cases)
    if payment is not None and -payment.transfer_pence in known:
        row = known[-payment.transfer_pence]
        _say(stage, row, Outcome.MATCHED, PAID, subject=payment.reference, at=at)
    if -OWED in known:
        _say(stage, known[-OWED], Outcome.OWED, VAGUE, at=at)
        unexplained.disagree(
            movement=known[-OWED],
            note=ASKED,
            by=stage.people["second_finance"],
            at=at + timedelta(hours=1),
        )
        _say(stage, known[-OWED], Outcome.OWED, GIVEN, at=at + timedelta(hours=2))


def _agree(stage: Stage, at: datetime) -> None:
    by = stage.people["second_finance"]
    for row in _movements(MovementStatus.PROPOSED).values():
        unexplained.agree(movement=row, by=by, at=at)


def _explain_and_sign(stage: Stage, at: datetime) -> None:
    known = _movements(MovementStatus.OPEN)
    if -UNSURE in known:
        _say(stage, known[-UNSURE], Outcome.OWED, PERHAPS, at=at)
    query = select(BookDifference).where(BookDifference.status == DifferenceStatus.OPEN)
    for one in session.execute(query).scalars().all():
        noting.explain(difference=one, words=KNOWN, by=stage.people["finance"], at=at)
    _sign(stage, NOTE, at)


def _sign(stage: Stage, note: str, at: datetime) -> None:
    newest = latest_reconciliation()
    if newest is not None:
        signing.sign_off(found=newest, note=note, by=stage.people["finance"], at=at)
