"""Payments as finance sees them: the list with its ageing, one payment, retry, cancel."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user

from voucher.accounts.permissions import Permission
from voucher.accounts.queries import names_of
from voucher.claims.queries.screening import check_lines
from voucher.core import clock
from voucher.core.errors import Conflict
from voucher.ledger.models import AccountKind
from voucher.ledger.queries import accounts_named
from voucher.payments.clawbacks.queries import (
    clawbacks_of_payment,
    left_to_ask,
    netted_from,
)
from voucher.payments.models import OUTCOME_OPEN, PaymentStatus
from voucher.payments.operations import queueing
from voucher.payments.queries import staff as queries
from voucher.payments.runs.queries import can_be_held_back, releases_of
from voucher.screening.queries import list_warning
from voucher.web.access import current_member, requires
from voucher.web.paging import page_number
from voucher.web.staff.payments_forms import CancelPaymentForm, payment_filter_form

blueprint = Blueprint("staff_payments", __name__, url_prefix="/staff/payments")

_P = PaymentStatus
COLOURS = {
    _P.READY: "purple",
    _P.QUEUED: "blue",
    _P.SENDING: "blue",
    _P.UNKNOWN: "yellow",
    _P.TRANSFERRED: "teal",
    _P.PAYOUT_SENDING: "teal",
    _P.PAYOUT_UNKNOWN: "yellow",
    _P.IN_TRANSIT: "teal",
    _P.PAID: "green",
    _P.BLOCKED_PAYEE: "orange",
    _P.BLOCKED_FUNDS: "orange",
    _P.ON_HOLD: "orange",
    _P.ATTENTION: "red",
    _P.PAYOUT_FAILED: "red",
    _P.CANCELLED: "grey",
    _P.REVERSED: "grey",
    _P.NETTED: "green",
}
ACCOUNT_WORDS = {
    AccountKind.CASH_AT_STRIPE: "Programme’s Stripe balance",
    AccountKind.AT_PROVIDER: "Provider’s Stripe account",
    AccountKind.SETTLED: "Provider’s bank",
    AccountKind.RECOVERABLE: "To be recovered",
    AccountKind.WRITTEN_OFF: "Written off",
    AccountKind.FEES: "Fees",
    AccountKind.GRANT_DUE: "Funder",
    AccountKind.FUND: "Free",
    AccountKind.RESERVED: "Reserved",
    AccountKind.COMMITTED: "Committed",
    AccountKind.PAYABLE: "Owed to the provider",
    AccountKind.SPENT: "Spent",
    AccountKind.SUSPENSE: "Not explained yet",
}
MOVED_BY_THE_CLOCK = (_P.QUEUED, *OUTCOME_OPEN, _P.TRANSFERRED, _P.IN_TRANSIT)
"""Statuses out of which the worker takes the next step at its time; the others wait for a fact."""
RETRIABLE = (_P.ATTENTION, _P.PAYOUT_FAILED)


@blueprint.get("/")
@requires(Permission.PAYMENT_READ)
def payments() -> str:
    """The payments of one group of statuses, the longest waiting first, and the sums of all."""
    form = payment_filter_form(request.args)
    found = queries.payment_page(form.status.data, page_number(), clock.now())
    return render_template(
        "staff/payments/list.html",
        form=form,
        found=found,
        sums=queries.sums_by_status(),
        ageing=queries.ageing(clock.now()),
        colours=COLOURS,
        list_warning=list_warning(clock.today()),
    )


@blueprint.get("/<reference>")
@requires(Permission.PAYMENT_READ)
def payment(reference: str) -> str:
    """One payment: amounts, every request to Stripe, the journals, the history."""
    found = queries.payment_file(reference, clock.now())
    entries = [entry for journal in found.journals for entry in journal.entries]
    accounts = {entry.debit_account_id for entry in entries}
    accounts |= {entry.credit_account_id for entry in entries}
    releases = releases_of(found.payment)
    releasers = [by for run, item in releases for by in (run.asked_by_id, run.second_by_id)]
    releasers += [item.taken_out_by_id for _, item in releases]
    may_act = current_member().may(Permission.PAYMENT_RELEASE)
    may_retry = may_act and found.payment.status in RETRIABLE
    own_award = found.awarded_by_officer_id == current_user.id
    return render_template(
        "staff/payments/payment.html",
        found=found,
        accounts=accounts_named(accounts),
        account_words=ACCOUNT_WORDS,
        names=names_of([*(change.by_user_id for change in found.changes), *releasers]),
        releases=releases,
        labels={status.value: status.staff_label for status in PaymentStatus},
        colours=COLOURS,
        moved_by_the_clock=MOVED_BY_THE_CLOCK,
        may_retry=may_retry and not own_award,
        own_award=may_retry and own_award,
        check_lines=check_lines(found.claim.id),
        clawbacks=clawbacks_of_payment(found.payment.id),
        netted=netted_from(found.payment.id),
        may_ask_back=may_act and left_to_ask(found.payment) > 0,
        may_cancel=may_act and queueing.cancellable(found.payment),
        may_hold_back=may_act and can_be_held_back(found.payment),
    )


@blueprint.post("/<reference>/retry")
@requires(Permission.PAYMENT_RELEASE)
def retry(reference: str) -> Any:
    """Let a payment go on that needed a person."""
    found = queries.payment_by_reference(reference)
    queueing.retry(payment=found, by=current_user.id, at=clock.now())
    flash("The payment goes on. Every check is made again before anything is sent.", "success")
    return redirect(url_for(".payment", reference=found.reference))


@blueprint.route("/<reference>/cancel", methods=["GET", "POST"])
@requires(Permission.PAYMENT_RELEASE)
def cancel(reference: str) -> Any:
    """Cancel a payment that was never sent."""
    found = queries.payment_file(reference, clock.now())
    form = CancelPaymentForm()
    if form.carried_out(
        lambda: queueing.cancel(
            payment=found.payment,
            reason=form.reason.data or "",
            by=current_user.id,
            at=clock.now(),
        )
    ):
        flash("The payment is cancelled. Its money is back in the round.", "success")
        return redirect(url_for(".payment", reference=found.payment.reference))
    if not queueing.cancellable(found.payment):
        raise Conflict("Money is, or may be, on its way. This payment can’t be cancelled.")
    page = render_template("staff/payments/cancel.html", found=found, form=form)
    return page, 422 if form.is_submitted() else 200
