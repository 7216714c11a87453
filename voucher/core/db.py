"""The database: engine, session, base class, and the one place that commits.

SQLite with its default settings silently loses updates and ignores `FOR UPDATE`. Two hooks cure it:
on `connect` the driver's own transaction handling is switched off and the journal, foreign keys and
busy time-out are set; on `begin` the write lock is taken at once (`BEGIN IMMEDIATE`), except inside
`reading()`, where a plain `BEGIN` lets readers run beside the writer.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Enum,
    Integer,
    MetaData,
    ScalarSelect,
    event,
    func,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Connection, Dialect, Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, mapped_column, registry
from sqlalchemy.types import TypeDecorator

from voucher.core.errors import Conflict

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

SQLITE_PATIENCE_MS = 20_000
"""How long a writer waits for the one before it: short of the web server's 30 seconds. SQLite lets
waiting writers in without regard to who came first, so of 64 at once the last may wait long."""

_read_only: ContextVar[bool] = ContextVar("read_only", default=False)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC. Refuses naive datetimes; SQLite hands them back aware."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware datetime into UTC; raise ValueError for a naive one."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without a time zone was about to be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the stored moment back as aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


BigKey = BigInteger().with_variant(Integer, "sqlite")
Json = JSON().with_variant(JSONB, "postgresql")
PrimaryKey = Annotated[int, mapped_column(BigKey, primary_key=True)]


def enum_column(members: type[StrEnum], name: str) -> Enum:
    """A text column that admits just the values of `members`, by the CHECK called `name`."""
    return Enum(
        members,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=40,
        values_callable=lambda enum: [member.value for member in enum],
    )


class Base(DeclarativeBase):
    """Base of every table: named constraints, integers as BIGINT, datetimes in UTC."""

    registry = registry(
        metadata=MetaData(naming_convention=NAMING),
        type_annotation_map={
            int: BigKey,
            datetime: UtcDateTime,
            dict[str, Any]: Json,
            list[str]: Json,
            list[dict[str, Any]]: Json,
        },
    )


db = SQLAlchemy(model_class=Base)
session = db.session


def prepare_engine(engine: Engine) -> None:
    """Put the two SQLite hooks on `engine`; PostgreSQL needs none."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", _begin_sqlite)


def _configure_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        f"busy_timeout={SQLITE_PATIENCE_MS}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN" if _read_only.get() else "BEGIN IMMEDIATE")


def begin_reading() -> Token[bool]:
    """Mark the work from here to `end_reading` as read-only: on SQLite it takes no write lock."""
    return _read_only.set(True)


def end_reading(token: Token[bool]) -> None:
    """End what `begin_reading` began."""
    _read_only.reset(token)


@contextmanager
def reading() -> Iterator[None]:
    """Mark the work inside as read-only."""
    token = begin_reading()
    try:
        yield
    finally:
        end_reading(token)


@contextmanager
def reading_one_moment() -> Iterator[None]:
    """Read-only work in which every statement sees the database as it was at the first one.

    Ends the transaction under way. A transaction of SQLite is so by itself; PostgreSQL is asked
    for REPEATABLE READ.
    """
    session.rollback()
    with reading():
        if session.get_bind().dialect.name == "postgresql":
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        try:
            yield
        finally:
            session.rollback()


@contextmanager
def writing() -> Iterator[None]:
    """Undo `reading` inside: for the technical writes that a GET may make, each in `transaction()`.

    Ends the transaction under way, because on SQLite it can't become one that writes.
    """
    session.rollback()
    token = _read_only.set(False)
    try:
        yield
    finally:
        _read_only.reset(token)


def commit() -> None:
    """Commit the session. Only entry points call this: the web boundary, the worker, a command.

    Raises Conflict when a named constraint refuses at the last moment.
    """
    with translating_constraints():
        session.commit()


@contextmanager
def transaction() -> Iterator[None]:
    """Run the block in a transaction of its own: commit at the end, roll back on any error."""
    session.rollback()
    try:
        with translating_constraints():
            yield
            session.commit()
    except BaseException:
        session.rollback()
        raise


CONSTRAINT_WORDS: dict[str, str] = {}
"""Constraint name (or, for SQLite's unique indexes, "table.column") → sentence for a person."""


def explain_constraint(name: str, words: str) -> None:
    """Register what a person is told when the constraint `name` refuses."""
    CONSTRAINT_WORDS[name] = words


@contextmanager
def translating_constraints() -> Iterator[None]:
    """Turn a violated named constraint into a Conflict with its registered words.

    An unregistered constraint is a defect of ours and stays an IntegrityError.
    """
    try:
        yield
    except IntegrityError as error:
        words = _words_for(error)
        if words is None:
            raise
        session.rollback()
        raise Conflict(words) from error


def _words_for(error: IntegrityError) -> str | None:
    diagnostics = getattr(error.orig, "diag", None)
    named = getattr(diagnostics, "constraint_name", None)
    if named:
        return CONSTRAINT_WORDS.get(named)
    text = str(error.orig)
    return next((words for name, words in CONSTRAINT_WORDS.items() if name in text), None)


def lock(model: type, key: int | ScalarSelect[int]) -> Any:
    """Fetch the row by primary key and lock it until the transaction ends; None if absent.

    `key` may be a subselect: of what never changes, because it is read before there is a lock.

    On SQLite the write lock is already held (BEGIN IMMEDIATE); on PostgreSQL it is FOR NO KEY
    UPDATE: two lockers exclude each other, while rows that refer to this one may be written. With
    FOR UPDATE a worker that enters a payment's attempt would wait for whoever holds the round, who
    may be waiting for the worker's claim.
    `populate_existing` makes sure that what is read is what is stored now.
    """
    query: Any = select(model).where(model.id == key)  # type: ignore[attr-defined]
    query = query.with_for_update(key_share=True)
    return session.execute(query.execution_options(populate_existing=True)).scalar_one_or_none()


def wait_for_turn(number: int) -> None:
    """Let nobody else pass here with the same `number` until the transaction ends.

    For acts that have no row of their own to lock. PostgreSQL has its advisory lock for it; on
    SQLite the write lock is already held (BEGIN IMMEDIATE).
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})


def take_turn(number: int) -> bool:
    """The same without waiting: whether nobody else has passed here whose transaction is open."""
    if session.get_bind().dialect.name != "postgresql":
        return True
    query = text("SELECT pg_try_advisory_xact_lock(:number)")
    return bool(session.execute(query, {"number": number}).scalar_one())


def count_rows(query: Any) -> int:
    """How many rows the select `query` would give."""
    return session.execute(select(func.count()).select_from(query.subquery())).scalar_one()
