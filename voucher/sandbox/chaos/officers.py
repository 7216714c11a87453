"""The officers' desk: what people do about payments, clawbacks and movements that wait for them."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import select

from voucher.core.clock import london_date
from voucher.core.db import session, transaction
from voucher.payments.clawbacks.models import Clawback, ClawbackStatus
from voucher.payments.clawbacks.operations import deciding, owing
from voucher.payments.differences.models import MovementStatus, Outcome, UnexplainedMovement
from voucher.payments.differences.operations import unexplained
from voucher.payments.models import Payment, PaymentStatus
from voucher.payments.operations.inbox import revive
from voucher.payments.operations.queueing import retry
from voucher.sandbox.chaos.field import Field

_P, _S, _M = PaymentStatus, ClawbackStatus, MovementStatus
LEFT_IN_SUSPENSE_EVERY = 3
"""Of the movements by hand every third stays in suspense, as one that nobody can explain yet."""


def tend(field: Field, *, at_rest: bool = False) -> None:
    """Do once what officers would do now; `at_rest`: also what would wait for later payments."""
    asker, agreer = field.ground.officers
    for status in (_P.PAYOUT_FAILED, _P.ATTENTION):
        for payment_id in _ids(Payment, status):
            field.attempt(partial(_retry, payment_id, asker, field))
    for status, act in _CLAWBACKS.items():
        if status is _S.NETTING and not at_rest:
            continue
        for clawback_id in _ids(Clawback, status):
            field.attempt(partial(_on_clawback, act, clawback_id, field))
    _explain(field, asker, agreer)
    with transaction():
        revive(at=field.at, by=asker)


def _ids(model: Any, status: Any) -> list[int]:
    session.rollback()
    query = select(model.id).where(model.status == status).order_by(model.id)
    return list(session.execute(query).scalars())


def _retry(payment_id: int, by: int, field: Field) -> None:
    retry(payment=session.get_one(Payment, payment_id), by=by, at=field.at)


Act = Callable[[Clawback, int, int, Field], None]


def _on_clawback(act: Act, clawback_id: int, field: Field) -> None:
    asker, agreer = field.ground.officers
    act(session.get_one(Clawback, clawback_id), asker, agreer, field)


def _decide(found: Clawback, asker: int, agreer: int, field: Field) -> None:
    by = agreer if found.requested_by_id == asker else asker
    deciding.approve(clawback=found, by=by, at=field.at)


def _go_on(found: Clawback, asker: int, _agreer: int, field: Field) -> None:
    deciding.go_on(clawback=found, by=asker, at=field.at)


def _choose(found: Clawback, asker: int, _agreer: int, field: Field) -> None:
    """Set off, invoiced, or written off, in turn; what was set off in vain is invoiced."""
    if found.id % 3 == 0 and found.recovered_pence == 0 and not field.ending:
        owing.net_off(clawback=found, by=asker, at=field.at)
    elif found.id % 3 == 1:
        words = "The provider is gone."
        owing.ask_write_off(clawback=found, words=words, by=asker, at=field.at)
    else:
        due_on = london_date(field.at) + timedelta(days=30)
        number = f"REC-{found.id}"
        owing.invoice(clawback=found, number=number, due_on=due_on, by=asker, at=field.at)


def _choose_again(found: Clawback, asker: int, _agreer: int, field: Field) -> None:
    owing.choose_again(clawback=found, by=asker, at=field.at)


def _receive(found: Clawback, asker: int, _agreer: int, field: Field) -> None:
    owing.receive(
        clawback=found,
        pence=found.owed_pence,
        received_on=london_date(field.at),
        bank_reference=f"FROM {found.reference}",
        by=asker,
        at=field.at,
    )


def _write_off(found: Clawback, _asker: int, agreer: int, field: Field) -> None:
    owing.write_off(clawback=found, by=agreer, at=field.at)


_CLAWBACKS: dict[ClawbackStatus, Act] = {
    _S.REQUESTED: _decide,
    _S.ATTENTION: _go_on,
    _S.INVOICED: _receive,
    _S.WRITE_OFF_ASKED: _write_off,
    _S.NETTING: _choose_again,
    _S.SHORTFALL: _choose,
}


def _explain(field: Field, asker: int, agreer: int) -> None:
    for movement_id in _ids(UnexplainedMovement, _M.OPEN):
        if movement_id % LEFT_IN_SUSPENSE_EVERY:
            field.attempt(partial(_propose, movement_id, asker, field))
    for movement_id in _ids(UnexplainedMovement, _M.PROPOSED):
        field.attempt(partial(_agree, movement_id, agreer, field))


def _propose(movement_id: int, by: int, field: Field) -> None:
    movement = session.get_one(UnexplainedMovement, movement_id)
    note = "Made in the dashboard by mistake; the provider will pay it back."
    unexplained.propose(movement=movement, outcome=Outcome.OWED, note=note, by=by, at=field.at)


def _agree(movement_id: int, by: int, field: Field) -> None:
    movement = session.get_one(UnexplainedMovement, movement_id)
    unexplained.agree(movement=movement, by=by, at=field.at)
