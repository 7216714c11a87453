"""Plain words for the codes that the books and Stripe have for what happened to money."""

import re

MOVEMENTS = {
    "transfer": "Transfer to a provider",
    "transfer_refund": "Transfer taken back",
    "topup": "Top-up",
    "payout": "Payout to a bank",
    "adjustment": "Adjustment by Stripe",
    "stripe_fee": "Fee of Stripe",
    "payment": "Payment received",
}
"""Stripe’s types of balance transactions, https://docs.stripe.com/reports/balance-transaction-types"""

EFFECTS = {
    "budget_granted": "Budget granted to the round",
    "topped_up": "Money paid in at Stripe",
    "reserved": "Set aside for an award",
    "committed": "Promised when the voucher was redeemed",
    "recognised": "Owed for an approved claim",
    "transferred": "Transferred to the provider",
    "paid_out": "Paid out to the provider’s bank",
    "payout_came_back": "Came back from the provider’s bank",
    "released": "Given back to the round",
    "owed": "Owed back by the provider",
    "netted": "Set off against a later payment",
    "reversed": "Taken back from the provider’s account",
    "debt_reversed": "A debt taken back from the provider’s account",
    "repaid": "Paid back by the provider",
    "written_off": "Written off",
    "fee": "Fee",
    "suspense": "Moved by hand at Stripe",
    "explained": "A movement by hand explained",
}
BECAUSE = {
    "amended": "less was delivered or charged",
    "cancelled": "the voucher was cancelled",
    "expired": "the voucher expired",
    "rejected": "the claim was not approved",
}
_NUMBER = re.compile(r"_\d+$")
UNREADABLE = "Invalid response body from API"


def effect_words(effect: str) -> str:
    """What a journal of the books does, for a person; an unknown code as it is, with spaces."""
    code = _NUMBER.sub("", effect)
    if code in EFFECTS:
        return EFFECTS[code]
    if code.startswith("released_"):
        reason = code.removeprefix("released_")
        return f"{EFFECTS['released']}: {BECAUSE.get(reason, reason.replace('_', ' '))}"
    return effect.replace("_", " ").capitalize()


def movement_words(text: str) -> str:
    """ "transfer_refund trr_1" with words for Stripe’s type; anything else stays as it is."""
    kind, gap, rest = text.partition(" ")
    return MOVEMENTS.get(kind, kind) + gap + rest


def failure_words(error: str | None) -> str:
    """Why a webhook could not be acted on, without the answer that Stripe’s library repeats."""
    if not error:
        return "Not known"
    if error.startswith(UNREADABLE):
        return "Stripe’s answer could not be read: it was broken off, or not what was expected."
    return error
