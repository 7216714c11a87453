"""Officers on providers and claims: who may do what, and what the pages cost."""

from datetime import timedelta

import pytest

from tests.factories.scheme import make_member, make_offering, make_provider
from tests.factories.work import accept, confirmed, make_job, submitted
from tests.web.statements import counting
from voucher.accounts.models import User
from voucher.accounts.operations import join_staff
from voucher.accounts.roles import Role
from voucher.applications.models import Decision
from voucher.claims.models import Claim, ClaimStatus
from voucher.core import clock
from voucher.core.db import session
from voucher.providers.models import DueDiligenceStatus, Provider, ProviderStatus


def let_go(*rows):
    for row in rows:
        session.refresh(row)
        session.expunge(row)


@pytest.fixture
def officers(arrange):
    """A caseworker, an approver and an auditor."""
    roles = (Role.CASEWORKER, Role.APPROVER, Role.AUDITOR)
    with arrange():
        people = {role: make_member(role) for role in roles}
        let_go(*people.values())
    return people


@pytest.fixture
def store(app):
    return app.extensions["settings"].data_dir / "files"


def one(app, model):
    with app.app_context():
        return session.query(model).one()


def search(client, text, status="work"):
    return client.get("/staff/providers/", query_string={"q": text, "status": status}).page


def waiting_provider():
    provider = make_provider(
        status=ProviderStatus.SUBMITTED, submitted_at=clock.now(), approved_at=None
    )
    session.refresh(provider, ["items"])
    for item in provider.items:
        item.status, item.expires_on, item.checked_at = DueDiligenceStatus.PROVIDED, None, None
        item.stated_expires_on = clock.today() + timedelta(days=200)
    return provider


def test_a_registration_is_checked_and_approved_by_two(app, client, arrange, officers):
    with arrange():
        reference = waiting_provider().reference
    page = f"/staff/providers/{reference}"
    client.sign_in(officers[Role.CASEWORKER])
    assert reference in client.get("/staff/providers/").page.text
    blank = client.submit(f"{page}/check/identity", {})
    assert blank.page.errors == ["Select yes or no."]
    no_reason = client.submit(f"{page}/check/identity", {"verdict": "failed"})
    assert no_reason.page.errors == ["Say what the provider has to put right."]
    for kind in ("identity", "insurance", "references", "data_protection", "terms"):
        client.submit(f"{page}/check/{kind}", {"verdict": "passed"})
    alone = client.submit(page, button="Approve the provider")
    assert alone.status_code == 403
    client.sign_in(officers[Role.APPROVER])
    done = client.submit(page, button="Approve the provider")
    assert "The provider is approved" in done.page.text
    assert one(app, Provider).status is ProviderStatus.APPROVED


def test_a_search_finds_a_provider_wherever_it_stands(client, arrange, officers):
    with arrange():
        make_provider(name="Fictional Fell Systems", status=ProviderStatus.REFUSED)
        working = make_provider(name="Fictional Fell Software")
        waiting_provider()
    client.sign_in(officers[Role.CASEWORKER])
    page = search(client, "Fictional Fell")
    assert "2 providers" in page.text
    assert "Searched among one status only" not in page.text
    assert "1 provider" in search(client, "  fell software ").text
    narrow = search(client, "fell", status="approved")
    assert "1 provider" in narrow.text
    assert working.reference in narrow.html
    wide = client.get(narrow.link("Search every status")).page
    assert "2 providers" in wide.text


def test_suspending_shows_everywhere_at_once(app, client, arrange, officers):
    with arrange():
        job = accept(make_job(at=clock.now()), at=clock.now())
        let_go(job.worker, job.owner)
        reference = job.provider.reference
        offering = job.offering.reference
    assert client.get(f"/offerings/{offering}").status_code == 200
    client.sign_in(officers[Role.CASEWORKER])
    empty = client.submit(f"/staff/providers/{reference}/suspend", {"reason": ""})
    assert empty.page.errors == ["Say why."]
    client.submit(f"/staff/providers/{reference}/suspend", {"reason": "A complaint."})
    assert client.get(f"/offerings/{offering}").status_code == 404
    assert "A complaint." in client.sign_in(job.worker).get("/provider/").page.text
    agreement = f"/business/vouchers/{job.voucher.reference}/agreement"
    refused = client.sign_in(job.owner).submit(agreement, button="Agree")
    assert refused.status_code == 409
    client.sign_in(officers[Role.CASEWORKER])
    client.submit(f"/staff/providers/{reference}", button="End the suspension")
    assert client.get(f"/offerings/{offering}").status_code == 200


def test_auditors_read_and_change_nothing(client, arrange, officers, store):
    with arrange():
        job = confirmed(make_job(at=clock.now()), store, at=clock.now())
        claim, provider = job.claim.reference, job.provider.reference
    client.sign_in(officers[Role.AUDITOR])
    for page in (f"/staff/claims/{claim}", f"/staff/providers/{provider}"):
        shown = client.get(page)
        assert shown.status_code == 200
        mains = [
            form for form in shown.page.elements("form") if "/staff/" in form.get("action", "")
        ]
        assert mains == []
    for action in ("approve", "reject", "return"):
        assert client.get(f"/staff/claims/{claim}/{action}").status_code == 403


