"""Connected accounts: controller properties, capabilities, requirements and the bank account.

An account can take transfers and payouts only after its owner has been through the hosted
onboarding page (onboarding.py). Bank details here are fictional; a fingerprint is the same for
the same details, so that a change of bank shows.
"""

from __future__ import annotations

import hashlib
from typing import Any

from voucher.sandbox.stripe_emulator import metadata, problems
from voucher.sandbox.stripe_emulator.events import emit
from voucher.sandbox.stripe_emulator.listing import as_list, page
from voucher.sandbox.stripe_emulator.store import PLATFORM, Session, new_id

# How accounts were called before they had a controller, by the dashboard that they get.
KINDS = {"express": "express", "full": "standard", "none": "custom"}
NEEDED = ["business_profile.mcc", "external_account", "tos_acceptance.date"]


def create(session: Session, params: dict[str, Any]) -> dict[str, Any]:
    """POST /v1/accounts: a new account with everything still to be given by its owner."""
    identifier = new_id("acct")
    account = {
        "id": identifier,
        "object": "account",
        "business_profile": business_profile(params.get("business_profile", {})),
        "business_type": params.get("business_type"),
        "capabilities": requested(params.get("capabilities", {})),
        "charges_enabled": False,
        "controller": controller(params.get("controller", {})),
        "country": params.get("country", "GB"),
        "created": session.now(),
        "default_currency": "gbp",
        "details_submitted": False,
        "email": params.get("email"),
        "external_accounts": as_list([], f"/v1/accounts/{identifier}/external_accounts"),
        "future_requirements": requirements([], None),
        "metadata": metadata.fresh(params),
        "payouts_enabled": False,
        "requirements": requirements(NEEDED, "requirements.past_due"),
        "settings": settings(params.get("settings", {})),
        "tos_acceptance": {"date": None, "ip": None, "user_agent": None},
    }
    account["type"] = KINDS[account["controller"]["stripe_dashboard"]["type"]]
    return session.add(account, account=PLATFORM)


def requested(capabilities: dict[str, Any]) -> dict[str, str]:
    """The requested capabilities, inactive until onboarding is complete."""
    return {
        name: "inactive"
        for name, wish in capabilities.items()
        if isinstance(wish, dict) and wish.get("requested") == "true"
    }


def controller(wish: dict[str, Any]) -> dict[str, Any]:
    """Who pays fees, bears losses, collects requirements, and which dashboard there is."""
    if wish.get("stripe_dashboard", {}).get("type", "full") not in KINDS:
        raise problems.invalid("Invalid dashboard.", "controller[stripe_dashboard][type]")
    return {
        "type": "application",
        "is_controller": True,
        "fees": {"payer": wish.get("fees", {}).get("payer", "account")},
        "losses": {"payments": wish.get("losses", {}).get("payments", "stripe")},
        "requirement_collection": wish.get("requirement_collection", "stripe"),
        "stripe_dashboard": {"type": wish.get("stripe_dashboard", {}).get("type", "full")},
    }


def business_profile(wish: dict[str, Any]) -> dict[str, Any]:
    """The public face of the account holder."""
    return {
        "mcc": wish.get("mcc"),
        "name": wish.get("name"),
        "product_description": wish.get("product_description"),
        "support_address": None,
        "support_email": None,
        "support_phone": None,
        "support_url": None,
        "url": wish.get("url"),
    }


def settings(wish: dict[str, Any]) -> dict[str, Any]:
    """Branding and payouts; the payout schedule is daily unless asked otherwise."""
    schedule = wish.get("payouts", {}).get("schedule", {})
    return {
        "branding": {"icon": None, "logo": None, "primary_color": None, "secondary_color": None},
        "card_payments": {},
        "dashboard": {"display_name": None, "timezone": "Europe/London"},
        "payments": {"statement_descriptor": None},
        "payouts": {
            "debit_negative_balances": False,
            "schedule": {"delay_days": 7, "interval": schedule.get("interval", "daily")},
            "statement_descriptor": None,
        },
    }


def requirements(due: list[str], disabled: str | None) -> dict[str, Any]:
    """What Stripe still wants to know of the account holder."""
    return {
        "alternatives": [],
        "current_deadline": None,
        "currently_due": list(due),
        "disabled_reason": disabled,
        "errors": [],
        "eventually_due": list(due),
        "past_due": list(due) if disabled else [],
        "pending_verification": [],
    }


