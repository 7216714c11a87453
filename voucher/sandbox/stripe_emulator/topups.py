"""Top-ups: how the programme's money arrives at Stripe, by bank transfer from outside.

One made through the interface is there at once; one ordered as `pending` waits until it is
settled by hand, as a bank would take its days.
"""

from __future__ import annotations

from typing import Any

from voucher.sandbox.stripe_emulator import balance, metadata, problems
from voucher.sandbox.stripe_emulator.events import emit
from voucher.sandbox.stripe_emulator.listing import page
from voucher.sandbox.stripe_emulator.store import PLATFORM, Session, new_id


def create(session: Session, params: dict[str, Any]) -> dict[str, Any]:
    """POST /v1/topups: the money is available at once."""
    topup = announce(session, params)
    return settle(session, topup["id"], outcome="succeeded")


def announce(session: Session, params: dict[str, Any]) -> dict[str, Any]:
    """A top-up whose money has not arrived yet."""
    identifier = new_id("tu")
    topup = {
        "id": identifier,
        "object": "topup",
        "amount": params["amount"],
        "balance_transaction": None,
        "created": session.now(),
        "currency": params["currency"],
        "description": params.get("description"),
        "expected_availability_date": session.now(),
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": metadata.fresh(params),
        "source": None,
        "statement_descriptor": params.get("statement_descriptor"),
        "status": "pending",
        "transfer_group": params.get("transfer_group"),
    }
    session.add(topup, account=PLATFORM)
    emit(session, "topup.created", topup, account=PLATFORM)
    return topup


def settle(session: Session, topup: str, *, outcome: str) -> dict[str, Any]:
    """The bank's word on a pending top-up: succeeded, or failed."""
    body = pending(session, topup)
    if outcome == "succeeded":
        body["balance_transaction"] = balance.book(
            session, account=PLATFORM, pence=body["amount"], kind="topup", source=topup
        )
    else:
        body |= {"failure_code": "insufficient_funds", "failure_message": "The bank refused."}
    return finish(session, body, outcome)


def pending(session: Session, topup: str) -> dict[str, Any]:
    """A top-up that is still pending; refused otherwise."""
    body = read(session, {}, topup)
    if body["status"] != "pending":
        raise problems.refused(f"The top-up is {body['status']} already.")
    return body


def finish(session: Session, body: dict[str, Any], status: str) -> dict[str, Any]:
    """Give a top-up its last status and tell the platform."""
    body["status"] = status
    emit(session, f"topup.{status}", body, account=PLATFORM)
    return session.replace(body)


def cancel(session: Session, params: dict[str, Any], topup: str) -> dict[str, Any]:
    """POST /v1/topups/{id}/cancel: only while pending."""
    return finish(session, pending(session, topup), "canceled")


def update(session: Session, params: dict[str, Any], topup: str) -> dict[str, Any]:
    """POST /v1/topups/{id}: description and metadata only."""
    body = read(session, {}, topup)
    body["description"] = params.get("description", body["description"])
    body["metadata"] = metadata.changed(body["metadata"], params)
    return session.replace(body)


def read(session: Session, params: dict[str, Any], topup: str) -> dict[str, Any]:
    """GET /v1/topups/{id}"""
    found = session.find(topup, "topup", session.account)
    if found is None:
        raise problems.missing("topup", topup)
    return found


def list_topups(session: Session, params: dict[str, Any]) -> dict[str, Any]:
    """GET /v1/topups"""
    return page(session, "topup", params, "/v1/topups")
