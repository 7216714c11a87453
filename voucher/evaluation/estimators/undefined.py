"""What every estimator raises where there is no estimate. Loads nothing."""

from voucher.core.errors import DomainError


class Undefined(DomainError):
    """There is no such estimate for these rows; the message says why."""
