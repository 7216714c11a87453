"""One emulator process for the run, emptied before every test; every exchange is judged."""

from types import SimpleNamespace

import pytest

from tests.contract.openapi import faults_of
from tests.contract.wire import Receiver, Wire
from tests.emulator import emulator, emulator_process, impatient_library
from voucher.integrations.stripe.gateway import StripeGateway

__all__ = ["emulator", "emulator_process", "impatient_library"]

SECRET_KEY = "sk_test_contract"


@pytest.fixture
def wire(emulator):
    """The wire between gateway and emulator. Fails the test if Stripe's description objects."""
    with Wire(emulator.address) as wire:
        yield wire
    faults = [fault for exchange in wire.exchanges for fault in faults_of(exchange)]
    assert faults == []


@pytest.fixture
def gateway(wire):
    """The product's gateway on that wire."""
    return StripeGateway(SECRET_KEY, wire.address)


@pytest.fixture
def provider(emulator, gateway):
    """A connected account that may be paid."""
    account = gateway.create_account(
        email="money@provider.example", name="Provider", reference="PRV-1", key="provider"
    )
    emulator.control(f"accounts/{account.account_id}/onboard")
    return account.account_id


@pytest.fixture
def funds(emulator):
    """£1,000 at the programme's disposal, as pence."""
    emulator.control("funds", amount=100_000)
    return 100_000


@pytest.fixture
def pay(gateway, provider):
    """Transfer to the provider with sensible defaults."""

    def transfer(amount_pence=30_000, *, group="OP-1", key="t1", destination=provider):
        return gateway.create_transfer(
            amount_pence=amount_pence,
            destination=destination,
            transfer_group=group,
            metadata={"claim": group},
            key=key,
        )

    return transfer


@pytest.fixture
def receivers(emulator, wire):
    """The two webhook endpoints with their secrets, as Stripe would be told of them."""
    import json
    from urllib.parse import urlencode

    from tests.contract.wire import speak

    def register(receiver: Receiver, connect: bool) -> str:
        form = {"url": receiver.address, "enabled_events[]": "*", "connect": str(connect).lower()}
        headers = {
            "Authorization": f"Bearer {SECRET_KEY}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        body = urlencode(form).encode()
        return json.loads(speak(wire.address, "POST", "/v1/webhook_endpoints", body, headers)[2])[
            "secret"
        ]

    with Receiver() as platform, Receiver() as connect:
        yield SimpleNamespace(
            platform=platform,
            connect=connect,
            platform_secret=register(platform, False),
            connect_secret=register(connect, True),
        )
