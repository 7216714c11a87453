"""The rehearsal's levers under `/_control/`: clock, funds, accounts, payouts, faults, books.

JSON in, JSON out, only for callers on this machine. None of it exists at Stripe, so nothing of
the product may use it; tests, the demonstration and the rehearsal do.
"""

from __future__ import annotations

import ipaddress
import time
from typing import Any

from flask import Blueprint, abort, jsonify, request

from voucher.sandbox.stripe_emulator import accounts, delivery, payouts, topups
from voucher.sandbox.stripe_emulator import faults as fault_list
from voucher.sandbox.stripe_emulator.delivery import Courier
from voucher.sandbox.stripe_emulator.faults import Holds
from voucher.sandbox.stripe_emulator.store import PLATFORM, Origin, Session, Store


def control_pages(store: Store, holds: Holds, courier: Courier) -> Blueprint:
    """Every lever as a blueprint over one store."""
    pages = Blueprint("control", __name__, url_prefix="/_control")
    pages.before_request(refuse_strangers)
    add_clock(pages, store, courier)
    add_money(pages, store, courier)
    add_accounts(pages, store, courier)
    add_faults(pages, store, holds)
    add_webhooks(pages, store, courier)
    return pages


def refuse_strangers() -> None:
    """Only callers on this machine."""
    if not ipaddress.ip_address(request.remote_addr or "0.0.0.0").is_loopback:  # noqa: S104
        abort(403)


def asked() -> dict[str, Any]:
    """The JSON object of the request, empty when there is none."""
    body = request.get_json(silent=True)
    return body if isinstance(body, dict) else {}


def add_clock(pages: Blueprint, store: Store, courier: Courier) -> None:
    """health; reset; clock (at, frozen, or real); advance (seconds)."""

    @pages.get("/health")
    def health() -> Any:
        with store.session() as session:
            waiting = delivery.outstanding(session)
            return jsonify(status="ok", clock=session.now(), undelivered=waiting)

    @pages.post("/reset")
    def reset() -> Any:
        with store.session() as session:
            session.forget_everything()
        return jsonify(status="empty")

    @pages.post("/clock")
    def set_clock() -> Any:
        with store.session() as session:
            turn_clock(session, asked())
            now = session.now()
        courier.wake()
        return jsonify(clock=now)

    @pages.post("/advance")
    def advance() -> Any:
        with store.session() as session:
            turn_clock(session, {"at": session.now() + int(asked()["seconds"]), "keep": True})
            moved = payouts.advance_due(session)
            now = session.now()
        courier.wake()
        return jsonify(clock=now, payouts_moved=moved)


def turn_clock(session: Session, wish: dict[str, Any]) -> None:
    """Set the clock to `at` (Unix seconds), running or `frozen`; without `at` back to real time.

    `keep` leaves a frozen clock frozen and a running clock running.
    """
    was_frozen = session.setting("clock_frozen_at") is not None
    frozen = was_frozen if wish.get("keep") else bool(wish.get("frozen"))
    at = wish.get("at")
    session.keep_setting("clock_frozen_at", int(at) if at is not None and frozen else None)
    session.keep_setting("clock_offset", at - time.time() if at is not None else 0)


def add_money(pages: Blueprint, store: Store, courier: Courier) -> None:
    """funds (amount); payouts/outcome (outcome, account, failure_code, times); books."""

    @pages.post("/funds")
    def add_funds() -> Any:
        wish = {"amount": int(asked()["amount"]), "currency": "gbp", "description": "Sandbox"}
        with store.session() as session:
            topup = topups.create(session, wish)
        courier.wake()
        return jsonify(topup)

    @pages.post("/payouts/outcome")
    def order_outcome() -> Any:
        wish = asked()
        order = {
            "outcome": wish["outcome"],
            "account": wish.get("account"),
            "failure_code": wish.get("failure_code"),
            "times": int(wish.get("times", 1)),
        }
        if order["outcome"] not in payouts.OUTCOMES:
            abort(400)
        with store.session() as session:
            orders = [*session.setting("payout_outcomes", []), order]
            session.keep_setting("payout_outcomes", orders)
        return jsonify(orders=orders)

    @pages.post("/payouts/delay")
    def set_delay() -> Any:
        with store.session() as session:
            session.keep_setting("payout_delay", int(asked()["seconds"]))
        return jsonify(seconds=int(asked()["seconds"]))

    @pages.get("/books")
    def show_books() -> Any:
        with store.session() as session:
            return jsonify(books(session))


