"""Taking in a sanctions list: the whole of it, or nothing."""

from datetime import datetime

from voucher.audit.operations import record
from voucher.core.clock import london_date
from voucher.core.db import session, translating_constraints
from voucher.core.errors import Invalid
from voucher.screening.list_file import ListFile
from voucher.screening.models import SanctionsEntry, SanctionsList
from voucher.screening.queries import newest_list


def import_list(
    *, content: ListFile, file_name: str, by: int | None, at: datetime
) -> SanctionsList:
    """Keep a list that was read whole; from now on claims are screened against it.

    Raises Invalid on "file" for one dated in the future or older than the one in use, Conflict for
    a file that is here already.
    """
    newest = newest_list()
    if content.published_on > london_date(at):
        raise Invalid("This list is dated in the future.", "file")
    if newest is not None and content.published_on < newest.published_on:
        shown = f"{newest.published_on.day} {newest.published_on:%B %Y}"
        raise Invalid(f"This list is older than the one in use, of {shown}.", "file")
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
    session.add_all(
        SanctionsEntry(
            list_id=made.id,
            group_id=target.group_id,
            target=target.target,
            names=target.names,
            births=target.births,
            regime=target.regime,
            listed_on=target.listed_on,
        )
        for target in content.targets
    )
    details = {"published_on": content.published_on.isoformat(), "sha256": content.sha256}
    details["entries"] = str(made.entries)
    record(action="sanctions.imported", subject=made, at=at, by=by, details=details)
    return made
