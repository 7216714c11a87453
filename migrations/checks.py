"""Changing a named CHECK on both databases, for migrations to use.

PostgreSQL drops and adds a constraint. SQLite can't: its table is made anew beside the old one from
the very text that made it, filled, and put in its place (the procedure in SQLite's "ALTER TABLE",
section 7). Alembic's batch mode is not used for this, because it loses CHECKs and triggers.
Foreign keys must be off meanwhile, which `env.py` sees to.
"""

import re
from collections.abc import Callable

from alembic import op

TEMPORARY = "_being_made_anew"


def replace_check(table: str, name: str, condition: str) -> None:
    """Give the CHECK `name` of `table` another condition; LookupError if there is no such CHECK."""
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f(name), table, type_="check")
        op.create_check_constraint(op.f(name), table, condition)
        return
    _make_anew(table, lambda text: _without(text, name, f"CONSTRAINT {name} CHECK ({condition})"))


def add_check(table: str, name: str, condition: str) -> None:
    """Add the CHECK `name` to `table`."""
    if op.get_bind().dialect.name == "postgresql":
        op.create_check_constraint(op.f(name), table, condition)
        return
    added = f", CONSTRAINT {name} CHECK ({condition})"
    _make_anew(table, lambda text: text[: text.rindex(")")] + added + ")")


def drop_check(table: str, name: str) -> None:
    """Drop the CHECK `name` of `table`; LookupError if there is no such CHECK."""
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f(name), table, type_="check")
        return
    _make_anew(table, lambda text: _without(text, name, None))


def replace_unique(table: str, name: str, now: str, columns: tuple[str, ...]) -> None:
    """Put a UNIQUE constraint `now` of these columns in the place of the one called `name`;
    LookupError if there is no such constraint."""
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f(name), table, type_="unique")
        op.create_unique_constraint(op.f(now), table, columns)
        return
    wanted = f"CONSTRAINT {now} UNIQUE ({', '.join(columns)})"
    _make_anew(table, lambda text: _with_unique(text, name, wanted))


def admit(table: str, name: str, column: str, values: tuple[str, ...]) -> None:
    """Make `values` the ones that the enum CHECK `name` admits in `column`."""
    listed = ", ".join(f"'{value}'" for value in values)
    replace_check(table, name, f"{column} IN ({listed})")


def allow_nothing(table: str, column: str) -> None:
    """Let `column` of `table` be NULL; LookupError if it may be already."""
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column(table, column, nullable=True)
        return
    _make_anew(table, lambda text: _told(text, column, " NOT NULL", ""))


def require_something(table: str, column: str) -> None:
    """Let `column` of `table` be NULL no more: how `allow_nothing` is taken back."""
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column(table, column, nullable=False)
        return
    _make_anew(table, lambda text: _told(text, column, "", " NOT NULL"))


def _told(text: str, column: str, was: str, now: str) -> str:
    """`text` with what follows the name and the type of `column` changed."""
    found = re.search(rf"[(,]\s*\"?{re.escape(column)}\"? \w+(?={was}\s*,)", text)
    if found is None:
        raise LookupError(f"there is no column {column} to change")
    return text[: found.end()] + now + text[found.end() + len(was) :]


def _with_unique(text: str, name: str, wanted: str) -> str:
    """`text` with the UNIQUE constraint `name` replaced."""
    found = re.search(rf"CONSTRAINT \"?{re.escape(name)}\"? UNIQUE \([^)]*\)", text)
    if found is None:
        raise LookupError(f"there is no UNIQUE constraint {name}")
    return text[: found.start()] + wanted + text[found.end() :]


def _make_anew(table: str, change: Callable[[str], str]) -> None:
    text = _sql_of("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", table)[0]
    around = _sql_of(
        "SELECT sql FROM sqlite_master"
        " WHERE type IN ('index', 'trigger') AND tbl_name = ? AND sql IS NOT NULL",
        table,
    )
    before, body = text.split("(", 1)
    _run(f"{before.replace(table, table + TEMPORARY)}({change('(' + body)[1:]}")
    _run(f"INSERT INTO {table}{TEMPORARY} SELECT * FROM {table}")
    _run(f"DROP TABLE {table}")
    _run("PRAGMA legacy_alter_table = ON")
    _run(f"ALTER TABLE {table}{TEMPORARY} RENAME TO {table}")
    _run("PRAGMA legacy_alter_table = OFF")
    for statement in around:
        _run(statement)


def _run(statement: str) -> None:
    op.get_bind().exec_driver_sql(statement)


def _sql_of(query: str, table: str) -> list[str]:
    found = [row[0] for row in op.get_bind().exec_driver_sql(query, (table,))]
    if not found and "'table'" in query:
        raise LookupError(f"there is no table {table}")
    return found


def _without(text: str, name: str, instead: str | None) -> str:
    """`text` with the CHECK `name` replaced, or taken out with the comma before it."""
    found = re.search(rf",\s*CONSTRAINT \"?{re.escape(name)}\"? CHECK\s*\(", text)
    if found is None:
        raise LookupError(f"there is no CHECK {name}")
    end = _closing(text, found.end() - 1)
    return text[: found.start()] + (f", {instead}" if instead else "") + text[end + 1 :]


def _closing(text: str, opening: int) -> int:
    """The place of the parenthesis that closes the one at `opening`, quoted ones apart."""
    depth, quoted = 0, False
    for place in range(opening, len(text)):
        sign = text[place]
        quoted ^= sign == "'"
        depth += 0 if quoted else (sign == "(") - (sign == ")")
        if depth == 0:
            return place
    raise LookupError("a parenthesis is never closed")
