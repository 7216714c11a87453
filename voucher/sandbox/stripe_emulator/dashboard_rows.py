"""What the dashboard's pages show, read from the books. Amounts are pence, times Unix seconds."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from voucher.sandbox.stripe_emulator import accounts, delivery
from voucher.sandbox.stripe_emulator import faults as fault_list
from voucher.sandbox.stripe_emulator.onboarding import FIELDS
from voucher.sandbox.stripe_emulator.store import PLATFORM, Session

NEWEST = 50
LONDON = ZoneInfo("Europe/London")


def pounds(pence: int) -> str:
    """Whole pence as "£1,000.50"."""
    sign = "−" if pence < 0 else ""
    return f"{sign}£{abs(pence) // 100:,}.{abs(pence) % 100:02d}"


def moment(seconds: int) -> str:
    """Unix seconds as "22 November 2026, 14:05", in London's time."""
    at = datetime.fromtimestamp(seconds, LONDON)
    return f"{at.day} {at:%B %Y, %H:%M}"


def head(session: Session) -> dict[str, Any]:
    """What every page shows above its own."""
    return {
        "clock": session.now(),
        "frozen": session.setting("clock_frozen_at") is not None,
        "paused": session.setting("webhooks_paused", False),
        "waiting_webhooks": delivery.outstanding(session),
    }


def newest(session: Session, kind: str, account: str | None = None) -> list[dict[str, Any]]:
    """The newest objects of a kind, each with the account it lives in as `owner`."""
    rows = session.connection.execute(
        "SELECT body, account FROM objects WHERE kind = ? AND (? IS NULL OR account = ?)"
        " ORDER BY seq DESC LIMIT ?",
        (kind, account, account, NEWEST),
    )
    return [json.loads(body) | {"owner": owner} for body, owner in rows]


def names(session: Session) -> dict[str, str]:
    """What to call every connected account."""
    return {
        one["id"]: one["business_profile"]["name"] or one["email"] or one["id"]
        for one in session.every("account")
    }


def overview(session: Session) -> dict[str, Any]:
    """The programme's balance and the top-ups."""
    return {"balance": session.balance(PLATFORM), "topups": newest(session, "topup")}


def transfers(session: Session) -> dict[str, Any]:
    """The transfers, and who can be sent one by hand."""
    return {"transfers": newest(session, "transfer"), "names": names(session)}


def account_list(session: Session) -> dict[str, Any]:
    """Every account with its balance and bank."""
    rows = [summary(session, one) for one in session.every("account")]
    return {"accounts": rows}


def account_page(session: Session, account: str) -> dict[str, Any]:
    """One account with what it received. Raises the problem of an unknown one."""
    body = accounts.fetch(session, account)
    return {
        "account": summary(session, body),
        "payouts": newest(session, "payout", account),
        "fields": FIELDS,
    }


def summary(session: Session, body: dict[str, Any]) -> dict[str, Any]:
    """An account for a person to read."""
    banks = body["external_accounts"]["data"]
    return {
        "id": body["id"],
        "name": names(session)[body["id"]],
        "balance": session.balance(body["id"]),
        "bank": banks[0] if banks else None,
        "onboarded": body["details_submitted"],
        "transfers": body["capabilities"].get("transfers") == "active",
        "payouts": body["payouts_enabled"],
        "past_due": body["requirements"]["past_due"],
    }


def payout_list(session: Session) -> dict[str, Any]:
    """The payouts of every account."""
    return {"payouts": newest(session, "payout"), "names": names(session)}


def fault_page(session: Session) -> dict[str, Any]:
    """What is on order, and where webhooks go."""
    return {
        "pending": fault_list.pending(session),
        "endpoints": session.every("webhook_endpoint"),
    }


READERS: dict[str, Callable[..., dict[str, Any]]] = {
    "overview": overview,
    "transfers": transfers,
    "account_list": account_list,
    "account_page": account_page,
    "payout_list": payout_list,
    "fault_page": fault_page,
}
