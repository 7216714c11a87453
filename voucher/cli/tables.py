"""Columns of a CSV file, each cell exactly as it stands there."""

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from voucher.cli.tools import ToolError, read_text


def read_columns(file: Path, names: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """For each row where it stands ("FILE line 7") and its cells in the columns named.

    Empty lines are passed over. Raises ToolError for a column that is missing or stands twice,
    a row of another width than the first, a quotation mark out of place.
    """
    # Strict: a quotation mark out of place is an error, not part of somebody's reference.
    rows = csv.reader(io.StringIO(read_text(file), newline=""), strict=True)
    try:
        header = next(rows, [])
        columns = [_column(header, name, file) for name in names]
        for row in rows:
            where = f"{file} line {rows.line_num}"
            if row and len(row) != len(header):
                raise ToolError(f"{where} has {len(row)} fields, the first line {len(header)}")
            if row:
                yield where, [row[column] for column in columns]
    except csv.Error as error:
        raise ToolError(f"{file} line {rows.line_num}: {error}") from error


def _column(header: list[str], name: str, file: Path) -> int:
    if header.count(name) > 1:
        raise ToolError(f"{file} has more than one column “{name}”")
    if name not in header:
        there = ", ".join(header) or "none"
        raise ToolError(f"{file} has no column “{name}”; its columns: {there}")
    return header.index(name)
