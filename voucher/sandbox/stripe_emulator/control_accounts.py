"""Levers for connected accounts: what their owners, and Stripe's own checks, would do."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify

from voucher.sandbox.stripe_emulator import accounts
from voucher.sandbox.stripe_emulator.delivery import Courier
from voucher.sandbox.stripe_emulator.store import Origin, Store
from voucher.sandbox.stripe_emulator.visitors import asked


def add_accounts(pages: Blueprint, store: Store, courier: Courier) -> None:
    """accounts/<id>/onboard, /bank (holder, sort_code, number), /standing, /close, /overdraft."""

    @pages.post("/accounts/<account>/onboard")
    def onboard(account: str) -> Any:
        with store.session(Origin(account=account)) as session:
            details = accounts.fictional_bank(session, account) | asked()
            body = accounts.complete(session, account, **details)
        courier.wake()
        return jsonify(body)

    @pages.post("/accounts/<account>/bank")
    def change_bank(account: str) -> Any:
        with store.session(Origin(account=account)) as session:
            details = accounts.fictional_bank(session, account) | asked()
            body = accounts.change_bank(session, account, **details)
        courier.wake()
        return jsonify(body)

    @pages.post("/accounts/<account>/standing")
    def change_standing(account: str) -> Any:
        with store.session(Origin(account=account)) as session:
            body = accounts.change_standing(session, account, asked())
        courier.wake()
        return jsonify(body)

    @pages.post("/accounts/<account>/close")
    def close(account: str) -> Any:
        with store.session(Origin(account=account)) as session:
            body = accounts.close(session, account)
        courier.wake()
        return jsonify(body)

    @pages.post("/accounts/<account>/overdraft")
    def allow_overdraft(account: str) -> Any:
        with store.session(Origin(account=account)) as session:
            session.allow_overdraft(accounts.fetch(session, account)["id"], int(asked()["pence"]))
        return jsonify(pence=int(asked()["pence"]))
