"""A letter as plain values, and its form on the wire."""

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a letter; `media_type` is such as "application/pdf"."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Letter:
    """One e-mail to one address, always in plain text and, where given, in HTML too.

    `message_id` is the caller's own, without angle brackets and made from its own row: a letter
    sent again after an unclear answer then carries the same one, and mail programs show it once.
    `written_at` is an aware datetime.
    """

    to: str
    subject: str
    text: str
    message_id: str
    written_at: datetime
    html: str | None = None
    reply_to: str | None = None
    unsubscribe_url: str | None = None
    attachments: tuple[Attachment, ...] = ()


def compose(letter: Letter, *, sender: str, sender_name: str) -> EmailMessage:
    """Lay `letter` out as a MIME message from `sender`.

    Automatic answers are asked for by nobody (RFC 3834's Auto-Submitted). Raises ValueError when a
    header holds a line break or an address is none.
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(sender_name, addr_spec=sender)
    message["To"] = Address(addr_spec=letter.to)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(letter.written_at)
    message["Message-ID"] = f"<{letter.message_id}>"
    message["Auto-Submitted"] = "auto-generated"
    if letter.reply_to:
        message["Reply-To"] = Address(addr_spec=letter.reply_to)
    if letter.unsubscribe_url:
        message["List-Unsubscribe"] = f"<{letter.unsubscribe_url}>"
    message.set_content(letter.text)
    if letter.html:
        message.add_alternative(letter.html, subtype="html")
    for attachment in letter.attachments:
        _attach(message, attachment)
    return message


def _attach(message: EmailMessage, attachment: Attachment) -> None:
    main, _, sub = attachment.media_type.partition("/")
    message.add_attachment(attachment.content, maintype=main, subtype=sub, filename=attachment.name)
