"""Reads of programmes and rounds."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload, selectinload

from voucher.core.db import session
from voucher.core.errors import NotFound
from voucher.programmes.models import Programme, Round, RoundStatus, RuleSet, Terms


def programmes() -> Sequence[Programme]:
    """Every programme with its rounds, by name."""
    query = select(Programme).options(selectinload(Programme.rounds)).order_by(Programme.name)
    return session.execute(query).scalars().all()


def programme_by_slug(slug: str) -> Programme:
    """The programme with its rounds, or NotFound."""
    query = select(Programme).where(Programme.slug == slug).options(selectinload(Programme.rounds))
    found = session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound("There is no such programme.")
    return found


def round_by_reference(reference: str) -> Round:
    """The round with its programme, rule set and terms, or NotFound."""
    found = session.execute(_whole().where(Round.reference == reference)).scalar_one_or_none()
    if found is None:
        raise NotFound("There is no such round.")
    return found


def round_by_id(round_id: int) -> Round:
    """The round with its programme, rule set and terms."""
    return session.execute(_whole().where(Round.id == round_id)).scalar_one()


def open_rounds(on: date) -> Sequence[Round]:
    """The rounds that take applications on the date `on`, the one that closes first first."""
    query = _whole().where(
        Round.status == RoundStatus.OPEN, Round.opens_on <= on, Round.closes_on >= on
    )
    return session.execute(query.order_by(Round.closes_on, Round.id)).scalars().all()


def rule_sets(programme_id: int) -> Sequence[RuleSet]:
    """Every version of the programme's rules, newest first."""
    query = select(RuleSet).where(RuleSet.programme_id == programme_id)
    return session.execute(query.order_by(RuleSet.version.desc())).scalars().all()


def terms_versions(programme_id: int) -> Sequence[Terms]:
    """Every version of the programme's terms, newest first."""
    query = select(Terms).where(Terms.programme_id == programme_id)
    return session.execute(query.order_by(Terms.version.desc())).scalars().all()


def _whole() -> Select[tuple[Round]]:
    return select(Round).options(
        joinedload(Round.programme), joinedload(Round.rule_set), joinedload(Round.terms)
    )
