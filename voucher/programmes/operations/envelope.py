"""The three sums of a round, changed by one guarded UPDATE each time."""

from typing import Any

from sqlalchemy import update

from voucher.core.db import session
from voucher.core.errors import Conflict
from voucher.programmes.models import Round


def shift(round_id: int, guard: Any, words: str, **sums: Any) -> None:
    """Set `sums` of the round where `guard` holds; otherwise raise Conflict with `words`.

    The row stays locked until the transaction ends. Who changes two rounds takes the one with the
    lower id first.
    """
    session.flush()
    moved = session.execute(
        update(Round)
        .where(Round.id == round_id, guard)
        .values(**sums)
        .execution_options(synchronize_session=False)
    )
    if moved.rowcount != 1:
        raise Conflict(words)
    for row in session.identity_map.values():
        if isinstance(row, Round) and row.id == round_id:
            session.expire(row, list(sums))