def fetch(session: Session, account: str) -> dict[str, Any]:
    """A connected account; refused as Stripe refuses an account of somebody else (403)."""
    found = session.find(account, "account")
    if found is None or session.account not in (PLATFORM, account):
        raise problems.no_access(account)
    return found


def read(session: Session, params: dict[str, Any], account: str) -> dict[str, Any]:
    """GET /v1/accounts/{id}"""
    return fetch(session, account)


def list_accounts(session: Session, params: dict[str, Any]) -> dict[str, Any]:
    """GET /v1/accounts"""
    return page(session, "account", params, "/v1/accounts")


def update(session: Session, params: dict[str, Any], account: str) -> dict[str, Any]:
    """POST /v1/accounts/{id}: contact, profile, schedule, metadata and requested capabilities."""
    body = fetch(session, account)
    body["email"] = params.get("email", body["email"])
    body["metadata"] = metadata.changed(body["metadata"], params)
    body["business_profile"] |= params.get("business_profile", {})
    if "settings" in params:
        body["settings"] = settings(params["settings"])
    body["capabilities"] = requested(params.get("capabilities", {})) | body["capabilities"]
    return tell(session, body)


def tell(
    session: Session, body: dict[str, Any], previous: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Write an account and tell the Connect endpoints."""
    session.replace(body)
    emit(session, "account.updated", body, account=body["id"], previous=previous)
    return body


def complete(
    session: Session, account: str, *, holder: str, sort_code: str, number: str
) -> dict[str, Any]:
    """The owner has given everything: bank in place, capabilities active, nothing due."""
    body = fetch(session, account)
    previous = {"details_submitted": body["details_submitted"]}
    body |= {
        "details_submitted": True,
        "payouts_enabled": True,
        "charges_enabled": "card_payments" in body["capabilities"],
        "capabilities": dict.fromkeys(body["capabilities"], "active"),
        "requirements": requirements([], None),
        "tos_acceptance": {"date": session.now(), "ip": None, "user_agent": None},
    }
    put_bank(session, body, holder=holder, sort_code=sort_code, number=number)
    for name in body["capabilities"]:
        emit(session, "capability.updated", capability(body, name), account=account)
    return tell(session, body, previous)


def put_bank(
    session: Session, body: dict[str, Any], *, holder: str, sort_code: str, number: str
) -> None:
    """Make this the account's only bank account and tell the Connect endpoints."""
    bank = bank_account(body["id"], holder, sort_code, number)
    had_one = bool(body["external_accounts"]["data"])
    body["external_accounts"]["data"] = [bank]
    kind = "account.external_account.updated" if had_one else "account.external_account.created"
    emit(session, kind, bank, account=body["id"])


def bank_account(account: str, holder: str, sort_code: str, number: str) -> dict[str, Any]:
    """A United Kingdom bank account as Stripe shows it: last four digits and a fingerprint."""
    digest = hashlib.sha256(f"{sort_code}:{number}".encode()).hexdigest()
    return {
        "id": new_id("ba"),
        "object": "bank_account",
        "account": account,
        "account_holder_name": holder,
        "account_holder_type": "company",
        "account_type": None,
        "available_payout_methods": ["standard"],
        "bank_name": "SANDBOX BANK (FICTIONAL)",
        "country": "GB",
        "currency": "gbp",
        "default_for_currency": True,
        "fingerprint": digest[:16],
        "future_requirements": None,
        "last4": number[-4:],
        "metadata": {},
        "requirements": None,
        "routing_number": sort_code,
        "status": "new",
    }


def fictional_bank(session: Session, account: str) -> dict[str, str]:
    """Bank details to fill in: the account's name, Stripe's test sort code, a number of its own.

    Different accounts must have different details, or all would look like one payee.
    """
    number = int(hashlib.sha256(account.encode()).hexdigest(), 16) % 10**8
    profile = fetch(session, account).get("business_profile") or {}
    return {
        "holder": (profile.get("name") or "Fictional Provider Limited")[:80],
        "sort_code": "108800",
        "number": f"{number:08}",
    }


def change_bank(
    session: Session, account: str, *, holder: str, sort_code: str, number: str
) -> dict[str, Any]:
    """The owner changes the bank in the dashboard."""
    body = fetch(session, account)
    put_bank(session, body, holder=holder, sort_code=sort_code, number=number)
    return tell(session, body)


def change_standing(session: Session, account: str, change: dict[str, Any]) -> dict[str, Any]:
    """Stripe changes the account's standing: capabilities, payouts_enabled, past_due."""
    body = fetch(session, account)
    previous = {name: body[name] for name in ("capabilities", "payouts_enabled", "requirements")}
    body["capabilities"] = body["capabilities"] | change.get("capabilities", {})
    body["payouts_enabled"] = change.get("payouts_enabled", body["payouts_enabled"])
    if "past_due" in change:
        reason = "requirements.past_due" if change["past_due"] else None
        body["requirements"] = requirements(change["past_due"], reason)
    for name in change.get("capabilities", {}):
        emit(session, "capability.updated", capability(body, name), account=account)
    return tell(session, body, previous)


def capability(body: dict[str, Any], name: str) -> dict[str, Any]:
    """One capability as an object."""
    due = body["requirements"]
    shown = ("alternatives", "current_deadline", "currently_due", "errors", "eventually_due")
    needs = {key: due[key] for key in (*shown, "past_due", "pending_verification")}
    return {
        "id": name,
        "object": "capability",
        "account": body["id"],
        "future_requirements": needs | {"disabled_reason": None},
        "requested": True,
        "requested_at": body["created"],
        "requirements": needs | {"disabled_reason": None},
        "status": body["capabilities"][name],
    }


def list_capabilities(session: Session, params: dict[str, Any], account: str) -> dict[str, Any]:
    """GET /v1/accounts/{id}/capabilities"""
    body = fetch(session, account)
    found = [capability(body, name) for name in body["capabilities"]]
    return as_list(found, f"/v1/accounts/{account}/capabilities")


def list_banks(session: Session, params: dict[str, Any], account: str) -> dict[str, Any]:
    """GET /v1/accounts/{id}/external_accounts"""
    return fetch(session, account)["external_accounts"]


def read_bank(session: Session, params: dict[str, Any], account: str, bank: str) -> dict[str, Any]:
    """GET /v1/accounts/{id}/external_accounts/{bank}"""
    for one in fetch(session, account)["external_accounts"]["data"]:
        if one["id"] == bank:
            return dict(one)
    raise problems.missing("external account", bank)


def read_capability(
    session: Session, params: dict[str, Any], account: str, name: str
) -> dict[str, Any]:
    """GET /v1/accounts/{id}/capabilities/{name}"""
    body = fetch(session, account)
    if name not in body["capabilities"]:
        raise problems.missing("capability", name)
    return capability(body, name)


def request_capability(
    session: Session, params: dict[str, Any], account: str, name: str
) -> dict[str, Any]:
    """POST /v1/accounts/{id}/capabilities/{name}: a new one begins inactive."""
    body = fetch(session, account)
    if params.get("requested"):
        body["capabilities"].setdefault(name, "inactive")
    else:
        body["capabilities"].pop(name, None)
    tell(session, body)
    return read_capability(session, {}, account, name)


def close(session: Session, account: str) -> dict[str, Any]:
    """The owner leaves the platform: told once, and from then on the account is out of reach."""
    body = fetch(session, account)
    application = {"id": "ca_sandbox", "object": "application", "name": "Tech taster vouchers"}
    emit(session, "account.application.deauthorized", application, account=account)
    session.put_out_of_reach(account)
    return body


def delete(session: Session, params: dict[str, Any], account: str) -> dict[str, Any]:
    """DELETE /v1/accounts/{id}: only with an empty balance."""
    fetch(session, account)
    if session.balance(account) != 0:
        raise problems.refused("An account with a balance cannot be deleted.")
    close(session, account)
    return {"id": account, "object": "account", "deleted": True}


def reject(session: Session, params: dict[str, Any], account: str) -> dict[str, Any]:
    """POST /v1/accounts/{id}/reject: neither transfers nor payouts any more."""
    if params["reason"] not in ("fraud", "terms_of_service", "other"):
        raise problems.invalid("Invalid reason.", "reason")
    body = fetch(session, account)
    change = {
        "capabilities": dict.fromkeys(body["capabilities"], "inactive"),
        "payouts_enabled": False,
    }
    body = change_standing(session, account, change)
    body["requirements"]["disabled_reason"] = f"rejected.{params['reason']}"
    return session.replace(body)


def create_login_link(session: Session, params: dict[str, Any], account: str) -> dict[str, Any]:
    """POST /v1/accounts/{id}/login_links: here it leads to the sandbox's dashboard."""
    if not fetch(session, account)["details_submitted"]:
        raise problems.refused("The account has not completed onboarding.")
    url = f"{session.origin.base_url}/dashboard/accounts/{account}"
    return {"object": "login_link", "created": session.now(), "url": url}
