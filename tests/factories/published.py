"""Finished and published reports on rounds, with findings as a trial's report keeps them."""

from datetime import datetime
from typing import Any

from tests.factories.scheme import AT, make_member, next_number, reference, stored
from tests.unit.evaluation.synthesis.rounds import a_round
from voucher.accounts.roles import Role
from voucher.core.status import Status
from voucher.evaluation.models import Report, ReportKind, ReportStatus
from voucher.evaluation.publication.models import ReportPublication, ReportSignOff
from voucher.files.models import StoredFile
from voucher.programmes.models import Round


def make_report(
    round_: Round,
    *outcomes: dict[str, Any],
    at: datetime = AT,
    descriptive: bool = False,
    status: Status = ReportStatus.READY,
) -> Report:
    """A report of a trial with these outcomes, or one that only describes."""
    number = next_number()
    file = stored(
        StoredFile(
            reference=reference("FIL", number),
            subject_kind="report",
            subject_id=number,
            purpose="report",
            name="report.pdf",
            media_type="application/pdf",
            size_bytes=1,
            sha256="0" * 64,
            uploaded_at=at,
        )
    )
    findings = dict(a_round(number, *outcomes).findings)
    return stored(
        Report(
            reference=reference("RPT", number),
            kind=ReportKind.ROUND,
            status=status,
            round_id=round_.id,
            asked_at=at,
            data_cut_at=at,
            finished_at=at,
            figures={"kind": "round"} if descriptive else {"kind": "trial", "findings": findings},
            file_id=file.id if status is ReportStatus.READY else None,
        )
    )


def publish(
    report: Report, *, at: datetime = AT, supersedes: ReportPublication | None = None
) -> ReportPublication:
    """Signed off by an evaluator and published by a programme manager."""
    signer, publisher = make_member(Role.EVALUATOR), make_member(Role.PROGRAMME_MANAGER)
    signed = stored(ReportSignOff(report_id=report.id, signed_at=at, signed_by_id=signer.id))
    return stored(
        ReportPublication(
            report_id=report.id,
            sign_off_id=signed.id,
            subject=f"round-{report.round_id}",
            version=2 if supersedes else 1,
            supersedes_id=supersedes.id if supersedes else None,
            note="More answers." if supersedes else "",
            document_sha256="0" * 64,
            figures_sha256="0" * 64,
            page_sha256="0" * 64,
            signed_at=at,
            signed_by_id=signer.id,
            published_at=at,
            published_by_id=publisher.id,
        )
    )
