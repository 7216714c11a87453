"""What the gateway makes of everything that can go wrong on the way, and what moved."""

import signal
import socket

import pytest

from tests.contract.wire import EmulatorProcess, speak
from voucher.integrations.stripe.errors import (
    StripeMisconfigured,
    StripeUnreachable,
)
from voucher.integrations.stripe.gateway import StripeGateway


def order(emulator, kind, times=1):
    """Order a fault on making transfers."""
    emulator.control("faults", kind=kind, method="POST", path="/v1/transfers", times=times)


def test_too_many_requests_is_an_unknown_outcome_to_resend(emulator, funds, pay):
    order(emulator, "rate_limited")
    with pytest.raises(StripeUnreachable):
        pay(key="t1")
    assert pay(key="t1").amount_pence == 30_000


def test_a_connection_lost_before_the_work_is_resent_by_the_library(emulator, gateway, funds, pay):
    order(emulator, "dropped_before")
    assert pay(key="t1").amount_pence == 30_000
    assert len(gateway.find_transfers(transfer_group="OP-1")) == 1


def test_a_connection_lost_after_the_work_is_resent_and_pays_once(emulator, gateway, funds, pay):
    order(emulator, "dropped_after")
    made = pay(key="t1")
    assert gateway.find_transfers(transfer_group="OP-1") == [made]
    assert gateway.balance_pence() == funds - 30_000


def test_an_answer_that_cannot_be_read_is_an_unknown_outcome(emulator, gateway, funds, pay):
    order(emulator, "malformed_after")
    with pytest.raises(StripeUnreachable):
        pay(key="t1")
    made = pay(key="t1")
    assert gateway.find_transfers(transfer_group="OP-1") == [made]


def test_a_time_out_after_the_work_is_an_unknown_outcome(emulator, wire, gateway, provider, funds):
    order(emulator, "held_after", times=3)
    hasty = StripeGateway("sk_test_contract", wire.address, read_timeout=0.1)
    asked = {
        "amount_pence": 500,
        "destination": provider,
        "transfer_group": "OP-2",
        "metadata": {},
        "key": "slow",
    }
    with pytest.raises(StripeUnreachable):
        hasty.create_transfer(**asked)
    emulator.control("faults", "DELETE")
    made = gateway.create_transfer(**asked)
    assert gateway.find_transfers(transfer_group="OP-2") == [made]


def test_a_live_looking_or_missing_key_is_a_fault_of_our_set_up(emulator, wire):
    with pytest.raises(StripeMisconfigured):
        StripeGateway("rk_test_restricted", wire.address).balance_pence()
    status, _, _ = speak(emulator.address, "GET", "/v1/balance", b"", {})
    assert status == 401


def test_nobody_listening_is_an_unknown_outcome():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"
        with pytest.raises(StripeUnreachable):
            StripeGateway("sk_test_contract", address).balance_pence()


def test_a_proxy_of_the_environment_does_not_come_between(monkeypatch, wire):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert StripeGateway("sk_test_contract", wire.address).balance_pence() == 0


@pytest.mark.parametrize(
    ("key", "base"),
    [
        ("sk_live_x", "http://127.0.0.1:1"),
        ("sk_live_x", "https://api.stripe.com.example.org"),
        ("sk_test_x", "http://api.stripe.com"),
        ("", "http://127.0.0.1:1"),
    ],
)
def test_a_key_is_never_sent_where_it_could_leak(key, base):
    with pytest.raises(StripeMisconfigured):
        StripeGateway(key, base)


def test_an_unknown_address_is_an_error_of_stripes_shape(emulator):
    headers = {"Authorization": "Bearer sk_test_contract"}
    status, _, body = speak(emulator.address, "GET", "/v1/customers", b"", headers)
    assert status == 404
    assert b"invalid_request_error" in body


def test_the_books_survive_a_kill_and_an_orderly_end(tmp_path):
    for number, code in ((signal.SIGKILL, -signal.SIGKILL), (signal.SIGTERM, 0)):
        process = EmulatorProcess(tmp_path)
        process.control("funds", amount=12_345)
        balance = StripeGateway("sk_test_contract", process.address).balance_pence()
        assert process.stop(number) == code
    assert balance == 2 * 12_345
