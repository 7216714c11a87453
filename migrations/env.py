"""How Alembic runs here: on the application's own engine, on both databases."""

from typing import Any

from alembic import context

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
    with db.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            compare_type=True,
            render_item=render_item,
            render_as_batch=connection.dialect.name == "sqlite",
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


run()
