"""How long one errand to Stripe may last: a look-up and the request after it, repetitions included.

A machine may stand still between two tries, for a day if it is suspended. Meanwhile its lease has
run out, another worker may have concluded that the request never happened, and Stripe may have
forgotten the key under which a repetition would be harmless. So nothing is asked any more, and
nothing repeated, once the time is over; the outcome counts as unknown and is looked up anew.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta

from voucher.core import clock

LONGEST_ERRAND = timedelta(minutes=4)
"""Longer than two requests with all their repetitions, shorter than a worker's lease."""

_began: ContextVar[datetime | None] = ContextVar("errand_began", default=None)


@contextmanager
def errand() -> Iterator[None]:
    """All requests inside are of one errand; inside another one this begins none of its own."""
    if _began.get() is not None:
        yield
        return
    token = _began.set(clock.now())
    try:
        yield
    finally:
        _began.reset(token)


def is_over() -> bool:
    """Whether the errand under way has lasted too long for anything more to be asked."""
    began = _began.get()
    return began is not None and clock.now() - began > LONGEST_ERRAND
