"""The analysis set of a round from the database, as everything stood at a data cut.

A bounded number of statements, whatever the number of businesses: columns are read, not records.
"""

import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Row as Record
from sqlalchemy import Select, and_, func, select

from voucher.allocation.models import Assignment, DrawEntry
from voucher.allocation.queries import Steps, steps_of_round
from voucher.applications.models import Application, ApplicationStatus
from voucher.businesses.models import Business, HeadcountBand
from voucher.core.clock import london_date
from voucher.core.db import session
from voucher.core.errors import Conflict
from voucher.core.status import StatusChange
from voucher.evaluation.administrative.models import AdministrativeFigure
from voucher.evaluation.administrative.queries import ceased_on, figures_of
from voucher.evaluation.administrative.rules import official_answers
from voucher.evaluation.analysis.rows import AnalysisSet, Facts, Row, assembled, pseudonym
from voucher.evaluation.analysis.subgroups import SUBGROUPS
from voucher.evaluation.analysis.vouchers import (
    is_used_by,
    paid_for,
    pence_of,
    redemptions,
    used_by_enterprise,
)
from voucher.evaluation.analysis.waves import standings, used_until
from voucher.evaluation.enterprises import arm_of, at_the_draw, enterprises
from voucher.evaluation.indicators import OUTCOMES
from voucher.evaluation.models import SurveyResponse, Wave
from voucher.evaluation.plans.course import departed_by
from voucher.evaluation.plans.departures import as_deviations
from voucher.evaluation.plans.rules import AnalysisPlan
from voucher.evaluation.version import code_version
from voucher.programmes.models import Round
from voucher.programmes.plans.queries import deviations, locked_plan

FOLLOW_UPS = tuple(wave.value for wave in Wave if wave is not Wave.BASELINE)
SIZES = {size.value: size for size in HeadcountBand}
NO_PLAN = "This round has no locked analysis plan."
EXCLUDED: dict[str, str] = {
    ApplicationStatus.REFUSED: "Refused",
    ApplicationStatus.WITHDRAWN: "Withdrawn by the business",
    ApplicationStatus.SUBMITTED: "Not decided at the data cut",
    ApplicationStatus.RETURNED: "Not decided at the data cut",
    ApplicationStatus.PROPOSED: "Not decided at the data cut",
}
NOT_DRAWN = "Qualified, and not drawn at the data cut"
OTHER_ARM = "Drawn into an arm that the plan does not compare"
Answers = Mapping[int, Mapping[str, Mapping[str, Any]]]
"""Application → wave → its answers."""


def planned_set(
    round_id: int, cut_at: datetime, *, key: bytes | None = None
) -> tuple[AnalysisSet, AnalysisPlan]:
    """The analysis set of a round by its locked plan, and the plan. Raises Conflict without one."""
    row = locked_plan(round_id)
    if row is None:
        raise Conflict(NO_PLAN)
    plan = AnalysisPlan.read(row.content)
    return analysis_set(round_id, cut_at, plan, key=key), plan


def analysis_set(
    round_id: int, cut_at: datetime, plan: AnalysisPlan, *, key: bytes | None = None
) -> AnalysisSet:
    """Everybody drawn into an arm of the plan by `cut_at` (aware UTC), in the arm as drawn.

    Who later took over a place that somebody left stays in the arm that the draw gave. Answers
    count if they were sent by the cut, vouchers of any round if they were redeemed by then (one
    cancelled since then cost nothing). What a business was is what was frozen with the list; of
    lists frozen before that was kept, what it is today. `key` makes the pseudonyms; without it they
    are made with one that is thrown away: figures don't depend on them.
    """
    reference = session.execute(select(Round.reference).where(Round.id == round_id)).scalar_one()
    drawn = session.execute(_drawn(round_id, cut_at)).all()
    wanted = (*plan.offered, *plan.comparison)
    ours = [each for each in drawn if arm_of(each) in wanted]
    answers = _answers(round_id, cut_at)
    official, ceased = figures_of(round_id, cut_at), ceased_on(cut_at)
    used = _used(ours, cut_at)
    key = key or secrets.token_bytes(32)
    rows = [
        _row(
            each,
            plan,
            _with_official(
                answers.get(each.application_id, {}),
                official.get(each.application_id, ()),
                each,
                ceased.get(each.business_reference),
            ),
            pseudonym(key, reference, each.reference),
            used,
        )
        for each in ours
    ]
    facts = Facts(
        round=reference,
        data_cut_at=cut_at.isoformat(),
        code=code_version(),
        indicators=_indicators(),
        draw=_draw_facts(round_id, cut_at),
        plan=_plan_facts(round_id, cut_at, plan),
        waves=_waves(ours),
        **_who_is_not(round_id, cut_at, len(drawn), len(ours)),
    )
    return assembled(rows, facts, waves=FOLLOW_UPS)


