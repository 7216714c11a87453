"""The emulator's levers (`/_control/`), which no part of the product itself may touch."""

import json
from datetime import datetime
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

TIMEOUT_SECONDS = 20


class Levers:
    """Clock, funds, bank details and outcomes of the emulator at `address`."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._stopped_at: datetime | None = None
        self._open = build_opener(ProxyHandler({})).open

    def hold_webhooks(self, held: bool) -> None:
        """Hold webhooks back, or let them go."""
        self._pull("webhooks", paused=held)

    def set_clock(self, at: datetime) -> None:
        """Stop the emulator's clock at a moment; payouts that are due by then arrive or fail."""
        if self._stopped_at is None:
            self._pull("clock", at=int(at.timestamp()), frozen=True)
        else:
            seconds = int(at.timestamp()) - int(self._stopped_at.timestamp())
            self._pull("advance", seconds=seconds)
        self._stopped_at = at

    def run_clock(self) -> None:
        """Let the clock go with the real time."""
        self._pull("clock")
        self._stopped_at = None

    def set_payout_delay(self, seconds: int) -> None:
        """How long a payout takes to the bank."""
        self._pull("payouts/delay", seconds=seconds)

    def add_funds(self, pence: int) -> dict[str, Any]:
        """The funder's bank transfer arrives. The top-up as Stripe would show it."""
        return self._pull("funds", amount=pence)

    def transfer_by_hand(self, account: str, pence: int, words: str) -> dict[str, Any]:
        """Somebody makes a transfer in the dashboard. The transfer as Stripe would show it."""
        return self._pull("transfers", destination=account, amount=pence, description=words)

    def onboard(self, account: str) -> None:
        """The provider fills in Stripe's pages, bank details included."""
        self._pull(f"accounts/{account}/onboard")

    def let_next_payout_fail(self, account: str) -> None:
        """The bank will send the account's next payout back."""
        self._pull(
            "payouts/outcome", outcome="failed", account=account, failure_code="account_closed"
        )

    def change_bank(self, account: str, **details: str) -> None:
        """The owner enters another bank account."""
        self._pull(f"accounts/{account}/bank", **details)

    def change_standing(self, account: str, **change: Any) -> None:
        """What Stripe thinks of the account changes."""
        self._pull(f"accounts/{account}/standing", **change)

    def let_a_request_fail(self, path: str) -> None:
        """Stripe will break on the next POST to `path` before anything is done, and repeat so."""
        self._pull("faults", kind="error_before", method="POST", path=path)

    def garble_answers(self, path: str, times: int) -> None:
        """The next answers to GET `path` will be cut short on their way."""
        self._pull("faults", kind="malformed_after", method="GET", path=path, times=times)

    def newest_event(self, kind: str, account: str, secret_key: str) -> dict[str, Any]:
        """The newest event of a kind in a connected account, as a webhook would tell it."""
        headers = {"Authorization": f"Bearer {secret_key}", "Stripe-Account": account}
        url = f"{self.address}/v1/events?type={kind}&limit=1"
        listed = self._ask(Request(url, headers=headers))  # noqa: S310 (loopback)
        return dict(listed["data"][0])

    def books(self) -> dict[str, Any]:
        """The emulator's own balances and totals, in pence."""
        return self._ask(Request(f"{self.address}/_control/books"))  # noqa: S310 (loopback)

    def _pull(self, lever: str, **wish: Any) -> dict[str, Any]:
        body = json.dumps(wish).encode()
        headers = {"Content-Type": "application/json"}
        url = f"{self.address}/_control/{lever}"
        return self._ask(Request(url, body, headers, method="POST"))  # noqa: S310 (loopback)

    def _ask(self, request: Request) -> dict[str, Any]:
        with self._open(request, timeout=TIMEOUT_SECONDS) as answer:
            return json.load(answer)
