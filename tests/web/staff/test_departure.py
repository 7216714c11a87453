"""A provider insolvent or gone: the officer's pages, and what each party then reads."""

from tests.factories.cases import make_officer
from tests.factories.scheme import make_member
from tests.factories.work import agree, confirmed, make_job, redeemed
from voucher.accounts.roles import Role
from voucher.core import clock
from voucher.core.db import session
from voucher.providers.models import Departure, Provider


def test_marking_it_leads_to_what_it_leaves(app, arrange, clients):
    store = app.extensions["settings"].data_dir / "files"
    with arrange():
        at = clock.now()
        job = agree(make_job(at=at), at=at)
        begun = redeemed(make_job(provider=job.provider, at=at, title="Another"), at=at)
        claimed = confirmed(make_job(provider=job.provider, at=at, title="A third"), store, at=at)
        officer, owner = make_officer(Role.APPROVER), job.owner
        person = make_member(Role.PROVIDER, provider=job.provider)
        for each in (officer, owner, person):
            session.refresh(each)
            session.expunge(each)
        page = f"/staff/providers/{job.provider.reference}"
        known = (job.match.reference, begun.voucher.reference, claimed.claim.reference)
    who = clients().sign_in(officer)
    empty = who.submit(f"{page}/gone", {"reason": "A letter."})
    assert (empty.status_code, empty.page.errors) == (422, ["Say what has happened to it."])
    done = who.submit(f"{page}/gone", {"departure": "insolvent", "reason": "A letter."})
    assert all(reference in done.page.text for reference in known)
    with app.app_context():
        assert session.query(Provider).one().gone_as is Departure.INSOLVENT
    assert "Gone: insolvent" in who.get(page).page.text
    again = who.submit(f"{page}/gone", {"departure": "ceased", "reason": "A letter."})
    assert again.status_code == 409
    assert clients().sign_in(owner).get(page).status_code == 403
    assert "A letter." in clients().sign_in(person).get("/provider/").page.text


def test_what_a_provider_has_open_is_not_called_suspended_while_it_works(arrange, clients):
    with arrange():
        at = clock.now()
        job = agree(make_job(at=at), at=at)
        officer = make_officer(Role.APPROVER)
        session.refresh(officer)
        session.expunge(officer)
        page = f"/staff/providers/{job.provider.reference}/left"
    text = clients().sign_in(officer).get(page).page.text
    assert "These go on as agreed." in text
    assert "suspended" not in text
