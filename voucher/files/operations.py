"""Writes on files: taking one in, and taking it back before it has counted."""

import os
import secrets
from datetime import datetime
from io import BytesIO
from typing import Any, BinaryIO

from voucher.audit.operations import record
from voucher.core.db import session
from voucher.core.errors import Conflict, Invalid
from voucher.core.references import make_reference
from voucher.files.models import StoredFile
from voucher.files.rules import HEAD_BYTES, TAIL_BYTES, Ends, kept_name, kind_of
from voucher.integrations.storage.store import ContentStore, StoredContent, TooLarge

LARGEST_BYTES = 10 * 1024 * 1024


def store(
    *,
    stream: BinaryIO,
    name: str,
    purpose: str,
    subject: Any,
    by: int | None,
    at: datetime,
    store: ContentStore,
    business_id: int | None = None,
    provider_id: int | None = None,
    field: str = "upload",
) -> StoredFile:
    """Keep the file in `stream` (seekable) as evidence about the stored row `subject`.

    Its owner is one business, one provider, or (neither) the programme. What it is, is read from
    its content. Raises Invalid, at the form's `field`, for an empty or too large file and for one
    that is no PDF, PNG or JPEG: in that case nothing is stored.
    """
    ends = _ends_of(stream)
    kind = kind_of(ends)
    if not ends.head:
        raise Invalid("The selected file is empty.", field, code="file_refused")
    if kind is None:
        words = "The selected file must be a whole PDF, PNG or JPG."
        raise Invalid(words, field, code="file_refused")
    try:
        content = store.put(stream, LARGEST_BYTES)
    except TooLarge as error:
        words = "The selected file must be smaller than 10 MB."
        raise Invalid(words, field, code="file_refused") from error
    owner = {"business_id": business_id, "provider_id": provider_id}
    named = {"name": kept_name(name, kind), "media_type": kind.value, "purpose": purpose}
    return _note_stored(content, subject, by, at, **named, **owner)


def store_made(
    *,
    content: bytes,
    name: str,
    media_type: str,
    purpose: str,
    subject: Any,
    by: int | None,
    at: datetime,
    store: ContentStore,
) -> StoredFile:
    """Keep a file that the programme made itself, as its own; of whatever kind it says it is.

    What people send goes through `store`, which looks at what it is. Raises Invalid where it is
    larger than 10 MB.
    """
    try:
        kept = store.put(BytesIO(content), LARGEST_BYTES)
    except TooLarge as error:
        raise Invalid("The file must be smaller than 10 MB.") from error
    named = {"name": name, "media_type": media_type, "purpose": purpose}
    return _note_stored(kept, subject, by, at, **named)


def _note_stored(
    content: StoredContent, subject: Any, by: int | None, at: datetime, **values: Any
) -> StoredFile:
    session.flush()  # The subject may be new and has no id before.
    stored = StoredFile(
        reference=make_reference("FIL", secrets.token_bytes(5)),
        subject_kind=subject.__tablename__,
        subject_id=subject.id,
        size_bytes=content.size,
        sha256=content.sha256,
        uploaded_by_id=by,
        uploaded_at=at,
        **values,
    )
    session.add(stored)
    details = {"sha256": content.sha256, "bytes": content.size, "purpose": stored.purpose}
    record(action="file.stored", subject=stored, at=at, by=by, details=details)
    return stored


def remove(*, file: StoredFile, by: int, at: datetime) -> None:
    """Take a file back. The row stays; nobody is shown it any more. Conflict if already removed."""
    if file.removed_at is not None:
        raise Conflict("This file has been removed already.")
    file.removed_at = at
    record(action="file.removed", subject=file, at=at, by=by)


def _ends_of(stream: BinaryIO) -> Ends:
    stream.seek(0)
    head = stream.read(HEAD_BYTES)
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, size - TAIL_BYTES))
    tail = stream.read(TAIL_BYTES)
    stream.seek(0)
    return Ends(head, tail)
