"""Balances and balance transactions: the only place where money moves in the emulator."""

from __future__ import annotations

from typing import Any

from voucher.sandbox.stripe_emulator import problems
from voucher.sandbox.stripe_emulator.listing import page
from voucher.sandbox.stripe_emulator.store import Session, new_id


def book(
    session: Session,
    *,
    account: str,
    pence: int,
    kind: str,
    source: str | None,
    description: str = "",
    floor: int = 0,
) -> str:
    """Move `pence` (signed) on an account's balance and return the balance transaction's id.

    `kind` is Stripe's transaction type. Raises `balance_insufficient` rather than take a balance
    below `floor` pence; money coming in is always taken.
    """
    if pence < 0 and session.balance(account) + pence < floor:
        raise problems.insufficient_funds()
    session.move(account, pence)
    now = session.now()
    entry = {
        "id": new_id("txn"),
        "object": "balance_transaction",
        "amount": pence,
        "available_on": now,
        "balance_type": "payments",
        "created": now,
        "currency": "gbp",
        "description": description or None,
        "exchange_rate": None,
        "fee": 0,
        "fee_details": [],
        "net": pence,
        "reporting_category": REPORTING.get(kind, kind),
        "source": source,
        "status": "available",
        "type": kind,
    }
    return session.add(entry, account=account)["id"]


REPORTING = {
    "payment": "charge",
    "payment_refund": "refund",
    "payout_cancel": "payout_reversal",
    "payout_failure": "payout_reversal",
    "transfer_refund": "transfer_reversal",
}


def read_balance(session: Session, params: dict[str, Any]) -> dict[str, Any]:
    """GET /v1/balance"""
    available = session.balance(session.account)
    return {
        "object": "balance",
        "available": [amount(available)],
        "livemode": False,
        "pending": [amount(0)],
    }


def amount(pence: int) -> dict[str, Any]:
    """A balance amount in pounds' pence."""
    return {"amount": pence, "currency": "gbp", "source_types": {"card": pence}}


def read(session: Session, params: dict[str, Any], transaction: str) -> dict[str, Any]:
    """GET /v1/balance_transactions/{id}"""
    found = session.find(transaction, "balance_transaction", session.account)
    if found is None:
        raise problems.missing("balance transaction", transaction)
    return found


def list_transactions(session: Session, params: dict[str, Any]) -> dict[str, Any]:
    """GET /v1/balance_transactions"""
    return page(session, "balance_transaction", params, "/v1/balance_transactions")
