"""Figures of a report as plain tables: the page, the CSV file and the PDF all show these.

The words stand with the figures because both are kept and hashed together. Pure.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from io import StringIO
from typing import Any

TEXT, MONEY, DAY = "text", "money", "day"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Column:
    """A column: its heading, and how its cells are shown (TEXT, MONEY in pence, DAY as ISO)."""

    label: str
    kind: str = TEXT


@dataclass(frozen=True)
class Table:
    """A table with a short name for addresses; `total` is its last line, if it has one."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]
    total: tuple[Any, ...] | None = None
    note: str = ""
    nothing: str = "Nothing in this period."


@dataclass(frozen=True)
class Figures:
    """A whole report. `sums`: named amounts in pence, by which the books are compared later."""

    title: str
    subtitle: str
    facts: tuple[tuple[str, Any, str], ...]
    tables: tuple[Table, ...]
    sums: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The figures as plain JSON values, which is how they are kept and shown."""
        return {
            "title": self.title,
            "subtitle": self.subtitle,
            "facts": [list(fact) for fact in self.facts],
            "notes": list(self.notes),
            "sums": dict(self.sums),
            "tables": [_plain(table) for table in self.tables],
        }


def _plain(table: Table) -> dict[str, Any]:
    return {
        **asdict(table),
        "columns": [asdict(column) for column in table.columns],
        "rows": [list(row) for row in table.rows],
        "total": None if table.total is None else list(table.total),
    }


def money(*labels: str) -> tuple[Column, ...]:
    """Columns of amounts."""
    return tuple(Column(label, MONEY) for label in labels)


def summed(words: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> tuple[Any, ...]:
    """The last line of a table: `words`, and the sum of every column of amounts."""
    listed = list(rows)
    sums = [
        sum(row[place] or 0 for row in listed) if column.kind == MONEY else ""
        for place, column in enumerate(columns)
    ]
    return (words, *sums[1:])


def csv_text(table: Mapping[str, Any]) -> str:
    """A table (as JSON values) as CSV: a heading line, the rows, the total. Amounts in pounds."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    kinds = [column["kind"] for column in table["columns"]]
    writer.writerow([_heading(column) for column in table["columns"]])
    for row in [*table["rows"], *([table["total"]] if table["total"] else [])]:
        writer.writerow([_cell(value, kind) for value, kind in zip(row, kinds, strict=True)])
    return out.getvalue()


def _heading(column: Mapping[str, str]) -> str:
    return f"{column['label']} (£)" if column["kind"] == MONEY else column["label"]


def _cell(value: Any, kind: str) -> str:
    if value is None or value == "":
        return ""
    return decimal(value) if kind == MONEY else written(value)


def decimal(pence: int) -> str:
    """Pence as pounds with two decimals, exactly, without a sign of currency."""
    return f"{'-' if pence < 0 else ''}{abs(pence) // 100}.{abs(pence) % 100:02d}"


def written(value: object) -> str:
    """A text on one line; one that a spreadsheet would take for a formula begins with "'"."""
    text = " ".join(str(value).split())
    return f"'{text}" if text.startswith(_FORMULA) else text
