"""Reading a list of sanctions targets, as the UK government publishes or published it (CSV).

Two formats are read, told apart by the names of their columns. In both, the first line says of
which day the list is, the second names the columns, and every further line is one name (or one
address) of one target; the lines of a target share its identifier.

UK Sanctions List (the only one published since 28 January 2026): "Report Date: 18-Aug-2026", then
58 columns that begin "Last Updated,Unique ID,OFSI Group ID,UN Reference Number,Name 6,Name 1". The
names of the columns are those that four public programs which read the file agree on, one of them a
copy of the header of 8 October 2026; the meaning of name types and alias strength is in "UK
Sanctions List: change to the list's format" (Foreign, Commonwealth and Development Office, 2022).
The published file itself was not at hand when this was written.

UK consolidated list (closed on 28 January 2026; files of it are still read): "Last Updated,
24/09/2026", then columns that begin "Name 6,Name 1". Source: OFSI, "Consolidated List format guide"
(2022 format).
"""

import codecs
import csv
import hashlib
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import BinaryIO

from voucher.core.lines import LineProblem

NAME_COLUMNS = ("Name 1", "Name 2", "Name 3", "Name 4", "Name 5", "Name 6")
TARGETS = {"individual": "individual", "entity": "entity", "ship": "ship"}
WEAK = ("low", "weak")
"""How the lists begin to call an alias that is too general to go by."""

MOST_PROBLEMS = 50
_BIRTH = re.compile(r"\d{2}/\d{2}/\d{4}|\d{4}", re.ASCII)
_DAY = re.compile(r"(\d{1,2})[/-](\d{2}|[a-z]{3})[a-z]*[/-](\d{4})", re.ASCII | re.IGNORECASE)
_FIRST_LINE = re.compile(r"(?:last updated|report date)[\s:]*(\S+)\s*", re.IGNORECASE)
_IDENTIFIER = re.compile(r"[A-Za-z0-9./_-]{1,20}", re.ASCII)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Layout:
    """What a published format calls the columns that are read; from `strength` on, any may lack."""

    title: str
    identifier: str
    target: str
    kind: str
    script: str
    strength: str
    births: str
    regime: str
    listed: str

    @property
    def needed(self) -> tuple[str, ...]:
        """Columns without which a name, or a target, would be missed."""
        return (*NAME_COLUMNS, self.identifier, self.target, self.kind, self.script)


LAYOUTS = (
    Layout(
        title="UK Sanctions List",
        identifier="Unique ID",
        target="Designation Type",
        kind="Name type",
        script="Name non-latin script",
        strength="Alias strength",
        births="D.O.B",
        regime="Regime Name",
        listed="Date Designated",
    ),
    Layout(
        title="UK consolidated list",
        identifier="Group ID",
        target="Group Type",
        kind="Alias Type",
        script="Name Non-Latin Script",
        strength="Alias Quality",
        births="DOB",
        regime="Regime",
        listed="Listed On",
    ),
)


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
    by_name: dict[str, dict[str, str]] = field(default_factory=dict)
    births: list[str] = field(default_factory=list)
    regime: str = ""
    listed_on: date | None = None

    @property
    def names(self) -> list[dict[str, str]]:
        """Every name once, in the order of the file."""
        return list(self.by_name.values())


@dataclass(frozen=True, slots=True)
class ListFile:
    """A whole list: its date, the SHA-256 of the file, and its targets in order of the file."""

    published_on: date
    sha256: str
    targets: tuple[Target, ...]


def read_list(content: bytes | BinaryIO) -> ListFile:
    """The list in a file, read line by line: of the file only the names stay in memory.

    Raises UnreadableList with every bad line; never half a list.
    """
    source = io.BytesIO(content) if isinstance(content, bytes) else content
    sha256, encoding = _examine(source)
    source.seek(0)
    text = io.TextIOWrapper(source, encoding=encoding, newline="")
    try:
        published_on, targets = _read(csv.reader(text, strict=True))
    except UnicodeDecodeError as error:
        raise _unreadable(1, "This is not a text file.") from error
    finally:
        text.detach()
    return ListFile(published_on, sha256, targets)


def _examine(source: BinaryIO) -> tuple[str, str]:
    """The digest of the file, and whether it is UTF-8 or of the Windows kind."""
    digest, decoder = hashlib.sha256(), codecs.getincrementaldecoder("utf-8")()
    encoding = "utf-8-sig"
    while chunk := source.read(_CHUNK):
        digest.update(chunk)
        if b"\0" in chunk:
            raise _unreadable(1, "This is not a text file.")
        if encoding == "utf-8-sig":
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                encoding = "cp1252"
    return digest.hexdigest(), encoding


def _unreadable(line: int, words: str) -> UnreadableList:
    return UnreadableList((LineProblem(line, words),))


def _read(rows: Iterator[list[str]]) -> tuple[date, tuple[Target, ...]]:
    published_on = _published_on(_next_row(rows))
    header = [" ".join(cell.split()).casefold() for cell in _next_row(rows)]
    reader = _Reader(_layout(header), header)
    for line, row in _lines(rows):
        words = reader.take(row)
        if words:
            reader.problems.append(LineProblem(line, words))
            if len(reader.problems) == MOST_PROBLEMS:
                break
    if not reader.targets and not reader.problems:
        reader.problems.append(LineProblem(3, "There is not a single target."))
    if reader.problems:
        raise UnreadableList(tuple(reader.problems))
    return published_on, tuple(reader.targets.values())


