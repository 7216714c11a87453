"""Sessions kept here as well as in the browser: begun by signing in, ended by signing out.

The cookie holds a random token, this side its digest. A copy of the cookie is worth nothing once
the row has ended, however it was stolen.
"""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, update

from voucher.accounts.models import SignedInSession, User
from voucher.accounts.rules import token_digest
from voucher.audit.operations import record
from voucher.core.db import session

KEPT_AFTER_THE_END = timedelta(days=30)


def begin_session(*, user: User, token: str, at: datetime) -> SignedInSession:
    """Keep that the person has signed in; `token` is what the browser's cookie is to hold."""
    begun = SignedInSession(
        user_id=user.id,
        token_digest=token_digest(token),
        for_staff=user.check_tf_required_setup(),
        began_at=at,
        last_seen_at=at,
    )
    session.add(begun)
    session.flush()
    return begun


def see_session(*, session_id: int, at: datetime) -> None:
    """Note that the session was used. One that has ended stays ended."""
    seen = (
        update(SignedInSession)
        .where(
            SignedInSession.id == session_id,
            SignedInSession.ended_at.is_(None),
            SignedInSession.last_seen_at < at,
        )
        .values(last_seen_at=at)
        .execution_options(synchronize_session=False)
    )
    session.execute(seen)


def end_session(*, token: str, at: datetime) -> None:
    """End the session of that token, for every copy of the cookie; nothing if it has ended."""
    _end(SignedInSession.token_digest == token_digest(token), at=at)


def end_other_sessions(*, user: User, token: str, at: datetime) -> None:
    """End every session of the person but the one of `token`."""
    others = SignedInSession.token_digest != token_digest(token)
    _end(SignedInSession.user_id == user.id, others, at=at)


def sign_out_everywhere(*, user: User, by: int, at: datetime) -> None:
    """End every session of the person, and what else names them in a browser (the uniquifier)."""
    user.fs_uniquifier = fresh_uniquifier()
    _end(SignedInSession.user_id == user.id, at=at)
    record(action="user.signed_out_everywhere", subject=user, at=at, by=by)


def forget_sessions(*, at: datetime) -> int:
    """Delete sessions that ended, or were last used, thirty days before `at`; how many."""
    before = at - KEPT_AFTER_THE_END
    old = delete(SignedInSession).where(
        or_(SignedInSession.ended_at < before, SignedInSession.last_seen_at < before)
    )
    return session.execute(old.execution_options(synchronize_session=False)).rowcount


def fresh_uniquifier() -> str:
    """A new name of a person for cookies: 64 random hexadecimal digits."""
    return secrets.token_hex(32)


def _end(*which: object, at: datetime) -> None:
    ending = update(SignedInSession).where(SignedInSession.ended_at.is_(None), *which)  # type: ignore[arg-type]
    session.execute(ending.values(ended_at=at).execution_options(synchronize_session="fetch"))
