"""Taking in a sanctions list: the whole of it, or nothing."""

from datetime import datetime

from sqlalchemy import insert

from voucher.audit.operations import record
from voucher.core.clock import london_date
from voucher.core.db import session, translating_constraints
from voucher.core.errors import Invalid
from voucher.screening.list_file import ListFile
from voucher.screening.models import SanctionsEntry, SanctionsList
from voucher.screening.queries import newest_list

SMALL = 100
"""Lists of fewer targets are for training and tests, and may shrink as they like."""


def import_list(
    *,
    content: ListFile,
    file_name: str,
    by: int | None,
    at: datetime,
    accept_fewer: bool = False,
) -> SanctionsList:
    """Keep a list that was read whole; from now on claims are screened against it.

    Raises Invalid on "file" for one dated in the future, older than the one in use or, unless
    `accept_fewer`, with less than half of its targets, as a file that was cut off has; Conflict for
    a file that is here already.
    """
    newest = newest_list()
    if content.published_on > london_date(at):
        raise Invalid("This list is dated in the future.", "file")
    if newest is not None and content.published_on < newest.published_on:
        shown = f"{newest.published_on.day} {newest.published_on:%B %Y}"
        raise Invalid(f"This list is older than the one in use, of {shown}.", "file")
    if newest is not None and not accept_fewer:
        _require_about_as_many(content, newest)
    made = SanctionsList(
        published_on=content.published_on,
        sha256=content.sha256,
        file_name=file_name[:200] or "list.csv",
        entries=len(content.targets),
        imported_at=at,
        imported_by_id=by,
    )
    with translating_constraints():
        session.add(made)
        session.flush()
    _keep_targets(made, content)
    details = {"published_on": content.published_on.isoformat(), "sha256": content.sha256}
    details["entries"] = str(made.entries)
    record(action="sanctions.imported", subject=made, at=at, by=by, details=details)
    return made


def _keep_targets(made: SanctionsList, content: ListFile) -> None:
    session.execute(
        insert(SanctionsEntry),
        [
            {
                "list_id": made.id,
                "group_id": target.group_id,
                "target": target.target,
                "names": target.names,
                "births": target.births,
                "regime": target.regime,
                "listed_on": target.listed_on,
            }
            for target in content.targets
        ],
    )


def _require_about_as_many(content: ListFile, newest: SanctionsList) -> None:
    count = len(content.targets)
    if newest.entries >= SMALL and count * 2 < newest.entries:
        words = (
            f"This list has {count:,} targets and the one in use {newest.entries:,}. It looks cut"
            " off, so it was not taken in. Fetch it again. If it really has so few, whoever runs"
            " this service can take it in with “flask voucher import-sanctions --accept-fewer”."
        )
        raise Invalid(words, "file")
