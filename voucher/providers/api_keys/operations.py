"""Writes on keys: made, replaced by another, revoked, used; and the answers that are kept."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, update

from voucher.audit.operations import record
from voucher.core.db import lock, session, take_turn, translating_constraints
from voucher.core.errors import Conflict, Invalid
from voucher.core.references import make_reference
from voucher.providers.api_keys.models import ApiAnswer, ApiKey
from voucher.providers.api_keys.queries import kept_answer, live_keys
from voucher.providers.api_keys.rules import (
    ANSWERS_KEPT,
    HINT_CHARACTERS,
    LIVES_DAYS,
    MOST_LIVE,
    OVERLAP,
    SECRET_BYTES,
    Caller,
    Scope,
    is_live,
    make_secret,
    secret_digest,
)
from voucher.providers.models import Provider


def make_key(
    *, provider_id: int, name: str, scopes: Iterable[str], life_days: int, by: int, at: datetime
) -> tuple[ApiKey, str]:
    """Make a key for the provider; gives it and its secret, which is stored nowhere.

    Raises Invalid for a name of nothing, no scope or an unknown one, a life that is not offered;
    Conflict for one key too many.
    """
    lock(Provider, provider_id)
    if len(live_keys(provider_id, at)) >= MOST_LIVE:
        raise Conflict(f"You have {MOST_LIVE} keys already. Revoke one that you no longer need.")
    chosen = [scope.value for scope in Scope if scope.value in set(scopes)]
    if not name.strip():
        raise Invalid("Enter a name for the key.", "name")
    if not chosen or len(chosen) != len(set(scopes)):
        raise Invalid("Select what the key may do.", "scopes")
    if life_days not in LIVES_DAYS:
        raise Invalid("Select how long the key is to work.", "life_days")
    key, secret = _made(provider_id, name.strip(), chosen, timedelta(days=life_days), by, at)
    details = {"provider": provider_id, "scopes": chosen, "days": life_days}
    record(action="api_key.made", subject=key, at=at, by=by, details=details)
    return key, secret


def _made(
    provider_id: int, name: str, scopes: list[str], life: timedelta, by: int, at: datetime
) -> tuple[ApiKey, str]:
    secret = make_secret(secrets.token_bytes(SECRET_BYTES))
    key = ApiKey(
        reference=make_reference("KEY", secrets.token_bytes(5)),
        provider_id=provider_id,
        name=name,
        scopes=scopes,
        secret_digest=secret_digest(secret),
        hint=secret[:HINT_CHARACTERS],
        made_at=at,
        made_by_id=by,
        expires_at=at + life,
    )
    session.add(key)
    session.flush()
    return key, secret


def rotate_key(*, key: ApiKey, by: int, at: datetime) -> tuple[ApiKey, str]:
    """Put another key in the place of one that counts; gives it and its secret.

    After: the new one has the name, the scopes and the length of life of the old one, which goes on
    working for seven days, so that no program stops while it is told. Raises Conflict for a key
    that no longer counts or was replaced already.
    """
    old = lock(ApiKey, key.id)
    if not is_live(old, at) or old.replaced_by_id is not None:
        raise Conflict("This key has been replaced, revoked or has expired already.")
    life = old.expires_at - old.made_at
    made, secret = _made(old.provider_id, old.name, list(old.scopes), life, by, at)
    old.replaced_by_id, old.ends_at = made.id, min(old.expires_at, at + OVERLAP)
    details = {"provider": old.provider_id, "replaced_by": made.id}
    record(action="api_key.rotated", subject=old, at=at, by=by, details=details)
    return made, secret


def revoke_key(*, key: ApiKey, by: int, at: datetime) -> None:
    """Let the key count no more, from now on. Raises Conflict for one that does not count."""
    locked = lock(ApiKey, key.id)
    if not is_live(locked, at):
        raise Conflict("This key has been revoked or has expired already.")
    locked.revoked_at, locked.revoked_by_id = at, by
    details = {"provider": locked.provider_id}
    record(action="api_key.revoked", subject=locked, at=at, by=by, details=details)


def note_use(*, key_id: int, at: datetime) -> None:
    """Note that the key was used."""
    used = update(ApiKey).where(ApiKey.id == key_id).values(last_used_at=at)
    session.execute(used.execution_options(synchronize_session=False))


def record_act(*, caller: Caller, operation: str, subject: str, at: datetime) -> None:
    """Write on record that the key did `operation` to the record of the reference `subject`.

    What was done has its own event, by the key's maker; this one says that a key did it for them.
    """
    key = session.get_one(ApiKey, caller.key_id)
    details: dict[str, Any] = {"operation": operation, "record": subject}
    details["provider"] = caller.provider_id
    record(action="api_key.acted", subject=key, at=at, by=caller.user_id, details=details)


def answer_before(
    *, provider_id: int, idempotency_key: str, request_sha256: str
) -> ApiAnswer | None:
    """What this request was answered before, or None if it is to be carried out now.

    After None: nobody else carries out a request under this key until the transaction ends. Raises
    Conflict while somebody does, Invalid where the key was used for another request.
    """
    name = hashlib.sha256(f"{provider_id}\x00{idempotency_key}".encode()).digest()
    if not take_turn(int.from_bytes(name[:8], "big", signed=True)):
        raise Conflict(
            "A request with this idempotency key is being carried out. Try again in a moment.",
            code="request_in_progress",
        )
    found = kept_answer(provider_id, idempotency_key)
    if found is not None and found.request_sha256 != request_sha256:
        raise Invalid(
            "This idempotency key was used for another request. Use a new one for each.",
            code="idempotency_key_reused",
        )
    return found


def keep_answer(
    *,
    caller: Caller,
    idempotency_key: str,
    request_sha256: str,
    status: int,
    body: str,
    location: str | None,
    at: datetime,
) -> ApiAnswer:
    """Keep what the request was answered, in the transaction of what it did."""
    kept = ApiAnswer(
        provider_id=caller.provider_id,
        key_id=caller.key_id,
        idempotency_key=idempotency_key,
        request_sha256=request_sha256,
        status=status,
        body=body,
        location=location,
        answered_at=at,
    )
    with translating_constraints():
        session.add(kept)
        session.flush()
    return kept


def forget_answers(*, at: datetime) -> int:
    """Delete answers that nobody repeats the request of any more; how many."""
    old = delete(ApiAnswer).where(ApiAnswer.answered_at < at - ANSWERS_KEPT)
    return session.execute(old.execution_options(synchronize_session=False)).rowcount
