"""What a file really is, by its content; under which name it is kept; who may read it. Pure.

The ending and the type that a browser claims are never trusted. Accepted are the three kinds that
evidence comes in; documents that can carry programs (Office files, HTML, SVG) are not.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from voucher.accounts.permissions import Permission
from voucher.accounts.rules import Member

LONGEST_NAME = 120
HEAD_BYTES = 2048
TAIL_BYTES = 2048
FROM_THEIR_PAGE_ALONE = ("extract",)
"""Purposes of files that only the page which notes who had them hands out."""
STAFF_READERS = (Permission.CASE_READ, Permission.PROVIDER_READ, Permission.CLAIM_READ)


class FileKind(StrEnum):
    """An accepted kind of file, by its media type."""

    PDF = "application/pdf"
    PNG = "image/png"
    JPEG = "image/jpeg"


_SUFFIXES = {FileKind.PDF: ".pdf", FileKind.PNG: ".png", FileKind.JPEG: ".jpg"}
_KNOWN_SUFFIXES = {
    FileKind.PDF: (".pdf",),
    FileKind.PNG: (".png",),
    FileKind.JPEG: (".jpg", ".jpeg"),
}
ACCEPTED_SUFFIXES = tuple(suffix for known in _KNOWN_SUFFIXES.values() for suffix in known)


@dataclass(frozen=True, slots=True)
class Ends:
    """The first and the last bytes of a file (up to HEAD_BYTES and TAIL_BYTES)."""

    head: bytes
    tail: bytes


def kind_of(ends: Ends) -> FileKind | None:
    """The kind of a file by its first and last bytes, or None for anything else.

    The `filetype` library tells the kind by its first bytes. On top, each format's own end mark is
    asked for: "%%EOF" (ISO 32000, 7.5.5), the IEND chunk (PNG 1.2, 4.1.4), the EOI marker (JPEG,
    B.1.1.3). A file that was cut off, or only begins like one, is refused.
    """
    import filetype

    guessed = filetype.guess(ends.head)
    if guessed is None or guessed.mime not in list(FileKind):
        return None
    kind = FileKind(guessed.mime)
    return kind if _ends_as(kind, ends) else None


def _ends_as(kind: FileKind, ends: Ends) -> bool:
    if kind is FileKind.PDF:
        return ends.head.startswith(b"%PDF-") and b"%%EOF" in ends.tail
    if kind is FileKind.PNG:
        return b"IEND" in ends.tail
    return b"\xff\xd9" in ends.tail


def kept_name(name: str, kind: FileKind) -> str:
    """The name under which a file is kept and handed out: no folders, no tricks, its own ending.

    "C:\\\\papers\\\\Invoice 7.PDF" becomes "Invoice 7.pdf"; a name with nothing left is "document".
    """
    plain = unicodedata.normalize("NFC", name).replace("\\", "/")
    last = PurePosixPath(plain).name
    printable = "".join(c for c in last if unicodedata.category(c)[0] not in "C" and c not in '"<>')
    stem, suffix = _split(printable, kind)
    stem = re.sub(r"\s+", " ", stem).strip(" .")[:LONGEST_NAME]
    return f"{stem or 'document'}{suffix}"


def _split(name: str, kind: FileKind) -> tuple[str, str]:
    for suffix in _KNOWN_SUFFIXES[kind]:
        if name.lower().endswith(suffix):
            return name[: -len(suffix)], suffix
    return name, _SUFFIXES[kind]


def may_read(member: Member, business_id: int | None, provider_id: int | None) -> bool:
    """Whether `member` may read a file that belongs to this business, this provider, or neither.

    Staff read by permission; everybody else reads what is their own. A file of the programme itself
    (neither owner) is for staff.
    """
    if member.is_staff:
        return any(member.may(permission) for permission in STAFF_READERS)
    if business_id is not None:
        return member.business_id == business_id
    return provider_id is not None and member.provider_id == provider_id
