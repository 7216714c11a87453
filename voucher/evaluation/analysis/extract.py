"""The analysis set as one ZIP for outside evaluators, and the findings made again from it.

No names, references, postcodes or amounts of single vouchers; a pseudonym is keyed, so that only
the programme can tell who it is. The same set and plan give the same bytes. Numbers are written
so that they are read back exactly, and so the findings are the same to the last digit.
"""

import csv
import io
import json
import lzma
import math
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from voucher.core.errors import Invalid
from voucher.evaluation.analysis.codebook import (
    codebook,
    joined_column,
    readme,
    weight_column,
)
from voucher.evaluation.analysis.rows import AnalysisSet, Facts
from voucher.evaluation.models import Wave
from voucher.evaluation.plans.rules import AnalysisPlan, plan_sha256, written

FOLLOW_UPS = tuple(wave.value for wave in Wave if wave is not Wave.BASELINE)
NAMES = ("README.txt", "codebook.csv", "data.csv", "facts.json", "findings.json", "plan.json")
MOST_BYTES = 200_000_000
"""Of one file inside, unpacked: far more than any round needs."""
DAMAGE = (
    *(ValueError, KeyError, TypeError, IndexError, AttributeError),
    *(ArithmeticError, RecursionError, csv.Error),
)
"""What reading a file raises that somebody else has written, and wrongly."""
NOT_UNPACKED = (
    *(zipfile.BadZipFile, EOFError, OSError, ValueError, zlib.error, lzma.LZMAError),
    RuntimeError,  # locked with a password, or packed by a method that is not known here
)
BEFORE, SUBGROUP, USED = "before_", "subgroup_", "take_up_"
Source = Path | bytes | BinaryIO
Cells = Sequence[str]


@dataclass(frozen=True)
class Extract:
    """What an extract holds: the set, the plan, and the findings as they were stated in it."""

    rows: AnalysisSet
    plan: AnalysisPlan
    stated: Mapping[str, Any]


