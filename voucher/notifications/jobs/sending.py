"""Messages go out through the mail server, and are forgotten in time."""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from voucher.core.db import transaction
from voucher.integrations.mail.gateway import MailRefused, MailUnavailable
from voucher.integrations.mail.letter import Letter
from voucher.notifications.operations import forget_bodies, mark_failed, mark_sent, take_next

logger = logging.getLogger("voucher.notifications")


class MailServer(Protocol):
    """The mail gateway, as far as it is used here."""

    def send(self, letter: Letter) -> None:
        """Hand the letter over; raises MailRefused or MailUnavailable."""


@dataclass(frozen=True)
class _Taken:
    message_id: int
    letter: Letter


def send_messages(
    mail: MailServer, at: datetime, *, domain: str, keep_links: bool = False, limit: int = 50
) -> int:
    """Send up to `limit` due messages; how many the server took over.

    Taking a message and noting the outcome are two transactions with the server's call between
    them. A worker that dies in between leaves a lease that runs out: the letter goes again, with
    the same message id. `domain` makes that id. When the server can't be reached, this round ends.
    `keep_links`: see `mark_sent`.
    """
    sent = 0
    for _ in range(limit):
        taken = _take(at, domain)
        if taken is None:
            break
        try:
            mail.send(taken.letter)
        except MailRefused as error:
            _failed(taken, str(error), error.permanent, at)
        except MailUnavailable as error:
            _failed(taken, str(error), False, at)
            break
        else:
            with transaction():
                mark_sent(message_id=taken.message_id, at=at, keep_links=keep_links)
            sent += 1
    return sent


def _take(at: datetime, domain: str) -> _Taken | None:
    with transaction():
        message = take_next(at=at)
        if message is None:
            return None
        return _Taken(
            message.id,
            Letter(
                to=message.recipient,
                subject=message.subject,
                text=message.text_body,
                html=message.html_body or None,
                message_id=f"message-{message.id}@{domain}",
                written_at=message.created_at,
            ),
        )


def _failed(taken: _Taken, reason: str, permanent: bool, at: datetime) -> None:
    logger.warning("message %s was not sent: %s", taken.message_id, reason)
    with transaction():
        mark_failed(message_id=taken.message_id, reason=reason, permanent=permanent, at=at)


def forget_old_messages(at: datetime) -> int:
    """Empty the words of messages older than 90 days, or whose link has ended; how many."""
    with transaction():
        return forget_bodies(at=at)
