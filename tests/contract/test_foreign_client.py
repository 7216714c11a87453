"""Stripe's own command-line client, which knows nothing of us, drives the emulator."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

PACKAGED = Path(__file__).parents[2] / "node_modules/@stripe/cli-linux-x64/bin/stripe"
CLIENT = str(PACKAGED) if PACKAGED.exists() else shutil.which("stripe")

pytestmark = pytest.mark.skipif(
    CLIENT is None,
    reason="Stripe's command-line client is not installed (npm has it for Linux on x64 only)",
)


@pytest.fixture
def stripe(emulator, tmp_path):
    """Run the client against the emulator; its output as data. It always exits with 0."""

    def run(*words: str, **parameters: object):
        options = [part for name, value in parameters.items() for part in dashed(name, value)]
        environment = {
            "HOME": str(tmp_path),
            "PATH": os.environ["PATH"],
            "STRIPE_API_KEY": "sk_test_0123456789abcdef",
            "STRIPE_CLI_TELEMETRY_OPTOUT": "1",
            "NO_PROXY": "*",
        }
        done = subprocess.run(
            [CLIENT, *words, *options, "--api-base", emulator.address, "--color", "off"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def dashed(name: str, value: object) -> list[str]:
    """A parameter as the client wants it: `--name value`, or `-d path=value` for nested ones."""
    if isinstance(value, dict):
        return [part for key, one in value.items() for part in ("-d", f"{name}[{key}]={one}")]
    return [f"--{name.replace('_', '-')}", str(value)]


@pytest.fixture
def payee(emulator, stripe):
    """An onboarded account that the client has made."""
    controller = {
        "fees][payer": "application",
        "losses][payments": "application",
        "stripe_dashboard][type": "express",
    }
    made = stripe(
        "accounts",
        "create",
        country="GB",
        capabilities={"transfers][requested": "true"},
        controller=controller,
    )
    assert made["type"] == "express"
    emulator.control(f"accounts/{made['id']}/onboard")
    return made["id"]


@pytest.fixture
def transfer(stripe, payee):
    """Make a transfer of £3 under a key."""

    def send(amount=300, key="k1"):
        return stripe(
            "transfers",
            "create",
            amount=amount,
            currency="gbp",
            destination=payee,
            transfer_group="OP-1",
            metadata={"claim": "CLM-1"},
            idempotency=key,
        )

    stripe("topups", "create", amount=10_000, currency="gbp")
    return send


def test_it_moves_money_once_a_key_and_finds_it_again(stripe, payee, transfer):
    made = transfer()
    assert transfer()["id"] == made["id"]
    assert transfer(amount=301)["error"]["type"] == "idempotency_error"
    listed = stripe("transfers", "list", transfer_group="OP-1", limit=3)
    assert [one["id"] for one in listed["data"]] == [made["id"]]
    again = stripe("transfers", "retrieve", made["id"], expand="balance_transaction")
    assert again["balance_transaction"]["net"] == -300
    assert again["metadata"] == {"claim": "CLM-1"}


def test_it_takes_part_back(stripe, transfer):
    made = transfer()
    back = stripe("transfer_reversals", "create", made["id"], amount=100)
    assert (back["object"], back["amount"]) == ("transfer_reversal", 100)
    assert stripe("transfers", "retrieve", made["id"])["amount_reversed"] == 100
    too_much = stripe("transfer_reversals", "create", made["id"], amount=201)
    assert too_much["error"]["param"] == "amount"


def test_it_pays_an_account_out(stripe, payee, transfer):
    transfer()
    scope = {"stripe_account": payee}
    paid = stripe("payouts", "create", amount=300, currency="gbp", **scope)
    assert paid["status"] == "pending"
    assert stripe("payouts", "cancel", paid["id"], **scope)["status"] == "canceled"
    assert stripe("get", "/v1/balance", **scope)["available"][0]["amount"] == 300


def test_it_reads_the_events(stripe, payee, transfer):
    made = transfer()
    listed = stripe("events", "list", type="transfer.*")
    assert [one["data"]["object"]["id"] for one in listed["data"]] == [made["id"]]
    assert stripe("events", "retrieve", listed["data"][0]["id"]) == listed["data"][0]


def test_it_understands_a_refusal(stripe, payee):
    refused = stripe("transfers", "create", amount=1, currency="gbp", destination=payee)
    assert refused["error"]["code"] == "balance_insufficient"
    assert stripe("get", "/v1/transfers/tr_none")["error"]["code"] == "resource_missing"
