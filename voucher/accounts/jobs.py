"""What the worker does for accounts."""

from datetime import datetime

from voucher.accounts.operations.sessions import forget_sessions
from voucher.core.db import transaction


def forget_old_sessions(at: datetime) -> int:
    """Delete what is kept of sessions that are long over; how many."""
    with transaction():
        return forget_sessions(at=at)
