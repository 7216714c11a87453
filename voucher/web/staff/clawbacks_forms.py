"""Forms of the clawback pages."""

from typing import Any

from wtforms import SelectChoice, SelectField

from voucher.payments.clawbacks.models import ClawbackReason, ClawbackStatus
from voucher.payments.clawbacks.operations.owing import (
    LONGEST_BANK_REFERENCE,
    LONGEST_INVOICE_NUMBER,
)
from voucher.payments.clawbacks.operations.steps import LONGEST_NOTE
from voucher.web.forms import (
    Answered,
    AtMost,
    ChoiceField,
    DatePartsField,
    PoundsField,
    SearchForm,
    ServiceForm,
    StringField,
    TextAreaField,
)

GROUPS = (
    ("open", "Everything that is not finished"),
    ("decide", "A person must decide"),
    ("owed", "Owed by providers"),
    ("all", "All"),
)


class ClawbackFilterForm(SearchForm):
    """What of the list is shown; sent by GET."""

    status = SelectField(
        "Status",
        choices=[
            *(SelectChoice(code, words) for code, words in GROUPS),
            *(SelectChoice(status.value, status.staff_label) for status in ClawbackStatus),
        ],
    )


def clawback_filter_form(arguments: Any) -> ClawbackFilterForm:
    """The form filled from an address; an unknown choice is the first."""
    form = ClawbackFilterForm(arguments)
    form.settle("status")
    return form


class RequestForm(ServiceForm):
    """How much is asked back, and why."""

    pence = PoundsField("Amount", [Answered("Enter the amount to ask back.")], minimum_pence=1)
    reason = ChoiceField(
        "Why?",
        [Answered("Select why the money is asked back.")],
        choices=[SelectChoice(reason.value, reason.staff_label) for reason in ClawbackReason],
    )
    words = TextAreaField(
        "What happened?",
        [Answered("Say what happened."), AtMost(LONGEST_NOTE)],
        description="Kept with the payment. The provider and auditors read it.",
    )


def asked_first(arguments: Any, left_pence: int) -> dict[str, Any]:
    """What the form shows first: reason and amount of the address that led here, or all that is
    left. An address may hold anything, so what does not fit is passed over."""
    typed = arguments.get("pence", "")
    pence = int(typed) if typed.isdecimal() and len(typed) < 16 else left_pence
    known = [reason.value for reason in ClawbackReason]
    reason = arguments.get("reason") if arguments.get("reason") in known else None
    return {"pence": min(pence, left_pence) or left_pence, "reason": reason}


class RefuseForm(ServiceForm):
    """Why nothing is asked back."""

    words = TextAreaField(
        "Why is nothing asked back?",
        [Answered("Say why nothing is asked back."), AtMost(LONGEST_NOTE)],
    )


class InvoiceForm(ServiceForm):
    """The invoice that was sent to the provider."""

    number = StringField(
        "Invoice number", [Answered("Enter the invoice’s number."), AtMost(LONGEST_INVOICE_NUMBER)]
    )
    due_on = DatePartsField(
        "Payable by",
        [Answered("Enter the day it must be paid by.")],
        called="The day it must be paid by",
    )


class ReceiptForm(ServiceForm):
    """A payment of the provider on the invoice."""

    pence = PoundsField("Amount", [Answered("Enter the amount that came in.")], minimum_pence=1)
    received_on = DatePartsField(
        "Arrived on", [Answered("Enter the day it arrived.")], called="The day it arrived"
    )
    bank_reference = StringField(
        "What the bank statement calls it",
        [Answered("Enter what the bank statement calls it."), AtMost(LONGEST_BANK_REFERENCE)],
    )


class WriteOffForm(ServiceForm):
    """Why what is owed will not come back."""

    words = TextAreaField(
        "Why will it not come back?",
        [Answered("Say why it will not come back."), AtMost(LONGEST_NOTE)],
        description="Say what was tried. A second person reads it before they agree.",
    )
