"""Stripe's answers as small frozen dataclasses of ours: pence, UTC times, plain ids.

Each is built from the answer's plain dict. A KeyError or TypeError while building means that the
answer could not be read; the gateway turns it into an unknown outcome.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

CURRENCY = "gbp"


def instant(seconds: int) -> datetime:
    """Unix seconds as a UTC time."""
    return datetime.fromtimestamp(seconds, UTC)


@dataclass(frozen=True)
class AccountState:
    """A provider's connected account as Stripe has it now."""

    account_id: str
    transfers_active: bool
    payouts_enabled: bool
    past_due: tuple[str, ...]
    bank_last4: str | None
    bank_fingerprint: str | None
    details_submitted: bool
    holder_name: str | None = None

    @property
    def payable(self) -> bool:
        """Money may be sent: transfers active, payouts enabled, nothing past due."""
        return self.transfers_active and self.payouts_enabled and not self.past_due

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> AccountState:
        """From an account object."""
        bank = default_bank(body)
        return cls(
            account_id=body["id"],
            transfers_active=body.get("capabilities", {}).get("transfers") == "active",
            payouts_enabled=body["payouts_enabled"],
            past_due=tuple((body.get("requirements") or {}).get("past_due") or ()),
            bank_last4=bank.get("last4"),
            bank_fingerprint=bank.get("fingerprint"),
            details_submitted=body["details_submitted"],
            holder_name=_holder_name(body, bank),
        )


def _holder_name(body: Mapping[str, Any], bank: Mapping[str, Any]) -> str | None:
    """Whose account it is: by the bank's record, else as verified by Stripe, else as displayed."""
    company = (body.get("company") or {}).get("name")
    display = (body.get("business_profile") or {}).get("name")
    return bank.get("account_holder_name") or company or display


def default_bank(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The external account that pounds are paid to, or an empty mapping."""
    listed = (body.get("external_accounts") or {}).get("data", ())
    pounds = [one for one in listed if one.get("currency") == CURRENCY]
    default = [one for one in pounds if one.get("default_for_currency")]
    return next(iter(default or pounds), {})


@dataclass(frozen=True)
class AccountLink:
    """A single-use address of Stripe's onboarding for one account."""

    url: str
    expires_at: datetime

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> AccountLink:
        """From an account link object."""
        return cls(url=body["url"], expires_at=instant(body["expires_at"]))


@dataclass(frozen=True)
class TransferMade:
    """Money that has moved from the programme's balance to a connected account."""

    transfer_id: str
    amount_pence: int
    amount_reversed_pence: int
    destination: str
    transfer_group: str | None
    metadata: Mapping[str, str]
    balance_transaction_id: str | None
    created_at: datetime

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> TransferMade:
        """From a transfer object."""
        return cls(
            transfer_id=body["id"],
            amount_pence=body["amount"],
            amount_reversed_pence=body["amount_reversed"],
            destination=body["destination"],
            transfer_group=body.get("transfer_group"),
            metadata=dict(body["metadata"]),
            balance_transaction_id=body.get("balance_transaction"),
            created_at=instant(body["created"]),
        )


@dataclass(frozen=True)
class ReversalMade:
    """Money that has come back from a connected account."""

    reversal_id: str
    transfer_id: str
    amount_pence: int
    metadata: Mapping[str, str]
    balance_transaction_id: str | None
    created_at: datetime

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> ReversalMade:
        """From a transfer reversal object."""
        return cls(
            reversal_id=body["id"],
            transfer_id=body["transfer"],
            amount_pence=body["amount"],
            metadata=dict(body.get("metadata") or {}),
            balance_transaction_id=body.get("balance_transaction"),
            created_at=instant(body["created"]),
        )


@dataclass(frozen=True)
class PayoutState:
    """A payout to a provider's bank: pending, in_transit, paid, failed or canceled.

    A paid one can still fail days later; `arrival_on` is the day Stripe expects it at the bank.
    """

    payout_id: str
    status: str
    arrival_on: date
    failure_code: str | None
    amount_pence: int
    metadata: Mapping[str, str]
    created_at: datetime

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> PayoutState:
        """From a payout object. Stripe gives the arrival day as midnight UTC."""
        return cls(
            payout_id=body["id"],
            status=body["status"],
            arrival_on=instant(body["arrival_date"]).date(),
            failure_code=body.get("failure_code"),
            amount_pence=body["amount"],
            metadata=dict(body.get("metadata") or {}),
            created_at=instant(body["created"]),
        )


@dataclass(frozen=True)
class BalanceTransaction:
    """One movement of a balance; `kind` is Stripe's type, `source_id` what caused it."""

    transaction_id: str
    kind: str
    amount_pence: int
    fee_pence: int
    net_pence: int
    currency: str
    source_id: str | None
    created_at: datetime

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> BalanceTransaction:
        """From a balance transaction object."""
        return cls(
            transaction_id=body["id"],
            kind=body["type"],
            amount_pence=body["amount"],
            fee_pence=body["fee"],
            net_pence=body["net"],
            currency=body["currency"],
            source_id=body.get("source"),
            created_at=instant(body["created"]),
        )


@dataclass(frozen=True)
class EventSeen:
    """An event: only a hint of which object to read again. `account_id` is None on the platform."""

    event_id: str
    kind: str
    account_id: str | None
    object_id: str | None
    object_kind: str | None
    livemode: bool
    created_at: datetime

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> EventSeen:
        """From an event object, read from Stripe or received by webhook."""
        subject = body["data"]["object"]
        return cls(
            event_id=body["id"],
            kind=body["type"],
            account_id=body.get("account"),
            object_id=subject.get("id"),
            object_kind=subject.get("object"),
            livemode=body["livemode"],
            created_at=instant(body["created"]),
        )


def available_pence(body: Mapping[str, Any]) -> int:
    """The available pounds of a balance object, in pence."""
    return sum(one["amount"] for one in body["available"] if one["currency"] == CURRENCY)