def write_extract(rows: AnalysisSet, plan: AnalysisPlan, found: Mapping[str, Any]) -> bytes:
    """The extract of a set, with the findings `found` that were made of it, as a ZIP file."""
    columns = {**data_columns(rows), **joined_columns(rows, plan)}
    data = _as_csv([list(columns), *zip(*columns.values(), strict=True)])
    files = {
        "README.txt": readme(rows, plan, list(columns)).encode(),
        "codebook.csv": _as_csv(codebook(rows, list(columns))),
        "data.csv": data,
        "facts.json": _as_json(rows.facts.content()),
        "findings.json": _as_json(found),
        "plan.json": written(plan.content()),
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in NAMES:
            # The date is the earliest that the format knows, so that it tells nothing.
            archive.writestr(zipfile.ZipInfo(name), files[name], zipfile.ZIP_DEFLATED, 9)
    return packed.getvalue()


def read_extract(source: Source) -> dict[str, Any]:
    """The findings made again from an extract: its data, plan and facts alone, by this code.

    Raises Invalid, saying what is wrong, where it is no extract or is damaged.
    """
    from voucher.evaluation.analysis.set import findings

    opened = open_extract(source)
    try:
        return findings(opened.rows, opened.plan)
    except DAMAGE as error:
        raise Invalid(f"No figures can be made of this extract: {error!r}") from error


def open_extract(source: Source) -> Extract:
    """What is in an extract. Raises Invalid where it is none, or its parts don't fit together."""
    files = _unpacked(source)
    try:
        facts = Facts.read(json.loads(files["facts.json"]))
        plan = AnalysisPlan.read(json.loads(files["plan.json"]))
        stated = json.loads(files["findings.json"])
        rows = _set_of(files["data.csv"].decode(), facts)
        locked = None if facts.plan is None else facts.plan["sha256"]
    except DAMAGE as error:
        raise Invalid(f"The extract is damaged: {error!r}") from error
    if locked is not None and locked != plan_sha256(plan.content()):
        raise Invalid("The plan in the extract is not the one that was locked.")
    return Extract(rows, plan, stated)


def data_columns(rows: AnalysisSet) -> dict[str, Cells]:
    """The columns of data.csv by name, in order, each cell as text."""
    found: dict[str, Cells] = {
        "business": rows.pseudonyms,
        "arm": rows.arms,
        "offered": _flags(rows.offered),
    }
    if rows.strata is not None:
        found["stratum"] = rows.strata
    found["take_up"] = _flags(rows.take_up)
    for wave, used in rows.take_up_by.items():
        found[USED + wave] = _flags(used)
    if rows.clusters is not None:
        found["cluster"] = rows.clusters
    for code, labels in rows.subgroups.items():
        found[SUBGROUP + code] = labels
    for code, numbers in rows.baseline.items():
        found[BEFORE + code] = _texts(numbers)
    for wave, columns in rows.follow_up.items():
        for code, numbers in columns.items():
            found[f"{wave}_{code}"] = _texts(numbers)
    return found


def joined_columns(rows: AnalysisSet, plan: AnalysisPlan) -> dict[str, Cells]:
    """Two columns for each planned outcome for which strata were joined or left out: the stratum as
    it was analysed, and what the row counts for in it (nothing in one without a lottery)."""
    from voucher.evaluation.analysis.joining import strata_analysed

    found: dict[str, Cells] = {}
    for outcome in plan.outcomes if rows.is_randomised else ():
        analysed = strata_analysed(rows, plan, outcome)
        if analysed is not None:
            found[joined_column(outcome)] = analysed.strata
            found[weight_column(outcome)] = _texts(analysed.weights)
    return found


def _set_of(text: str, facts: Facts) -> AnalysisSet:
    header, *lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    if any(len(line) != len(header) for line in lines):
        raise ValueError("a line of data.csv has another number of cells than the first")
    columns = {name: [line[place] for line in lines] for place, name in enumerate(header)}

    def part(prefix: str, read: Callable[[Cells], Any]) -> dict[str, Any]:
        return {
            name.removeprefix(prefix): read(cells)
            for name, cells in columns.items()
            if name.startswith(prefix)
        }

    return AnalysisSet(
        facts=facts,
        pseudonyms=tuple(columns["business"]),
        arms=tuple(columns["arm"]),
        offered=_read_flags(columns["offered"]),
        strata=tuple(columns["stratum"]) if "stratum" in columns else None,
        take_up=_read_flags(columns["take_up"]),
        baseline=part(BEFORE, _numbers),
        follow_up={wave: part(f"{wave}_", _numbers) for wave in FOLLOW_UPS},
        subgroups=part(SUBGROUP, tuple),
        clusters=tuple(columns["cluster"]) if "cluster" in columns else None,
        take_up_by=part(USED, _read_flags),
    )


def _unpacked(source: Source) -> dict[str, bytes]:
    stream = io.BytesIO(source) if isinstance(source, bytes) else source
    try:
        with zipfile.ZipFile(stream) as archive:
            for name in NAMES:
                if archive.getinfo(name).file_size > MOST_BYTES:
                    raise Invalid(f"{name} in the extract is too large.")
            return {name: archive.read(name) for name in NAMES}
    except KeyError as error:
        raise Invalid(f"This is no extract: {error.args[0]}") from error
    except NOT_UNPACKED as error:
        raise Invalid(f"This is no ZIP file that can be read: {error}") from error


def _flags(values: Sequence[bool]) -> Cells:
    return ["1" if value else "0" for value in values]


def _read_flags(cells: Cells) -> tuple[bool, ...]:
    if not set(cells) <= {"0", "1"}:
        raise ValueError("a column of data.csv that is 0 or 1 holds something else")
    return tuple(cell == "1" for cell in cells)


def _texts(numbers: Sequence[float]) -> Cells:
    """Numbers as text that is read back exactly; nothing where one is not known."""
    return [
        "" if math.isnan(each) else str(int(each)) if each.is_integer() else repr(each)
        for each in numbers
    ]


def _numbers(cells: Cells) -> tuple[float, ...]:
    return tuple(float(cell) if cell else math.nan for cell in cells)


def _as_csv(lines: Sequence[Sequence[str]]) -> bytes:
    table = io.StringIO()
    csv.writer(table, lineterminator="\r\n").writerows(lines)
    return table.getvalue().encode()


def _as_json(value: Any) -> bytes:
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False).encode() + b"\n"
