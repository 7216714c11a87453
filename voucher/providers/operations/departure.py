"""A provider that is insolvent or gone: suspended at once, and what it leaves is put in order.

Its choices are given back to the businesses by `vouchers.operations.departure`, one by one.
"""

from datetime import datetime

from voucher.audit.operations import record
from voucher.core.db import session
from voucher.core.errors import Conflict
from voucher.providers.models import Departure, Provider, ProviderStatus
from voucher.providers.operations.due_diligence import reason_of, require_outsider, suspend
from voucher.providers.operations.registration import lock_provider


def mark_gone(
    *, provider: Provider, departure: Departure, reason: str, by: int, at: datetime
) -> None:
    """Say that a provider is gone, why, and how that was found out (`reason`).

    Before: approved or suspended. After: SUSPENDED and `gone_as` set: its offerings are on no list,
    nothing is accepted, redeemed, approved or paid; what it is owed waits for a person. Raises
    Invalid on "reason", Conflict when it is marked already or was never approved, NotPermitted for
    a member of it.
    """
    words = reason_of(reason)
    locked = lock_provider(provider.id)
    require_outsider(by, locked.id)
    if locked.gone_as is not None:
        raise Conflict("This provider is marked as gone already.")
    if locked.status is ProviderStatus.APPROVED:
        suspend(provider=locked, reason=words, by=by, at=at)
    elif locked.status is not ProviderStatus.SUSPENDED:
        raise Conflict("Only a provider that was approved can be marked as gone.")
    locked.gone_as, locked.suspension_reason = departure, words
    session.flush()
    details = {"gone_as": departure.value}
    record(action="provider.gone", subject=locked, at=at, by=by, details=details)
