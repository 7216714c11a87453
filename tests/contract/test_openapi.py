"""The judge itself can find fault: otherwise its silence over the other tests means nothing."""

import json
from dataclasses import replace

import pytest

from tests.contract.openapi import faults_of
from voucher.integrations.stripe.gateway import StripeGateway


@pytest.fixture
def exchange(wire, funds, pay):
    """A good transfer on the wire."""
    pay()
    return wire.exchanges[-1]


def test_a_good_exchange_is_not_faulted(exchange):
    assert faults_of(exchange) == []


@pytest.mark.parametrize(
    "form",
    [
        "amount=x&currency=gbp&destination=acct_1",
        "currency=gbp",
        "currency=gbp&destination=acct_1&colour=red",
        "currency=gbp&destination=acct_1&metadata[a][b]=1",
    ],
)
def test_a_bad_request_is_faulted(exchange, form):
    assert faults_of(replace(exchange, form=form))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: body.pop("amount"),
        lambda body: body.update(amount="300"),
        lambda body: body.update(ammount=300),
        lambda body: body.update(livemode=None),
        lambda body: body["reversals"].pop("has_more"),
        lambda body: body.update(object="payout"),
    ],
)
def test_a_bad_answer_is_faulted(exchange, spoil):
    body = json.loads(json.dumps(exchange.answer))
    spoil(body)
    assert faults_of(replace(exchange, answer=body))


def test_an_address_that_stripe_does_not_have_is_faulted(exchange):
    with pytest.raises(LookupError):
        faults_of(replace(exchange, path="/v1/vouchers"))


def test_the_emulator_itself_keeps_what_went_to_it_by_any_way(emulator, gateway, funds):
    StripeGateway("sk_test_contract", emulator.address).balance_pence()
    recorded = emulator.control("exchanges", "GET")["exchanges"]
    assert [one["path"] for one in recorded] == ["/v1/balance"]
    assert emulator.control("exchanges", "GET")["exchanges"] == []


def test_a_business_refusal_does_not_excuse_the_request(exchange):
    refusal = {"error": {"type": "invalid_request_error", "code": "balance_insufficient"}}
    wrong = replace(exchange, status=400, answer=refusal, form="currency=gbp&colour=red")
    assert faults_of(wrong)
