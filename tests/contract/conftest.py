"""One emulator process for the run, emptied before every test; every exchange is judged.

Tests marked `at_stripe_too` also run against Stripe's sandbox, where STRIPE_TEST_KEY is set.
"""

from types import SimpleNamespace

import pytest

from tests.contract.openapi import faults_of
from tests.contract.sides import EMULATOR_KEY, EmulatorSide, StripeSide, stripe_key
from tests.contract.wire import Receiver, Wire

SECRET_KEY = EMULATOR_KEY


def pytest_generate_tests(metafunc):
    """What holds at Stripe too is asked there too, given a key; see sides.py."""
    if metafunc.definition.get_closest_marker("at_stripe_too") and stripe_key():
        metafunc.parametrize("side", ["emulator", "stripe"], indirect=True)


@pytest.fixture
def side(request):
    """Who is asked: the emulator, or Stripe's own sandbox."""
    if getattr(request, "param", "emulator") == "stripe":
        return StripeSide()
    return EmulatorSide(request.getfixturevalue("emulator"))


@pytest.fixture
def wire(side):
    """The wire to the side that is asked. Fails the test if Stripe's description objects."""
    with Wire(side.address) as wire:
        yield wire
    faults = [fault for exchange in wire.exchanges for fault in faults_of(exchange)]
    assert [fault for fault in faults if side.judged(fault)] == []


@pytest.fixture
def gateway(side, wire):
    """The product's gateway on that wire."""
    return side.gateway(wire.address)


@pytest.fixture
def provider(side, gateway):
    """A connected account that may be paid."""
    return side.payee(gateway)


@pytest.fixture
def funds(side, gateway):
    """What is at the programme's disposal, in pence: £1,000 at the emulator."""
    return side.fund(gateway)


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
