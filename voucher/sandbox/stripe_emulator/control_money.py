"""Levers for money: top-ups, transfers by hand, payouts and how they end, the books."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, jsonify

from voucher.sandbox.stripe_emulator import balance, payouts, topups, transfers
from voucher.sandbox.stripe_emulator.delivery import Courier
from voucher.sandbox.stripe_emulator.store import PLATFORM, Origin, Session, Store
from voucher.sandbox.stripe_emulator.visitors import asked

TOP_UP_OUTCOMES = ("succeeded", "pending", "failed")
BY_STRIPE = ("stripe_fee", "adjustment", "payout")
"""Types of movements that nobody asked for by the interface."""


def add_money(pages: Blueprint, store: Store, courier: Courier) -> None:
    """funds (amount, outcome); topups/<id>/settle (outcome); transfers (by hand); movements
    (amount, kind: what Stripe itself moves); books.
    """

    @pages.post("/funds")
    def add_funds() -> Any:
        wish = asked()
        if wish.get("outcome", "succeeded") not in TOP_UP_OUTCOMES:
            abort(400)
        with store.session() as session:
            topup = send_funds(session, int(wish["amount"]), wish.get("outcome", "succeeded"))
        courier.wake()
        return jsonify(topup)

    @pages.post("/topups/<topup>/settle")
    def settle_topup(topup: str) -> Any:
        with store.session() as session:
            body = topups.settle(session, topup, outcome=asked().get("outcome", "succeeded"))
        courier.wake()
        return jsonify(body)

    @pages.post("/transfers")
    def transfer_by_hand() -> Any:
        wish = asked()
        with store.session() as session:
            body = make_by_hand(session, wish["destination"], int(wish["amount"]), wish)
        courier.wake()
        return jsonify(body)

    @pages.post("/movements")
    def move_by_stripe() -> Any:
        wish = asked()
        if wish.get("kind") not in BY_STRIPE:
            abort(400)
        moved = {"pence": int(wish["amount"]), "kind": wish["kind"], "source": None}
        with store.session() as session:
            return jsonify(id=balance.book(session, account=PLATFORM, **moved))

    @pages.get("/books")
    def show_books() -> Any:
        with store.session() as session:
            return jsonify(books(session))


def send_funds(session: Session, pence: int, outcome: str) -> dict[str, Any]:
    """The funder sends money: it arrives at once, is still on its way, or is refused."""
    wish = {"amount": pence, "currency": "gbp", "description": "Sandbox"}
    topup = topups.announce(session, wish)
    return topup if outcome == "pending" else topups.settle(session, topup["id"], outcome=outcome)


def make_by_hand(
    session: Session, destination: str, pence: int, wish: dict[str, Any]
) -> dict[str, Any]:
    """A transfer as somebody makes it in the dashboard: no key, and no group unless typed."""
    params = {
        "amount": pence,
        "currency": "gbp",
        "destination": destination,
        "description": wish.get("description") or None,
        "metadata": wish.get("metadata") or {},
        "transfer_group": wish.get("transfer_group") or None,
    }
    return transfers.create(session, params)


def add_payouts(pages: Blueprint, store: Store, courier: Courier) -> None:
    """payouts/outcome (outcome, account, failure_code, times); /delay; /<id>/settle; /cancel."""

    @pages.post("/payouts/outcome")
    def order_outcome() -> Any:
        wish = asked()
        if wish["outcome"] not in payouts.OUTCOMES:
            abort(400)
        with store.session() as session:
            return jsonify(orders=payouts.order_outcome(session, wish))

    @pages.post("/payouts/delay")
    def set_delay() -> Any:
        with store.session() as session:
            session.keep_setting("payout_delay", int(asked()["seconds"]))
        return jsonify(seconds=int(asked()["seconds"]))

    @pages.post("/payouts/<payout>/settle")
    def settle_payout(payout: str) -> Any:
        wish = asked()
        if wish.get("outcome") not in ("paid", "failed"):
            abort(400)
        with store.session() as session:
            body = payouts.settle(
                session, payout, outcome=wish["outcome"], failure_code=wish.get("failure_code")
            )
        courier.wake()
        return jsonify(body)

    @pages.post("/payouts/<payout>/cancel")
    def cancel_payout(payout: str) -> Any:
        with store.session() as session:
            account = session.owner(payout) or PLATFORM
        with store.session(Origin(account=account)) as session:
            body = payouts.cancel(session, {}, payout)
        courier.wake()
        return jsonify(body)


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
