"""A round's settings are fixed once it opens, also for whoever looked at it before that."""

from dataclasses import fields, replace

import pytest
from sqlalchemy import update

from tests.factories.scheme import AT, make_round, make_user
from voucher.core.errors import Conflict
from voucher.ledger.models import AccountKind
from voucher.ledger.queries import total
from voucher.programmes.models import Round, RoundStatus, RuleSet, Terms
from voucher.programmes.operations.rounds import edit_round, open_round
from voucher.programmes.rules import RoundSettings


def settings_of(round_):
    return RoundSettings(
        **{item.name: getattr(round_, item.name) for item in fields(RoundSettings)}
    )


def behind_its_back(session, round_, **values):
    """Another person's change: the object at hand does not know of it."""
    change = update(Round).where(Round.id == round_.id).values(**values)
    session.execute(change.execution_options(synchronize_session=False))


def edit(session, round_, **changed):
    edit_round(
        round_=round_,
        settings=replace(settings_of(round_), **changed),
        rule_set=session.get_one(RuleSet, round_.rule_set_id),
        terms=session.get_one(Terms, round_.terms_id),
        by=make_user().id,
        at=AT,
    )


def test_a_draft_is_changed_until_it_opens(session):
    round_ = make_round(status=RoundStatus.DRAFT)
    edit(session, round_, budget_pence=9_000_000)
    open_round(round_=round_, by=make_user().id, at=AT)
    with pytest.raises(Conflict, match="until it opens"):
        edit(session, round_, budget_pence=1_000_000)
    assert round_.budget_pence == total(AccountKind.FUND, round_id=round_.id) == 9_000_000


def test_a_round_that_was_opened_meanwhile_is_not_changed(session):
    round_ = make_round(status=RoundStatus.DRAFT)
    behind_its_back(session, round_, status=RoundStatus.OPEN)
    assert round_.status is RoundStatus.DRAFT  # as it was read
    with pytest.raises(Conflict, match="until it opens"):
        edit(session, round_, budget_pence=1_000_000)


def test_the_budget_that_is_granted_is_the_one_stored(session):
    round_ = make_round(status=RoundStatus.DRAFT)
    behind_its_back(session, round_, budget_pence=9_000_000)
    open_round(round_=round_, by=make_user().id, at=AT)
    assert total(AccountKind.FUND, round_id=round_.id) == 9_000_000
