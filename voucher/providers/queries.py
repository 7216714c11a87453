"""Reads of providers."""

from collections.abc import Sequence

from sqlalchemy import select

from voucher.core.db import session
from voucher.providers.models import Provider


def provider_names(provider_ids: Sequence[int]) -> dict[int, str]:
    """Names by id, in one statement; none for no ids."""
    if not provider_ids:
        return {}
    query = select(Provider.id, Provider.name).where(Provider.id.in_(provider_ids))
    return {row.id: row.name for row in session.execute(query)}
