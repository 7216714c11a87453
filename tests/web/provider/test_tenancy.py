"""Another provider's or another business's record: not found, whatever is tried."""

import pytest

from tests.factories.scheme import make_business, make_member, make_provider
from tests.factories.work import drafted, make_job, submitted
from voucher.accounts.roles import Role
from voucher.core import clock
from voucher.core.db import session


@pytest.fixture
def theirs(app, arrange):
    """Somebody else's taster, as far as a sent claim, and two strangers who look at it."""
    store = app.extensions["settings"].data_dir / "files"
    with arrange():
        job = submitted(make_job(at=clock.now()), store, at=clock.now())
        stranger = make_member(Role.PROVIDER, provider=make_provider())
        outsider = make_member(Role.BUSINESS, business=make_business())
        people = {"provider": stranger, "business": outsider}
        for person in people.values():
            session.refresh(person)
            session.expunge(person)
        references = {
            "offering": job.offering.reference,
            "match": job.match.reference,
            "redemption": job.redemption.reference,
            "claim": job.claim.reference,
            "voucher": job.voucher.reference,
        }
    return people, references


PAGES = [
    ("provider", "GET", "/provider/offerings/{offering}"),
    ("provider", "GET", "/provider/offerings/{offering}/edit"),
    ("provider", "POST", "/provider/offerings/{offering}/edit"),
    ("provider", "POST", "/provider/offerings/{offering}/publish"),
    ("provider", "POST", "/provider/offerings/{offering}/pause"),
    ("provider", "GET", "/provider/work/{match}"),
    ("provider", "GET", "/provider/work/{match}/accept"),
    ("provider", "POST", "/provider/work/{match}/accept"),
    ("provider", "POST", "/provider/work/{match}/decline"),
    ("provider", "GET", "/provider/claims/new/{redemption}"),
    ("provider", "POST", "/provider/claims/new/{redemption}"),
    ("provider", "GET", "/provider/claims/{claim}"),
    ("provider", "GET", "/provider/claims/{claim}/details"),
    ("provider", "POST", "/provider/claims/{claim}/details"),
    ("provider", "POST", "/provider/claims/{claim}/evidence"),
    ("provider", "POST", "/provider/claims/{claim}/evidence/remove"),
    ("provider", "POST", "/provider/claims/{claim}/send"),
    ("business", "GET", "/business/claims/{claim}"),
    ("business", "POST", "/business/claims/{claim}/confirm"),
    ("business", "POST", "/business/claims/{claim}/dispute"),
    ("business", "GET", "/business/vouchers/{voucher}/shortlist"),
    ("business", "POST", "/business/vouchers/{voucher}/shortlist"),
    ("business", "GET", "/business/vouchers/{voucher}/choose/{offering}"),
    ("business", "POST", "/business/vouchers/{voucher}/choose/{offering}"),
    ("business", "GET", "/business/vouchers/{voucher}/agreement"),
    ("business", "POST", "/business/vouchers/{voucher}/agreement"),
    ("business", "POST", "/business/vouchers/{voucher}/withdraw"),
]


def test_everything_of_somebody_else_is_not_found(client, theirs):
    people, references = theirs
    homes = {"provider": "/provider/redeem", "business": "/business/"}
    for side, person in people.items():
        client.sign_in(person)
        shown = client.get(homes[side])
        token = shown.page.elements("input", name="csrf_token")[0].get("value")
        for who, method, pattern in PAGES:
            if who == side:
                address = pattern.format(**references)
                answer = client.open(address, method=method, data={"csrf_token": token})
                assert answer.status_code == 404, f"{method} {address}: {answer.status_code}"


def test_a_draft_claim_is_the_providers_own(app, client, arrange):

    store = app.extensions["settings"].data_dir / "files"
    with arrange():
        job = drafted(make_job(at=clock.now()), store, at=clock.now())
        officer = make_member(Role.APPROVER)
        reference = job.claim.reference
        for person in (officer, job.owner):
            session.refresh(person)
            session.expunge(person)
    assert client.sign_in(job.owner).get(f"/business/claims/{reference}").status_code == 404
    assert client.sign_in(officer).get(f"/staff/claims/{reference}").status_code == 404
