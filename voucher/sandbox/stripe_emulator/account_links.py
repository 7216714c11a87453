"""Account links: a single-use, short-lived address of the hosted onboarding page."""

from __future__ import annotations

import secrets
from typing import Any

from voucher.sandbox.stripe_emulator import accounts, problems
from voucher.sandbox.stripe_emulator.store import PLATFORM, Session

LINK_SECONDS = 300
VISIT_SECONDS = 3600
TYPES = ("account_onboarding", "account_update")


def create(session: Session, params: dict[str, Any]) -> dict[str, Any]:
    """POST /v1/account_links"""
    if params["type"] not in TYPES:
        raise problems.invalid("Invalid type of link.", "type")
    accounts.fetch(session, params["account"])
    addresses = {name: params[name] for name in ("account", "refresh_url", "return_url")}
    link = keep(session, "onboarding_link", addresses, LINK_SECONDS)
    return {
        "object": "account_link",
        "created": link["created"],
        "expires_at": link["expires_at"],
        "url": f"{session.origin.base_url}/setup/{link['id']}",
    }


def keep(session: Session, kind: str, addresses: dict[str, Any], seconds: int) -> dict[str, Any]:
    """Store an unguessable token that leads to an account's onboarding for a while."""
    now = session.now()
    token = {
        "id": secrets.token_urlsafe(24),
        "object": kind,
        "created": now,
        "expires_at": now + seconds,
        "used": False,
        **addresses,
    }
    return session.add(token, account=PLATFORM)


def follow(session: Session, token: str) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """Use up a link: (link, visit). No visit when it was used or is too old; no link if unknown."""
    link = session.find(token, "onboarding_link")
    if link is None:
        return None, None
    if link["used"] or link["expires_at"] <= session.now():
        return link, None
    session.replace(link | {"used": True})
    addresses = {name: link[name] for name in ("account", "refresh_url", "return_url")}
    return link, keep(session, "onboarding_visit", addresses, VISIT_SECONDS)


def visit(session: Session, token: str) -> dict[str, Any] | None:
    """The visit that an opened link began, while it lasts."""
    found = session.find(token, "onboarding_visit")
    if found is None or found["expires_at"] <= session.now():
        return None
    return found
