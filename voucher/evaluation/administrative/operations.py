"""Importing official figures: a preview that stores nothing, and the import that was confirmed."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert

from voucher.audit.operations import record
from voucher.core.clock import london_date
from voucher.core.db import session, translating_constraints
from voucher.core.errors import Conflict, Invalid
from voucher.core.lines import LineProblem
from voucher.core.references import make_reference
from voucher.evaluation.administrative.files import read, sha256_of
from voucher.evaluation.administrative.models import (
    AdministrativeFigure,
    AdministrativeImport,
    Measure,
)
from voucher.evaluation.administrative.queries import import_of, kept_keys, known_businesses
from voucher.evaluation.administrative.rules import DOUBTS, Candidate, Kind, Sorted, sort_out

LONGEST_NAME = 200


class BadFile(Invalid):
    """A file that can't be read at all, with everything that is wrong with it."""

    def __init__(self, problems: Sequence[LineProblem]) -> None:
        super().__init__(" ".join(str(each) for each in problems), "upload")
        self.problems = problems


@dataclass(frozen=True)
class Preview:
    """A file gone through. `replacing`: how many of its figures there are already, which the new
    ones would supersede. `gone`: references of the businesses that applied and are no longer on the
    register, in the file or not."""

    sha256: str
    sorted: Sorted
    replacing: int
    gone: tuple[str, ...] = ()


def preview(*, content: bytes, at: datetime) -> Preview:
    """Go through a file and store nothing, in at most three statements however long it is.

    Raises BadFile where it can't be read, Conflict where this very file was imported before.
    """
    sha256 = sha256_of(content)
    _refuse_again(sha256)
    found = read(content, london_date(at))
    if not found.lines:
        raise BadFile(found.problems)
    known = known_businesses()
    gone_through = sort_out(found, known)
    gone = sorted(each.reference for all_of in known.values() for each in all_of if each.has_ceased)
    kept = kept_keys()
    replacing = sum(not kept.isdisjoint(_keys(each)) for each in gone_through.candidates)
    return Preview(sha256, gone_through, replacing, tuple(gone))


def _keys(candidate: Candidate) -> list[tuple[int, Measure, date]]:
    """Of which businesses, measure and period the figure is."""
    figure = candidate.figure
    return [(each, figure.measure, figure.period_end_on) for each in candidate.business_ids]


def _refuse_again(sha256: str) -> None:
    before = import_of(sha256)
    if before is not None:
        day = f"{london_date(before.imported_at):%-d %B %Y}"
        raise Conflict(f"This very file was imported on {day} as {before.reference}.")


def import_figures(
    *,
    file_name: str,
    content: bytes,
    accepted: Collection[Kind],
    expected: int,
    by: int,
    at: datetime,
) -> AdministrativeImport:
    """Keep the figures of a file that was looked at; what was kept before is superseded, and stays.

    `accepted`: doubts whose lines are taken. `expected`: how many lines the preview said would be
    taken with them. Raises BadFile, Conflict where the file was imported before or would no longer
    give as many lines, and Invalid while lines are bad or none is taken.
    """
    seen = preview(content=content, at=at)
    taken = seen.sorted.taken(set(accepted) & set(DOUBTS))
    if Kind.BAD in seen.sorted.counts:
        raise Invalid("Some lines can’t be read. Correct them and upload the file again.", "upload")
    if not taken:
        raise Invalid("No line would be taken.", "upload")
    if len(taken) != expected:
        raise Conflict("What would be taken has changed since the preview. Look at it again.")
    made = _kept_import(file_name, seen, taken, by, at)
    rows = [row for each in taken for row in _rows(made.id, each)]
    session.execute(insert(AdministrativeFigure), rows)
    details = {"lines": made.lines, "taken": made.taken, "file_sha256": made.file_sha256}
    record(action="official_figures.imported", subject=made, at=at, by=by, details=details)
    return made


def _kept_import(
    file_name: str, seen: Preview, taken: Sequence[Candidate], by: int, at: datetime
) -> AdministrativeImport:
    made = AdministrativeImport(
        reference=make_reference("ADM", secrets.token_bytes(8)),
        file_name=file_name[:LONGEST_NAME] or "file.csv",
        file_sha256=seen.sha256,
        lines=seen.sorted.lines,
        taken=len(taken),
        counts={kind.value: count for kind, count in seen.sorted.counts.items()},
        gone=list(seen.gone),
        imported_at=at,
        imported_by_id=by,
    )
    with translating_constraints():
        session.add(made)
        session.flush()
    return made


def _rows(import_id: int, candidate: Candidate) -> list[dict[str, Any]]:
    figure = candidate.figure
    return [
        {
            "import_id": import_id,
            "business_id": business_id,
            "measure": figure.measure,
            "value": figure.value,
            "period_end_on": figure.period_end_on,
            "source": figure.source,
            "line": figure.line,
            "doubts": [kind.value for kind in candidate.doubts],
        }
        for business_id in candidate.business_ids
    ]
