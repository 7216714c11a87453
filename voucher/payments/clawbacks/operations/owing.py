"""What a provider owes after a shortfall: how it comes back, what came back, what never will.

Lock order: round → voucher → claim → payment → clawback.
"""

from datetime import date, datetime
from typing import TypedDict

from sqlalchemy import select

from voucher.core.clock import london_date
from voucher.core.db import session
from voucher.core.errors import Conflict, Invalid, NotPermitted
from voucher.core.money import Money
from voucher.payments.clawbacks.models import Clawback, ClawbackReceipt, ClawbackStatus
from voucher.payments.clawbacks.operations.outcome import lessen_support
from voucher.payments.clawbacks.operations.steps import (
    lock_clawback,
    move,
    note,
    require_apart,
    written,
)
from voucher.payments.models import Payment
from voucher.programmes.operations import budget

_S = ClawbackStatus
LONGEST_INVOICE_NUMBER = 60
LONGEST_BANK_REFERENCE = 80


class Whose(TypedDict):
    """Round and provider of an entry in the books."""

    round_id: int
    provider_id: int


def whose(clawback: Clawback) -> Whose:
    """Round and provider of what is owed."""
    return {"round_id": clawback.booked_round_id, "provider_id": clawback.provider_id}


def net_off(*, clawback: Clawback, by: int, at: datetime) -> None:
    """Have it set off against the provider's next payments, until nothing is owed.

    Before: SHORTFALL. Raises Conflict otherwise, NotPermitted for a member of a party.
    """
    locked, _ = _owed(clawback, by)
    move(locked, _S.NETTING, at, by)
    note(locked, "clawback.to_be_netted", at=at, by=by, details={"owed_pence": locked.owed_pence})


def invoice(*, clawback: Clawback, number: str, due_on: date, by: int, at: datetime) -> None:
    """Enter that an invoice was sent for it. Before: SHORTFALL. Raises Invalid on "number" and
    "due_on", else as `net_off`."""
    written_number = written(
        number, "number", missing="Enter the invoice’s number.", longest=LONGEST_INVOICE_NUMBER
    )
    if due_on <= london_date(at):
        raise Invalid("The day must be in the future.", "due_on")
    locked, _ = _owed(clawback, by)
    move(locked, _S.INVOICED, at, by, invoice_number=written_number, invoice_due_on=due_on)
    details = {"invoice": written_number, "owed_pence": locked.owed_pence}
    note(locked, "clawback.invoiced", at=at, by=by, details=details)


def choose_again(*, clawback: Clawback, by: int, at: datetime) -> None:
    """Choose anew how the rest comes back. Before: NETTING or INVOICED. Raises as `net_off`."""
    locked, _ = _owed(clawback, by)
    if locked.status not in (_S.NETTING, _S.INVOICED):
        raise Conflict(f"There is nothing to choose: it is “{locked.status.staff_label}”.")
    move(locked, _S.SHORTFALL, at, by)
    note(locked, "clawback.reopened", at=at, by=by)


def receive(
    *,
    clawback: Clawback,
    pence: int,
    received_on: date,
    bank_reference: str,
    by: int,
    at: datetime,
) -> None:
    """Enter money that the provider paid on the invoice into the funder's bank account.

    Before: INVOICED. After: the round may promise it again; RECOVERED once nothing is owed. Raises
    Invalid on "pence", "received_on" and "bank_reference", also for one entered before.
    """
    named = written(
        bank_reference,
        "bank_reference",
        missing="Enter what the bank statement calls it.",
        longest=LONGEST_BANK_REFERENCE,
    )
    if received_on > london_date(at):
        raise Invalid("The day must be today or in the past.", "received_on")
    locked, payment = _owed(clawback, by)
    if locked.status is not _S.INVOICED:
        raise Conflict(f"No invoice is open: it is “{locked.status.staff_label}”.")
    if not 0 < pence <= locked.owed_pence:
        raise Invalid(f"The amount must be at most {Money(locked.owed_pence)}.", "pence")
    receipt = _receipt(locked, pence, received_on, named, by, at)
    effect = f"repaid_{receipt.id}"
    budget.record_recovered_by_invoice(
        **whose(locked), pence=pence, source=locked, effect=effect, at=at, by=by
    )
    enter_back(locked, payment, pence, at, by)


