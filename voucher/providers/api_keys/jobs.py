"""What the worker does for keys."""

from datetime import datetime

from voucher.core.db import transaction
from voucher.providers.api_keys.operations import forget_answers


def forget_old_answers(at: datetime) -> int:
    """Delete the answers that are no longer given again; how many."""
    with transaction():
        return forget_answers(at=at)
