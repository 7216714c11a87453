"""Reads of files."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select

from voucher.accounts.rules import Member
from voucher.core.db import session
from voucher.core.errors import NotFound
from voucher.files.models import StoredFile
from voucher.files.rules import FROM_THEIR_PAGE_ALONE, may_read


def file_for(member: Member, reference: str) -> StoredFile:
    """The file, if `member` may read it. Somebody else's is NotFound, as if there were none."""
    return file_for_any([member], reference)


def file_for_any(members: Iterable[Member], reference: str) -> StoredFile:
    """The file, if a person may read it in any of their capacities; NotFound otherwise."""
    query = select(StoredFile).where(
        StoredFile.reference == reference,
        StoredFile.removed_at.is_(None),
        StoredFile.purpose.not_in(FROM_THEIR_PAGE_ALONE),
    )
    found = session.execute(query).scalar_one_or_none()
    if found is None or not any(
        may_read(member, found.business_id, found.provider_id) for member in members
    ):
        raise NotFound("There is no such file.")
    return found


def file_of_programme(file_id: int) -> StoredFile:
    """A file that belongs to the programme itself; the caller says who may have it. NotFound."""
    query = select(StoredFile).where(
        StoredFile.id == file_id,
        StoredFile.removed_at.is_(None),
        StoredFile.business_id.is_(None),
        StoredFile.provider_id.is_(None),
    )
    found = session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound("There is no such file.")
    return found


def files_of(subject: Any, purpose: str | None = None) -> Sequence[StoredFile]:
    """The files about the stored row `subject`, oldest first; of one purpose, if given."""
    query = select(StoredFile).where(
        StoredFile.subject_kind == subject.__tablename__,
        StoredFile.subject_id == subject.id,
        StoredFile.removed_at.is_(None),
    )
    if purpose is not None:
        query = query.where(StoredFile.purpose == purpose)
    return session.execute(query.order_by(StoredFile.id)).scalars().all()
