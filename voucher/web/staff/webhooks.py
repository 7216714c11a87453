"""Webhooks that could not be acted on: why, and trying them again."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_login import current_user

from voucher.accounts.permissions import Permission
from voucher.core import clock
from voucher.payments.operations.inbox import revive_one
from voucher.payments.queries import staff as queries
from voucher.web.access import requires
from voucher.web.paging import page_number
from voucher.web.posted import posted_id

blueprint = Blueprint("staff_webhooks", __name__, url_prefix="/staff/money/webhooks")


@blueprint.get("/")
@requires(Permission.LEDGER_READ)
def webhooks() -> str:
    """The webhooks that failed too often, oldest first, each with why."""
    return render_template("staff/money/webhooks.html", found=queries.dead_page(page_number()))


@blueprint.post("/again")
@requires(Permission.PAYMENT_RELEASE)
def again() -> Any:
    """Try one of them again."""
    event = queries.event_by_id(posted_id("event"))
    revive_one(event=event, at=clock.now(), by=current_user.id)
    flash("The webhook will be tried again.", "success")
    return redirect(url_for(".webhooks"))
