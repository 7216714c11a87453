"""Forms of the staff's voucher pages."""

from typing import Any

from wtforms import SelectChoice, SelectField

from voucher.vouchers.models import VoucherStatus
from voucher.vouchers.operations.life import LONGEST_REASON
from voucher.web.forms import Answered, AtMost, ServiceForm, StringField, TextAreaField


class VoucherFilterForm(ServiceForm):
    """What of the list is shown; sent by GET."""

    class Meta(ServiceForm.Meta):
        """No token: the form changes nothing."""

        csrf = False

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
    for field in (form.status, form.round):
        known = [choice[0] for choice in field.iter_choices()]
        field.data = field.data if field.data in known else known[0]
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
