"""Sign-in: Flask-Security under our own people, our own transactions and our own outbox."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, abort, redirect, render_template, request, session, url_for
from flask_login import current_user
from flask_security import Security, SQLAlchemyUserDatastore, logout_user, uia_email_mapper
from flask_security.confirmable import confirm_email_token_status
from flask_security.signals import user_confirmed
from flask_wtf.csrf import CSRFProtect

from config import Settings
from voucher.accounts.models import User
from voucher.accounts.operations import register, sign_out_everywhere
from voucher.audit.operations import record
from voucher.core import clock
from voucher.core.db import db
from voucher.web import security_forms as forms
from voucher.web.account_mail import OutboxMail
from voucher.web.configuration import settings
from voucher.web.demonstration import init_demonstration
from voucher.web.second_factor import CountedTotp, RecoveryCodes
from voucher.web.security_words import security_words
from voucher.web.sessions import init_sessions
from voucher.web.throttle import init_throttle

csrf = CSRFProtect()
"""Every POST needs a token. A machine's entrance that proves itself otherwise (webhooks) says
`csrf.exempt(blueprint)`."""

ADDRESSES = {
    "SECURITY_LOGIN_URL": "/account/sign-in",
    "SECURITY_LOGOUT_URL": "/account/sign-out",
    "SECURITY_REGISTER_URL": "/account/register",
    "SECURITY_CONFIRM_URL": "/account/confirm",
    "SECURITY_RESET_URL": "/account/password/reset",
    "SECURITY_CHANGE_URL": "/account/password",
    "SECURITY_VERIFY_URL": "/account/verify",
    "SECURITY_TWO_FACTOR_SETUP_URL": "/account/app",
    "SECURITY_TWO_FACTOR_TOKEN_VALIDATION_URL": "/account/code",
    "SECURITY_TWO_FACTOR_RESCUE_URL": "/account/code/rescue",
    "SECURITY_TWO_FACTOR_SELECT_URL": "/account/code/select",
    "SECURITY_MULTI_FACTOR_RECOVERY_CODES_URL": "/account/recovery-codes",
    "SECURITY_MULTI_FACTOR_RECOVERY_URL": "/account/recovery-code",
    "SECURITY_POST_LOGIN_VIEW": "account.home",
    "SECURITY_POST_LOGOUT_VIEW": "/",
    "SECURITY_POST_REGISTER_VIEW": "security.login",
    "SECURITY_POST_CHANGE_VIEW": "account.details",
    "SECURITY_POST_VERIFY_VIEW": "account.details",
    "SECURITY_TWO_FACTOR_POST_SETUP_VIEW": "account.details",
}
FEATURES = {
    "SECURITY_REGISTERABLE": True,
    "SECURITY_CONFIRMABLE": True,
    "SECURITY_RECOVERABLE": True,
    "SECURITY_CHANGEABLE": True,
    "SECURITY_TWO_FACTOR": True,
    "SECURITY_TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
    "SECURITY_TWO_FACTOR_ALWAYS_VALIDATE": True,
    "SECURITY_TWO_FACTOR_RESCUE_EMAIL": False,
    # Seconds around now in which a code counts: the step before, this one, the next.
    "SECURITY_TWO_FACTOR_AUTHENTICATOR_VALIDITY": 30,
    "SECURITY_MULTI_FACTOR_RECOVERY_CODES": True,
    "SECURITY_MULTI_FACTOR_RECOVERY_CODES_N": 8,
    "SECURITY_RETURN_GENERIC_RESPONSES": True,
    "SECURITY_USER_IDENTITY_ATTRIBUTES": [
        # Addresses are stored in lower case, so the unique index answers.
        {"email": {"mapper": uia_email_mapper, "case_insensitive": False}}
    ],
    "SECURITY_API_ENABLED_METHODS": ["session"],
    "SECURITY_JOIN_USER_ROLES": False,
    "SECURITY_STATIC_FOLDER": None,
    "SECURITY_CLI_USERS_NAME": None,
    "SECURITY_CLI_ROLES_NAME": None,
    "SECURITY_CONFIRM_EMAIL_WITHIN": timedelta(days=2),
    "SECURITY_RESET_PASSWORD_WITHIN": timedelta(hours=2),
    "SECURITY_FRESHNESS": timedelta(minutes=30),
    "SECURITY_FRESHNESS_GRACE_PERIOD": timedelta(minutes=10),
    "SECURITY_DATETIME_FACTORY": clock.now,
    "SECURITY_EMAIL_VALIDATOR_ARGS": {"check_deliverability": False, "allow_smtputf8": False},
    "SECURITY_PASSWORD_LENGTH_MIN": 12,
    "SECURITY_PASSWORD_HASH": "argon2",
    "SECURITY_PASSWORD_SCHEMES": ["argon2"],
    # What tokens carry is a digest of a random hash or of the reader's own address.
    "SECURITY_HASHING_SCHEMES": ["hex_sha256"],
    "SECURITY_DEPRECATED_HASHING_SCHEMES": [],
}
SENDING = {
    "security/forgot_password.html": "forgot_password_form",
    "security/send_confirmation.html": "send_confirmation_form",
}
"""The library's pages that only send an email, with the name of their form."""
ARGON2ID = {"memory_cost": 19_456, "time_cost": 2, "parallelism": 1}
"""OWASP, "Password storage": argon2id with 19 MiB, two passes, one lane."""
ARGON2ID_IN_TESTS = {"memory_cost": 64, "time_cost": 1, "parallelism": 1}


