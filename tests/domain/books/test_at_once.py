"""Two people, or a double click, keep the same figures at one moment."""

from datetime import date, timedelta

import pytest

from tests.factories.cases import make_officer
from tests.factories.scheme import AT, make_provider, make_round
from tests.together import at_once
from voucher.core.db import session as scoped
from voucher.payments.books.operations import keep_accruals, keep_statement
from voucher.payments.books.rules import month_named
from voucher.programmes.models import Programme
from voucher.providers.models import Provider

LATER = AT + timedelta(days=60)
TIMES = 4


def keep_the_statement(subject_id, by):
    provider = scoped.get_one(Provider, subject_id)
    return keep_statement(provider=provider, period=month_named("2026-06"), by=by, at=LATER)


def keep_the_accruals(subject_id, by):
    programme = scoped.get_one(Programme, subject_id)
    return keep_accruals(programme=programme, day=date(2026, 6, 15), by=by, at=LATER)


@pytest.mark.parametrize(
    ("make", "keep"),
    [
        (lambda: make_provider().id, keep_the_statement),
        (lambda: make_round().programme_id, keep_the_accruals),
    ],
)
def test_the_same_figures_kept_at_once_are_one_report(app, session, make, keep):
    subject_id, by = make(), make_officer().id
    session.commit()
    made = at_once(app, *[lambda: keep(subject_id, by).reference] * TIMES)
    assert len(set(made)) == 1