@dataclass(frozen=True)
class _Used:
    """What was redeemed: by enterprise, for whom it counts; and the enterprise of each business."""

    groups: Mapping[int, int]
    by_group: Mapping[int, Sequence[Record[Any]]]
    paid: Mapping[int, Sequence[Record[Any]]]


def _used(ours: Sequence[Record[Any]], cut_at: datetime) -> _Used:
    since = min((each.assigned_at for each in ours), default=cut_at)
    used = redemptions(since, cut_at)
    groups = enterprises(((each.business_id, at_the_draw(each)["numbers"]) for each in ours), used)
    return _Used(groups, used_by_enterprise(used, groups), paid_for(ours, used, groups))


def _waves(ours: Sequence[Record[Any]]) -> dict[str, dict[str, str]]:
    """The days of the follow-ups of a draw; none where there was none, or it gave no arms yet."""
    starts = {london_date(each.assigned_at) for each in ours if each.draw_id is not None}
    return standings(starts.pop()) if len(starts) == 1 else {}


def _drawn(round_id: int, cut_at: datetime) -> Select[Any]:
    """One row for each application that was assigned by the cut, with what its business is."""
    columns = (
        Assignment.application_id,
        Assignment.arm,
        Assignment.arm_code,
        Assignment.stratum,
        Assignment.assigned_at,
        Assignment.draw_id,
        DrawEntry.facts,
        Application.reference,
        Application.business_id,
        Application.outcome_areas,
        Application.baseline,
        Business.headcount_band,
        Business.local_authority,
        Business.sector,
        Business.company_number,
        Business.charity_number,
        Business.utr,
        Business.reference.label("business_reference"),
    )
    return (
        select(*columns)
        .select_from(Assignment)
        .join(Application, Application.id == Assignment.application_id)
        .join(Business, Business.id == Application.business_id)
        .outerjoin(DrawEntry, DrawEntry.application_id == Assignment.application_id)
        .where(Assignment.round_id == round_id, Assignment.assigned_at <= cut_at)
    )


def _row(
    drawn: Record[Any], plan: AnalysisPlan, answers: Mapping[str, Any], name: str, used: _Used
) -> Row:
    group, since = used.groups[drawn.business_id], drawn.assigned_at
    redeemed, paid = used.by_group.get(group, ()), used.paid.get(drawn.application_id, ())
    until = used_until(london_date(since))
    before = {**drawn.baseline, **answers.get(Wave.BASELINE.value, {})}
    return Row(
        pseudonym=name,
        arm=arm_of(drawn),
        offered=arm_of(drawn) in plan.offered,
        stratum=drawn.stratum,
        take_up=is_used_by(redeemed, since),
        take_up_by={wave: is_used_by(redeemed, since, day) for wave, day in until.items()},
        cost_pence=sum(pence_of(paid, since)),
        cost_by={wave: sum(pence_of(paid, since, day)) for wave, day in until.items()},
        vouchers=len(pence_of(paid, since)),
        cancelled=len(paid) - len(pence_of(paid, since)),
        baseline={
            each.code: each.read(before) for each in OUTCOMES if each.in_baseline or each.official
        },
        follow_up={
            wave: {each.code: each.read(answers[wave]) for each in OUTCOMES}
            for wave in FOLLOW_UPS
            if wave in answers
        },
        subgroups=_labels(drawn, plan),
        cluster=str(group),
    )


def _labels(drawn: Record[Any], plan: AnalysisPlan) -> dict[str, str]:
    """The labels of the planned subgroups, of the business as it was."""
    was = at_the_draw(drawn)
    size = was["headcount_band"]
    business = SimpleNamespace(
        headcount_band=SIZES[size] if size else None,
        local_authority=was["local_authority"],
        sector=was["sector"],
    )
    return {code: SUBGROUPS[code].read(business, drawn) for code in plan.subgroups}