class People(SQLAlchemyUserDatastore):
    """The library's door to our people. It never commits: the web's boundary does."""

    def commit(self) -> None:
        """Nothing: see voucher.web.transactions."""

    def set_uniquifier(self, user: User, uniquifier: str | None = None) -> None:
        """End every session of the person: the library asks for it with a new password."""
        sign_out_everywhere(user=user, by=user.id, at=clock.now())

    def create_user(self, **values: Any) -> User:
        """Store a person who registers."""
        return register(
            email=values["email"],
            full_name=values["full_name"],
            password_hash=values["password"],
            at=clock.now(),
        )


def init_security(app: Flask) -> None:
    """Put sign-in on `app`."""
    app.config.from_mapping(security_config(app.extensions["settings"]))
    csrf.init_app(app)
    security = Security(
        app,
        People(db, User, None),
        render_template=_render,
        mail_util_cls=OutboxMail,
        password_util_cls=forms.PasswordRules,
        totp_cls=CountedTotp,
        mf_recovery_codes_util_cls=RecoveryCodes,
        login_form=forms.SignInForm,
        register_form=forms.RegistrationForm,
        forgot_password_form=forms.ForgottenForm,
        send_confirmation_form=forms.ConfirmationForm,
        reset_password_form=forms.NewPasswordForm,
        change_password_form=forms.PasswordChangeForm,
        verify_form=forms.AgainForm,
        two_factor_setup_form=forms.SetUpForm,
        two_factor_rescue_form=forms.RescueForm,
        two_factor_verify_code_form=forms.CodeForm,
        mf_recovery_form=forms.RecoveryForm,
    )
    _keep_to_pages(app, security)
    init_sessions(app, security)
    user_confirmed.connect(_record_confirmation, app)
    init_throttle(app)
    init_demonstration(app, security)
    app.before_request(_end_moved_session)


def security_config(chosen: Settings) -> dict[str, Any]:
    """The library's settings for `chosen`."""
    cost = ARGON2ID_IN_TESTS if chosen.environment == "test" else ARGON2ID
    hashing = {"argon2__type": "ID", **{f"argon2__{name}": value for name, value in cost.items()}}
    return {
        **ADDRESSES,
        **FEATURES,
        **security_words(),
        "SECURITY_PASSWORD_SALT": chosen.password_salt,
        "SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS": hashing,
        "SECURITY_TOTP_SECRETS": {"1": chosen.second_factor_key},
        "SECURITY_TOTP_ISSUER": chosen.scheme_name,
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_KEYS": [chosen.recovery_code_key.encode()],
        "SECURITY_EMAIL_SENDER": chosen.mail_from,
    }


def _keep_to_pages(app: Flask, security: Security) -> None:
    """Take away what the library offers beyond pages: tokens, JSON, confirming by a link."""
    security.login_manager.request_loader(lambda _request: None)
    security.want_json(lambda _request: False)
    app.before_request(_refuse_json)
    views = app.view_functions
    views["security.confirm_email"] = _with_button(views["security.confirm_email"])
    views["security.two_factor_rescue"] = lambda: abort(404)


def _refuse_json() -> None:
    if (request.endpoint or "").startswith("security.") and request.is_json:
        abort(415)


def _with_button(confirm: Any) -> Any:
    """Confirm by POST only: mail scanners open every link, and a link must change nothing."""

    def confirm_email(token: str) -> Any:
        expired, invalid, user = confirm_email_token_status(token)
        if request.method != "POST" and user and not (expired or invalid or user.confirmed_at):
            return render_template(
                "security/confirm_email.html", action=request.path, email=user.email
            )
        if request.method != "POST":
            return _explain_dead_link(expired)
        return confirm(token)

    return confirm_email


def _explain_dead_link(expired: bool) -> Any:
    return render_template("security/dead_link.html", expired=expired), 410


def _record_confirmation(_app: Flask, user: User, **_extra: Any) -> None:
    record(action="user.confirmed", subject=user, at=clock.now(), by=user.id)


def _render(template: str, **context: Any) -> str:
    """Render the library's pages and messages; links name our base address, not the request's.

    Where the library would say “sent” on the page that sends again when somebody comes back to it,
    it is said on a page of its own.
    """
    form = context.get(SENDING.get(template, ""))
    if form is not None and request.method == "POST" and not form.errors:
        abort(redirect(request.path, 303))
    own = {
        name: _on_base(value)
        for name, value in context.items()
        if name.endswith("_link") and isinstance(value, str) and value
    }
    return render_template(template, **{**context, **own})


def _on_base(address: str) -> str:
    parts = urlsplit(address)
    return settings().base_url.rstrip("/") + parts.path + (f"?{parts.query}" if parts.query else "")


def _end_moved_session() -> Any:
    """End a session with a second factor that turns up on another network or browser.

    Flask-Login marks such a session as no longer fresh. Others go on: phones change networks.
    """
    if session.get("_fresh") is not False or not current_user.is_authenticated:
        return None
    if not current_user.has_second_factor:
        return None
    logout_user()
    return redirect(url_for("security.login"))
