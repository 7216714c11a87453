"""The SMTP gateway: the only importer of smtplib."""

import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from enum import StrEnum
from functools import cache
from ipaddress import ip_address

from voucher.integrations.mail.letter import Letter, compose

LOOPBACK = "[127.0.0.1]"


class MailRefused(Exception):
    """The server, or the form of the letter itself, refused it.

    `permanent` says that the same letter will be refused again: don't try, tell somebody. Otherwise
    (greylisting, full mailbox) try later. Nothing was delivered.
    """

    def __init__(self, reason: str, *, permanent: bool) -> None:
        super().__init__(reason)
        self.permanent = permanent


class MailUnavailable(Exception):
    """The server could not be reached, or fell silent, or does not let us in. Try later.

    Where the connection broke after the letter had been handed over it may have been delivered all
    the same: send again with the same message id.
    """


class Security(StrEnum):
    """How the connection is protected."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


class SmtpGateway:
    """One mail server. Holds no connection between letters; safe to share between threads."""

    def __init__(
        self,
        *,
        host: str,
        port: int,
        sender: str,
        sender_name: str,
        security: Security = Security.STARTTLS,
        username: str | None = None,
        password: str | None = None,
        timeout_seconds: float = 10,
    ) -> None:
        self._host, self._port, self._timeout = host, port, timeout_seconds
        self._sender, self._sender_name = sender, sender_name
        self._security = Security(security)
        self._username, self._password = username, password

    def send(self, letter: Letter) -> None:
        """Hand `letter` to the server; returning means that the server took it over.

        Raises MailRefused (with `permanent`) or MailUnavailable.
        """
        message = self._compose(letter)
        with _translated(), self._connect() as server:
            self._prepare(server)
            server.send_message(message, from_addr=self._sender, to_addrs=[letter.to])

    def _compose(self, letter: Letter) -> EmailMessage:
        try:
            return compose(letter, sender=self._sender, sender_name=self._sender_name)
        except ValueError as error:
            raise MailRefused(str(error), permanent=True) from error

    def _connect(self) -> smtplib.SMTP:
        if self._security is Security.TLS:
            return smtplib.SMTP_SSL(
                self._host,
                self._port,
                timeout=self._timeout,
                context=ssl.create_default_context(),
                local_hostname=own_name(self._host),
            )
        return smtplib.SMTP(
            self._host, self._port, timeout=self._timeout, local_hostname=own_name(self._host)
        )

    def _prepare(self, server: smtplib.SMTP) -> None:
        if self._security is Security.STARTTLS:
            server.starttls(context=ssl.create_default_context())
        if self._username:
            server.login(self._username, self._password or "")


@cache
def own_name(server: str) -> str:
    """How we name ourselves to `server` (RFC 5321, 4.1.1.1).

    Asked of the system once, not for every letter: where this machine's name stands in no table
    each question waits for a name server. A server on loopback is told the address.
    """
    if _is_loopback(server):
        return LOOPBACK
    found = socket.getfqdn()
    return found if "." in found else LOOPBACK


def _is_loopback(server: str) -> bool:
    try:
        return ip_address(server).is_loopback
    except ValueError:
        return server == "localhost"


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        # The letter has one recipient, so there is one answer to read.
        code, reason = next(iter(error.recipients.values()))
        raise _refused(code, reason) from error
    except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
        raise _refused(error.smtp_code, error.smtp_error) from error
    except smtplib.SMTPNotSupportedError as error:
        raise MailUnavailable(f"the server lacks a needed feature: {error}") from error
    except (OSError, smtplib.SMTPException) as error:
        raise MailUnavailable(f"{type(error).__name__}: {error}") from error


def _refused(code: int, reason: bytes | str) -> MailRefused:
    # 421 and 4yz: try later; 5yz: never (RFC 5321, 4.2.1).
    words = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else reason
    return MailRefused(f"{code} {words}", permanent=code >= 500)
