"""The sandbox's dashboard: where staff in training see the money, and play bank, funder and fate.

It stands in for Stripe's own dashboard and for everything outside: the funder's bank transfer, a
transfer typed by hand, the provider's bank that takes or refuses a payout, days that pass. Pages
answer callers on this machine only, and forms only from these pages.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from voucher.sandbox.stripe_emulator import accounts, dashboard_rows, payouts, problems, topups
from voucher.sandbox.stripe_emulator import faults as fault_list
from voucher.sandbox.stripe_emulator.control import advance_clock
from voucher.sandbox.stripe_emulator.control_money import make_by_hand, send_funds
from voucher.sandbox.stripe_emulator.delivery import Courier
from voucher.sandbox.stripe_emulator.onboarding import POLICY, cleaned, complaints
from voucher.sandbox.stripe_emulator.onboarding import page_response as plain_page
from voucher.sandbox.stripe_emulator.store import PLATFORM, Origin, Session, Store
from voucher.sandbox.stripe_emulator.visitors import refuse_other_sites, refuse_strangers

LONGEST_STEP_HOURS = 24 * 366
Work = Callable[[Session], Any]


class Desk:
    """What the dashboard's views share: the store, the courier, and how a form is answered."""

    def __init__(self, store: Store, courier: Courier) -> None:
        self.store = store
        self.courier = courier

    def show(self, page: str, *, status: int = 200, problem: str = "", **context: Any) -> Response:
        """A page with its rows as they are now."""
        try:
            with self.store.session() as session:
                rows = dashboard_rows.READERS[page](session, **context)
                head = dashboard_rows.head(session)
        except problems.StripeProblem:
            abort(404)
        done = request.args.get("done", "")
        response = plain_page(
            f"dashboard_{page}.html", status=status, problem=problem, done=done, **head, **rows
        )
        response.headers["Content-Security-Policy"] = POLICY + "; form-action 'self'"
        return response

    def do(self, work: Work, back: str, *, scope: str = PLATFORM, **context: Any) -> Response:
        """Do what a form asks and go back to its page, which says so; or show what is wrong."""
        try:
            with self.store.session(Origin(account=scope)) as session:
                work(session)
        except problems.StripeProblem as problem:
            return self.show(back, status=422, problem=str(problem), **context)
        self.courier.wake()
        done = request.endpoint.rpartition(".")[2] if request.endpoint else ""
        return redirect(url_for(f"dashboard.{back}", done=done, **context), 303)


def dashboard_pages(store: Store, courier: Courier) -> Blueprint:
    """The dashboard as a blueprint over a store."""
    pages = Blueprint("dashboard", __name__, url_prefix="/dashboard", template_folder="templates")
    pages.before_request(refuse_strangers)
    pages.before_request(refuse_other_sites)
    pages.add_app_template_filter(dashboard_rows.pounds)
    pages.add_app_template_filter(dashboard_rows.moment)
    desk = Desk(store, courier)
    add_overview(pages, desk)
    add_accounts(pages, desk)
    add_payouts(pages, desk)
    add_faults(pages, desk)
    return pages


def amount_typed() -> int:
    """The pence of the field `amount`, typed in pounds. Raises the problem in plain words."""
    typed = request.form.get("amount", "").strip().replace("£", "").replace(",", "")
    whole, _, part = typed.partition(".")
    if not (whole.isascii() and whole.isdecimal() and len(whole) <= 6):
        raise problems.invalid("Enter an amount in pounds, such as 1,250 or 90.50", "amount")
    if part and not (part.isascii() and part.isdecimal() and len(part) == 2):
        raise problems.invalid("Enter the pence with two digits, such as 90.50", "amount")
    pence = int(whole) * 100 + int(part or 0)
    if pence == 0:
        raise problems.invalid("Enter an amount of more than nothing", "amount")
    return pence


