"""Messages that did not arrive: why not, and letting one go out again. No words are shown."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from wtforms import SelectChoice, SelectField, StringField

from voucher.accounts.permissions import Permission
from voucher.core import clock
from voucher.notifications.models import MessageStatus
from voucher.notifications.operations import send_again
from voucher.notifications.queries import outbox
from voucher.web.access import requires
from voucher.web.forms import AtMost, SearchForm
from voucher.web.paging import page_number
from voucher.web.posted import posted_id

blueprint = Blueprint("staff_messages", __name__, url_prefix="/staff/messages")

COLOURS = {MessageStatus.FAILED: "red"}
GROUPS = {
    "failed": "Given up",
    "trying": "Being tried again",
    "all": "Everything that did not arrive",
}


class MessagesForm(SearchForm):
    """What of the list is shown. Sent by GET."""

    q = StringField("Address or subject", [AtMost(100)])
    status = SelectField("Show", choices=[SelectChoice(*group) for group in GROUPS.items()])

    def chosen(self) -> outbox.MessageFilter:
        """What the form asks for; an unknown group is the first, a refused text is left out."""
        if self.status.data not in GROUPS:
            self.status.data = next(iter(GROUPS))
        text = (self.q.data or "") if self.validate() else ""
        return outbox.MessageFilter(self.status.data, text)


@blueprint.get("/")
@requires(Permission.MESSAGE_READ)
def messages() -> str:
    """Messages that did not arrive and fit the filter in the address, newest first."""
    form = MessagesForm(request.args)
    found = outbox.undelivered(form.chosen(), page_number())
    return render_template(
        "staff/messages/list.html",
        form=form,
        found=found,
        wanted={name: request.args[name] for name in ("q", "status") if request.args.get(name)},
        colours=COLOURS,
    )


@blueprint.post("/again")
@requires(Permission.MESSAGE_SEND)
def again() -> Any:
    """Let a message that was given up go out once more."""
    found = outbox.message(posted_id("message"))
    send_again(message=found, by=current_user.id, at=clock.now())
    flash("The message goes out again within a minute.", "success")
    return redirect(url_for(".messages"))
