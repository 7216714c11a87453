"""What a business needs: said on its page, seen on its list and by the provider it chooses."""

import pytest

from tests.factories.scheme import make_business, make_member, make_offering
from tests.factories.work import make_job
from voucher.accounts.roles import Role
from voucher.core import clock
from voucher.core.db import session
from voucher.matching.models import Match, WaysAsked


@pytest.fixture
def job(app, arrange):
    with arrange():
        made = make_job(at=clock.now())
        made.offering.languages, made.offering.accessibility = ["en", "cy"], ["captions"]
        make_offering(title="Silent bookings")
        for person in (made.owner, made.worker):
            session.refresh(person)
            session.expunge(person)
    return made


def page_of(job):
    return f"/business/vouchers/{job.voucher.reference}/ways"


def test_it_is_said_kept_and_heeded(app, client, job):
    client.sign_in(job.owner)
    shown = client.get(f"/business/vouchers/{job.voucher.reference}/shortlist").page
    page = shown.link("Tell us what you need")
    asked = {"language": "cy", "language_matters": "wished", "captions": "needed"}
    done = client.submit(page, asked)
    assert "looked again" in done.page.text
    assert "You need: by video with captions." in done.page.text
    assert "Would be nice: Welsh." in done.page.text
    assert "comes with what you need: by video with captions" in done.page.text
    assert "comes with what would be nice: Welsh" in done.page.text
    assert "Silent bookings" not in done.page.text
    again = client.get(done.page.link("Change this")).page
    assert 'value="cy" selected' in again.html
    answers = client.get(f"/business/vouchers/{job.voucher.reference}/shortlist/why?q=silent").page
    assert "It lacks what you need: by video with captions." in answers.text


def test_a_language_without_its_weight_and_unknown_answers_are_refused(app, client, job):
    client.sign_in(job.owner)
    refused = client.submit(page_of(job), {"language": "cy"})
    assert refused.status_code == 422
    assert refused.page.errors == ["Say whether you need that language."]
    for values in ({"language": "klingon"}, {"captions": "very"}):
        assert client.submit(page_of(job), values).status_code == 422
    with app.app_context():
        assert session.query(WaysAsked).count() == 0


def test_it_is_nobody_elses(app, client, arrange, job):
    with arrange():
        stranger = make_member(Role.BUSINESS, business=make_business())
        session.expunge(stranger)
    client.sign_in(stranger)
    assert client.get(page_of(job)).status_code == 404


def test_the_provider_that_is_chosen_sees_it(app, clients, job):
    business, provider = clients().sign_in(job.owner), clients().sign_in(job.worker)
    business.submit(page_of(job), {"captions": "needed"})
    path = f"/business/vouchers/{job.voucher.reference}/choose/{job.offering.reference}"
    business.submit(path, button="Choose this offering")
    with app.app_context():
        match = session.query(Match.reference).scalar()
    request = provider.get(f"/provider/work/{match}")
    assert "Needs by video with captions" in request.page.text
