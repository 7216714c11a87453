"""Sending e-mail by SMTP. Knows letters and servers, nothing of who is told what, or why."""

from voucher.integrations.mail.gateway import (
    MailRefused,
    MailUnavailable,
    Security,
    SmtpGateway,
)
from voucher.integrations.mail.letter import Attachment, Letter, compose

__all__ = [
    "Attachment",
    "Letter",
    "MailRefused",
    "MailUnavailable",
    "Security",
    "SmtpGateway",
    "compose",
]
