"""What may be published, and by whom. Pure.

The rows behind a report never are: they have no names, but official turnover and the amounts a
business stated are its own alone, and would tell which business a row is.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from voucher.core.errors import Conflict, Invalid, NotPermitted
from voucher.evaluation.models import Report, ReportKind, ReportStatus

PUBLISHED_KINDS = frozenset({ReportKind.ROUND})
"""Kinds of report that are published: of them alone every figure is protected for the public."""
SIGNED_KINDS = PUBLISHED_KINDS | {ReportKind.PROVIDER}
"""Kinds that an evaluator signs off. A provider's summary is for the provider alone then."""
LONGEST_NOTE = 1000


def subject_of(report: Report) -> str:
    """What a report is about: versions of the same subject supersede each other."""
    return f"{report.kind.value}-{report.round_id}"


def require_signable(report: Report) -> None:
    """Raise Conflict unless the report is finished, of a kind that is signed off, with a page."""
    if report.kind not in SIGNED_KINDS:
        raise Conflict("Only reports on rounds and summaries of providers are signed off.")
    if report.status is not ReportStatus.READY:
        raise Conflict("This report is not ready yet.")
    if report.page is None:
        raise Conflict("This report was built before reports had a web page. Build it again.")


def require_publishable(report: Report) -> None:
    """Raise Conflict unless the report may be signed off and is of a kind that is published."""
    if report.kind not in PUBLISHED_KINDS:
        raise Conflict("Only reports on rounds are published.")
    require_signable(report)


def require_another(signed_by: int, published_by: int) -> None:
    """Raise NotPermitted where the same person would sign off and publish."""
    if signed_by == published_by:
        raise NotPermitted("You signed this report off, so somebody else publishes it.")


def checked_note(note: str, field: str, *, required: bool = False) -> str:
    """The note without space around it. Raises Invalid where it is too long, or missing."""
    kept = note.strip()
    if required and not kept:
        raise Invalid("Say why there is a new version.", field)
    if len(kept) > LONGEST_NOTE:
        raise Invalid(f"The note must have at most {LONGEST_NOTE:,} characters.", field)
    return kept


def sha256_of(figures: Mapping[str, Any]) -> str:
    """The SHA-256 of figures as they are published, in hex."""
    written = json.dumps(figures, indent=1, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(written.encode()).hexdigest()
