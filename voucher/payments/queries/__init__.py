"""Reads of payments: `work` for the worker, `staff` for the officers' pages."""

from voucher.payments.queries.work import (
    account_of,
    payment_of_claim,
    payments_by_claim,
    was_called_off,
)

__all__ = ["account_of", "payment_of_claim", "payments_by_claim", "was_called_off"]
