"""How Alembic runs here: on the application's own engine, on both databases."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic import context
from sqlalchemy.engine import Connection

import voucher.models  # noqa: F401  (every table must be known)
from voucher.core.db import Base, BigKey, Json, UtcDateTime, db, session

PLAIN = (
    (UtcDateTime, "sa.DateTime(timezone=True)"),
    (type(Json), 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'),
    (type(BigKey), 'sa.BigInteger().with_variant(sa.Integer(), "sqlite")'),
)


def render_item(kind: str, item: Any, autogen: Any) -> str | bool:
    """Write our own column types plainly, so that a migration never imports the application."""
    if kind != "type":
        return False
    for known, words in PLAIN:
        if type(item) is known:
            if "postgresql" in words:
                autogen.imports.add("from sqlalchemy.dialects import postgresql")
            return words
    return False


def run() -> None:
    """Run the migrations on the database of the current application."""
    session.remove()
    with db.engine.connect() as connection, _foreign_keys_off(connection):
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            compare_type=True,
            render_item=render_item,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


@contextmanager
def _foreign_keys_off(connection: Connection) -> Iterator[None]:
    """On SQLite, let a table be made anew under the feet of those that refer to it.

    The switch works only outside a transaction, so it is set on the driver's own connection.
    Afterwards every reference is looked at; a dangling one stops the start.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = connection.connection.dbapi_connection
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        dangling = driver.execute("PRAGMA foreign_key_check").fetchall()
        driver.execute("PRAGMA foreign_keys=ON")
    if dangling:
        raise RuntimeError(f"rows refer to rows that are not there: {dangling[:5]}")


run()
