"""The session in the browser and the row on our side: begun, loaded, noted as used, ended together.

The library keeps a signed cookie and no more, so that a copy of it would outlive signing out. Ours
holds a token besides, without whose live row nobody is signed in. Loading the person and the row is
one statement.
"""

import secrets
from typing import Any

from flask import Flask, Request, current_app, flash, g, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_login import current_user, user_logged_in, user_logged_out
from flask_security import Security
from flask_security.signals import tf_disabled, tf_profile_changed
from flask_security.utils import set_request_attr
from sqlalchemy.exc import OperationalError

from voucher.accounts import operations
from voucher.accounts.models import User
from voucher.accounts.queries import signed_in_session
from voucher.accounts.rules import SEEN_EVERY, session_is_over
from voucher.core import clock
from voucher.core.db import transaction, writing
from voucher.web.problems import PREFIX
from voucher.web.transactions import SAFE_METHODS

KEY = "signed_in"
"""Under which the cookie holds the token."""
SIGNED_OUT = (
    "You have been signed out: you did not use the service for a while, or you signed out or "
    "changed your password elsewhere. Sign in to go on."
)


class SessionsOfPages(SecureCookieSessionInterface):
    """The library's cookie, but for programs, who have a key: no cookie of theirs is looked at."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The session in the request's cookie; an empty one under the programs' interface."""
        if request.path.startswith(PREFIX):
            return self.session_class()
        return super().open_session(app, request)


def init_sessions(app: Flask, security: Security) -> None:
    """Load people by session, and keep the sessions' rows in step with the cookies."""
    app.session_interface = SessionsOfPages()
    security.login_manager.user_loader(_load)
    user_logged_in.connect(_begin, app)
    user_logged_out.connect(_end, app)
    tf_profile_changed.connect(_end_others, app)
    tf_disabled.connect(_end_others, app)
    app.before_request(_note_use)


def _load(uniquifier: str) -> User | None:
    """The person, if their session is live here as well; in one statement."""
    token = session.get(KEY)
    found = signed_in_session(str(uniquifier), token) if token else None
    if found is None or session_is_over(found.session, clock.now()) or not found.user.active:
        return None
    g.session_id, g.last_seen_at = found.session.id, found.session.last_seen_at
    # What the library's own loader notes, for its questions of how fresh a sign-in is.
    set_request_attr("fs_authn_via", "session")
    set_request_attr("fs_paa", session.get("fs_paa", 0))
    return found.user


def _begin(_app: Flask, user: User, **_extra: Any) -> None:
    at = clock.now()
    if KEY in session:
        operations.end_session(token=session[KEY], at=at)
    session[KEY] = secrets.token_urlsafe(32)
    operations.begin_session(user=user, token=session[KEY], at=at)


def _end(_app: Flask, **_extra: Any) -> None:
    token = session.pop(KEY, None)
    if token is None:
        return
    if request.method in SAFE_METHODS:
        # A session that moved ends on a GET, whose own transaction writes nothing.
        with writing(), transaction():
            operations.end_session(token=token, at=clock.now())
    else:
        operations.end_session(token=token, at=clock.now())


def _end_others(_app: Flask, user: User, **_extra: Any) -> None:
    """A new app, or none any more: whoever signed in with the old one signs in again."""
    operations.end_other_sessions(user=user, token=session.get(KEY, ""), at=clock.now())


def _note_use() -> None:
    """Note, once a minute, that the session is used; tell somebody whose session is over."""
    if request.endpoint in (None, "static") or KEY not in session:
        return
    if not current_user.is_authenticated:
        session.pop(KEY)
        session.pop("_user_id", None)
        flash(SIGNED_OUT, "important")
        return
    at = clock.now()
    if g.last_seen_at > at - SEEN_EVERY:
        return
    try:
        with writing(), transaction():
            operations.see_session(session_id=g.session_id, at=at)
    except OperationalError:
        current_app.logger.warning("the use of a session could not be noted: the database is busy")
