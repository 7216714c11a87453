"""Forms of the staff's voucher pages."""

from typing import Any

from wtforms import SelectChoice, SelectField

from voucher.vouchers.models import VoucherStatus
from voucher.vouchers.operations.life import LONGEST_REASON
from voucher.web.forms import Answered, AtMost, SearchForm, ServiceForm, StringField, TextAreaField


class VoucherFilterForm(SearchForm):
    """What of the list is shown; sent by GET."""

    q = StringField("Reference or name of the business", [AtMost(100)])
    status = SelectField(
        "Status",
        choices=[
            SelectChoice("", "Every status"),
            *(SelectChoice(status.value, status.staff_label) for status in VoucherStatus),
        ],
    )
    round = SelectField("Round")


def voucher_filter_form(arguments: Any, rounds: Any) -> VoucherFilterForm:
    """The form filled from an address; unknown choices are the first."""
    form = VoucherFilterForm(arguments)
    form.round.choices = [
        SelectChoice("", "Every round"),
        *(SelectChoice(each.reference, each.name) for each in rounds),
    ]
    form.settle("status", "round")
    return form


class ExtendForm(ServiceForm):
    """Why a voucher is extended."""

    reason = TextAreaField(
        "Why is it extended?", [Answered("Say why it is extended."), AtMost(LONGEST_REASON)]
    )


class CancelForm(ServiceForm):
    """Why a voucher is cancelled."""

    reason = TextAreaField(
        "Why is it cancelled?",
        [Answered("Say why it is cancelled."), AtMost(LONGEST_REASON)],
        description="The business reads this.",
    )
