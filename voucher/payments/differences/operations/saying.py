"""What officers say about a movement in suspense, kept word for word."""

from datetime import datetime

from voucher.core.db import session
from voucher.payments.differences.models import (
    MovementSaying,
    MovementWord,
    Outcome,
    UnexplainedMovement,
)


def keep_saying(
    row: UnexplainedMovement,
    word: MovementWord,
    note: str | None,
    outcome: Outcome | None,
    by: int,
    at: datetime,
) -> None:
    """Keep what was said, by whom and why, also when something else is said later."""
    said = MovementSaying(movement_id=row.id, word=word, outcome=outcome, note=note)
    said.said_at, said.said_by_id = at, by
    session.add(said)
