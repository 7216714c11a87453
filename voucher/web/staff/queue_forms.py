"""The queue's filter, sent by GET, so that any view of the queue has an address."""

from typing import Any

from wtforms import BooleanField, SelectChoice, SelectField

from voucher.applications.models import ApplicationStatus
from voucher.applications.queries.staff import NOBODY, STATUS_GROUPS, QueueFilter, QueueOrder
from voucher.web.forms import AtMost, SearchForm, StringField

STATUS_LABELS = {
    "work": "Waiting for us",
    "all": "Every status",
    **{status.value: status.staff_label for status in ApplicationStatus},
}
WHOSE = (("", "Anybody"), ("mine", "Me"), ("nobody", "Nobody yet"))
ORDERS = (
    (QueueOrder.DUE, "Decision due first"),
    (QueueOrder.NEWEST, "Newest first"),
    (QueueOrder.NAME, "Name of the business"),
)


class QueueForm(SearchForm):
    """What of the queue is shown."""

    q = StringField("Reference, name, postcode or company number", [AtMost(100)])
    status = SelectField(
        "Status", choices=[SelectChoice(code, STATUS_LABELS[code]) for code in STATUS_GROUPS]
    )
    whose = SelectField("Given to", choices=[SelectChoice(*pair) for pair in WHOSE])
    round = SelectField("Round")
    sort = SelectField("Sorted by", choices=[SelectChoice(*pair) for pair in ORDERS])
    held = BooleanField("On hold only")


def queue_form(arguments: Any, rounds: Any) -> QueueForm:
    """The form filled from an address, with the rounds there are; unknown choices are the first."""
    form = QueueForm(arguments)
    form.round.choices = [
        SelectChoice("", "Every round"),
        *(SelectChoice(each.reference, each.name) for each in rounds),
    ]
    form.settle("status", "whose", "round", "sort")
    return form


def chosen_filter(form: QueueForm, user_id: int) -> QueueFilter:
    """What the form asks for; a text that was refused is left out."""
    whose = {"mine": user_id, "nobody": NOBODY}
    return QueueFilter(
        status=form.status.data,
        assigned_to_id=whose.get(form.whose.data),
        round_reference=form.round.data,
        text=(form.q.data or "") if form.validate() else "",
        held_only=bool(form.held.data),
        order=QueueOrder(form.sort.data),
    )
