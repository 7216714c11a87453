"""Money asked back: the list, one clawback, and what two officers do about it."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user

from voucher.accounts.permissions import Permission
from voucher.accounts.queries import names_of
from voucher.core import clock
from voucher.core.errors import Conflict, Invalid
from voucher.ledger.queries import accounts_named
from voucher.payments.clawbacks import queries
from voucher.payments.clawbacks.models import (
    Clawback,
    ClawbackReason,
    ClawbackStatus,
)
from voucher.payments.clawbacks.operations import deciding, owing
from voucher.payments.queries.staff import payment_file
from voucher.web.access import current_member, requires
from voucher.web.forms import ServiceForm
from voucher.web.paging import page_number
from voucher.web.staff.clawbacks_forms import (
    InvoiceForm,
    ReceiptForm,
    RefuseForm,
    RequestForm,
    WriteOffForm,
    asked_first,
    clawback_filter_form,
)
from voucher.web.staff.payments import ACCOUNT_WORDS

blueprint = Blueprint("staff_clawbacks", __name__, url_prefix="/staff/clawbacks")

_S = ClawbackStatus
COLOURS = {
    _S.REQUESTED: "purple",
    _S.APPROVED: "blue",
    _S.SENDING: "blue",
    _S.UNKNOWN: "yellow",
    _S.REVERSED: "green",
    _S.SHORTFALL: "red",
    _S.NETTING: "orange",
    _S.INVOICED: "orange",
    _S.RECOVERED: "green",
    _S.WRITE_OFF_ASKED: "purple",
    _S.WRITTEN_OFF: "grey",
    _S.REFUSED: "grey",
    _S.WITHDRAWN: "grey",
    _S.ATTENTION: "red",
}
Operation = Callable[..., Any]


@blueprint.get("/")
@requires(Permission.PAYMENT_READ)
def clawbacks() -> str:
    """The clawbacks of one group of statuses, newest first."""
    form = clawback_filter_form(request.args)
    return render_template(
        "staff/clawbacks/list.html",
        form=form,
        found=queries.clawback_page(form.status.data, page_number()),
        colours=COLOURS,
    )


@blueprint.get("/<reference>")
@requires(Permission.PAYMENT_READ)
def clawback(reference: str) -> str:
    """One clawback: who asked and decided, requests to Stripe, what came back, the books."""
    found = queries.clawback_file(reference)
    one = found.clawback
    entries = [entry for journal in found.journals for entry in journal.entries]
    accounts = {entry.debit_account_id for entry in entries}
    accounts |= {entry.credit_account_id for entry in entries}
    people = [one.requested_by_id, one.decided_by_id, one.write_off_asked_by_id]
    people += [one.written_off_by_id, *(change.by_user_id for change in found.changes)]
    member = current_member()
    return render_template(
        "staff/clawbacks/clawback.html",
        found=found,
        accounts=accounts_named(accounts),
        account_words=ACCOUNT_WORDS,
        names=names_of(people),
        labels={status.value: status.staff_label for status in ClawbackStatus},
        colours=COLOURS,
        may_ask=member.may(Permission.PAYMENT_RELEASE),
        may_decide=member.may(Permission.CLAWBACK_APPROVE),
        withdrawable=deciding.withdrawable(one),
    )


@blueprint.route("/of/<payment>", methods=["GET", "POST"])
@requires(Permission.PAYMENT_RELEASE)
def ask(payment: str) -> Any:
    """Ask for a payment's money back, whole or in part."""
    found = payment_file(payment, clock.now())
    left = queries.left_to_ask(found.payment)
    if not left:
        raise Conflict("Nothing of this payment can be asked back.")
    form = RequestForm(data=asked_first(request.args, left))
    if form.validate_on_submit():
        try:
            made = deciding.request(
                payment=found.payment,
                pence=form.pence.data or 0,
                reason=ClawbackReason(form.reason.data),
                words=form.words.data or "",
                by=current_user.id,
                at=clock.now(),
            )
        except Invalid as error:
            form.refuse(error)
        else:
            flash("Asked for. A second person decides.", "success")
            return redirect(url_for(".clawback", reference=made.reference))
    page = render_template("staff/clawbacks/request.html", found=found, form=form, left=left)
    return page, 422 if form.is_submitted() else 200


def _done(reference: str, operation: Operation, words: str) -> Any:
    """Carry out an operation that needs no words, and say so."""
    found = queries.clawback_file(reference).clawback
    operation(clawback=found, by=current_user.id, at=clock.now())
    flash(words, "success")
    return redirect(url_for(".clawback", reference=found.reference))