def _receipt(
    clawback: Clawback, pence: int, received_on: date, named: str, by: int, at: datetime
) -> ClawbackReceipt:
    known = select(ClawbackReceipt.id).where(
        ClawbackReceipt.clawback_id == clawback.id, ClawbackReceipt.bank_reference == named
    )
    if session.execute(known).first() is not None:
        raise Invalid("A payment of that name has been entered already.", "bank_reference")
    receipt = ClawbackReceipt(
        clawback_id=clawback.id,
        pence=pence,
        received_on=received_on,
        bank_reference=named,
        entered_at=at,
        entered_by_id=by,
    )
    session.add(receipt)
    session.flush()
    return receipt


def enter_back(
    clawback: Clawback, payment: Payment | None, pence: int, at: datetime, by: int | None
) -> None:
    """Enter on the clawback what came back by set-off or invoice, and what it means for the
    business. `payment`: the one that is asked back, under its lock, if there is one."""
    clawback.recovered_pence += pence
    session.flush()
    details = {"back_pence": pence, "owed_pence": clawback.owed_pence}
    if clawback.owed_pence == 0:
        move(clawback, _S.RECOVERED, at, by)
        note(clawback, "clawback.recovered", at=at, by=by, details=details)
    else:
        note(clawback, "clawback.partly_recovered", at=at, by=by, details=details)
    if payment is not None:
        lessen_support(clawback, payment, at)


def ask_write_off(*, clawback: Clawback, words: str, by: int, at: datetime) -> None:
    """Ask that what is owed be written off; a different person agrees. Before: SHORTFALL. Raises
    Invalid on "words", else as `net_off`."""
    reason = written(words, "words", missing="Say why it will not come back.")
    locked, _ = _owed(clawback, by)
    move(
        locked,
        _S.WRITE_OFF_ASKED,
        at,
        by,
        write_off_reason=reason,
        write_off_asked_by_id=by,
        written_off_by_id=None,
    )
    note(locked, "clawback.write_off_asked", at=at, by=by)


def write_off(*, clawback: Clawback, by: int, at: datetime) -> None:
    """Write off what is owed: it stays spent, and is asked back no more.

    Before: a different person has asked for it. Raises NotPermitted for who asked and for a member
    of a party, Conflict otherwise.
    """
    locked = _write_off_asked(clawback, by)
    pence = locked.owed_pence
    budget.record_write_off(
        **whose(locked), pence=pence, source=locked, effect="written_off", at=at, by=by
    )
    move(locked, _S.WRITTEN_OFF, at, by, written_off_pence=pence, written_off_by_id=by)
    note(locked, "clawback.written_off", at=at, by=by, details={"written_off_pence": pence})


def keep_owed(*, clawback: Clawback, by: int, at: datetime) -> None:
    """Don't write it off. Raises as `write_off`, but whoever asked may say so too."""
    locked, _ = _owed(clawback, by)
    if locked.status is not _S.WRITE_OFF_ASKED:
        raise Conflict(f"Nobody asks to write it off: it is “{locked.status.staff_label}”.")
    move(locked, _S.SHORTFALL, at, by)
    note(locked, "clawback.reopened", at=at, by=by)


def _write_off_asked(clawback: Clawback, by: int) -> Clawback:
    locked, _ = _owed(clawback, by)
    if locked.status is not _S.WRITE_OFF_ASKED:
        raise Conflict(f"Nobody asks to write it off: it is “{locked.status.staff_label}”.")
    if locked.write_off_asked_by_id == by:
        raise NotPermitted("You asked for this, so a second person must agree.")
    return locked


def _owed(clawback: Clawback, by: int) -> tuple[Clawback, Payment | None]:
    locked, payment, claim = lock_clawback(clawback.id)
    require_apart(locked, claim, by)
    return locked, payment
