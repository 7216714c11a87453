"""Wherever people or money are not real, every page says so; in the real service none does."""

from dataclasses import replace

import pytest

from config import Settings

WORDS = "no real money moves"


@pytest.fixture
def as_if(app):
    """Let the application go on with some settings changed."""
    before = app.extensions["settings"]

    def change(**changes):
        app.extensions["settings"] = replace(before, **changes)

    yield change
    app.extensions["settings"] = before


def test_a_page_says_that_no_real_money_moves(client):
    assert WORDS in client.get("/").text


def test_a_demonstration_leads_to_the_sandbox(client, as_if):
    as_if(environment="demonstration", stripe_api_base="http://127.0.0.1:8001")
    page = client.get("/").text
    assert "all names and businesses are fictional" in page
    assert 'href="http://127.0.0.1:8001/dashboard/"' in page


def test_training_without_a_demonstration_names_no_address(client, as_if):
    as_if(environment="development", stripe_secret_key="sk_test_training")
    page = client.get("/").text
    assert WORDS in page
    assert "/dashboard/" not in page


@pytest.mark.parametrize("key", ["sk_live_x", "rk_live_x"])
def test_the_real_service_says_nothing_of_the_kind(client, as_if, key):
    as_if(environment="production", stripe_secret_key=key, stripe_api_base="https://api.stripe.com")
    assert WORDS not in client.get("/").text


def test_only_a_live_key_moves_money():
    assert Settings(stripe_secret_key="rk_live_x").moves_real_money
    assert not Settings(stripe_secret_key="sk_test_x").moves_real_money
