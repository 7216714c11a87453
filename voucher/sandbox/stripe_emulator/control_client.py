"""A client of the levers, for other processes: tests, the rehearsal, runs with random faults.

Plain values in, the emulator's JSON out; amounts are pence, durations seconds of its clock.
Raises LeverRefused for a refusal and urllib's URLError where nobody listens.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

TIMEOUT_SECONDS = 20


class LeverRefused(Exception):
    """The emulator would not do it: `status` 400, 403 or 404, and its words."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(f"{status}: {words}")
        self.status = status


class Controls:
    """The levers of the emulator at `address`. Safe to share between threads."""

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")
        # A proxy of the environment must not stand between us and a process on this machine.
        self._open = build_opener(ProxyHandler({})).open

    def pull(self, lever: str, method: str = "POST", /, **wish: Any) -> dict[str, Any]:
        """Pull any lever by its address under `/_control/`."""
        body = json.dumps(wish).encode() if method == "POST" else None
        headers = {"Content-Type": "application/json"}
        url = f"{self.address}/_control/{lever}"
        request = Request(url, body, headers, method=method)  # noqa: S310 (loopback)
        try:
            with self._open(request, timeout=TIMEOUT_SECONDS) as answer:
                return dict(json.load(answer))
        except HTTPError as error:
            with error:
                raise LeverRefused(error.code, error.read().decode(errors="replace")) from None

    # --- clock -------------------------------------------------------------------------------

    def health(self) -> dict[str, Any]:
        """`clock` (Unix seconds) and how many webhooks are `undelivered`."""
        return self.pull("health", "GET")

    def reset(self) -> None:
        """Empty books, webhook endpoints included; nothing on order."""
        self.pull("faults", "DELETE")
        self.pull("reset")

    def stop_clock(self, at: datetime) -> None:
        """Freeze the clock at a moment."""
        self.pull("clock", at=int(at.timestamp()), frozen=True)

    def run_clock(self) -> None:
        """Let the clock go with the real time."""
        self.pull("clock")

    def advance(self, by: timedelta) -> int:
        """Move the clock on; how many payouts took a step at once."""
        return int(self.pull("advance", seconds=int(by.total_seconds()))["payouts_moved"])

    # --- faults ------------------------------------------------------------------------------

    def order_fault(
        self, kind: str, *, method: str = "", path: str = "", times: int = 1, **parameters: Any
    ) -> None:
        """Order a fault of faults.py; `path` begins an address, or a type of event."""
        self.pull("faults", kind=kind, method=method, path=path, times=times, parameters=parameters)

    def pending_faults(self) -> list[dict[str, Any]]:
        """What is on order and has not struck yet."""
        return list(self.pull("faults", "GET")["faults"])

    def call_off_faults(self) -> None:
        """Nothing goes wrong any more; requests that are held go on."""
        self.pull("faults", "DELETE")

    # --- money -------------------------------------------------------------------------------

    def add_funds(self, pence: int, outcome: str = "succeeded") -> dict[str, Any]:
        """A top-up that has `succeeded`, is `pending`, or has `failed`."""
        return self.pull("funds", amount=pence, outcome=outcome)

    def settle_topup(self, topup_id: str, outcome: str = "succeeded") -> dict[str, Any]:
        """Decide a pending top-up."""
        return self.pull(f"topups/{topup_id}/settle", outcome=outcome)

    def transfer_by_hand(self, destination: str, pence: int, **given: Any) -> dict[str, Any]:
        """A transfer made in the dashboard, which the product knows nothing of."""
        return self.pull("transfers", destination=destination, amount=pence, **given)

    def move_by_stripe(self, kind: str, pence: int) -> dict[str, Any]:
        """A fee, an adjustment or a payout of the platform's own balance: nobody asked for it."""
        return self.pull("movements", kind=kind, amount=pence)

    def order_payout_outcome(
        self, outcome: str, *, account: str | None = None, failure_code: str | None = None
    ) -> None:
        """How the next payout (of an account) ends: paid, failed, paid_then_failed."""
        self.pull("payouts/outcome", outcome=outcome, account=account, failure_code=failure_code)

    def set_payout_delay(self, seconds: int) -> None:
        """How long payouts made from now on take to the bank."""
        self.pull("payouts/delay", seconds=seconds)

    def settle_payout(self, payout_id: str, outcome: str) -> dict[str, Any]:
        """Have a payout `paid` or `failed` now."""
        return self.pull(f"payouts/{payout_id}/settle", outcome=outcome)

    def cancel_payout(self, payout_id: str) -> dict[str, Any]:
        """Cancel a pending payout in the dashboard."""
        return self.pull(f"payouts/{payout_id}/cancel")

    def books(self) -> dict[str, Any]:
        """Balances (`platform`, `accounts`), whether they are `consistent`, totals by kind."""
        return self.pull("books", "GET")

    def objects(self, kind: str) -> list[dict[str, Any]]:
        """Every object of a kind (transfer, payout, transfer_reversal, event …), oldest first."""
        return list(self.pull(f"objects/{kind}", "GET")["objects"])

    # --- accounts ----------------------------------------------------------------------------

    def onboard(self, account: str) -> None:
        """The owner fills in the hosted pages."""
        self.pull(f"accounts/{account}/onboard")

    def change_bank(self, account: str, **details: str) -> None:
        """The owner enters another bank account (holder, sort_code, number)."""
        self.pull(f"accounts/{account}/bank", **details)

    def change_standing(self, account: str, **change: Any) -> None:
        """Stripe's view changes: capabilities, payouts_enabled, past_due."""
        self.pull(f"accounts/{account}/standing", **change)

    def close_account(self, account: str) -> None:
        """The owner leaves the platform."""
        self.pull(f"accounts/{account}/close")

    def allow_overdraft(self, account: str, pence: int) -> None:
        """Let reversals take the account below nothing, down to so many pence."""
        self.pull(f"accounts/{account}/overdraft", pence=pence)

    # --- webhooks ----------------------------------------------------------------------------

    def direct_webhooks(self, *, paused: bool = False, shuffled_by: int | None = None) -> None:
        """Hold webhooks back or let them go, in order or shuffled by a seed."""
        self.pull("webhooks", paused=paused, shuffled_by=shuffled_by)

    def deliver(self) -> int:
        """One whole round of deliveries at once; how many were tried."""
        return int(self.pull("deliver")["tried"])

    def resend(self, event_id: str) -> int:
        """Send an event again; to how many endpoints."""
        return int(self.pull(f"events/{event_id}/resend")["queued"])

    def invent_event(self, kind: str, object_id: str, account: str | None = None) -> dict[str, Any]:
        """An event of any type about an object that exists."""
        return self.pull("events", type=kind, object=object_id, account=account)

    def rotate_secret(
        self, endpoint: str, *, seconds: int = 86_400, secret: str | None = None
    ) -> str:
        """A new signing secret; both are good for `seconds`. The new one."""
        answer = self.pull(f"webhook_endpoints/{endpoint}/rotate", seconds=seconds, secret=secret)
        return str(answer["secret"])
