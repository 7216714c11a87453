"""Writes on claims: `writing` by the provider, `answers` by the business, `review` by officers."""

from voucher.claims.operations.answers import confirm, dispute
from voucher.claims.operations.review import (
    abandon,
    approve,
    call_off,
    check,
    mark_paid,
    reject,
    return_to_provider,
)
from voucher.claims.operations.writing import attach, remove_evidence, save, start, submit

__all__ = [
    "abandon",
    "approve",
    "attach",
    "call_off",
    "check",
    "confirm",
    "dispute",
    "mark_paid",
    "reject",
    "remove_evidence",
    "return_to_provider",
    "save",
    "start",
    "submit",
]
