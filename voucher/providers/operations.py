"""Writes on providers."""

import secrets
from datetime import datetime

from voucher.audit.operations import record
from voucher.core.db import session
from voucher.core.errors import Invalid
from voucher.core.references import make_reference
from voucher.core.status import opened
from voucher.providers.models import (
    DueDiligenceItem,
    DueDiligenceKind,
    DueDiligenceStatus,
    Provider,
    ProviderStatus,
)

LONGEST_NAME = 160


def register(*, name: str, by: int | None, at: datetime) -> Provider:
    """Enter a provider that so far has a name and an empty checklist. Raises Invalid without one.

    The caller makes `by` a member of it (accounts), in the same transaction.
    """
    tidy = " ".join(name.split())
    if not tidy:
        raise Invalid("Enter the name of the organisation.", "name")
    if len(tidy) > LONGEST_NAME:
        raise Invalid(f"The name must be {LONGEST_NAME} characters or fewer.", "name")
    provider = Provider(
        reference=make_reference("PRV", secrets.token_bytes(5)),
        name=tidy,
        status=ProviderStatus.DRAFT,
        created_at=at,
        created_by_id=by,
    )
    session.add(provider)
    opened(provider, at=at, by=by)
    for kind in DueDiligenceKind:
        session.add(
            DueDiligenceItem(provider_id=provider.id, kind=kind, status=DueDiligenceStatus.WAITING)
        )
    record(action="provider.registered", subject=provider, at=at, by=by)
    return provider
