"""A table under a sentence that says what it found, so that nobody has to read it to know."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO

from flask import Response

from voucher.payments.books.tables import written
from voucher.web.books_files import csv_answer

TEXT, NUMBER, SHARE, KEY = "text", "number", "share", "key"
MOST_ROWS = 25


@dataclass(frozen=True)
class Finding:
    """A table, its finding, and how many of its rows the page shows; the CSV has them all.

    `columns`: heading and kind. SHARE cells are basis points; KEY cells are for the CSV alone.
    """

    name: str
    title: str
    finding: str
    columns: tuple[tuple[str, str], ...]
    rows: Sequence[tuple[object, ...]]
    note: str = ""

    @property
    def on_page(self) -> Sequence[tuple[object, ...]]:
        """The rows that the page shows."""
        return self.rows[:MOST_ROWS]

    @property
    def largest_share(self) -> int:
        """What the bars of the shares are drawn against."""
        places = [place for place, (_, kind) in enumerate(self.columns) if kind == SHARE]
        return max((int(str(row[place])) for row in self.rows for place in places), default=0) or 1

    def texts(self) -> list[list[str]]:
        """Every row as texts, for a file."""
        kinds = [kind for _, kind in self.columns]
        return [
            [self.text(cell, kind) for cell, kind in zip(row, kinds, strict=True)]
            for row in self.rows
        ]

    @staticmethod
    def text(cell: object, kind: str) -> str:
        """A cell as text: shares as per cent to one decimal, half up; nothing for None."""
        if cell is None:
            return ""
        return per_cent(int(str(cell))) if kind == SHARE else str(cell)


def per_cent(bps: int) -> str:
    """Basis points as per cent to one decimal, half up."""
    tenths = (bps + 5) // 10
    return f"{tenths // 10}.{tenths % 10}%"


def finding_as_csv(found: Finding, name: str) -> Response:
    """The whole table as a CSV file called `name`."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([label for label, _ in found.columns])
    writer.writerows([written(cell) for cell in row] for row in found.texts())
    return csv_answer(out.getvalue(), name)
