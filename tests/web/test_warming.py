"""The index of offerings is made beside the first request, once, and a failure stops nobody."""

import threading

from tests.factories.scheme import make_offering
from tests.factories.work import make_job
from voucher.core import clock
from voucher.core.db import session
from voucher.matching.keeping import Keeper
from voucher.web.warming import WANTED, warm


def test_the_index_is_made_aside_and_the_first_ranking_finds_it(app, arrange):
    with arrange():
        make_job(at=clock.now())
        make_offering()
    keeper = Keeper()
    warm(app, keeper).join()
    assert keeper.size == 2
    with app.app_context():
        before = keeper._made
        catalogue, offered = keeper.catalogue(clock.today())
        session.rollback()
    assert catalogue is before
    assert len(offered) == 2


def test_it_begins_with_the_first_request_and_once(app, client):
    client.get("/")
    assert "warming" not in app.extensions
    app.config[WANTED] = True
    client.get("/")
    begun = app.extensions["warming"]
    client.get("/")
    assert app.extensions["warming"] is begun
    begun.join()
    assert begun not in threading.enumerate()


def test_a_failure_is_logged_and_the_next_ranking_makes_the_index(app, caplog):
    class Broken(Keeper):
        def catalogue(self, today, done=()):
            raise OSError("no database")

    warm(app, Broken()).join()
    assert "the first ranking makes it" in caplog.text