def _with_official(
    answers: Mapping[str, Mapping[str, Any]],
    figures: Sequence[AdministrativeFigure],
    drawn: Record[Any],
    gone_on: date | None,
) -> dict[str, dict[str, Any]]:
    """The answers by wave, with what official records say of the same time, from the draw on."""
    found = {wave: dict(given) for wave, given in answers.items()}
    official = official_answers(figures, london_date(drawn.assigned_at), gone_on)
    for wave, values in official.items():
        found.setdefault(wave.value, {}).update(values)
    return found


def _indicators() -> dict[str, dict[str, Any]]:
    return {
        each.code: {
            "label": each.label,
            "unit": each.unit,
            "is_share": each.is_share,
            "official": each.official,
        }
        for each in OUTCOMES
    }


def _answers(round_id: int, cut_at: datetime) -> Answers:
    query = select(
        SurveyResponse.application_id, SurveyResponse.wave, SurveyResponse.answers
    ).where(SurveyResponse.round_id == round_id, SurveyResponse.answered_at <= cut_at)
    found: dict[int, dict[str, Mapping[str, Any]]] = defaultdict(dict)
    for application_id, wave, answers in session.execute(query):
        found[application_id][wave.value] = answers
    return found


def _draw_facts(round_id: int, cut_at: datetime) -> dict[str, Any] | None:
    """The draw in short as it was published, or None for a round that was not drawn by the cut."""
    steps: Steps = steps_of_round(round_id)
    if steps.drawn is None or steps.drawn.drawn_at > cut_at:
        return None
    return {
        "reference": steps.draw.reference,
        "list_sha256": steps.frozen_list.list_sha256,
        "seed": steps.drawn.seed,
        "secret_sha256": steps.draw.secret_sha256,
        "public_value": steps.public_value.value,
        "published_path": f"/draws/{steps.draw.reference}",
        "arms": {arm["code"]: arm["name"] for arm in steps.drawn.published["arms"]},
    }


def _plan_facts(round_id: int, cut_at: datetime, plan: AnalysisPlan) -> dict[str, Any] | None:
    """The locked plan's hash and moment, and what was done otherwise by the cut; None for none.

    What people noted comes first, then what the system knows itself, which says `by_rule`.
    """
    row = locked_plan(round_id)
    if row is None or row.locked_at > cut_at:
        return None
    noted = [
        {"at": each.noted_at.isoformat(), "what": each.what, "why": each.why}
        for each in deviations(row.id)
        if each.noted_at <= cut_at
    ]
    known = departed_by(round_id, plan, cut_at, is_report=True)
    return {
        "sha256": row.sha256,
        "locked_at": row.locked_at.isoformat(),
        "deviations": [*noted, *as_deviations(known, cut_at.isoformat())],
    }


def _who_is_not(round_id: int, cut_at: datetime, drawn: int, ours: int) -> dict[str, Any]:
    """How many sent an application by the cut, and why those who are not in the set are not."""
    reasons: dict[str, int] = defaultdict(int)
    for status, count in _not_drawn(round_id, cut_at):
        reasons[EXCLUDED.get(status, NOT_DRAWN)] += count
    if drawn > ours:
        reasons[OTHER_ARM] += drawn - ours
    excluded = [{"reason": reason, "count": reasons[reason]} for reason in sorted(reasons)]
    return {"assessed": ours + sum(reasons.values()), "excluded": excluded}


def _not_drawn(round_id: int, cut_at: datetime) -> Iterable[tuple[str, int]]:
    """Status at the cut and number of the applications sent by then that have no assignment.

    One whose status has no history counts as it stands.
    """
    last = (
        select(func.max(StatusChange.id))
        .where(
            StatusChange.record_kind == Application.__tablename__,
            StatusChange.record_id == Application.id,
            StatusChange.at <= cut_at,
        )
        .correlate(Application)
        .scalar_subquery()
    )
    status = func.coalesce(StatusChange.to_status, Application.status)
    query = (
        select(status, func.count())
        .select_from(Application)
        .outerjoin(StatusChange, StatusChange.id == last)
        .outerjoin(
            Assignment,
            and_(Assignment.application_id == Application.id, Assignment.assigned_at <= cut_at),
        )
        .where(
            Application.round_id == round_id,
            Application.submitted_at <= cut_at,
            Assignment.id.is_(None),
        )
        .group_by(status)
    )
    return [(row[0], row[1]) for row in session.execute(query)]
