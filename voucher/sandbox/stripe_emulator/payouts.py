"""Manual payouts from an account's balance to its bank, and their life by the emulator's clock.

pending → in_transit → paid | failed; a paid one can fail days later. How it ends is ordered
through `/_control/payouts/outcome`; without an order it is paid.
"""

from __future__ import annotations

import json
from typing import Any

from voucher.sandbox.stripe_emulator import accounts, balance, metadata, problems
from voucher.sandbox.stripe_emulator.events import emit
from voucher.sandbox.stripe_emulator.listing import page
from voucher.sandbox.stripe_emulator.store import PLATFORM, Session, new_id

DAY = 86_400
OUTCOMES = ("paid", "failed", "paid_then_failed")


def create(session: Session, params: dict[str, Any]) -> dict[str, Any]:
    """POST /v1/payouts: take the money from the balance and start its way to the bank."""
    account = session.account
    bank = payable_bank(session, account)
    identifier, pence = new_id("po"), params["amount"]
    booked = balance.book(session, account=account, pence=-pence, kind="payout", source=identifier)
    delay = int(session.setting("payout_delay", DAY))
    payout = blank_payout(session.now(), delay) | {
        "id": identifier,
        "amount": pence,
        "balance_transaction": booked,
        "currency": params["currency"],
        "description": params.get("description"),
        "destination": bank,
        "metadata": metadata.fresh(params),
        "statement_descriptor": params.get("statement_descriptor"),
    }
    ordered = next_outcome(session, account)
    private = {"due_at": session.now() + delay // 2, "delay": delay, **ordered}
    session.add(payout, account=account, private=private)
    emit(session, "payout.created", payout, account=account)
    return payout


def blank_payout(now: int, delay: int) -> dict[str, Any]:
    """What every new manual payout has in common; it arrives on a midnight (UTC), as at Stripe."""
    return {
        "object": "payout",
        "application_fee": None,
        "application_fee_amount": None,
        "arrival_date": (now + delay) // DAY * DAY,
        "automatic": False,
        "created": now,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "method": "standard",
        "original_payout": None,
        "payout_method": None,
        "reconciliation_status": "not_applicable",
        "reversed_by": None,
        "source_type": "card",
        "status": "pending",
        "trace_id": None,
        "type": "bank_account",
    }


def payable_bank(session: Session, account: str) -> str | None:
    """The bank account that will be paid; refused while the account may not be paid out."""
    if account == PLATFORM:
        return None
    body = accounts.fetch(session, account)
    if not body["payouts_enabled"]:
        message = "Payouts are disabled on this account."
        raise problems.refused(message, code="payouts_not_allowed")
    return body["external_accounts"]["data"][0]["id"]


def order_outcome(session: Session, wish: dict[str, Any]) -> list[dict[str, Any]]:
    """Order how coming payouts end: outcome, account, failure_code, times. All that is ordered."""
    order = {
        "outcome": wish["outcome"],
        "account": wish.get("account"),
        "failure_code": wish.get("failure_code"),
        "times": int(wish.get("times", 1)),
    }
    orders = [*session.setting("payout_outcomes", []), order]
    session.keep_setting("payout_outcomes", orders)
    return orders


def next_outcome(session: Session, account: str) -> dict[str, Any]:
    """Take the first standing order that fits this account, or the default outcome."""
    orders = session.setting("payout_outcomes", [])
    for order in orders:
        if order["account"] in (None, account):
            order["times"] -= 1
            kept = [one for one in orders if one["times"] > 0]
            session.keep_setting("payout_outcomes", kept)
            return {"outcome": order["outcome"], "failure_code": order["failure_code"]}
    return {"outcome": "paid", "failure_code": None}


def read(session: Session, params: dict[str, Any], payout: str) -> dict[str, Any]:
    """GET /v1/payouts/{id}"""
    found = session.find(payout, "payout", session.account)
    if found is None:
        raise problems.missing("payout", payout)
    return found


def list_payouts(session: Session, params: dict[str, Any]) -> dict[str, Any]:
    """GET /v1/payouts"""
    return page(session, "payout", params, "/v1/payouts")


def update(session: Session, params: dict[str, Any], payout: str) -> dict[str, Any]:
    """POST /v1/payouts/{id}: metadata only."""
    body = read(session, {}, payout)
    body["metadata"] = metadata.changed(body["metadata"], params)
    emit(session, "payout.updated", body, account=session.account)
    return session.replace(body)


def reverse(session: Session, params: dict[str, Any], payout: str) -> dict[str, Any]:
    """POST /v1/payouts/{id}/reverse: Stripe reverses payouts to banks of the United States only."""
    read(session, {}, payout)
    raise problems.refused("Only payouts to bank accounts in the United States can be reversed.")


def cancel(session: Session, params: dict[str, Any], payout: str) -> dict[str, Any]:
    """POST /v1/payouts/{id}/cancel: only while pending; the money returns to the balance."""
    body = read(session, {}, payout)
    if body["status"] != "pending":
        message = f"A payout that is {body['status']} cannot be cancelled."
        raise problems.refused(message, code="payouts_not_allowed")
    give_back(session, body, session.account, "payout_cancel")
    body["status"] = "canceled"
    stop(session, body)
    emit(session, "payout.canceled", body, account=session.account)
    return body


def give_back(session: Session, body: dict[str, Any], account: str, kind: str) -> None:
    """Return a payout's money to the account's balance."""
    body["failure_balance_transaction"] = balance.book(
        session, account=account, pence=body["amount"], kind=kind, source=body["id"]
    )


def stop(session: Session, body: dict[str, Any]) -> None:
    """Write a payout that nothing will happen to any more."""
    private = session.private(body["id"]) | {"due_at": None}
    session.keep_private(body["id"], private)
    session.replace(body)


def settle(session: Session, payout: str, *, outcome: str, failure_code: str | None = None) -> Any:
    """Decide a payout by hand: its bank takes it now (`paid`), or sends it back (`failed`).

    A paid one may still fail; a failed or cancelled one is over.
    """
    account = session.owner(payout) or PLATFORM
    body = session.find(payout, "payout")
    if body is None:
        raise problems.missing("payout", payout)
    legal = {"paid": ("pending", "in_transit"), "failed": ("pending", "in_transit", "paid")}
    if body["status"] not in legal[outcome]:
        raise problems.refused(f"A payout that is {body['status']} cannot become {outcome}.")
    if outcome == "failed":
        fail(session, body, account, failure_code or "account_closed")
    else:
        proceed(session, body, account, "paid", None)
    return body


def advance_due(session: Session) -> int:
    """Take one step with every payout that is due by the emulator's clock; how many moved."""
    rows = session.connection.execute(
        "SELECT body, private, account FROM objects WHERE kind = 'payout'"
        " AND json_extract(private, '$.due_at') <= ? ORDER BY seq",
        (session.now(),),
    ).fetchall()
    for body, private, account in rows:
        step(session, json.loads(body), json.loads(private), account)
    return len(rows)


def step(session: Session, body: dict[str, Any], private: dict[str, Any], account: str) -> None:
    """One move of one payout, by what was ordered for it."""
    if body["status"] == "pending":
        proceed(session, body, account, "in_transit", private["delay"] - private["delay"] // 2)
    elif body["status"] == "in_transit" and private["outcome"] != "failed":
        again = private["delay"] if private["outcome"] == "paid_then_failed" else None
        proceed(session, body, account, "paid", again)
    else:
        fail(session, body, account, private["failure_code"] or "account_closed")


def proceed(
    session: Session, body: dict[str, Any], account: str, status: str, wait: int | None
) -> None:
    """Move a payout on and set when it is looked at next (None: never)."""
    previous = {"status": body["status"]}
    body["status"] = status
    due_at = None if wait is None else session.now() + wait
    session.keep_private(body["id"], session.private(body["id"]) | {"due_at": due_at})
    session.replace(body)
    kind = "payout.paid" if status == "paid" else "payout.updated"
    emit(session, kind, body, account=account, previous=previous)


def fail(session: Session, body: dict[str, Any], account: str, code: str) -> None:
    """The bank refused: the money is back on the balance, with the reason."""
    previous = {"status": body["status"], "failure_code": None}
    give_back(session, body, account, "payout_failure")
    body |= {
        "status": "failed",
        "failure_code": code,
        "failure_message": f"The bank could not take the payout ({code}).",
    }
    stop(session, body)
    emit(session, "payout.failed", body, account=account, previous=previous)