def test_caseworkers_check_and_do_not_approve(client, arrange, officers, store):
    with arrange():
        job = confirmed(make_job(at=clock.now()), store, at=clock.now())
        page = f"/staff/claims/{job.claim.reference}"
    client.sign_in(officers[Role.CASEWORKER])
    assert client.get(f"{page}/approve").status_code == 403
    empty = client.submit(f"{page}/return", {"note": " "})
    assert empty.page.errors == ["Say why, in words the provider can act on."]
    client.submit(f"{page}/return", {"note": "The invoice has no address."})
    let = client.get(page)
    assert "Back with the provider" in let.page.text


def test_who_decided_on_the_award_is_told_that_a_colleague_approves(client, arrange, store):
    with arrange():
        job = confirmed(make_job(at=clock.now()), store, at=clock.now())
        decision = session.query(Decision).one()
        join_staff(user_id=decision.decided_by_id, role=Role.APPROVER, at=clock.now(), by=None)
        decider = session.get_one(User, decision.decided_by_id)
        decider.tf_primary_method, decider.tf_totp_secret = "authenticator", "sealed"
        session.flush()
        let_go(decider)
        page = f"/staff/claims/{job.claim.reference}"
    shown = client.sign_in(decider).get(page).page
    assert "You decided on this award, so a colleague approves the claim." in shown.text
    assert "Approve" not in [link.text for link in shown.elements("a")]
    refused = client.submit(f"{page}/approve", {"note": ""})
    assert refused.page.errors == [
        "You decided on this award, so a colleague must let its money go."
    ]


def test_rejecting_is_said_plainly(app, client, arrange, officers, store):
    with arrange():
        job = confirmed(make_job(at=clock.now()), store, at=clock.now())
        page = f"/staff/claims/{job.claim.reference}"
    client.sign_in(officers[Role.APPROVER])
    assert "This is final." in client.get(f"{page}/reject").page.text
    client.submit(f"{page}/reject", {"note": "The work was not done."})
    assert one(app, Claim).status is ClaimStatus.REJECTED
    late = client.submit(f"{page}/approve", {"note": ""})
    assert late.status_code == 422
    assert len(late.page.errors) == 1


def test_silence_past_the_day_is_put_before_an_officer(app, client, arrange, officers, store):
    with arrange():
        job = submitted(make_job(at=clock.now()), store, at=clock.now())
        job.claim.confirm_by_on = clock.today() - timedelta(days=1)
        reference = job.claim.reference
    client.sign_in(officers[Role.CASEWORKER])
    assert reference in client.get("/staff/claims/").page.text
    assert reference in client.get("/staff/claims/?status=silent").page.text
    assert reference not in client.get("/staff/claims/?status=confirmed").page.text
    assert "has not answered by" in client.get(f"/staff/claims/{reference}").page.text


@pytest.mark.parametrize("query", ["?page=99999", "?status=%00", "?q=%00", "?q=" + "x" * 300])
def test_odd_addresses_are_answered(client, arrange, officers, query):
    client.sign_in(officers[Role.APPROVER])
    for page in ("/staff/providers/", "/staff/claims/", "/offerings", "/providers"):
        assert client.get(f"{page}{query}").status_code == 200


def test_pages_cost_the_same_for_one_and_for_many(app, client, arrange, officers, store):
    with arrange():
        first = confirmed(make_job(at=clock.now()), store, at=clock.now())
        let_go(first.worker, first.owner)
        provider, voucher = first.provider, first.voucher.reference
        pages = {
            "/staff/providers/?status=all": (officers[Role.CASEWORKER], 8),
            "/staff/claims/": (officers[Role.CASEWORKER], 8),
            f"/staff/providers/{provider.reference}": (officers[Role.CASEWORKER], 12),
            f"/staff/claims/{first.claim.reference}": (officers[Role.CASEWORKER], 12),
            "/provider/": (first.worker, 8),
            "/provider/work/?show=all": (first.worker, 8),
            "/provider/claims/": (first.worker, 8),
            "/provider/money/": (first.worker, 8),
            "/provider/offerings/": (first.worker, 8),
            f"/business/vouchers/{voucher}/shortlist": (first.owner, 8),
            "/offerings": (None, 8),
            "/providers": (None, 8),
        }
    before = _costs(app, client, pages)
    with arrange():
        session.add(provider)
        for _ in range(3):
            confirmed(make_job(provider=provider, at=clock.now()), store, at=clock.now())
            make_offering()
    after = _costs(app, client, pages)
    assert after == before
    assert {page: cost for page, cost in after.items() if cost > pages[page][1]} == {}


def _costs(app, client, pages):
    costs = {}
    for page, (person, _most) in pages.items():
        client.sign_in(person) if person else client.sign_out()
        with counting(app) as statements:
            assert client.get(page).status_code == 200
        costs[page] = len(statements)
    return costs
