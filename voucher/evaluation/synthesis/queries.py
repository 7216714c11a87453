"""Reads: what was found in each round, and the syntheses asked for."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

from voucher.businesses.outcome_areas import AREAS
from voucher.core.db import session
from voucher.core.errors import NotFound
from voucher.core.paging import Page, page_of
from voucher.core.references import normalise_reference
from voucher.evaluation.models import Report, ReportKind, Synthesis
from voucher.evaluation.publication.models import ReportPublication
from voucher.evaluation.synthesis.rules import RoundFindings
from voucher.programmes.models import Programme, Round

AREA_WORDS = {area.code.value: area.label for area in AREAS}
SHAPE = 2
"""Of what is kept with a synthesis for pages: what was kept in another is not read."""
NOTHING_DRAWN = {"offered": None, "comparison": None}


def rounds_found(*, up_to: datetime | None = None) -> list[RoundFindings]:
    """What was found in each round with a published report, as that report protected it and by
    the names that it gave (today's, where it kept none).

    Of each round its newest published version counts; with `up_to` (aware UTC) the newest by then.
    A round whose report claims no effect comes without outcomes. Reports that nobody has signed
    off and published are in no synthesis.
    """
    newest = _published(up_to)
    if not newest:
        return []
    query = (
        select(Report, Round, Programme.name)
        .join(Round, Round.id == Report.round_id)
        .join(Programme, Programme.id == Round.programme_id)
        .where(Report.id.in_(newest.values()))
        .order_by(Report.id)
    )
    return [_found(*row) for row in session.execute(query)]


def _published(up_to: datetime | None) -> dict[int, int]:
    """Round → the report of its newest published version."""
    newer = aliased(ReportPublication)
    stands = newer.supersedes_id == ReportPublication.id
    query = (
        select(Report.round_id, Report.id)
        .join(ReportPublication, ReportPublication.report_id == Report.id)
        .where(Report.kind == ReportKind.ROUND)
    )
    if up_to is not None:
        query = query.where(ReportPublication.published_at <= up_to)
        stands = stands & (newer.published_at <= up_to)
    query = query.outerjoin(newer, stands).where(newer.id.is_(None))
    return {row[0]: row[1] for row in session.execute(query)}


def _found(report: Report, round_: Round, programme: str) -> RoundFindings:
    names = (report.figures or {}).get("names", {})
    return RoundFindings(
        reference=round_.reference,
        round=names.get("round", round_.name),
        programme=names.get("programme", programme),
        report=report.reference,
        findings=_findings(report),
        settings={
            "value_cap_pence": round_.value_cap_pence,
            "share_bps": round_.share_bps,
            "closes_on": round_.closes_on.isoformat(),
            **_delivery(report.figures or {}),
        },
    )


def _delivery(figures: Mapping[str, Any]) -> dict[str, Any]:
    """How many applied, for which areas, and whose vouchers were used, as the report tells it."""
    flow = (figures.get("findings") or {}).get("flow") or {}
    counts = (figures.get("flow") or {}).get("counts") or {}
    areas = (figures.get("areas") or {}).get("sent", [])
    return {
        "sent": flow.get("assessed") if flow else counts.get("sent"),
        "areas": {AREA_WORDS.get(each["code"], each["code"]): each["count"] for each in areas},
        "providers": {each["code"]: each["count"] for each in figures.get("providers", [])},
    }


def _findings(report: Report) -> Mapping[str, Any]:
    """The findings that the report was made of, or those of a round without a comparison."""
    figures = report.figures or {}
    found: Mapping[str, Any] | None = figures.get("findings")
    if found is not None:
        return found
    return {
        "design": {
            "label": "none",
            "sms_level": 1,
            "underpowered": False,
            "detectable": None,
            "planned_n": None,
            "drawn": NOTHING_DRAWN,
        },
        "outcomes": [],
        "subgroups": [],
        "data_cut_at": report.data_cut_at.isoformat(),
    }


def has_new_reports() -> bool:
    """Whether a report on a round was published after the last synthesis' moment, or the last one
    was built in a shape that is not read any more."""
    newest = session.execute(select(func.max(ReportPublication.published_at))).scalar()
    query = select(Synthesis).order_by(Synthesis.id.desc()).limit(1)
    last = session.execute(query).scalar_one_or_none()
    if newest is None or last is None:
        return newest is not None
    built_before = last.file_id is not None and shape_of(last) != SHAPE
    return built_before or newest > last.data_cut_at


def shape_of(synthesis: Synthesis) -> int | None:
    """The shape of what is kept with a synthesis for pages."""
    found: int | None = (synthesis.figures or {}).get("learning", {}).get("shape")
    return found


def waiting_synthesis(building_since: datetime) -> Synthesis | None:
    """The next to build, locked: not begun, or left behind since before `building_since`."""
    query = (
        select(Synthesis)
        .where(
            Synthesis.finished_at.is_(None),
            or_(Synthesis.started_at.is_(None), Synthesis.started_at < building_since),
        )
        .order_by(Synthesis.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return session.execute(query).scalar_one_or_none()


def synthesis_under_way() -> Synthesis | None:
    """One that waits or is being built."""
    query = select(Synthesis).where(Synthesis.finished_at.is_(None)).limit(1)
    return session.execute(query).scalar_one_or_none()


def latest_synthesis() -> Synthesis | None:
    """The newest that was built, or None."""
    query = select(Synthesis).where(Synthesis.file_id.is_not(None))
    return session.execute(query.order_by(Synthesis.id.desc()).limit(1)).scalar_one_or_none()


def syntheses(page: int) -> Page[Any]:
    """One page of those asked for, the newest first."""
    return page_of(select(Synthesis).order_by(Synthesis.id.desc()), page, key=Synthesis.id)


def synthesis_by_reference(reference: str) -> Synthesis:
    """The synthesis, or NotFound."""
    query = select(Synthesis).where(Synthesis.reference == (normalise_reference(reference) or ""))
    found = session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound("There is no such synthesis.")
    return found