def _next_row(rows: Iterator[list[str]]) -> list[str]:
    try:
        return next(rows, [])
    except csv.Error as error:
        raise _unreadable(1, _csv_words(error)) from error


def _csv_words(error: csv.Error) -> str:
    if "unexpected end" in str(error):
        return "The file was cut off in the middle of a line. Fetch it again."
    return f"This is not CSV: {error}."


def _lines(rows: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            line = rows.line_num  # type: ignore[attr-defined]
            raise _unreadable(line, _csv_words(error)) from error
        if any(cell.strip() for cell in row):
            yield rows.line_num, row  # type: ignore[attr-defined]


def _published_on(row: Sequence[str]) -> date:
    found = _FIRST_LINE.fullmatch(" ".join(cell.strip() for cell in row).strip())
    day = _date(found[1]) if found else None
    if day is None:
        words = (
            "It must say of which day the list is: “Report Date: 18-Aug-2026” (UK Sanctions List)"
            " or “Last Updated,24/09/2026” (the consolidated list that came before it)."
        )
        raise _unreadable(1, words)
    return day


def _layout(header: Sequence[str]) -> Layout:
    """The format whose columns these are; its identifier's column tells them apart."""
    for layout in LAYOUTS:
        if layout.identifier.casefold() not in header:
            continue
        missing = [name for name in layout.needed if name.casefold() not in header]
        if missing:
            words = f"These columns of the {layout.title} are missing: {', '.join(missing)}."
            raise _unreadable(2, words)
        return layout
    words = (
        "These are not the columns of the UK Sanctions List (“Unique ID”, “Name 6” and more), nor"
        " of the consolidated list that came before it (“Group ID”, “Name 6” and more). Take the"
        " CSV file as it is published. If its columns have changed, tell who runs this service."
    )
    raise _unreadable(2, words)


class _Reader:
    """Gathers the lines of one format by target."""

    def __init__(self, layout: Layout, header: Sequence[str]) -> None:
        self.layout = layout
        self.width = len(header)
        self.places = {name: place for place, name in reversed(list(enumerate(header)))}
        self.name_places = [self.places[name.casefold()] for name in NAME_COLUMNS]
        self.targets: dict[str, Target] = {}
        self.problems: list[LineProblem] = []

    def take(self, row: list[str]) -> str | None:
        """Add the line to its target; what is wrong with it, or None. Cells beyond the header's
        must be empty; a line with fewer was cut off."""
        if len(row) < self.width or any(cell.strip() for cell in row[self.width :]):
            return f"It has {len(row)} cells, and the header {self.width}."
        layout = self.layout
        group, given = self._cell(row, layout.identifier), self._cell(row, layout.target)
        target = TARGETS.get(given.casefold())
        names = [" ".join(filter(None, (row[place].strip() for place in self.name_places)))]
        names.append(self._cell(row, layout.script))
        if not _IDENTIFIER.fullmatch(group):
            return f"“{group[:20]}” is not a {layout.identifier}."
        if target is None:
            return f"“{given[:20]}” is not a {layout.target}."
        if not any(names):
            return "It has no name."
        known = self.targets.setdefault(group, Target(group, target))
        if known.target != target:
            return f"{layout.identifier} {group} was of type {known.target} before."
        self._add(known, row, names)
        return None

    def _cell(self, row: Sequence[str], name: str) -> str:
        place = self.places.get(name.casefold())
        return "" if place is None else row[place].strip()

    def _add(self, known: Target, row: Sequence[str], names: Sequence[str]) -> None:
        layout = self.layout
        strength = self._cell(row, layout.strength).casefold()
        for name in filter(None, names):
            one = {"name": name[:300], "kind": (self._cell(row, layout.kind) or "Name")[:60]}
            if strength.startswith(WEAK):
                one["strength"] = "weak"
            _keep_stronger(known.by_name, one)
        births = _BIRTH.findall(self._cell(row, layout.births))
        known.births += [birth for birth in dict.fromkeys(births) if birth not in known.births]
        known.regime = known.regime or self._cell(row, layout.regime)[:200]
        known.listed_on = known.listed_on or _date(self._cell(row, layout.listed))


def _keep_stronger(by_name: dict[str, dict[str, str]], one: Mapping[str, str]) -> None:
    """A name listed several times (for several addresses) is weak only if it is so each time."""
    before = by_name.setdefault(one["name"], dict(one))
    if "strength" not in one:
        before.pop("strength", None)


def _date(value: str) -> date | None:
    """A day as "18/08/2026" or "18-Aug-2026", or None."""
    found = _DAY.fullmatch(value.strip())
    if found is None:
        return None
    month = found[2].lower()
    try:
        number = _MONTHS.index(month) + 1 if month.isalpha() else int(month)
        return date(int(found[3]), number, int(found[1]))
    except ValueError:
        return None