def _filled(
    reference: str, form: ServiceForm, operation: Operation, *, action: str, words: str
) -> Any:
    """Show a form, and carry the operation out with what was typed into it."""
    found = queries.clawback_file(reference)
    if form.validate_on_submit():
        typed = {field.name: field.data for field in form if field.name != "csrf_token"}
        try:
            operation(clawback=found.clawback, by=current_user.id, at=clock.now(), **typed)
        except Invalid as error:
            form.refuse(error)
        else:
            flash(words, "success")
            return redirect(url_for(".clawback", reference=found.clawback.reference))
    page = render_template("staff/clawbacks/form.html", found=found, form=form, action=action)
    return page, 422 if form.is_submitted() else 200


def _require(reference: str, *statuses: ClawbackStatus) -> Clawback:
    """The clawback, if there is still something to fill in about it. Raises Conflict."""
    found = queries.clawback_file(reference).clawback
    if found.status not in statuses:
        raise Conflict(f"This can’t be done now: it is “{found.status.staff_label}”.")
    return found


@blueprint.post("/<reference>/approve")
@requires(Permission.CLAWBACK_APPROVE)
def approve(reference: str) -> Any:
    """Approve what a colleague asked for."""
    return _done(reference, deciding.approve, "Approved. See below what happens next.")


@blueprint.route("/<reference>/refuse", methods=["GET", "POST"])
@requires(Permission.CLAWBACK_APPROVE)
def refuse(reference: str) -> Any:
    """Refuse what a colleague asked for."""
    _require(reference, _S.REQUESTED)
    words = "Refused. Nothing is asked back, and the payment goes on."
    return _filled(reference, RefuseForm(), deciding.refuse, action="refuse", words=words)


@blueprint.post("/<reference>/withdraw")
@requires(Permission.PAYMENT_RELEASE)
def withdraw(reference: str) -> Any:
    """Take the request back."""
    return _done(reference, deciding.withdraw, "Withdrawn. Nothing is asked back.")


@blueprint.post("/<reference>/go-on")
@requires(Permission.PAYMENT_RELEASE)
def go_on(reference: str) -> Any:
    """Let one go on that needed a person."""
    return _done(reference, deciding.go_on, "It goes on. Stripe is asked first what it has.")


@blueprint.post("/<reference>/net-off")
@requires(Permission.PAYMENT_RELEASE)
def net_off(reference: str) -> Any:
    """Set what is owed off against the next payments."""
    return _done(reference, owing.net_off, "The provider’s next payments are made smaller by it.")


@blueprint.post("/<reference>/choose-again")
@requires(Permission.PAYMENT_RELEASE)
def choose_again(reference: str) -> Any:
    """Choose another way for what is still owed."""
    return _done(reference, owing.choose_again, "Choose how the rest comes back.")


@blueprint.route("/<reference>/invoice", methods=["GET", "POST"])
@requires(Permission.PAYMENT_RELEASE)
def invoice(reference: str) -> Any:
    """Enter that an invoice was sent."""
    _require(reference, _S.SHORTFALL)
    words = "The invoice is kept, and the provider is told."
    return _filled(reference, InvoiceForm(), owing.invoice, action="invoice", words=words)


@blueprint.route("/<reference>/receive", methods=["GET", "POST"])
@requires(Permission.PAYMENT_RELEASE)
def receive(reference: str) -> Any:
    """Enter what came in on the invoice."""
    owed = _require(reference, _S.INVOICED).owed_pence
    form = ReceiptForm(data={"pence": owed})
    return _filled(reference, form, owing.receive, action="receive", words="The money is entered.")


@blueprint.route("/<reference>/write-off", methods=["GET", "POST"])
@requires(Permission.PAYMENT_RELEASE)
def ask_write_off(reference: str) -> Any:
    """Ask that what is owed be written off."""
    _require(reference, _S.SHORTFALL)
    form = WriteOffForm()
    words = "Asked for. A second person must agree."
    return _filled(reference, form, owing.ask_write_off, action="write_off", words=words)


@blueprint.post("/<reference>/agree-write-off")
@requires(Permission.CLAWBACK_APPROVE)
def agree_write_off(reference: str) -> Any:
    """Agree that it is written off."""
    return _done(reference, owing.write_off, "Written off. The money stays spent.")


@blueprint.post("/<reference>/keep-owed")
@requires(Permission.CLAWBACK_APPROVE)
def keep_owed(reference: str) -> Any:
    """Don't write it off."""
    return _done(reference, owing.keep_owed, "It is not written off. Choose how it comes back.")
