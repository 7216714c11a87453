"""Test applications as a CSV file: what its columns mean, reading and writing it. Pure.

The first line names the columns, in any order. Needed: `reference` (no two alike), `decided_at`
(2026-06-15, or 2026-06-15T09:30 in UTC), `award` (pounds). May be there: `council`,
`outcome_areas` (codes, by spaces), `size` (how many work there, in the words of the form),
`sector`, and `marks_1`, `marks_2`, `marks_3`: the totals of two scorers, or three, out of 100.
"""

import csv
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from io import StringIO

from voucher.allocation.trials.rules import MOST_ENTRANTS, Entrant
from voucher.businesses.models import HeadcountBand
from voucher.businesses.outcome_areas import OutcomeArea
from voucher.core.lines import LineProblem
from voucher.core.money import InvalidMoney, Money

NEEDED = ("reference", "decided_at", "award")
MARKS = ("marks_1", "marks_2", "marks_3")
COLUMNS = (*NEEDED, "council", "outcome_areas", "size", "sector", *MARKS)
LONGEST_TEXT = 60
LARGEST_AWARD_PENCE = 100_000_000
_SIZES = {name: one for one in HeadcountBand for name in (one.value, one.staff_label)}
_AREAS = frozenset(area.value for area in OutcomeArea)
_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_/.-]{0,39}", re.ASCII)
_MARK = re.compile(r"(\d{1,3})(?:\.(\d{1,2}))?", re.ASCII)
EXAMPLE = """reference,decided_at,award,council,outcome_areas,size,sector,marks_1,marks_2,marks_3
TEST-001,2026-06-01,1500.00,Leeds,stock-and-supply,2 to 9,Retail,72,68.5,
TEST-002,2026-06-01T14:30,900.00,York,team-and-rota data-and-reporting,10 to 49,Hospitality,55,81,60
TEST-003,2026-06-02,1500.00,Leeds,customer-records,1 (just me),Repair and servicing,64,66,
"""


def sha256_of(content: bytes) -> str:
    """The hash of a file's bytes, as anybody can work it out."""
    return hashlib.sha256(content).hexdigest()


def write(entrants: Iterable[Entrant]) -> str:
    """The entrants as such a file; what `read` gives of it are the same entrants."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for each in entrants:
        totals = [f"{total // 100}.{total % 100:02d}" for total in each.totals]
        writer.writerow(
            [
                each.reference,
                each.decided_at.astimezone(UTC).replace(tzinfo=None).isoformat(),
                f"{each.award_pence // 100}.{each.award_pence % 100:02d}",
                each.council,
                " ".join(each.areas),
                each.size.staff_label if each.size else "",
                each.sector,
                *totals,
                *[""] * (len(MARKS) - len(totals)),
            ]
        )
    return out.getvalue()


def read(content: bytes) -> tuple[list[Entrant], list[LineProblem]]:
    """Every application of the file and no problem, or none and every problem. Raises nothing."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return [], [LineProblem(0, "The file is not text in UTF-8. Save it as “CSV UTF-8”.")]
    if "\0" in text:
        return [], [LineProblem(0, "The file holds a NUL character, which no CSV file does.")]
    try:
        rows = list(csv.reader(StringIO(text, newline=""), strict=True))
    except csv.Error:
        return [], [LineProblem(0, "The file is no CSV file: a quotation mark is not closed.")]
    return _read_rows(rows)


def _read_rows(rows: Sequence[Sequence[str]]) -> tuple[list[Entrant], list[LineProblem]]:
    header = [name.strip().lower() for name in rows[0]] if rows else []
    problems = [LineProblem(1, words) for words in _header_problems(header)]
    lines = [(number, row) for number, row in enumerate(rows[1:], 2) if any(map(str.strip, row))]
    if not problems and not lines:
        problems.append(LineProblem(0, "The file holds no application."))
    if len(lines) > MOST_ENTRANTS:
        problems.append(LineProblem(0, f"The file has more than {MOST_ENTRANTS:,} applications."))
    if problems:
        return [], problems
    found: dict[str, Entrant] = {}
    for number, row in lines:
        line = _Line(number, header, row)
        entrant = line.read()
        if entrant.reference in found:
            line.refuse(f"The reference “{entrant.reference}” stood on a line before.")
        found[entrant.reference] = entrant
        problems += line.problems
    return ([], problems) if problems else (list(found.values()), [])


