"""What every request to Stripe has in common when its outcome is entered, whatever it asked for."""

from datetime import datetime
from typing import Protocol, TypeVar

from voucher.core.db import lock, session
from voucher.core.errors import NotFound
from voucher.payments.models import AttemptColumns, AttemptOutcome

Attempt = TypeVar("Attempt", bound=AttemptColumns)


class Ordered(Protocol):
    """An order that a worker holds on an attempt."""

    @property
    def attempt_id(self) -> int:
        """The attempt's key."""

    @property
    def try_number(self) -> int:
        """Which try of it the worker makes."""


def lock_attempt(model: type[Attempt], order: Ordered) -> Attempt:
    """Lock the attempt of an order and read it as it is now. Raises NotFound."""
    attempt: Attempt | None = lock(model, order.attempt_id)
    if attempt is None:
        raise NotFound("There is no such attempt.")
    return attempt


def still_mine(order: Ordered, attempt: AttemptColumns) -> bool:
    """Whether no other worker has taken the attempt up since; only then may the order's holder
    call it refused, absent or unknown."""
    return attempt.finished_at is None and attempt.tries == order.try_number


def finish(
    attempt: AttemptColumns,
    outcome: AttemptOutcome,
    at: datetime,
    *,
    stripe_object_id: str | None = None,
    error_code: str | None = None,
) -> None:
    """Close the attempt with what came of it: the object that Stripe made, or its refusal."""
    attempt.outcome, attempt.finished_at = outcome, at
    attempt.stripe_object_id, attempt.error_code = stripe_object_id, error_code
    session.flush()
