"""Last year's report goes to the public: the evaluator stands by it, the manager publishes it."""

import errno
import os
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from voucher.core.db import session
from voucher.evaluation.jobs import build_reports
from voucher.evaluation.models import Report, ReportKind, ReportStatus
from voucher.evaluation.operations import ask_provider_report, ask_report
from voucher.evaluation.publication import operations
from voucher.providers.models import Provider
from voucher.sandbox.seed.stage import Stage
from voucher.vouchers.models import Redemption

SOUND = "Counts and amounts were compared with the ledger and with the register of status changes."


def ask_in_vain(stage: Stage, at: datetime) -> None:
    """Ask for last year's report on a day on which the disk is full by the evening.

    The evaluator asks again the next day, so that what could not be built stands below what was.
    """
    ask_report(round_=stage.round("last_year"), by=stage.people["evaluator"], at=at)
    stage.errands.append(lambda late: _build_on_a_full_disk(stage, late))


def _build_on_a_full_disk(stage: Stage, at: datetime) -> None:
    build_reports(stage.services.store, with_a_full_disk, at)


def with_a_full_disk(_template: str, _context: Mapping[str, Any]) -> str:
    """What rendering comes to where nothing can be written any more."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def ask_about_a_provider(stage: Stage, at: datetime) -> None:
    """Ask for the summary of the cast's provider; before it had work, of who had the first."""
    of_cast = Provider.id == stage.people.get("cast_provider")
    first = select(Provider).join(Redemption, Redemption.provider_id == Provider.id)
    first = first.order_by(of_cast.desc(), Redemption.id).limit(1)
    provider = session.execute(first).scalar_one()
    ask_provider_report(provider=provider, by=stage.people["evaluator"], at=at)


def sign_off(stage: Stage, at: datetime) -> None:
    """The evaluator signs last year's report off, and the provider's summary, which it then has."""
    by = stage.people["evaluator"]
    operations.sign_off(report=_last_years(stage), note=SOUND, by=by, at=at)
    summaries = select(Report).where(
        Report.kind == ReportKind.PROVIDER, Report.status == ReportStatus.READY
    )
    for report in session.execute(summaries).scalars():
        operations.sign_off(report=report, note="", by=by, at=at)


def publish(stage: Stage, at: datetime) -> None:
    """The programme manager publishes it."""
    operations.publish(report=_last_years(stage), by=stage.people["manager"], at=at)


def _last_years(stage: Stage) -> Report:
    """The report on last year's round that the worker built first."""
    query = select(Report).where(
        Report.round_id == stage.round("last_year").id,
        Report.kind == ReportKind.ROUND,
        Report.status == ReportStatus.READY,
    )
    return session.execute(query.order_by(Report.id).limit(1)).scalar_one()
