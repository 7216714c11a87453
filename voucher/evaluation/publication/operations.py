"""Signing a report off and publishing it: two people, and nothing is taken back.

Lock order: the report's round, then the report.
"""

import hashlib
from datetime import datetime

from voucher.audit.operations import record
from voucher.core.db import lock, session, translating_constraints
from voucher.core.errors import Conflict
from voucher.evaluation.disclosure_versions import held_back
from voucher.evaluation.models import Report
from voucher.evaluation.publication.models import (
    PUBLISHED_ALREADY,
    SIGNED_ALREADY,
    ReportPublication,
    ReportSignOff,
)
from voucher.evaluation.publication.queries import (
    figures_published,
    newest_version,
    publication_of,
    report_to_publish,
    sign_off_of,
)
from voucher.evaluation.publication.rules import (
    checked_note,
    require_another,
    require_publishable,
    require_signable,
    sha256_of,
    subject_of,
)
from voucher.files.models import StoredFile
from voucher.programmes.models import Round

TELLS_OF_FEW = (
    "Since this report was built another version was published, beside which some of its figures"
    " would tell of fewer than five businesses. Build it again: they are left out then."
)
OTHER_THAN_SIGNED = "This is not the report that was signed off: its hashes differ."


def sign_off(*, report: Report, note: str = "", by: int, at: datetime) -> ReportSignOff:
    """Stand by a finished report as its evaluator.

    What exactly is signed is kept by its hashes. Raises Conflict where it is not ready or signed
    already, Invalid for a note that is too long.
    """
    require_signable(report)
    if sign_off_of(report.id) is not None:
        raise Conflict(SIGNED_ALREADY)
    hashes = _hashes(report)
    signed = ReportSignOff(
        report_id=report.id,
        note=checked_note(note, "note"),
        signed_at=at,
        signed_by_id=by,
        **hashes,
    )
    with translating_constraints():
        session.add(signed)
        session.flush()
    record(action="report.signed_off", subject=report, at=at, by=by, details=hashes)
    return signed


def _hashes(report: Report) -> dict[str, str | None]:
    """SHA-256 in hex of each part of a report; None for what it does not have."""
    _, _, document_sha256 = report_to_publish(report.reference)
    extract = session.get_one(StoredFile, report.extract_id) if report.extract_id else None
    plan = ((report.figures or {}).get("findings") or {}).get("plan")
    return {
        "document_sha256": document_sha256,
        "figures_sha256": sha256_of(report.figures or {}),
        "page_sha256": hashlib.sha256((report.page or "").encode()).hexdigest(),
        "extract_sha256": extract.sha256 if extract else None,
        "plan_sha256": plan["sha256"] if plan else None,
    }


def publish(*, report: Report, note: str = "", by: int, at: datetime) -> ReportPublication:
    """Publish a report that was signed off; it supersedes the version that stood until now.

    `note` says why there is a new version, and is needed where there is an older one. Raises
    NotPermitted for whoever signed off, Conflict without a sign-off, for a report that is published
    already or whose data are older than those of the version that stands, Invalid for the note.
    """
    require_publishable(report)
    lock(Round, report.round_id)
    signed = sign_off_of(report.id)
    if signed is None:
        raise Conflict("An evaluator signs the report off before it is published.")
    require_another(signed.signed_by_id, by)
    if publication_of(report.id) is not None:
        raise Conflict(PUBLISHED_ALREADY)
    older = _superseded(report)
    if held_back(report.figures or {}, figures_published(report.round_id or 0, at)):
        raise Conflict(TELLS_OF_FEW)
    published = _published(report, signed, older, note, by, at)
    with translating_constraints():
        session.add(published)
        session.flush()
    details = {"version": published.version, "sha256": published.document_sha256}
    record(action="report.published", subject=report, at=at, by=by, details=details)
    return published


def _superseded(report: Report) -> ReportPublication | None:
    """The version that stands until now. Raises Conflict where its data are the newer ones."""
    older = newest_version(subject_of(report))
    if older is None:
        return None
    if session.get_one(Report, older.report_id).data_cut_at >= report.data_cut_at:
        raise Conflict("A version with newer data is published already.")
    return older


def _published(
    report: Report,
    signed: ReportSignOff,
    older: ReportPublication | None,
    note: str,
    by: int,
    at: datetime,
) -> ReportPublication:
    kept = checked_note(note, "reason", required=older is not None)
    hashes = _hashes(report)
    for part in ("document_sha256", "figures_sha256", "page_sha256"):
        if getattr(signed, part) not in (None, hashes[part]):
            raise Conflict(OTHER_THAN_SIGNED)
    return ReportPublication(
        report_id=report.id,
        sign_off_id=signed.id,
        subject=subject_of(report),
        version=older.version + 1 if older else 1,
        supersedes_id=older.id if older else None,
        note=kept if older else "",
        document_sha256=hashes["document_sha256"],
        figures_sha256=hashes["figures_sha256"],
        page_sha256=hashes["page_sha256"],
        signed_at=signed.signed_at,
        signed_by_id=signed.signed_by_id,
        published_at=at,
        published_by_id=by,
    )
