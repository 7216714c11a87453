"""Reads of keys: by secret with everything that decides whether it is let in, and for the page."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from voucher.accounts.models import Membership, User
from voucher.accounts.rules import Member, capacities
from voucher.core.db import session
from voucher.core.errors import NotFound, NotPermitted
from voucher.core.references import normalise_reference
from voucher.providers.api_keys.models import ApiAnswer, ApiKey
from voucher.providers.api_keys.rules import (
    Caller,
    KeyRefused,
    is_live,
    is_wellformed,
    permitted_scopes,
    refuse_dead,
    secret_digest,
)
from voucher.providers.models import Provider, ProviderStatus


def caller_of(secret: str, at: datetime) -> Caller:
    """Who acts with this secret at `at`.

    Raises KeyRefused for a secret that is none, unknown, revoked or expired; NotPermitted while the
    provider is suspended, and when the key's maker no longer acts for the provider.
    """
    if not is_wellformed(secret):
        raise KeyRefused("We don’t know this key.")
    digest = secret_digest(secret)
    query = (
        select(ApiKey, User, Provider.status)
        .join(User, User.id == ApiKey.made_by_id)
        .join(Provider, Provider.id == ApiKey.provider_id)
        .where(ApiKey.secret_digest == digest)
        .execution_options(populate_existing=True)
    )
    found = session.execute(query).one_or_none()
    if found is None or not hmac.compare_digest(found[0].secret_digest, digest):
        raise KeyRefused("We don’t know this key.")
    key, maker, status = found
    refuse_dead(key, at)
    member = _member(key, maker)
    if status is ProviderStatus.SUSPENDED:
        words = "Your registration is suspended, so keys do not work at the moment."
        raise NotPermitted(words, code="provider_suspended")
    return Caller(
        key_id=key.id,
        reference=key.reference,
        name=key.name,
        provider_id=key.provider_id,
        user_id=maker.id,
        scopes=permitted_scopes(key.scopes, member.permissions),
        expires_at=key.expires_at if key.ends_at is None else key.ends_at,
        last_used_at=key.last_used_at,
    )


def _member(key: ApiKey, maker: User) -> Member:
    """The maker's capacity for the provider, or NotPermitted when they have left or are barred."""
    held = select(Membership).where(
        Membership.user_id == maker.id, Membership.provider_id == key.provider_id
    )
    members = capacities(session.execute(held).scalars())
    if not members or not maker.active:
        words = (
            "Whoever made this key no longer acts for the provider. Somebody else must make one."
        )
        raise NotPermitted(words, code="key_maker_left")
    return members[0]


@dataclass(frozen=True)
class ShownKey:
    """A key as the provider's page shows it."""

    key: ApiKey
    made_by: str
    live: bool


def keys_of(provider_id: int, at: datetime) -> list[ShownKey]:
    """Every key of one provider: those that count first, then the latest first."""
    query = (
        select(ApiKey, User.full_name)
        .join(User, User.id == ApiKey.made_by_id)
        .where(ApiKey.provider_id == provider_id)
        .order_by(ApiKey.id.desc())
    )
    found = [ShownKey(key, name, is_live(key, at)) for key, name in session.execute(query)]
    return sorted(found, key=lambda one: not one.live)


def key_of(provider_id: int, reference: str, at: datetime) -> ShownKey:
    """One key of this provider; NotFound for anybody else's."""
    wanted = normalise_reference(reference)
    found = next((one for one in keys_of(provider_id, at) if one.key.reference == wanted), None)
    if found is None:
        raise NotFound("There is no such key.")
    return found


def live_keys(provider_id: int, at: datetime) -> Sequence[ApiKey]:
    """The keys of one provider that count at `at`."""
    return [one.key for one in keys_of(provider_id, at) if one.live]


def kept_answer(provider_id: int, idempotency_key: str) -> ApiAnswer | None:
    """What the request under this idempotency key was answered, if it was carried out."""
    query = select(ApiAnswer).where(
        ApiAnswer.provider_id == provider_id, ApiAnswer.idempotency_key == idempotency_key
    )
    return session.execute(query).scalar_one_or_none()
