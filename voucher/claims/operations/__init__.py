"""Writes on claims: `writing` by the provider, `answers` by the business, `review` by officers,
`lesser` when less was delivered than agreed, `silence` when one of the parties does not speak by
its last day."""

from voucher.claims.operations.answers import confirm, dispute
from voucher.claims.operations.lesser import (
    agree_to_less,
    offer_less,
    refuse_less,
    withdraw_less,
)
from voucher.claims.operations.review import (
    abandon,
    approve,
    call_off,
    check,
    mark_paid,
    reject,
    return_to_provider,
)
from voucher.claims.operations.silence import (
    confirm_on_behalf,
    escalate_claim,
    escalate_redemption,
)
from voucher.claims.operations.writing import attach, remove_evidence, save, start, submit

__all__ = [
    "abandon",
    "agree_to_less",
    "approve",
    "attach",
    "call_off",
    "check",
    "confirm",
    "confirm_on_behalf",
    "dispute",
    "escalate_claim",
    "escalate_redemption",
    "mark_paid",
    "offer_less",
    "refuse_less",
    "reject",
    "remove_evidence",
    "return_to_provider",
    "save",
    "start",
    "submit",
    "withdraw_less",
]
