"""The judge itself can find fault: otherwise its silence over the other tests means nothing."""

import json
from dataclasses import replace

import pytest

from tests.contract.openapi import faults_of


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
