"""Looking again for who can help: the same list, a changed one, and a bound for the day."""

import re

import pytest

from tests.factories.cases import make_officer
from tests.factories.scheme import make_offering, make_provider
from tests.factories.work import confirmed, make_job
from tests.web.statements import counting
from voucher.accounts.roles import Role
from voucher.businesses.models import Business
from voucher.claims.ratings import operations as ratings
from voucher.claims.ratings.models import Rating, WithheldFor
from voucher.core import clock
from voucher.core.db import session
from voucher.matching.models import Shortlist
from voucher.matching.operations.shortlist import MOST_A_DAY
from voucher.providers.models import OfferingStatus, Provider


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


def test_ratings_that_count_are_told_and_withheld_ones_are_not(app, client, arrange, job, tmp_path):
    with arrange():
        provider = session.get_one(Provider, job.provider.id)
        done = confirmed(make_job(provider=provider, at=clock.now()), tmp_path, at=clock.now())
        own = ratings.rate(
            claim=done.claim, stars=2, words="", by_provider=False, by=done.owner.id, at=clock.now()
        )
        ratings.rate(
            claim=done.claim, stars=3, words="", by_provider=True, by=done.worker.id, at=clock.now()
        )
        rating_id = own.id
    client.sign_in(job.owner)
    words, title = "rated 2.0 of 5", done.offering.title
    assert words in look_again(client, job).page.text
    assert words in why(client, job, title)
    with arrange():
        ratings.withhold(
            rating=session.get_one(Rating, rating_id),
            reason=WithheldFor.ABUSE,
            note="It insults.",
            by=make_officer().id,
            at=clock.now(),
        )
    assert words not in look_again(client, job).page.text
    assert words not in why(client, job, title)


def why(client, job, words):
    path = f"/business/vouchers/{job.voucher.reference}/shortlist/why?q={words}"
    return client.get(path).page.text


def test_points_are_shown_and_add_up(app, client, job):
    client.sign_in(job.owner)
    shown = client.get(f"/business/vouchers/{job.voucher.reference}/shortlist").page.text
    total = re.search(r"([0-9.]+) of 100 points", shown)[1]
    parts = re.findall(r"\(([0-9]+\.[0-9])\)", shown)
    assert round(sum(map(float, parts)), 1) == float(total)


def test_why_not_is_answered_for_any_offering(app, client, arrange, job):
    client.sign_in(job.owner)
    with arrange():
        make_offering(title="Work in Truro", places=["TR"])
        make_offering(title="Half an idea", status=OfferingStatus.DRAFT)
        make_offering(title="Asleep", status=OfferingStatus.PAUSED)
        for number in range(12):
            make_offering(title=f"Bookings {number}", days_to_start=300)
    look_again(client, job)
    assert "not done where the business is" in why(client, job, "truro")
    assert "can\u2019t be chosen at the moment" in why(client, job, "ASLEEP")
    assert "No offering is called that" in why(client, job, "half+an+idea")
    assert "It is on your list" in why(client, job, job.offering.reference)
    assert "It could be chosen, but stands" in why(client, job, "bookings")
    assert "Enter words of its title or provider." in why(client, job, "")
    assert "No offering is called that" in why(client, job, "%25")


def test_why_not_needs_a_list_and_is_nobody_elses(app, client, arrange, job):
    with arrange():
        other = make_job(at=clock.now())
        session.refresh(other.owner)
        session.expunge(other.owner)
    client.sign_in(other.owner)
    path = f"/business/vouchers/{job.voucher.reference}/shortlist/why"
    assert client.get(path).status_code == 404


def test_looking_why_stores_nothing(app, client, job):
    client.sign_in(job.owner)
    why(client, job, "online")
    assert count(app) == 1


def test_officers_see_the_list_and_the_kind_of_a_connection(app, client, arrange, job):
    with arrange():
        phone = session.get_one(Business, job.business.id).phone or "0113 496 0000"
        session.get_one(Business, job.business.id).phone = phone
        make_offering(make_provider(contact_phone=phone), title="Tied bookings")
        officer = make_officer(Role.CASEWORKER)
        session.expunge(officer)
    client.sign_in(officer)
    path = f"/staff/vouchers/{job.voucher.reference}/shortlist"
    with counting(app) as seen:
        client.get(path)
    assert len(seen) <= 8, seen
    with counting(app) as seen:
        shown = client.get(f"{path}?q=bookings").page.text
    assert len(seen) <= 17, seen
    assert "the same telephone number" in shown
    assert job.offering.title in shown
    client.sign_in(job.owner)
    assert "the same telephone number" not in why(client, job, "tied")
    assert "connected with the business" in why(client, job, "tied")