def books(session: Session) -> dict[str, Any]:
    """Balances beside the sums of their transactions, and totals of what moved, in pence."""
    rows = session.connection.execute(
        "SELECT b.account, b.available, coalesce(sum(json_extract(o.body, '$.net')), 0)"
        " FROM balances b LEFT JOIN objects o"
        " ON o.account = b.account AND o.kind = 'balance_transaction' GROUP BY b.account"
    ).fetchall()
    totals = session.connection.execute(
        "SELECT json_extract(body, '$.type'), count(*), sum(json_extract(body, '$.net'))"
        " FROM objects WHERE kind = 'balance_transaction' GROUP BY 1"
    ).fetchall()
    return {
        "platform": session.balance(PLATFORM),
        "accounts": {account: available for account, available, _ in rows if account != PLATFORM},
        "consistent": all(available == total for _, available, total in rows),
        "transactions": {kind: {"count": n, "pence": pence} for kind, n, pence in totals},
    }


def add_accounts(pages: Blueprint, store: Store, courier: Courier) -> None:
    """accounts/<id>/onboard, /bank (holder, sort_code, number), /standing, /overdraft (pence)."""

    @pages.post("/accounts/<account>/overdraft")
    def allow_overdraft(account: str) -> Any:
        with store.session(Origin(account=account)) as session:
            session.allow_overdraft(accounts.fetch(session, account)["id"], int(asked()["pence"]))
        return jsonify(asked())

    @pages.post("/accounts/<account>/onboard")
    def onboard(account: str) -> Any:
        details = accounts.fictional_bank(account) | asked()
        with store.session(Origin(account=account)) as session:
            body = accounts.complete(session, account, **details)
        courier.wake()
        return jsonify(body)

    @pages.post("/accounts/<account>/bank")
    def change_bank(account: str) -> Any:
        details = accounts.fictional_bank(account) | asked()
        with store.session(Origin(account=account)) as session:
            body = accounts.change_bank(session, account, **details)
        courier.wake()
        return jsonify(body)

    @pages.post("/accounts/<account>/standing")
    def change_standing(account: str) -> Any:
        with store.session(Origin(account=account)) as session:
            body = accounts.change_standing(session, account, asked())
        courier.wake()
        return jsonify(body)


def add_faults(pages: Blueprint, store: Store, holds: Holds) -> None:
    """faults (GET, POST kind/method/path/times/parameters, DELETE); held; release."""

    @pages.get("/faults")
    def show_faults() -> Any:
        with store.session() as session:
            return jsonify(faults=fault_list.pending(session))

    @pages.post("/faults")
    def order_fault() -> Any:
        wish = asked()
        if wish.get("kind") not in fault_list.KINDS:
            abort(400)
        with store.session() as session:
            fault_list.order(session, **wish)
            return jsonify(faults=fault_list.pending(session))

    @pages.delete("/faults")
    def call_off() -> Any:
        with store.session() as session:
            fault_list.forget_all(session)
        return jsonify(faults=[], released=holds.release())

    @pages.get("/held")
    def await_held() -> Any:
        return jsonify(held=holds.await_waiting(float(request.args.get("seconds", 5))))

    @pages.post("/release")
    def release() -> Any:
        return jsonify(released=holds.release())


def add_webhooks(pages: Blueprint, store: Store, courier: Courier) -> None:
    """webhooks (paused); deliver: a whole round at once; events/<id>/resend."""

    @pages.post("/webhooks")
    def pause() -> Any:
        with store.session() as session:
            session.keep_setting("webhooks_paused", bool(asked().get("paused")))
        courier.wake()
        return jsonify(paused=bool(asked().get("paused")))

    @pages.post("/deliver")
    def deliver() -> Any:
        return jsonify(tried=courier.round())

    @pages.post("/events/<event>/resend")
    def resend(event: str) -> Any:
        with store.session() as session:
            count = delivery.requeue(session, event)
        courier.wake()
        return jsonify(queued=count)
