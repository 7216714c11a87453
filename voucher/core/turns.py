"""Rows that are due, moved on one after the other: how every job of the worker does it."""

import logging
from collections.abc import Callable, Iterable

from voucher.core.db import transaction

MOST = 500
"""So many rows are moved on in a run; the others are left to the next, so that no job keeps the
rest of the worker waiting."""


def in_turn(
    ids: Iterable[int],
    act: Callable[[int], int | bool],
    *,
    what: str,
    logger: logging.Logger,
    most: int = MOST,
    failed: Callable[[int], object] | None = None,
) -> int:
    """Act on each row in a transaction of its own, until `most` have moved on; the sum of what
    `act` gave.

    One that fails, by whatever fault, is logged and left for the next run. It doesn't count, and
    neither does one for which there was nothing to do: so rows in front that always fail keep
    nobody behind them waiting. `what`: a word for such a row in the log. `failed`: keeps what is
    to be kept of one that failed, in a transaction of its own.
    """
    given = moved = 0
    for id_ in ids:
        if moved == most:
            break
        try:
            with transaction():
                gave = act(id_)
        except Exception:
            logger.exception("%s %s could not be moved on; it will be tried again", what, id_)
            _keep_failure(failed, id_, logger)
            continue
        given += gave
        moved += bool(gave)
    return given


def _keep_failure(failed: Callable[[int], object] | None, id_: int, logger: logging.Logger) -> None:
    if failed is None:
        return
    try:
        with transaction():
            failed(id_)
    except Exception:
        logger.exception("that %s failed could not be kept", id_)
