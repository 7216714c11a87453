"""Transfers from the programme's balance to a connected account, and their reversals.

A transfer has no status: once it exists, the money has moved. A reversal takes it back, whole or in
parts, while the connected account's balance covers it; once it was paid out, Stripe refuses,
unless the account has been allowed to go below nothing (`/_control/accounts/<id>/overdraft`).
"""

from __future__ import annotations

from typing import Any

from voucher.sandbox.stripe_emulator import balance, metadata, problems
from voucher.sandbox.stripe_emulator.events import emit
from voucher.sandbox.stripe_emulator.listing import as_list, page
from voucher.sandbox.stripe_emulator.store import PLATFORM, Session, new_id


def create(session: Session, params: dict[str, Any]) -> dict[str, Any]:
    """POST /v1/transfers: move money to a connected account that can take transfers."""
    destination = payable_account(session, params["destination"])
    identifier, payment, pence = new_id("tr"), new_id("py"), params["amount"]
    paid = balance.book(session, account=PLATFORM, pence=-pence, kind="transfer", source=identifier)
    balance.book(session, account=destination, pence=pence, kind="payment", source=payment)
    transfer = {
        "id": identifier,
        "object": "transfer",
        "amount": pence,
        "amount_reversed": 0,
        "balance_transaction": paid,
        "created": session.now(),
        "currency": params["currency"],
        "description": params.get("description"),
        "destination": destination,
        "destination_payment": payment,
        "livemode": False,
        "metadata": metadata.fresh(params),
        "reversals": as_list([], f"/v1/transfers/{identifier}/reversals"),
        "reversed": False,
        "source_transaction": None,
        "source_type": "card",
        "transfer_group": params.get("transfer_group"),
    }
    session.add(transfer, account=PLATFORM)
    emit(session, "transfer.created", transfer, account=PLATFORM)
    return transfer


def payable_account(session: Session, identifier: str) -> str:
    """The destination's id; refused when unknown or without an active transfers capability."""
    account = session.find(identifier, "account")
    if account is None:
        raise problems.missing("destination", identifier, "destination")
    if account["capabilities"].get("transfers") != "active":
        raise problems.refused(
            "The destination account needs an active transfers capability.",
            code="insufficient_capabilities_for_transfer",
            param="destination",
        )
    return identifier


def read(session: Session, params: dict[str, Any], transfer: str) -> dict[str, Any]:
    """GET /v1/transfers/{id}"""
    found = session.find(transfer, "transfer", session.account)
    if found is None:
        raise problems.missing("transfer", transfer)
    return found


def update(session: Session, params: dict[str, Any], transfer: str) -> dict[str, Any]:
    """POST /v1/transfers/{id}: description and metadata only."""
    body = read(session, {}, transfer)
    body["metadata"] = metadata.changed(body["metadata"], params)
    body["description"] = params.get("description", body["description"])
    emit(session, "transfer.updated", body, account=PLATFORM)
    return session.replace(body)


def list_transfers(session: Session, params: dict[str, Any]) -> dict[str, Any]:
    """GET /v1/transfers"""
    return page(session, "transfer", params, "/v1/transfers")


def reverse(session: Session, params: dict[str, Any], transfer: str) -> dict[str, Any]:
    """POST /v1/transfers/{id}/reversals: the whole rest unless an amount is given."""
    body = read(session, {}, transfer)
    left = body["amount"] - body["amount_reversed"]
    pence = params.get("amount", left)
    refuse_excess(pence, left)
    identifier, refund = new_id("trr"), new_id("pyr")
    balance.book(
        session,
        account=body["destination"],
        pence=-pence,
        kind="payment_refund",
        source=refund,
        floor=-session.overdraft(body["destination"]),
    )
    returned = balance.book(
        session, account=PLATFORM, pence=pence, kind="transfer_refund", source=identifier
    )
    reversal = {
        "id": identifier,
        "object": "transfer_reversal",
        "amount": pence,
        "balance_transaction": returned,
        "created": session.now(),
        "currency": body["currency"],
        "destination_payment_refund": refund,
        "metadata": metadata.fresh(params),
        "source_refund": None,
        "transfer": transfer,
    }
    session.add(reversal, account=PLATFORM)
    record_reversal(session, body, reversal)
    return reversal


def refuse_excess(pence: int, left: int) -> None:
    """Refuse to take back more than what is left of the transfer."""
    if left == 0:
        raise problems.refused("The transfer is already fully reversed.", param="id")
    if pence > left:
        message = f"The reversal of {pence} is more than the {left} left of the transfer."
        raise problems.refused(message, param="amount")


def record_reversal(session: Session, body: dict[str, Any], reversal: dict[str, Any]) -> None:
    """Write the reversal into its transfer and tell the platform."""
    previous = {"amount_reversed": body["amount_reversed"], "reversed": body["reversed"]}
    body["amount_reversed"] += reversal["amount"]
    body["reversed"] = body["amount_reversed"] == body["amount"]
    # Stripe embeds the ten latest reversals, newest first.
    body["reversals"]["has_more"] = len(body["reversals"]["data"]) >= 10
    body["reversals"]["data"] = [reversal, *body["reversals"]["data"]][:10]
    session.replace(body)
    emit(session, "transfer.reversed", body, account=PLATFORM, previous=previous)


def list_reversals(session: Session, params: dict[str, Any], transfer: str) -> dict[str, Any]:
    """GET /v1/transfers/{id}/reversals"""
    read(session, {}, transfer)
    url = f"/v1/transfers/{transfer}/reversals"
    return page(session, "transfer_reversal", params | {"transfer": transfer}, url)


def read_reversal(
    session: Session, params: dict[str, Any], transfer: str, reversal: str
) -> dict[str, Any]:
    """GET /v1/transfers/{id}/reversals/{reversal}"""
    found = session.find(reversal, "transfer_reversal", session.account)
    if found is None or found["transfer"] != transfer:
        raise problems.missing("transfer reversal", reversal)
    return found


def update_reversal(
    session: Session, params: dict[str, Any], transfer: str, reversal: str
) -> dict[str, Any]:
    """POST /v1/transfers/{id}/reversals/{reversal}: metadata only."""
    body = read_reversal(session, {}, transfer, reversal)
    body["metadata"] = metadata.changed(body["metadata"], params)
    parent = read(session, {}, transfer)
    embedded = parent["reversals"]["data"]
    parent["reversals"]["data"] = [body if one["id"] == reversal else one for one in embedded]
    session.replace(parent)
    return session.replace(body)
