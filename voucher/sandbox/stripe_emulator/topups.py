"""Top-ups: how the programme's money arrives at Stripe, by bank transfer from outside."""

from __future__ import annotations

from typing import Any

from voucher.sandbox.stripe_emulator import balance, metadata, problems
from voucher.sandbox.stripe_emulator.events import emit
from voucher.sandbox.stripe_emulator.listing import page
from voucher.sandbox.stripe_emulator.store import PLATFORM, Session, new_id


def create(session: Session, params: dict[str, Any]) -> dict[str, Any]:
    """POST /v1/topups: money is available at once (a later status would need a bank)."""
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
    booked = balance.book(
        session, account=PLATFORM, pence=topup["amount"], kind="topup", source=identifier
    )
    topup |= {"status": "succeeded", "balance_transaction": booked}
    session.replace(topup)
    emit(session, "topup.succeeded", topup, account=PLATFORM)
    return topup


def read(session: Session, params: dict[str, Any], topup: str) -> dict[str, Any]:
    """GET /v1/topups/{id}"""
    found = session.find(topup, "topup", session.account)
    if found is None:
        raise problems.missing("topup", topup)
    return found


def list_topups(session: Session, params: dict[str, Any]) -> dict[str, Any]:
    """GET /v1/topups"""
    return page(session, "topup", params, "/v1/topups")
