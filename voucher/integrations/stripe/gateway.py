"""The gateway: every call of the product to Stripe, as keyword-only methods over plain values.

It is built from a secret key and an address and neither knows nor cares whether Stripe or the
sandbox's emulator answers. Amounts are whole pence in pounds, times are UTC. Every method raises
the failures of errors.py; a write without an idempotency key is refused before anything is sent.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from voucher.integrations.stripe.answers import (
    CURRENCY,
    AccountLink,
    AccountState,
    BalanceTransaction,
    EventSeen,
    PayoutState,
    ReversalMade,
    TransferMade,
    available_pence,
)
from voucher.integrations.stripe.errors import (
    MissingKey,
    StripeMisconfigured,
    StripeUnreachable,
    failure_from,
)

if TYPE_CHECKING:
    from stripe import StripeClient

API_VERSION = "2026-10-28.endive"
LIVE_HOST = "api.stripe.com"
KEY_LIMIT = 255
PAGE_SIZE = 100
# The library itself resends under the same key after a lost connection, 409 and 5xx, though not
# when the errand's time is over (client.py).
NETWORK_RETRIES = 2

Answer = TypeVar("Answer")


class StripeGateway:
    """Stripe, or whatever speaks its protocol at `api_base`. Safe to share between threads."""

    def __init__(
        self,
        secret_key: str,
        api_base: str,
        connect_timeout: float = 3,
        read_timeout: float = 20,
        *,
        request_card_payments: bool = False,
    ) -> None:
        """Raises StripeMisconfigured for a combination that could leak a key.

        `request_card_payments` asks for that capability beside `transfers` on new accounts, for
        platforms that Stripe has not approved for transfers alone.
        """
        refuse_unsafe_base(secret_key, api_base)
        self._secret_key = secret_key
        self._api_base = api_base.rstrip("/")
        self._timeouts = (connect_timeout, read_timeout)
        self._request_card_payments = request_card_payments

    def create_account(self, *, email: str, name: str, reference: str, key: str) -> AccountState:
        """A new Express account for a provider, paid out by hand; `reference` is our record's."""
        capabilities = {"transfers": {"requested": True}}
        if self._request_card_payments:
            capabilities["card_payments"] = {"requested": True}
        params = {
            "country": "GB",
            "email": email,
            "business_profile": {"name": name},
            "capabilities": capabilities,
            "controller": {
                "fees": {"payer": "application"},
                "losses": {"payments": "application"},
                "requirement_collection": "stripe",
                "stripe_dashboard": {"type": "express"},
            },
            "metadata": {"reference": reference},
            "settings": {"payouts": {"schedule": {"interval": "manual"}}},
        }
        return self._write(AccountState.read, lambda v1: v1.accounts.create, params, key)

    def read_account(self, *, account_id: str) -> AccountState:
        """What Stripe knows of a connected account now; the only proof of a finished set-up."""
        return self._read(
            AccountState.read, lambda v1: v1.accounts.retrieve, arguments=(account_id,)
        )

    def create_account_link(
        self, *, account_id: str, refresh_url: str, return_url: str, key: str
    ) -> AccountLink:
        """A single-use onboarding address. A new link needs a new key."""
        params = {
            "account": account_id,
            "refresh_url": refresh_url,
            "return_url": return_url,
            "type": "account_onboarding",
        }
        return self._write(AccountLink.read, lambda v1: v1.account_links.create, params, key)

    def create_transfer(
        self,
        *,
        amount_pence: int,
        destination: str,
        transfer_group: str,
        metadata: Mapping[str, str],
        key: str,
    ) -> TransferMade:
        """Move money to a connected account. An answer means that it has moved."""
        params = {
            "amount": amount_pence,
            "currency": CURRENCY,
            "destination": destination,
            "transfer_group": transfer_group,
            "metadata": dict(metadata),
        }
        return self._write(TransferMade.read, lambda v1: v1.transfers.create, params, key)

    def read_transfer(self, *, transfer_id: str) -> TransferMade:
        """A transfer as it is now, with what of it has been reversed."""
        return self._read(
            TransferMade.read, lambda v1: v1.transfers.retrieve, arguments=(transfer_id,)
        )

    def find_transfers(self, *, transfer_group: str) -> list[TransferMade]:
        """Every transfer of one operation: the look-up before anything is ever sent anew."""
        params = {"transfer_group": transfer_group}
        return list(self._pages(TransferMade.read, lambda v1: v1.transfers.list, params))

    def reverse_transfer(
        self, *, transfer_id: str, amount_pence: int, metadata: Mapping[str, str], key: str
    ) -> ReversalMade:
        """Take part or all of a transfer back while the connected account's balance covers it.

        Raises StripeRejected: `balance_insufficient` when the balance does not cover it (kept
        under the key), no code when the amount is more than is left of the transfer.
        """
        params = {"amount": amount_pence, "metadata": dict(metadata)}
        return self._write(
            ReversalMade.read,
            lambda v1: v1.transfers.reversals.create,
            params,
            key,
            arguments=(transfer_id,),
        )

    def list_reversals(self, *, transfer_id: str) -> list[ReversalMade]:
        """Every reversal of a transfer, newest first; ours are told apart by their metadata."""
        return list(
            self._pages(
                ReversalMade.read,
                lambda v1: v1.transfers.reversals.list,
                {},
                arguments=(transfer_id,),
            )
        )

    def create_payout(
        self, *, account_id: str, amount_pence: int, metadata: Mapping[str, str], key: str
    ) -> PayoutState:
        """Send money from a connected account to its bank."""
        params = {"amount": amount_pence, "currency": CURRENCY, "metadata": dict(metadata)}
        return self._write(
            PayoutState.read, lambda v1: v1.payouts.create, params, key, account=account_id
        )

    def read_payout(self, *, account_id: str, payout_id: str) -> PayoutState:
        """A payout as it is now."""
        return self._read(
            PayoutState.read,
            lambda v1: v1.payouts.retrieve,
            arguments=(payout_id,),
            account=account_id,
        )

    def find_payouts(self, *, account_id: str, created_since: datetime) -> list[PayoutState]:
        """Every payout of a connected account since a time, newest first."""
        return list(
            self._pages(
                PayoutState.read, lambda v1: v1.payouts.list, since(created_since), account_id
            )
        )

    def balance_pence(self, *, account_id: str | None = None) -> int:
        """The available balance of the programme, or of a connected account."""
        return self._read(available_pence, lambda v1: v1.balance.retrieve, account=account_id)

    def connected_balance_pence(self, account_id: str) -> int:
        """What a connected account holds: as much as can be reversed. Negative if it owes."""
        return self.balance_pence(account_id=account_id)

    def balance_transactions(
        self, *, created_since: datetime, account_id: str | None = None
    ) -> Iterator[BalanceTransaction]:
        """Every movement of a balance since a time, newest first, page by page."""
        return self._pages(
            BalanceTransaction.read,
            lambda v1: v1.balance_transactions.list,
            since(created_since),
            account_id,
        )

    def read_reversal(self, *, transaction_id: str) -> ReversalMade:
        """The reversal that a movement of the balance came from; of which transfer, it says."""
        return self._read(
            lambda body: ReversalMade.read(body["source"]),
            lambda v1: v1.balance_transactions.retrieve,
            arguments=(transaction_id,),
            params={"expand": ["source"]},
        )

    def read_event(self, *, event_id: str, account_id: str | None = None) -> EventSeen:
        """An event; those of a connected account are read in that account."""
        return self._read(
            EventSeen.read, lambda v1: v1.events.retrieve, arguments=(event_id,), account=account_id
        )

    def list_events(
        self, *, created_since: datetime, account_id: str | None = None
    ) -> Iterator[EventSeen]:
        """Every event since a time (Stripe keeps 30 days), newest first, to fill gaps."""
        return self._pages(
            EventSeen.read, lambda v1: v1.events.list, since(created_since), account_id
        )

    @cached_property
    def _client(self) -> StripeClient:
        import stripe

        from voucher.integrations.stripe.client import PunctualClient

        # Off: it would send latencies and a machine id with every request.
        stripe.enable_telemetry = False
        # A proxy of the environment must not stand between us and a process on this machine.
        direct: Any = dict.fromkeys(("http", "https", "all"))
        proxy = direct if is_loopback(self._api_base) else None
        return stripe.StripeClient(
            self._secret_key,
            base_addresses={"api": self._api_base},
            stripe_version=API_VERSION,
            max_network_retries=NETWORK_RETRIES,
            http_client=PunctualClient(timeout=self._timeouts, proxy=proxy),
        )

    def _write(
        self,
        build: Callable[[Mapping[str, Any]], Answer],
        method: Callable[[Any], Callable[..., Any]],
        params: dict[str, Any],
        key: str,
        *,
        arguments: tuple[str, ...] = (),
        account: str | None = None,
    ) -> Answer:
        """A POST under an idempotency key. Raises MissingKey without one: nothing was sent."""
        if not key or len(key) > KEY_LIMIT:
            raise MissingKey(
                "Every write to Stripe needs an idempotency key of 1 to 255 characters."
            )
        options = scoped(account) | {"idempotency_key": key}
        return self._ask(build, method, *arguments, params=params, options=options)

    def _read(
        self,
        build: Callable[[Mapping[str, Any]], Answer],
        method: Callable[[Any], Callable[..., Any]],
        *,
        arguments: tuple[str, ...] = (),
        account: str | None = None,
        params: dict[str, Any] | None = None,
    ) -> Answer:
        """A GET of one object."""
        asked = {"params": params} if params else {}
        return self._ask(build, method, *arguments, **asked, options=scoped(account))

    def _pages(
        self,
        build: Callable[[Mapping[str, Any]], Answer],
        method: Callable[[Any], Callable[..., Any]],
        params: dict[str, Any],
        account: str | None = None,
        *,
        arguments: tuple[str, ...] = (),
    ) -> Iterator[Answer]:
        """Every object of a list, one request a page; a failure surfaces where it happens."""
        wanted = {**params, "limit": PAGE_SIZE}
        while True:
            page = self._ask(dict, method, *arguments, params=wanted, options=scoped(account))
            for body in page["data"]:
                yield readable(build, body)
            if not page["has_more"]:
                return
            wanted["starting_after"] = page["data"][-1]["id"]

    def _ask(
        self,
        build: Callable[[Mapping[str, Any]], Answer],
        method: Callable[[Any], Callable[..., Any]],
        *arguments: str,
        **request: Any,
    ) -> Answer:
        """One call of the library; its exceptions and its objects go no further than here."""
        import stripe

        try:
            answer = method(self._client.v1)(*arguments, **request)
        except stripe.StripeError as error:
            raise translated(error) from error
        return readable(build, answer.to_dict())


