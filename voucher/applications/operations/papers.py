"""What is added to an application piece by piece: proof of identity, earlier public support."""

from datetime import datetime
from typing import BinaryIO

from voucher.applications.models import Application
from voucher.applications.operations.draft import lock_form, note_done, require_facts_open
from voucher.applications.queries.drafts import EVIDENCE, evidence_of
from voucher.core.errors import Invalid, NotFound
from voucher.files import operations as files
from voucher.files.models import StoredFile
from voucher.integrations.storage.store import ContentStore
from voucher.subsidy.models import DeclaredAssistance
from voucher.subsidy.operations import Declaration, as_declared, declare
from voucher.subsidy.queries import declared_by

MOST_FILES = 10


def add_evidence(
    *,
    application: Application,
    stream: BinaryIO,
    name: str,
    store: ContentStore,
    by: int,
    at: datetime,
) -> StoredFile:
    """Add a file as proof of who the business is. Raises Invalid at "upload"."""
    locked = lock_form(application)
    if len(evidence_of(locked)) >= MOST_FILES:
        raise Invalid(
            f"You can add {MOST_FILES} files. Remove one before you add another.", "upload"
        )
    stored = files.store(
        stream=stream,
        name=name,
        purpose=EVIDENCE,
        subject=locked,
        by=by,
        at=at,
        store=store,
        business_id=locked.business_id,
    )
    note_done(locked, "evidence", True)
    return stored


def remove_evidence(*, application: Application, reference: str, by: int, at: datetime) -> None:
    """Take a file back. Raises NotFound for a file that is not of this application."""
    locked = lock_form(application)
    handed_in = {file.reference: file for file in evidence_of(locked)}
    if reference not in handed_in:
        raise NotFound("There is no such file.")
    files.remove(file=handed_in[reference], by=by, at=at)
    note_done(locked, "evidence", len(handed_in) > 1)


def add_support(
    *, application: Application, declaration: Declaration, by: int, at: datetime
) -> None:
    """Add one piece of earlier support to what the business declares. Raises Invalid by field."""
    locked = _form_on_support(application)
    rows = declared_by(locked.business_id)
    kept = [as_declared(row) for row in rows]
    declare(business=locked.business, records=[*kept, declaration], by=by, at=at)
    locked.assistance_declared = True
    note_done(locked, "support", True)


def remove_support(*, application: Application, record_id: int, by: int, at: datetime) -> None:
    """Take one declared piece back. Raises NotFound for one that this business has not declared."""
    locked = _form_on_support(application)
    rows = declared_by(locked.business_id)
    kept = [row for row in rows if row.id != record_id]
    if len(kept) == len(rows):
        raise NotFound("There is no such entry.")
    declare(business=locked.business, records=_declarations(kept), by=by, at=at)
    note_done(locked, "support", bool(kept))


def _form_on_support(application: Application) -> Application:
    locked = lock_form(application)
    require_facts_open(locked.business_id)
    return locked


def _declarations(rows: list[DeclaredAssistance]) -> list[Declaration]:
    return [as_declared(row) for row in rows]
