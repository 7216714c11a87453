"""Reads: whether an application's questions were answered, and counts by stage for the job."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import and_, select
from sqlalchemy.orm import aliased

from voucher.allocation.models import Arm, Assignment
from voucher.applications.models import Application
from voucher.core.db import session
from voucher.core.status import StatusChange
from voucher.equality.models import EqualityAnswer, EqualityTables
from voucher.equality.rules import KEPT_DAYS, QUESTIONS, Stage, digest_of, stages_of
from voucher.programmes.models import Programme, Round, RoundStatus
from voucher.vouchers.models import Voucher

BLANK = "blank"


@dataclass
class StageCounts:
    """How many of a stage answered what: by (question, answer); `BLANK` is no answer."""

    applications: int = 0
    answered: int = 0
    answers: Counter[tuple[str, str]] = field(default_factory=Counter)


def has_answered(application: Application, key: bytes) -> bool:
    """Whether this application's questions were answered. For its own business's page alone."""
    digest = digest_of(key, application.reference)
    query = select(EqualityAnswer.round_id).where(EqualityAnswer.digest == digest)
    return session.execute(query).first() is not None


def counts_by_stage(round_id: int, key: bytes) -> dict[Stage, StageCounts]:
    """How many of each stage gave which answer. Answers and cases meet here, in memory, only.

    Unprotected: nothing of it may be shown before `evaluation.monitoring` has protected it.
    """
    answers = {
        each.digest: each
        for each in session.execute(
            select(EqualityAnswer).where(EqualityAnswer.round_id == round_id)
        ).scalars()
    }
    found = {stage: StageCounts() for stage in Stage}
    for reference, stages in _stages(round_id):
        answered = answers.get(digest_of(key, reference))
        for stage in stages:
            _count(found[stage], answered)
    return found


def _count(counts: StageCounts, answered: EqualityAnswer | None) -> None:
    counts.applications += 1
    counts.answered += answered is not None
    for question in QUESTIONS:
        given = getattr(answered, question.code) if answered is not None else None
        counts.answers[question.code, given.value if given else BLANK] += 1


def _stages(round_id: int) -> list[tuple[str, tuple[Stage, ...]]]:
    """Every application of the round that was sent, with its stages."""
    history: dict[int, set[str]] = {}
    changes = (
        select(StatusChange.record_id, StatusChange.to_status)
        .join(Application, Application.id == StatusChange.record_id)
        .where(StatusChange.record_kind == "application", Application.round_id == round_id)
    )
    for application_id, status in session.execute(changes):
        history.setdefault(application_id, set()).add(status)
    query = (
        select(
            Application.id,
            Application.reference,
            Application.status,
            Assignment.arm,
            Voucher.redeemed_at,
        )
        .outerjoin(Assignment, Assignment.application_id == Application.id)
        .outerjoin(Voucher, Voucher.application_id == Application.id)
        .where(Application.round_id == round_id, Application.submitted_at.is_not(None))
    )
    return [
        (
            row.reference,
            stages_of(
                history.get(row.id, set()) | {row.status.value},
                drawn=row.arm is Arm.VOUCHER,
                redeemed=row.redeemed_at is not None,
            ),
        )
        for row in session.execute(query)
    ]


def rounds_to_table(made_before: datetime, today: date) -> Sequence[int]:
    """Closed rounds with answers that are still kept on `today`, of which no tables were made
    after `made_before`."""
    lately = select(EqualityTables.round_id).where(EqualityTables.made_at > made_before)
    query = (
        select(Round.id)
        .where(
            Round.status == RoundStatus.CLOSED,
            Round.closes_on > today - timedelta(days=KEPT_DAYS),
            Round.id.in_(select(EqualityAnswer.round_id)),
            Round.id.not_in(lately),
        )
        .order_by(Round.id)
    )
    return session.execute(query).scalars().all()


def rounds_answered() -> Sequence[tuple[int, date]]:
    """Rounds of which answers are kept, with their last day."""
    query = select(Round.id, Round.closes_on).where(Round.id.in_(select(EqualityAnswer.round_id)))
    return [(row[0], row[1]) for row in session.execute(query.order_by(Round.id))]


def versions_of(round_id: int) -> Sequence[EqualityTables]:
    """Every version of a round's protected tables, the newest first."""
    query = select(EqualityTables).where(EqualityTables.round_id == round_id)
    return session.execute(query.order_by(EqualityTables.version.desc())).scalars().all()


def tables_of(round_id: int) -> EqualityTables | None:
    """The newest protected tables of a round, or None: what pages and reports may show."""
    return next(iter(versions_of(round_id)), None)


def rounds_with_tables() -> Sequence[tuple[str, str, str, datetime]]:
    """Reference, programme, name and moment of the newest tables of every round that has some."""
    newer = aliased(EqualityTables)
    query = (
        select(Round.reference, Programme.name, Round.name, EqualityTables.made_at)
        .join(EqualityTables, EqualityTables.round_id == Round.id)
        .join(Programme, Programme.id == Round.programme_id)
        .outerjoin(
            newer,
            and_(
                newer.round_id == EqualityTables.round_id,
                newer.version > EqualityTables.version,
            ),
        )
        .where(newer.id.is_(None))
        .order_by(Round.id.desc())
    )
    return [(row[0], row[1], row[2], row[3]) for row in session.execute(query)]
