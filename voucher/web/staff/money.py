"""The scheme's money: envelopes of the rounds, balances of the books, reconciliation."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_login import current_user

from voucher.accounts.permissions import Permission
from voucher.accounts.queries import names_of
from voucher.core import clock
from voucher.core.errors import Conflict
from voucher.ledger.models import AccountKind
from voucher.ledger.queries import balances
from voucher.payments.differences.models import DifferenceStatus
from voucher.payments.differences.queries import (
    count_open_differences,
    count_unexplained,
    differences_of,
    sign_offs_of,
    signed_before,
)
from voucher.payments.differences.rules import WORDS
from voucher.payments.operations.comparing import ask_to_compare
from voucher.payments.operations.inbox import revive
from voucher.payments.queries import staff as queries
from voucher.payments.queries.comparing import last_request
from voucher.web.access import requires
from voucher.web.display import counted
from voucher.web.paging import page_number
from voucher.web.staff.differences import COLOURS
from voucher.web.staff.money_words import effect_words, failure_words, movement_words

blueprint = Blueprint("staff_money", __name__, url_prefix="/staff/money")
for each in (effect_words, failure_words, movement_words):
    blueprint.add_app_template_filter(each)

BALANCES = (  # where money is: together they come to the budgets of all rounds
    (AccountKind.CASH_AT_STRIPE, "In the programme’s Stripe balance"),
    (AccountKind.AT_PROVIDER, "In providers’ Stripe accounts"),
    (AccountKind.SETTLED, "In providers’ bank accounts"),
    (AccountKind.RECOVERABLE, "To be recovered"),
    (AccountKind.WRITTEN_OFF, "Written off"),
    (AccountKind.FEES, "Fees"),
    (AccountKind.GRANT_DUE, "Granted by the funder and not paid in yet"),
)


@blueprint.get("/")
@requires(Permission.LEDGER_READ)
def money() -> str:
    """Where all the money is, and what it is for."""
    sums: dict[AccountKind, int] = {}
    for account in balances():
        sums[account.kind] = sums.get(account.kind, 0) + account.pence
    listed = [(words, sums[kind]) for kind, words in BALANCES if sums.get(kind)]
    if gone := -sums.get(AccountKind.SUSPENSE, 0):
        listed.append(("Gone and not explained yet", gone))
    return render_template(
        "staff/money/money.html",
        rounds=queries.rounds_with_money(),
        balances=listed,
        owed_pence=sums.get(AccountKind.PAYABLE, 0),
        latest=queries.latest_reconciliation(),
        dead_events=queries.dead_events(),
        payments=queries.sums_by_status(),
        suspended=count_unexplained(),
        open_differences=count_open_differences(),
    )


@blueprint.get("/reconciliations")
@requires(Permission.LEDGER_READ)
def reconciliations() -> str:
    """Every comparison with Stripe's books, newest first."""
    found, asked = queries.reconciliation_page(page_number()), last_request()
    signed = sign_offs_of([row.id for row in found.rows])
    people = [one.signed_by_id for one in signed.values()]
    return render_template(
        "staff/money/reconciliations.html",
        found=found,
        signed=signed,
        asked=asked,
        names=names_of([*people, asked.request.requested_by_id if asked else None]),
    )


@blueprint.post("/reconciliations")
@requires(Permission.PAYMENT_RELEASE)
def compare_now() -> Any:
    """Have the worker compare the books now; whoever asks twice gets one comparison."""
    try:
        ask_to_compare(by=current_user.id, at=clock.now())
    except Conflict as under_way:
        flash(str(under_way), "important")
    else:
        flash("The books are being compared. Look at this page again in a moment.", "success")
    return redirect(url_for(".reconciliations"))


@blueprint.get("/reconciliations/<reference>")
@requires(Permission.LEDGER_READ)
def reconciliation(reference: str) -> str:
    """One comparison with every difference."""
    found = queries.reconciliation_by_reference(reference)
    items, signed = differences_of(found), sign_offs_of([found.id]).get(found.id)
    latest = queries.latest_reconciliation()
    return render_template(
        "staff/money/reconciliation.html",
        found=found,
        items={f"{item.kind}:{item.what}": item for item in items},
        open_count=sum(item.status is DifferenceStatus.OPEN for item in items),
        signed=signed,
        before=signed_before(found),
        is_latest=latest is not None and latest.id == found.id,
        words={kind.value: words for kind, words in WORDS.items()},
        colours=COLOURS,
        names=names_of([found.run_by_id, signed.signed_by_id if signed else None]),
    )


@blueprint.post("/webhooks/retry")
@requires(Permission.PAYMENT_RELEASE)
def retry_webhooks() -> Any:
    """Try the webhooks again that failed too often."""
    count = revive(at=clock.now(), by=current_user.id)
    flash(f"{counted(count, 'webhook')} will be tried again.", "success")
    return redirect(url_for(".money"))
