"""Codes of the books and of Stripe in plain words."""

import pytest

from voucher.web.staff.money_words import effect_words, failure_words, movement_words


@pytest.mark.parametrize(
    ("effect", "words"),
    [
        ("budget_granted", "Budget granted to the round"),
        ("paid_out_12", "Paid out to the provider’s bank"),
        ("released_expired", "Given back to the round: the voucher expired"),
        ("released_lost_luggage", "Given back to the round: lost luggage"),
        ("never_seen", "Never seen"),
    ],
)
def test_an_effect_in_words(effect, words):
    assert effect_words(effect) == words


def test_a_movement_keeps_its_number():
    assert movement_words("transfer_refund trr_1") == "Transfer taken back trr_1"
    assert movement_words("programme balance") == "programme balance"


def test_why_a_webhook_failed_without_the_answer_itself():
    assert "could not be read" in failure_words('Invalid response body from API: {"object": 1}')
    assert "object" not in failure_words('Invalid response body from API: {"object": 1}')
    assert failure_words("No such payout.") == "No such payout."
    assert failure_words(None) == "Not known"
