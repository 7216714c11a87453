"""Official figures as a CSV file: what its columns mean, and reading it. Pure.

The first line names the columns, in any order, all needed: `company_number` (as Companies House
writes it), `measure` (turnover, in whole pounds, or staff, in people), `value` (a whole number),
`period_end` (the last day of the year it is of: 2026-03-31) and `source` (what the figure is from).
"""

import csv
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from io import StringIO

from voucher.businesses.rules import InvalidCompanyNumber, normalise_company_number
from voucher.core.lines import LineProblem
from voucher.evaluation.administrative.models import Measure

COLUMNS = ("company_number", "measure", "value", "period_end", "source")
MOST_LINES = 50_000
MOST_CELLS = 20
"""Of the first line: with more than that, its cells are not named one by one."""
LARGEST: Mapping[Measure, int] = {Measure.TURNOVER: 100_000_000_000, Measure.STAFF: 1_000_000}
EARLIEST_YEAR = 2000
LONGEST_SOURCE = 120
EXAMPLE = """company_number,measure,value,period_end,source
01234567,turnover,412000,2026-03-31,HMRC VAT returns
01234567,staff,6,2026-03-31,HMRC PAYE
SC123456,turnover,88000,2025-12-31,Companies House accounts
"""
SEPARATORS = {";": "semicolons", "\t": "tabs"}
"""What some programs put between columns instead of commas, in words."""
SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How the files of spreadsheet programs begin: a ZIP archive, or the older compound file."""
_WHOLE = re.compile(r"\d{1,15}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure that could be read. `typed`: the company number as the file has it."""

    line: int
    company_number: str
    typed: str
    measure: Measure
    value: int
    period_end_on: date
    source: str

    @property
    def was_normalised(self) -> bool:
        """Whether the number had to be changed to what Companies House writes."""
        return self.typed != self.company_number


@dataclass(frozen=True, slots=True)
class FileRead:
    """What a file holds: figures that could be read, lines that could not, and how many lines."""

    figures: Sequence[Figure]
    problems: Sequence[LineProblem]
    lines: int = 0


def sha256_of(content: bytes) -> str:
    """The hash of a file's bytes, as anybody can work it out."""
    return hashlib.sha256(content).hexdigest()


def read(content: bytes, today: date) -> FileRead:
    """Every figure of the file and every line that is bad, in order. Raises nothing.

    `today`: a period that ends later is bad.
    """
    if content.startswith(SPREADSHEETS):
        return _unreadable("This is a spreadsheet, not a CSV file. Save it as “CSV UTF-8”.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _unreadable("The file is not text in UTF-8. Save it as “CSV UTF-8”.")
    if "\0" in text:
        return _unreadable("The file holds a NUL character, which no CSV file does.")
    try:
        return _read_rows(csv.reader(StringIO(text, newline=""), strict=True), today)
    except csv.Error:
        return _unreadable("The file is no CSV file: a quotation mark is not closed.")


def _unreadable(reason: str) -> FileRead:
    return FileRead((), (LineProblem(0, reason),))


def _read_rows(rows: Iterator[list[str]], today: date) -> FileRead:
    """Read no further than the limit of lines. Raises csv.Error."""
    header = [name.strip().lower() for name in next(rows, ())]
    wrong = _header_problems(header)
    if wrong:
        return FileRead((), [LineProblem(1, words) for words in wrong])
    figures, bad, lines = [], [], 0
    for number, row in enumerate(rows, 2):
        if not any(map(str.strip, row)):
            continue
        lines += 1
        if lines > MOST_LINES:
            return _unreadable(f"The file has more than {MOST_LINES:,} lines.")
        try:
            figures.append(_read_line(number, header, row, today))
        except ValueError as error:
            bad.append(LineProblem(number, str(error)))
    return FileRead(figures, bad, lines) if lines else _unreadable("The file holds no figure.")


def _header_problems(header: Sequence[str]) -> list[str]:
    for separator, word in SEPARATORS.items():
        if len(header) == 1 and COLUMNS[0] in header[0].split(separator):
            return [f"The file has {word} between its columns. Save it with commas."]
    if len(header) > MOST_CELLS:
        return [f"The first line has {len(header):,} cells. This file has {len(COLUMNS)} columns."]
    missing = [f"There is no column “{name}”." for name in COLUMNS if name not in header]
    twice = [f"The column “{name}” is there twice." for name in COLUMNS if header.count(name) > 1]
    unknown = [
        f"“{name[:60]}” is not a column of this file." for name in header if name not in COLUMNS
    ]
    return [*missing, *twice, *unknown]


def _read_line(number: int, header: Sequence[str], row: Sequence[str], today: date) -> Figure:
    """The figure of one line. Raises ValueError with everything that is wrong with it."""
    if len(row) != len(header):
        raise ValueError(f"It has {len(row)} cells and the first line has {len(header)}.")
    cells = {name: cell.strip() for name, cell in zip(header, row, strict=True)}
    wrong: list[str] = []
    company = _company_number(cells["company_number"], wrong)
    measure = _measure(cells["measure"], wrong)
    value = _value(cells["value"], measure, wrong)
    ended = _period_end(cells["period_end"], today, wrong)
    source = _source(cells["source"], wrong)
    if company is None or measure is None or value is None or ended is None or wrong:
        raise ValueError(" ".join(wrong))
    return Figure(number, company, cells["company_number"], measure, value, ended, source)


def _company_number(typed: str, wrong: list[str]) -> str | None:
    try:
        return normalise_company_number(typed)
    except InvalidCompanyNumber:
        wrong.append(f"“{typed[:40]}” is no company number like 01234567 or SC123456.")
        return None


def _measure(typed: str, wrong: list[str]) -> Measure | None:
    try:
        return Measure(typed.lower())
    except ValueError:
        wrong.append(f"measure “{typed[:40]}” is neither turnover nor staff.")
        return None


def _value(typed: str, measure: Measure | None, wrong: list[str]) -> int | None:
    most = LARGEST.get(measure, 0) if measure else 0
    if _WHOLE.fullmatch(typed) and (measure is None or int(typed) <= most):
        return int(typed)
    upto = f" from 0 to {most:,}" if measure else ""
    wrong.append(f"value “{typed[:40]}” is not a whole number{upto}, without commas or signs.")
    return None


def _period_end(typed: str, today: date, wrong: list[str]) -> date | None:
    found = re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", typed, re.ASCII)
    try:
        ended = date(*map(int, found.groups())) if found else None
    except ValueError:
        ended = None
    if ended is None or ended.year < EARLIEST_YEAR:
        wrong.append(f"period_end “{typed[:40]}” is not a day like 2026-03-31.")
        return None
    if ended > today:
        wrong.append(f"period_end {typed} lies in the future.")
    return ended


def _source(typed: str, wrong: list[str]) -> str:
    if not typed or len(typed) > LONGEST_SOURCE or not typed.isprintable():
        wrong.append(f"source must be 1 to {LONGEST_SOURCE} characters that can be printed.")
    return typed
