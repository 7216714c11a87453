"""The sign-in library's messages: into the outbox, with links that name this service and no other.

The library builds links from the request's Host header, which the sender of a request may choose;
the templates here build theirs from the base address in the settings.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import current_app, render_template, url_for
from flask_security import EmailValidateException, MailUtil

from voucher.core import clock
from voucher.core.db import session
from voucher.notifications.operations import enqueue
from voucher.web.configuration import settings

SECONDS_BETWEEN_LINKS = 60
LINKS = frozenset(
    {"welcome", "welcome_existing", "confirmation_instructions", "reset_instructions"}
)
"""Messages that anybody can cause by typing an address: at most one a minute for each address."""

LINK_LIVES = {
    "welcome": "SECURITY_CONFIRM_EMAIL_WITHIN",
    "welcome_existing": "SECURITY_CONFIRM_EMAIL_WITHIN",
    "confirmation_instructions": "SECURITY_CONFIRM_EMAIL_WITHIN",
    "reset_instructions": "SECURITY_RESET_PASSWORD_WITHIN",
}
"""How long the link in a message lives, by the setting that says so (the longer one of two)."""

SUBJECTS = {"welcome_existing": "You already have an account"}
"""Where the library uses one subject for two messages."""


class OutboxMail(MailUtil):
    """Addresses in lower case, without asking the DNS; messages into the outbox."""

    def send_mail(
        self,
        template: str,
        subject: str,
        recipient: Any,
        sender: Any,
        body: str | None,
        html: str | None,
        **context: Any,
    ) -> None:
        """Put the rendered message into the outbox; the worker sends it after the commit."""
        session.flush()
        user = context.get("user")
        now = clock.now()
        name = template.rsplit("/", 1)[-1]
        subject = SUBJECTS.get(name, subject)
        enqueue(
            once_key=_once_key(name, user, now),
            kind=f"account.{name}",
            recipient=str(recipient),
            user_id=getattr(user, "id", None),
            subject=str(subject),
            text_body=body or "",
            html_body=html or "",
            at=now,
            link_ends_at=_link_ends_at(name, now),
        )

    def normalize(self, email: str) -> str:
        """The address in its standard form, lower case. Raises EmailValidateException."""
        return _lower(super().normalize(email))

    def validate(self, email: str) -> str:
        """The same: whether mail arrives is found out by sending it."""
        return _lower(super().normalize(email))


def _lower(email: str) -> str:
    if len(email.lower()) > 254:
        raise EmailValidateException("The address is too long.")
    return email.lower()


def _once_key(name: str, user: Any, now: datetime) -> str:
    if name not in LINKS or user is None:
        return f"account.{name}:{secrets.token_hex(8)}"
    return f"account.{name}:{user.id}:{int(now.timestamp()) // SECONDS_BETWEEN_LINKS}"


def _link_ends_at(name: str, now: datetime) -> datetime | None:
    setting = LINK_LIVES.get(name)
    return now + current_app.config[setting] if setting else None


def link_to(endpoint: str, **values: Any) -> str:
    """The full address of a page, on the base address of the settings."""
    return settings().base_url.rstrip("/") + url_for(endpoint, **values)


def send_to_person(
    *,
    template: str,
    subject: str,
    recipient: str,
    user_id: int | None,
    once_key: str,
    context: Mapping[str, Any],
    at: datetime,
    link_ends_at: datetime | None = None,
) -> None:
    """Put a message into the outbox, made from `account/email/<template>.txt` and `.html`."""
    words = {"link_to": link_to, **context}
    enqueue(
        once_key=once_key,
        kind=f"account.{template}",
        recipient=recipient,
        user_id=user_id,
        subject=subject,
        text_body=render_template(f"account/email/{template}.txt", **words),
        html_body=render_template(f"account/email/{template}.html", **words),
        at=at,
        link_ends_at=link_ends_at,
    )
