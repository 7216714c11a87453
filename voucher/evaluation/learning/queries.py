"""Reads: programmes of published reports, their trials under way, and what was last worked out."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from voucher.core.db import session
from voucher.evaluation.learning.suggesting import UnderWay
from voucher.evaluation.models import Synthesis
from voucher.evaluation.synthesis.queries import SHAPE, latest_synthesis, shape_of
from voucher.programmes.models import Programme, Round
from voucher.programmes.plans.models import AnalysisPlan


def programmes_with(references: Collection[str]) -> Sequence[tuple[str, str, Sequence[str]]]:
    """Slug, name and the given rounds' references of every programme that has any of them."""
    query = (
        select(Programme.slug, Programme.name, Round.reference)
        .join(Round, Round.programme_id == Programme.id)
        .where(Round.reference.in_(references))
        .order_by(Programme.name, Round.reference)
    )
    found: dict[tuple[str, str], list[str]] = {}
    for slug, name, reference in session.execute(query):
        found.setdefault((slug, name), []).append(reference)
    return [(slug, name, rounds) for (slug, name), rounds in found.items()]


def under_way(slug: str, reported: Collection[str]) -> list[UnderWay]:
    """The programme's rounds that compare by a locked plan, without those that have `reported`."""
    query = (
        select(Round.name, Round.reference, Round.value_cap_pence, AnalysisPlan.content)
        .join(Programme, Programme.id == Round.programme_id)
        .join(AnalysisPlan, AnalysisPlan.round_id == Round.id)
        .where(Programme.slug == slug)
        .order_by(Round.id)
    )
    return [
        UnderWay(row.name, row.value_cap_pence, tuple(row.content["subgroups"]))
        for row in session.execute(query)
        if row.reference not in reported and row.content["comparison"]
    ]


def latest_learning() -> tuple[Mapping[str, Any], Synthesis | None]:
    """What was learned by programme's slug, and the synthesis that it was worked out with."""
    synthesis = latest_synthesis()
    if synthesis is None or synthesis.figures is None or shape_of(synthesis) != SHAPE:
        return {}, None
    found: Mapping[str, Any] = synthesis.figures["learning"]["programmes"]
    return found, synthesis
