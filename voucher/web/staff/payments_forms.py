"""Forms of the payment pages."""

from typing import Any

from wtforms import SelectChoice, SelectField

from voucher.payments.models import PaymentStatus
from voucher.payments.operations.queueing import LONGEST_REASON
from voucher.web.forms import Answered, AtMost, SearchForm, ServiceForm, TextAreaField

GROUPS = (
    ("open", "Everything that is not finished"),
    ("look", "Everything that needs a person"),
    ("waiting", "Waiting for something"),
    ("all", "All"),
)


class PaymentFilterForm(SearchForm):
    """What of the list is shown; sent by GET."""

    status = SelectField(
        "Status",
        choices=[
            *(SelectChoice(code, words) for code, words in GROUPS),
            *(SelectChoice(status.value, status.staff_label) for status in PaymentStatus),
        ],
    )


def payment_filter_form(arguments: Any) -> PaymentFilterForm:
    """The form filled from an address; an unknown choice is the first."""
    form = PaymentFilterForm(arguments)
    form.settle("status")
    return form


class CancelPaymentForm(ServiceForm):
    """Why a payment is cancelled."""

    reason = TextAreaField(
        "Why is it cancelled?",
        [Answered("Say why the payment is cancelled."), AtMost(LONGEST_REASON)],
        description="Kept with the payment. The provider and auditors read it.",
    )