def readable(build: Callable[[Mapping[str, Any]], Answer], body: Mapping[str, Any]) -> Answer:
    """The answer as our dataclass; one that lacks what it must have leaves the outcome unknown."""
    try:
        return build(body)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise StripeUnreachable("Stripe's answer could not be read.") from error


def translated(error: Any) -> Exception:
    """The library's exception as one of ours."""
    body = error.json_body if isinstance(error.json_body, dict) else {}
    details = body.get("error")
    details = details if isinstance(details, dict) else {}
    message = str(details.get("message") or error.user_message or "No answer from Stripe.")
    return failure_from(error.http_status, details, message)


def scoped(account: str | None) -> dict[str, Any]:
    """Request options that make a connected account the subject."""
    return {"stripe_account": account} if account else {}


def since(moment: datetime) -> dict[str, Any]:
    """A list filter: created at or after a time, which must know its zone."""
    if moment.tzinfo is None:
        raise ValueError("A time without a zone.")
    return {"created": {"gte": int(moment.timestamp())}}


def is_loopback(api_base: str) -> bool:
    """Whether an address is on this machine."""
    host = urlsplit(api_base).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def refuse_unsafe_base(secret_key: str, api_base: str) -> None:
    """A live key goes to Stripe alone, and nothing goes over plain HTTP to another machine."""
    parts = urlsplit(api_base)
    if parts.scheme != "https" and not is_loopback(api_base):
        raise StripeMisconfigured("The address of Stripe must be https.")
    is_test = secret_key.startswith(("sk_test_", "rk_test_"))
    if not is_test and (parts.scheme, parts.hostname) != ("https", LIVE_HOST):
        raise StripeMisconfigured("A live key may be sent to Stripe's own address only.")
