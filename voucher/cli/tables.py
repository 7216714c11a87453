"""Columns of a CSV file, each cell exactly as it stands there."""

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from voucher.cli.tools import ToolError, read_text

SEPARATORS = {";": "semicolons", "\t": "tabs"}
"""What programs put between columns in place of commas, in words."""


def read_columns(file: Path, names: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """For each row where it stands ("FILE line 7") and its cells in the columns named.

    Empty lines are passed over. Raises ToolError for columns with semicolons or tabs between them,
    a column that is missing or stands twice, a row of another width than the first, a quotation
    mark out of place.
    """
    text = read_text(file)
    _refuse_other_separators(text, names, file)
    # Strict: a quotation mark out of place is an error, not part of somebody's reference.
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
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


def _refuse_other_separators(text: str, names: Sequence[str], file: Path) -> None:
    """Raise ToolError where the first line has a column that is named only if split elsewhere."""
    first = text.partition("\n")[0].rstrip("\r")
    for separator, word in SEPARATORS.items():
        cells = [cell.strip('"') for cell in first.split(separator)]
        if "," not in first and len(cells) > 1 and any(name in cells for name in names):
            raise ToolError(f"{file} has {word} between its columns: save it with commas")


def _column(header: list[str], name: str, file: Path) -> int:
    if header.count(name) > 1:
        raise ToolError(f"{file} has more than one column “{name}”")
    if name not in header:
        there = ", ".join(header) or "none"
        raise ToolError(f"{file} has no column “{name}”; its columns: {there}")
    return header.index(name)