def add_overview(pages: Blueprint, desk: Desk) -> None:
    """The balance, the clock, money in, and transfers."""

    @pages.get("/")
    def overview() -> Response:
        return desk.show("overview")

    @pages.get("/transfers")
    def transfers() -> Response:
        return desk.show("transfers")

    @pages.post("/top-ups")
    def topped_up() -> Response:
        outcome = "pending" if request.form.get("outcome") == "pending" else "succeeded"
        return desk.do(lambda session: send_funds(session, amount_typed(), outcome), "overview")

    @pages.post("/top-ups/<topup>")
    def topup_settled(topup: str) -> Response:
        outcome = "failed" if request.form.get("outcome") == "failed" else "succeeded"
        return desk.do(lambda session: topups.settle(session, topup, outcome=outcome), "overview")

    @pages.post("/clock")
    def clock_moved() -> Response:
        hours = request.form.get("hours", type=int) or 0
        if not 0 < hours <= LONGEST_STEP_HOURS:
            abort(400)
        return desk.do(lambda session: advance_clock(session, hours * 3600), "overview")

    @pages.post("/transfers")
    def transferred() -> Response:
        typed = {"description": request.form.get("description", "")[:200]}
        destination = request.form.get("destination", "")
        return desk.do(
            lambda session: make_by_hand(session, destination, amount_typed(), typed), "transfers"
        )


STANDINGS: dict[str, dict[str, Any]] = {
    "stop_transfers": {"capabilities": {"transfers": "inactive"}},
    "stop_payouts": {"payouts_enabled": False},
    "ask_for_more": {"past_due": ["company.tax_id"]},
    "restore": {"capabilities": {"transfers": "active"}, "payouts_enabled": True, "past_due": []},
}


def add_accounts(pages: Blueprint, desk: Desk) -> None:
    """The connected accounts, and what happens to one."""

    @pages.get("/accounts")
    def account_list() -> Response:
        return desk.show("account_list")

    @pages.get("/accounts/<account>")
    def account_page(account: str) -> Response:
        return desk.show("account_page", account=account)

    @pages.post("/accounts/<account>/bank")
    def bank_changed(account: str) -> Response:
        def change(session: Session) -> None:
            values = cleaned(request.form)
            for field, complaint in complaints(values).items():
                raise problems.invalid(complaint, field)
            accounts.change_bank(session, account, **values)

        return desk.do(change, "account_page", account=account)

    @pages.post("/accounts/<account>/standing")
    def standing_changed(account: str) -> Response:
        change = STANDINGS.get(request.form.get("standing", ""))
        if change is None:
            abort(400)
        return desk.do(
            lambda session: accounts.change_standing(session, account, change),
            "account_page",
            account=account,
        )

    @pages.post("/accounts/<account>/close")
    def account_closed(account: str) -> Response:
        return desk.do(lambda session: accounts.close(session, account), "account_list")


def add_payouts(pages: Blueprint, desk: Desk) -> None:
    """The payouts, and what their banks make of them."""

    @pages.get("/payouts")
    def payout_list() -> Response:
        return desk.show("payout_list")

    @pages.post("/payouts/<payout>")
    def payout_settled(payout: str) -> Response:
        outcome = request.form.get("outcome")
        if outcome not in ("paid", "failed", "canceled"):
            abort(400)
        with desk.store.session() as session:
            account = session.owner(payout) or PLATFORM
        if outcome == "canceled":
            return desk.do(
                lambda session: payouts.cancel(session, {}, payout), "payout_list", scope=account
            )
        return desk.do(
            lambda session: payouts.settle(session, payout, outcome=str(outcome)), "payout_list"
        )


def add_faults(pages: Blueprint, desk: Desk) -> None:
    """What is to go wrong, and whether webhooks go out."""

    @pages.get("/faults")
    def fault_page() -> Response:
        return desk.show("fault_page")

    @pages.post("/faults")
    def fault_ordered() -> Response:
        kind, times = request.form.get("kind", ""), request.form.get("times", 1, type=int)
        if kind not in fault_list.KINDS or not 1 <= times <= 100:
            abort(400)
        return desk.do(lambda session: fault_list.order(session, kind, times=times), "fault_page")

    @pages.post("/faults/none")
    def faults_called_off() -> Response:
        return desk.do(fault_list.forget_all, "fault_page")

    @pages.post("/webhooks")
    def webhooks_directed() -> Response:
        paused = request.form.get("paused") == "true"
        return desk.do(
            lambda session: session.keep_setting("webhooks_paused", paused), "fault_page"
        )
