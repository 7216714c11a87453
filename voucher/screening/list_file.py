"""Reading a list of financial sanctions targets in the format of the UK consolidated list (CSV).

The first line says when the list was last updated ("Last Updated,24/09/2026"), the second names the
columns, every further line is one name of one target; the lines of a target share its Group ID.
Source of the format: OFSI, "Consolidated List format guide" (2022 format).
"""

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

NAME_COLUMNS = ("Name 1", "Name 2", "Name 3", "Name 4", "Name 5", "Name 6")
NEEDED = (*NAME_COLUMNS, "Group Type", "Alias Type", "Group ID")
TARGETS = {"individual": "individual", "entity": "entity", "ship": "ship"}
_BIRTH = re.compile(r"\d{2}/\d{2}/\d{4}|\d{4}", re.ASCII)
_DAY = re.compile(r"(\d{2})/(\d{2})/(\d{4})", re.ASCII)
MOST_PROBLEMS = 50


@dataclass(frozen=True, slots=True)
class LineProblem:
    """One bad line: its number in the file (from 1) and what is wrong."""

    line: int
    words: str

    def __str__(self) -> str:
        return f"Line {self.line}: {self.words}"


class UnreadableList(ValueError):
    """A file that can't be taken in; `problems` names every bad line, 50 at most."""

    def __init__(self, problems: tuple[LineProblem, ...]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


@dataclass(slots=True)
class Target:
    """One target with all its names; see `SanctionsEntry` for the shapes."""

    group_id: str
    target: str
    names: list[dict[str, str]] = field(default_factory=list)
    births: list[str] = field(default_factory=list)
    regime: str = ""
    listed_on: date | None = None


@dataclass(frozen=True, slots=True)
class ListFile:
    """A whole list: its date, the SHA-256 of the file, and its targets in order of the file."""

    published_on: date
    sha256: str
    targets: tuple[Target, ...]


def read_list(content: bytes) -> ListFile:
    """The list in a file's bytes. Raises UnreadableList with every bad line; never half a list."""
    text = _decode(content)
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    problems: list[LineProblem] = []
    targets: dict[str, Target] = {}
    published_on = _published_on(_next_row(rows))
    header = _header(_next_row(rows))
    for line, row in _lines(rows):
        words = _take(row, header, targets)
        if words and len(problems) < MOST_PROBLEMS:
            problems.append(LineProblem(line, words))
    if not targets and not problems:
        problems.append(LineProblem(3, "There is not a single target."))
    if problems:
        raise UnreadableList(tuple(problems))
    return ListFile(published_on, hashlib.sha256(content).hexdigest(), tuple(targets.values()))


def _decode(content: bytes) -> str:
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text
    raise UnreadableList((LineProblem(1, "This is not a text file."),))


def _next_row(rows: Iterator[list[str]]) -> list[str]:
    try:
        return next(rows, [])
    except csv.Error as error:
        raise UnreadableList((LineProblem(1, f"This is not CSV: {error}."),)) from error


def _lines(rows: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            line = rows.line_num  # type: ignore[attr-defined]
            raise UnreadableList((LineProblem(line, f"This is not CSV: {error}."),)) from error
        if any(cell.strip() for cell in row):
            yield rows.line_num, row  # type: ignore[attr-defined]


def _published_on(row: list[str]) -> date:
    label, value = (*row, "", "")[:2]
    found = _date(value)
    if label.strip().casefold() != "last updated" or found is None:
        words = "It must say when the list was last updated: “Last Updated,24/09/2026”."
        raise UnreadableList((LineProblem(1, words),))
    return found


def _header(row: list[str]) -> list[str]:
    names = [" ".join(cell.split()) for cell in row]
    missing = [name for name in NEEDED if name not in names]
    if missing:
        words = f"These columns are missing: {', '.join(missing)}."
        raise UnreadableList((LineProblem(2, words),))
    return names


def _take(row: list[str], header: list[str], targets: dict[str, Target]) -> str | None:
    """Add the line to its target; what is wrong with it, or None."""
    if len(row) != len(header):
        return f"It has {len(row)} cells, and the header {len(header)}."
    cells = {name: cell.strip() for name, cell in zip(header, row, strict=True)}
    group, target = cells["Group ID"], TARGETS.get(cells["Group Type"].casefold())
    name = " ".join(cells[column] for column in NAME_COLUMNS if cells[column])
    if not group.isascii() or not group.isdigit() or len(group) > 20:
        return f"“{group[:20]}” is not a Group ID."
    if target is None:
        return f"“{cells['Group Type'][:20]}” is not a Group Type."
    if not name:
        return "It has no name."
    known = targets.setdefault(group, Target(group, target))
    if known.target != target:
        return f"Group {group} was of type {known.target} before."
    _add(known, cells, name)
    return None


def _add(known: Target, cells: Mapping[str, str], name: str) -> None:
    kind = cells["Alias Type"] or "Primary name"
    for words in (name, cells.get("Name Non-Latin Script", "")):
        if words and words not in [one["name"] for one in known.names]:
            known.names.append({"name": words[:300], "kind": kind[:60]})
    births = _BIRTH.findall(cells.get("DOB", ""))
    known.births += [birth for birth in births if birth not in known.births]
    known.regime = known.regime or cells.get("Regime", "")[:200]
    known.listed_on = known.listed_on or _date(cells.get("Listed On", ""))


def _date(value: str) -> date | None:
    found = _DAY.fullmatch(value.strip())
    try:
        return date(int(found[3]), int(found[2]), int(found[1])) if found else None
    except ValueError:
        return None
