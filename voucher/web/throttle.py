"""Guessing is slowed down; nobody is locked out.

Attempts are counted for each address on the network, and for each account. An account's count
shared by the whole world would let anybody lock a rival out by guessing on purpose; so a device on
which the person has signed in before carries a signed cookie and is counted for itself (OWASP,
"Slow down online guessing attacks with device cookies").
"""

import hmac
import secrets
from typing import Any

from flask import Flask, Response, after_this_request, current_app, request, session
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import current_user
from flask_security.signals import password_reset, user_authenticated
from itsdangerous import BadSignature, URLSafeSerializer

from voucher.web.configuration import settings

DEVICE_COOKIE = "voucher_device"
DEVICE_SECONDS = 180 * 24 * 60 * 60
MOST_PEOPLE_ON_A_DEVICE = 5

FOR_AN_ADDRESS = "40 per minute; 400 per hour"
FOR_A_PERSON_HERE = "10 per 10 minutes"
FOR_A_PERSON_ANYWHERE = "60 per hour"
FOR_MAIL = "20 per 10 minutes; 60 per hour"

GUESSABLE = (
    "security.login",
    "security.two_factor_token_validation",
    "security.mf_recovery",
    "security.verify",
    "security.change_password",
)
MAILING = ("security.register", "security.forgot_password", "security.send_confirmation")
TOO_MANY = "Too many attempts in a short time. Wait ten minutes, then try again."


def init_throttle(app: Flask) -> None:
    """Put the limits on the sign-in library's views. Call after they are registered."""
    limiter = Limiter(key_func=get_remote_address, app=app)
    for endpoint in GUESSABLE:
        _limit(app, limiter, endpoint, FOR_AN_ADDRESS)
        _limit(app, limiter, endpoint, FOR_A_PERSON_HERE, key_func=_person_here)
        _limit(
            app,
            limiter,
            endpoint,
            FOR_A_PERSON_ANYWHERE,
            key_func=_person_anywhere,
            exempt_when=_known_device,
        )
    for endpoint in MAILING:
        _limit(app, limiter, endpoint, FOR_MAIL)
    user_authenticated.connect(_remember_device, app)
    password_reset.connect(_remember_device, app)


def _limit(app: Flask, limiter: Limiter, endpoint: str, limits: str, **how: Any) -> None:
    view = app.view_functions[endpoint]
    decorate = limiter.limit(limits, methods=["POST"], error_message=TOO_MANY, **how)
    app.view_functions[endpoint] = decorate(view)


def _account() -> str:
    """Whose account is tried: by form, by half-finished sign-in, or by session; as a digest."""
    if current_user and current_user.is_authenticated:
        return _digest(current_user.email)
    return _digest(request.form.get("email") or session.get("tf_user_id") or "")


def _digest(name: str) -> str:
    key = settings().digest_key.encode()
    return hmac.new(key, b"account\x00" + name.strip().lower().encode(), "sha256").hexdigest()[:32]


def _person_here() -> str:
    nonce = _device()[0] if _known_device() else get_remote_address()
    return f"here:{_account()}:{nonce}"


def _person_anywhere() -> str:
    return f"anywhere:{_account()}"


def _known_device() -> bool:
    return _account() in _device()[1]


def _device() -> tuple[str, list[str]]:
    """The device's nonce and the accounts that have signed in on it."""
    try:
        nonce, accounts = _signer().loads(request.cookies.get(DEVICE_COOKIE, ""))
    except (BadSignature, ValueError):
        return "", []
    return nonce, accounts


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="known-device")


def _remember_device(_app: Flask, user: Any, **_extra: Any) -> None:
    """Mark the device as one that the person has signed in on, or proved their mailbox on.

    The half-finished sign-in names the person by the session's identifier, so both are kept.
    """
    nonce, accounts = _device()
    own = [_digest(user.email), _digest(user.fs_uniquifier)]
    others = [account for account in accounts if account not in own]
    kept = [*own, *others][: 2 * MOST_PEOPLE_ON_A_DEVICE]
    value = _signer().dumps([nonce or secrets.token_hex(8), kept])

    @after_this_request
    def _set(response: Response) -> Response:
        response.set_cookie(
            DEVICE_COOKIE,
            str(value),
            max_age=DEVICE_SECONDS,
            httponly=True,
            secure=current_app.config["SESSION_COOKIE_SECURE"],
            samesite="Lax",
        )
        return response
