"""Received messages as `.eml` files in one folder, named so that they sort by arrival."""

import os
import re
import secrets
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from pathlib import Path

NAME = re.compile(r"\d{8}T\d{12}-[0-9a-f]{8}\.eml", re.ASCII)
STAMP = "%Y%m%dT%H%M%S%f"


class MessageMissing(Exception):
    """There is no message of this name."""


@dataclass(frozen=True)
class Summary:
    """A line of the list: `name` fetches the whole message; `received_at` is in UTC."""

    name: str
    received_at: datetime
    sender: str
    to: str
    subject: str


@dataclass(frozen=True)
class Enclosure:
    """An attached file."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class ReceivedMessage:
    """A whole message. `html` is as it was sent: show it only in a sandboxed frame."""

    summary: Summary
    text: str
    html: str | None
    enclosures: tuple[Enclosure, ...]


def store_message(folder: Path | str, content: bytes) -> str:
    """Write the raw message `content` and give its name. It appears whole or not at all."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{datetime.now(UTC).strftime(STAMP)}-{secrets.token_hex(4)}.eml"
    descriptor, arriving = tempfile.mkstemp(dir=folder, suffix=".part")
    with os.fdopen(descriptor, "wb") as target:
        target.write(content)
    os.replace(arriving, folder / name)
    return name


def list_messages(folder: Path | str, *, to: str | None = None, limit: int = 100) -> list[Summary]:
    """The newest `limit` messages, newest first; `to` keeps those to one address.

    A folder that does not exist yet holds none.
    """
    names = sorted((path.name for path in Path(folder).glob("*.eml")), reverse=True)
    found: list[Summary] = []
    for name in filter(NAME.fullmatch, names):
        summary = _summary(name, _headers(Path(folder) / name))
        if to is None or to.casefold() in summary.to.casefold():
            found.append(summary)
        if len(found) == limit:
            break
    return found


def read_message(folder: Path | str, name: str) -> ReceivedMessage:
    """The message `name`, as `list_messages` names it. Raises MessageMissing for any other name."""
    if not NAME.fullmatch(name):
        raise MessageMissing(name)
    try:
        content = (Path(folder) / name).read_bytes()
    except FileNotFoundError:
        raise MessageMissing(name) from None
    message = message_from_bytes(content, policy=policy.default)
    return ReceivedMessage(
        summary=_summary(name, message),
        text=_part(message, "plain") or "",
        html=_part(message, "html"),
        enclosures=tuple(_enclosures(message)),
    )


def _headers(path: Path) -> EmailMessage:
    with path.open("rb") as stream:
        return BytesHeaderParser(policy=policy.default).parse(stream)


def _summary(name: str, message: EmailMessage) -> Summary:
    received_at = datetime.strptime(name.partition("-")[0], STAMP).replace(tzinfo=UTC)
    return Summary(
        name=name,
        received_at=received_at,
        sender=str(message["From"] or ""),
        to=str(message["To"] or ""),
        subject=str(message["Subject"] or ""),
    )


def _part(message: EmailMessage, kind: str) -> str | None:
    body = message.get_body(preferencelist=(kind,))
    return None if body is None else body.get_content().replace("\r\n", "\n")


def _enclosures(message: EmailMessage) -> list[Enclosure]:
    return [
        Enclosure(
            name=part.get_filename() or "attachment",
            media_type=part.get_content_type(),
            content=bytes(part.get_payload(decode=True) or b""),
        )
        for part in message.iter_attachments()
    ]
