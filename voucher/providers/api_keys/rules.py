"""What a key may be, what may be done with it, and when it no longer counts. Pure."""

import base64
import hashlib
import hmac
import json
import re
import zlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from voucher.accounts.permissions import Permission
from voucher.core.errors import DomainError
from voucher.core.status import Status

PREFIX = "ttvkey_"
"""What every secret begins with, so that whoever scans published code can tell one."""
SECRET_BYTES = 32
HINT_CHARACTERS = len(PREFIX) + 4
OVERLAP = timedelta(days=7)
"""How long a key goes on working beside the one that takes its place."""
LIVES_DAYS = (90, 365, 730)
"""How long a key may be made for."""
MOST_LIVE = 20
SEEN_EVERY = timedelta(minutes=1)
"""How exactly the last use of a key is known: a write for every request would be dear."""
ANSWERS_KEPT = timedelta(hours=48)
"""How long an answer is given again. Promised are 24 hours; the rest is for clocks and queues."""

_SECRET = re.compile(rf"{PREFIX}([0-9A-Za-z_-]{{43}})([0-9a-f]{{8}})", re.ASCII)


class Scope(Status):
    """One thing that a key may be allowed; its label is for the person who makes the key."""

    VOUCHERS_READ = "vouchers:read", "See what a voucher is worth, and what was redeemed"
    VOUCHERS_REDEEM = "vouchers:redeem", "Redeem vouchers"
    CLAIMS_READ = "claims:read", "See claims"
    CLAIMS_WRITE = "claims:write", "Write and send claims"
    PAYOUTS_READ = "payouts:read", "See payments"
    STATEMENTS_READ = "statements:read", "See monthly statements"


NEEDS = {
    Scope.VOUCHERS_READ: Permission.PROVIDER_WORK,
    Scope.VOUCHERS_REDEEM: Permission.PROVIDER_WORK,
    Scope.CLAIMS_READ: Permission.PROVIDER_WORK,
    Scope.CLAIMS_WRITE: Permission.PROVIDER_WORK,
    Scope.PAYOUTS_READ: Permission.PROVIDER_MONEY,
    Scope.STATEMENTS_READ: Permission.PROVIDER_MONEY,
}
"""What the key's maker must be permitted on the pages, by scope: a key never does more."""


class KeyRefused(DomainError):
    """A request was not let in: there is no such key, or it no longer counts."""

    code = "key_unknown"


class KeyFacts(Protocol):
    """What the rules ask of a key."""

    expires_at: datetime
    ends_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True)
class Caller:
    """A key that was let in, and the person in whose name it acts."""

    key_id: int
    reference: str
    name: str
    provider_id: int
    user_id: int
    scopes: frozenset[Scope]
    expires_at: datetime
    last_used_at: datetime | None


def make_secret(entropy: bytes) -> str:
    """The secret of 32 random bytes: prefix, 43 URL-safe characters, CRC-32 as a check.

    The check lets a scanner of published code tell a secret from a word that looks like one without
    asking us. Raises ValueError for any other number of bytes.
    """
    if len(entropy) != SECRET_BYTES:
        raise ValueError("a secret is made of 32 random bytes")
    body = base64.urlsafe_b64encode(entropy).decode("ascii").rstrip("=")
    return f"{PREFIX}{body}{_check(body)}"


def is_wellformed(secret: str) -> bool:
    """Whether `secret` has the form and the check of one."""
    found = _SECRET.fullmatch(secret)
    return found is not None and hmac.compare_digest(found[2], _check(found[1]))


def _check(body: str) -> str:
    return f"{zlib.crc32((PREFIX + body).encode('ascii')):08x}"


def secret_digest(secret: str) -> str:
    """SHA-256 (hex) of a secret, as stored. The secret has 256 bits, so no key is needed."""
    return hashlib.sha256(secret.encode("utf-8")).hexdigest()


def works_until(key: KeyFacts) -> datetime:
    """The moment from which the key no longer counts, unless it is revoked before."""
    return min(key.expires_at, key.ends_at or key.expires_at)


def is_live(key: KeyFacts, at: datetime) -> bool:
    """Whether the key counts at `at`."""
    return key.revoked_at is None and at < works_until(key)


def refuse_dead(key: KeyFacts, at: datetime) -> None:
    """Raise KeyRefused for a key that was revoked, or whose time is over."""
    if key.revoked_at is not None:
        raise KeyRefused("This key has been revoked.", code="key_revoked")
    if at >= works_until(key):
        words = "This key has expired. Make another, or use the one that took its place."
        raise KeyRefused(words, code="key_expired")


def permitted_scopes(
    scopes: Iterable[str], permissions: Collection[Permission]
) -> frozenset[Scope]:
    """Those of a key's scopes that its maker's permissions still cover."""
    known = {scope.value: scope for scope in Scope}
    found = (known[scope] for scope in scopes if scope in known)
    return frozenset(scope for scope in found if NEEDS[scope] in permissions)


def request_digest(operation: str, path: str, content: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of what was asked: the same for requests that mean the same.

    `content` is plain JSON values, of a file its hash: spaces, the order of names and the boundary
    of a form make no difference.
    """
    text = json.dumps([operation, path, content], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