def _header_problems(header: Sequence[str]) -> list[str]:
    missing = [name for name in NEEDED if name not in header]
    unknown = [name for name in header if name not in COLUMNS]
    twice = sorted({name for name in header if header.count(name) > 1})
    return [
        *[f"There is no column “{name}”." for name in missing],
        *[f"“{name[:LONGEST_TEXT]}” is not a column of this file." for name in unknown],
        *[f"The column “{name}” is there twice." for name in twice if name in COLUMNS],
    ]


class _Line:
    """One line being read: every problem is noted, and something is read all the same."""

    def __init__(self, number: int, header: Sequence[str], row: Sequence[str]) -> None:
        self.number = number
        self.problems: list[LineProblem] = []
        if len(row) > len(header):
            self.refuse(f"It has {len(row)} cells and the first line has {len(header)}.")
        self.cells: Mapping[str, str] = {
            name: cell.strip() for name, cell in zip(header, row, strict=False)
        }

    def refuse(self, reason: str) -> None:
        """Note a problem."""
        self.problems.append(LineProblem(self.number, reason))

    def read(self) -> Entrant:
        """The entrant; not to be used where a problem was noted."""
        return Entrant(
            reference=self._reference(),
            decided_at=self._decided_at(),
            award_pence=self._award(),
            council=self._text("council"),
            areas=self._areas(),
            size=self._size(),
            sector=self._text("sector"),
            totals=self._totals(),
        )

    def _cell(self, name: str) -> str:
        return self.cells.get(name, "")

    def _reference(self) -> str:
        typed = self._cell("reference")
        if not _REFERENCE.fullmatch(typed):
            self.refuse(
                "The reference must be 1 to 40 letters, digits, hyphens, dots, slashes or "
                "underscores."
            )
        return typed

    def _decided_at(self) -> datetime:
        typed = self._cell("decided_at")
        try:
            read = datetime.fromisoformat(typed)
            # A year at either end may not be a moment in UTC at all.
            return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            self.refuse(f"decided_at “{typed[:40]}” is not a day like 2026-06-15.")
            return datetime.min.replace(tzinfo=UTC)

    def _award(self) -> int:
        typed = self._cell("award")
        try:
            pence = Money.parse(typed).pence
        except InvalidMoney:
            pence = 0
        if not 0 < pence <= LARGEST_AWARD_PENCE:
            self.refuse(f"award “{typed[:40]}” is not an amount from £0.01 to £1,000,000.")
        return pence

    def _text(self, name: str) -> str:
        typed = " ".join(self._cell(name).split())
        if len(typed) > LONGEST_TEXT or not typed.isprintable():
            self.refuse(f"{name} must be up to {LONGEST_TEXT} characters that can be printed.")
        return typed

    def _areas(self) -> tuple[str, ...]:
        codes = self._cell("outcome_areas").replace(";", " ").split()
        for code in codes:
            if code not in _AREAS:
                self.refuse(f"“{code[:40]}” is no code of an outcome area.")
        return tuple(codes)

    def _size(self) -> HeadcountBand | None:
        typed = self._cell("size")
        if typed and typed not in _SIZES:
            sizes = ", ".join(f"“{one.staff_label}”" for one in HeadcountBand)
            self.refuse(f"size “{typed[:40]}” is none of {sizes}.")
        return _SIZES.get(typed)

    def _totals(self) -> tuple[int, ...]:
        typed = [self._cell(name) for name in MARKS]
        given = [each for each in typed if each]
        if typed[: len(given)] != given or len(given) == 1:
            self.refuse("Marks are given by two scorers or three: fill marks_1 and marks_2 first.")
        return tuple(self._total(each) for each in given)

    def _total(self, typed: str) -> int:
        found = _MARK.fullmatch(typed)
        total = int(found[1]) * 100 + int((found[2] or "").ljust(2, "0")) if found else -1
        if not 0 <= total <= 10_000:
            self.refuse(f"The mark “{typed[:40]}” is not a number from 0 to 100, like 72.5.")
        return total
