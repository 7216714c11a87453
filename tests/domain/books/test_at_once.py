"""Two people, or a double click, keep the same figures at one moment."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest

from tests.factories.cases import make_officer
from tests.factories.scheme import AT, make_provider, make_round
from voucher.core.db import session as scoped
from voucher.core.db import transaction
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
    barrier = Barrier(TIMES)

    def run(_number):
        with app.app_context():
            barrier.wait(30)
            with transaction():
                return keep(subject_id, by).reference

    with ThreadPoolExecutor(TIMES) as pool:
        references = list(pool.map(run, range(TIMES)))
    assert len(set(references)) == 1
