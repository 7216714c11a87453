"""Looking again for who can help: the same list, a changed one, and a bound for the day."""

import pytest

from tests.factories.scheme import make_offering
from tests.factories.work import make_job
from voucher.core import clock
from voucher.core.db import session
from voucher.matching.models import Shortlist
from voucher.matching.operations.shortlist import MOST_A_DAY


@pytest.fixture
def job(app, arrange):
    with arrange():
        made = make_job(at=clock.now())
        session.refresh(made.owner)
        session.expunge(made.owner)
    return made


def look_again(client, job):
    path = f"/business/vouchers/{job.voucher.reference}/shortlist"
    return client.submit(path, button="Look again")


def count(app):
    with app.app_context():
        return session.query(Shortlist).count()


def test_an_unchanged_list_says_so_and_is_not_kept_twice(app, client, job):
    client.sign_in(job.owner)
    for _ in range(2):
        assert "Your list is still the same." in look_again(client, job).page.text
    assert count(app) == 1


def test_a_changed_list_is_shown_until_the_days_bound(app, client, arrange, job):
    client.sign_in(job.owner)
    while count(app) < MOST_A_DAY:
        with arrange():
            title = make_offering().title
        shown = look_again(client, job).page
        assert title in shown.text
        assert "still the same" not in shown.text
    refused = look_again(client, job)
    assert refused.status_code == 409
    assert "Look again tomorrow." in refused.page.text
    assert count(app) == MOST_A_DAY
