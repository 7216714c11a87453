"""Change of status: one function, a table of legal moves, compare-and-swap, a row for each change.

Every status of a domain is a `Status` (a StrEnum whose members carry a label for staff and one for
the public). A model's module freezes its legal moves in a dict and hands it to `transition`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import Index, String, insert, update
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.orm.attributes import set_committed_value

from voucher.core.db import Base, PrimaryKey, session
from voucher.core.errors import Conflict

Moves = Mapping[Any, frozenset[Any]]
AT_A_TIME = 1_000
"""Rows named in one statement of a move of many."""
MOVED_MEANWHILE = "Somebody else changed this at the same moment. Look again before you act."


class Status(StrEnum):
    """A status with a label for staff and one for everybody else: `NAME = value, staff, public`."""

    staff_label: str
    public_label: str

    def __new__(cls, value: str, staff_label: str, public_label: str | None = None) -> Self:
        """Make the member; the public label is the staff label unless given."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.staff_label = staff_label
        member.public_label = public_label or staff_label
        return member


class StatusChange(Base):
    """One change of one record's status: from, to, when and by whom (None: the system)."""

    __tablename__ = "status_change"
    __table_args__ = (Index("ix_status_change_record", "record_kind", "record_id"),)

    id: Mapped[PrimaryKey]
    record_kind: Mapped[str] = mapped_column(String(40))
    record_id: Mapped[int]
    from_status: Mapped[str | None] = mapped_column(String(40))
    to_status: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime]
    by_user_id: Mapped[int | None]


def transition(
    record: Any, to: Status, *, moves: Moves, at: datetime, by: int | None, **facts: Any
) -> None:
    """Move `record.status` to `to`, with `facts` (column values that belong) in the same swap.

    Before: `record` is stored, and `to` is a legal move from its status. After: the row holds the
    new status and facts, and a StatusChange row says who and when. Raises Conflict for an illegal
    move, and when another transaction moved the record first (the swap compares the old status).
    """
    was = record.status
    _require_legal(was, to, moves)
    model = type(record)
    stored = [getattr(model, name) for name in ("status", *facts)]
    swap = (
        update(model)
        .where(model.id == record.id, model.status == was)
        .values(status=to, **facts)
        .returning(*stored)
        .execution_options(synchronize_session=False)
    )
    session.flush()
    swapped: Any = session.execute(swap).one_or_none()
    if swapped is None:
        raise Conflict(MOVED_MEANWHILE)
    for name, value in zip(("status", *facts), swapped, strict=True):
        set_committed_value(record, name, value)
    session.add(_change(record, was, to, at, by))
    session.flush()


def transition_all(
    records: Iterable[Any], to: Status, *, moves: Moves, at: datetime, by: int | None
) -> None:
    """Move many records of one model to `to`: as `transition`, in a few statements for thousands.

    Every move is checked and swapped as one alone is, and leaves its own StatusChange. Raises
    Conflict, with none of them to be kept, if one may not move or was moved meanwhile.
    """
    by_status: dict[Any, list[Any]] = defaultdict(list)
    for record in records:
        by_status[record.status].append(record)
    session.flush()
    for was, group in by_status.items():
        _require_legal(was, to, moves)
        for first in range(0, len(group), AT_A_TIME):
            _swap_all(group[first : first + AT_A_TIME], was, to, at, by)


def _swap_all(records: Sequence[Any], was: Any, to: Status, at: datetime, by: int | None) -> None:
    model = type(records[0])
    swap = (
        update(model)
        .where(model.id.in_([record.id for record in records]), model.status == was)
        .values(status=to)
        .returning(model.id)
        .execution_options(synchronize_session=False)
    )
    if len(session.execute(swap).all()) != len(records):
        raise Conflict(MOVED_MEANWHILE)
    for record in records:
        set_committed_value(record, "status", to)
    changes = [_facts_of_change(record, was, to, at, by) for record in records]
    session.execute(insert(StatusChange), changes)


def _require_legal(was: Any, to: Status, moves: Moves) -> None:
    if to not in moves.get(was, frozenset()):
        raise Conflict(f"This can’t be done now: it is already “{was.public_label}”.")


def opened(record: Any, *, at: datetime, by: int | None) -> None:
    """Write the first StatusChange of a newly stored `record` (from nothing to its status)."""
    session.flush()
    session.add(_change(record, None, record.status, at, by))


def _change(record: Any, was: Any, to: Any, at: datetime, by: int | None) -> StatusChange:
    return StatusChange(**_facts_of_change(record, was, to, at, by))


def _facts_of_change(
    record: Any, was: Any, to: Any, at: datetime, by: int | None
) -> dict[str, Any]:
    return {
        "record_kind": record.__tablename__,
        "record_id": record.id,
        "from_status": was,
        "to_status": to,
        "at": at,
        "by_user_id": by,
    }
