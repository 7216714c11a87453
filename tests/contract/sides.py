"""The two sides that the same contract tests are run against: the emulator, and Stripe's sandbox.

The second needs STRIPE_TEST_KEY, a secret test key of a platform for Connect in the United Kingdom.
Everything made there has names of its own, so that runs don't meet.
"""

import json
import os
import time
import uuid
from urllib.parse import urlencode

import pytest

from tests.contract.wire import speak
from voucher.integrations.stripe.gateway import StripeGateway

KEY_NAME = "STRIPE_TEST_KEY"
STRIPE = "https://api.stripe.com"
EMULATOR_KEY = "sk_test_contract"
# Documented test values: a balance that is available at once, a person who is found to exist.
FUNDING_SOURCE = "tok_bypassPending"
PAYEE = {
    "country": "GB",
    "business_type": "individual",
    "controller[fees][payer]": "application",
    "controller[losses][payments]": "application",
    "controller[requirement_collection]": "application",
    "controller[stripe_dashboard][type]": "none",
    "capabilities[transfers][requested]": "true",
    "business_profile[mcc]": "5734",
    "business_profile[url]": "https://accessible.stripe.com",
    "individual[first_name]": "Jenny",
    "individual[last_name]": "Fictional",
    "individual[email]": "payee@provider.example",
    "individual[phone]": "0000000000",
    "individual[dob][day]": "1",
    "individual[dob][month]": "1",
    "individual[dob][year]": "1901",
    "individual[address][line1]": "address_full_match",
    "individual[address][city]": "Leeds",
    "individual[address][postal_code]": "LS1 1AA",
    "external_account[object]": "bank_account",
    "external_account[country]": "GB",
    "external_account[currency]": "gbp",
    "external_account[routing_number]": "108800",
    "external_account[account_number]": "00012345",
    "settings[payouts][schedule][interval]": "manual",
    "tos_acceptance[ip]": "127.0.0.1",
}
PATIENCE_SECONDS = 60


def stripe_key() -> str:
    """The key of Stripe's sandbox, or "" where there is none. A live key is refused."""
    key = os.environ.get(KEY_NAME, "")
    if key and not key.startswith(("sk_test_", "rk_test_")):
        raise pytest.UsageError(f"{KEY_NAME} must be a test key")
    return key


class EmulatorSide:
    """The emulator, emptied before every test."""

    key = EMULATOR_KEY

    def __init__(self, emulator) -> None:
        self.emulator = emulator
        self.address = emulator.address

    def gateway(self, address: str) -> StripeGateway:
        """The product's gateway to an address."""
        return StripeGateway(self.key, address)

    def judged(self, fault: str) -> bool:
        """Whether a fault found by Stripe's description counts."""
        return True

    def payee(self, gateway) -> str:
        """A connected account that may be paid."""
        account = gateway.create_account(
            email="money@provider.example", name="Provider", reference="PRV-1", key="provider"
        )
        self.emulator.control(f"accounts/{account.account_id}/onboard")
        return account.account_id

    def fund(self, gateway) -> int:
        """£1,000 arrives; what is available then."""
        self.emulator.control("funds", amount=100_000)
        return 100_000


class StripeSide:
    """Stripe's sandbox. Keys and groups get a name of this test's own."""

    address = STRIPE

    def __init__(self) -> None:
        self.key = stripe_key()
        self.own = uuid.uuid4().hex

    def gateway(self, address: str) -> StripeGateway:
        """The product's gateway, with keys and groups of this test alone."""
        return OwnNames(self.key, address, own=self.own)

    def judged(self, fault: str) -> bool:
        """Stripe may answer more than its description of an earlier version says."""
        return "Additional properties are not allowed" not in fault

    def post(self, target: str, **form: str) -> dict:
        """POST a form straight to Stripe."""
        headers = {
            "Authorization": f"Bearer {self.key}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        status, _, body = speak(STRIPE, "POST", target, urlencode(form).encode(), headers)
        assert status == 200, body
        return json.loads(body)

    def payee(self, gateway) -> str:
        """A new account, once Stripe has found its fictional owner to be real."""
        agreed = {"tos_acceptance[date]": str(int(time.time()))}
        account = self.post("/v1/accounts", **PAYEE, **agreed)["id"]
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not gateway.read_account(account_id=account).payable:
            assert time.monotonic() < deadline, "Stripe has not verified the account in time"
        return account

    def fund(self, gateway) -> int:
        """£1,000 less a fee arrives; what is available then, with what was there before."""
        self.post("/v1/charges", amount="100000", currency="gbp", source=FUNDING_SOURCE)
        return gateway.balance_pence()


class OwnNames(StripeGateway):
    """The gateway with a prefix before every key and group."""

    def __init__(self, *arguments, own: str) -> None:
        super().__init__(*arguments)
        self.own = own

    def _write(self, build, method, params, key, **options):
        named = f"{self.own}:{key}" if key and len(key) <= 255 else key
        if "transfer_group" in params:
            params = params | {"transfer_group": f"{self.own}:{params['transfer_group']}"}
        return super()._write(build, method, params, named, **options)

    def find_transfers(self, *, transfer_group):
        """Those of this test."""
        return super().find_transfers(transfer_group=f"{self.own}:{transfer_group}")
