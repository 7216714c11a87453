"""The event log and the state of its chain, for auditors."""

from flask import Blueprint, render_template, request
from wtforms import StringField

from voucher.accounts.permissions import Permission
from voucher.accounts.queries import names_of
from voucher.audit import queries
from voucher.web.access import requires
from voucher.web.forms import AtMost, SearchForm
from voucher.web.paging import page_number

blueprint = Blueprint("staff_audit", __name__, url_prefix="/staff/audit")


class FilterForm(SearchForm):
    """What of the log is shown. Sent by GET, so that it can be bookmarked."""

    action = StringField("What was done begins with", [AtMost(60)])
    case = StringField("Application", [AtMost(24)])


@blueprint.get("/")
@requires(Permission.AUDIT_READ)
def log():
    """The events, newest first, with filters in the address."""
    form = FilterForm(request.args)
    wanted = {"action": form.action.data or "", "case": (form.case.data or "").upper()}
    if not form.validate():
        wanted = {"action": "", "case": ""}
    page = page_number()
    found = queries.events(**wanted, page=page)
    return render_template(
        "staff/audit/log.html",
        form=form,
        wanted=wanted,
        page=page,
        found=found,
        names=names_of([event.actor_user_id for event in found.events]),
        head=queries.chain_head(),
    )


@blueprint.get("/verify")
@requires(Permission.AUDIT_READ)
def verify():
    """Recompute the chain from its first event and say what was found."""
    return render_template("staff/audit/verify.html", found=queries.verify_chain())
