"""The pages of work and claims in a real browser, in every state, at desktop and phone width."""

from datetime import timedelta

import pytest

from tests.factories.scheme import make_member, make_offering, make_provider
from tests.factories.work import (
    accept,
    agree,
    attach,
    choose,
    make_job,
    redeemed,
    right_values,
)
from voucher.accounts.roles import Role
from voucher.claims import operations as claims
from voucher.core import clock
from voucher.core.db import session
from voucher.matching import operations as matching
from voucher.providers.models import DueDiligenceStatus, ProviderStatus
from voucher.providers.operations import register
from voucher.vouchers.queries import code_of

LONG = "Llanfairpwllgwyngyll-and-Haltwhistle Software Cooperative and Daughters of the North " * 2


def let_go(*rows):
    for row in rows:
        session.refresh(row)
        session.expunge(row)


@pytest.fixture
def ground(app, arrange):
    """Makes jobs at the present moment, with the application's own key and store."""
    settings = app.extensions["settings"]

    class Ground:
        key = settings.voucher_code_key.encode()
        store = settings.data_dir / "files"

        def job(self, **values):
            return make_job(at=clock.now(), code_key=self.key, **values)

    return Ground()


def test_the_providers_road(visitors, arrange, ground):
    with arrange():
        provider = make_provider(name=LONG.strip()[:160])
        waiting = choose(ground.job(provider=provider), at=clock.now())
        taken = accept(ground.job(provider=provider), at=clock.now())
        ready = agree(ground.job(provider=provider), at=clock.now())
        fresh = redeemed(ground.job(provider=provider), at=clock.now(), code_key=ground.key)
        sent = submitted_job(ground, provider)
        disputed = submitted_job(ground, provider)
        claims.dispute(
            claim=disputed.claim, words="Half is missing.", by=disputed.owner.id, at=clock.now()
        )
        returned = confirmed_job(ground, provider)
        officer = make_member(Role.APPROVER)
        claims.return_to_provider(
            claim=returned.claim, note="No date.", by=officer.id, at=clock.now()
        )
        worker = waiting.worker
        code = code_of(voucher=ready.voucher, code_key=ground.key)
        early = code_of(voucher=taken.voucher, code_key=ground.key)
        references = [job.match.reference for job in (waiting, taken, ready)]
        claim_pages = [job.claim.reference for job in (sent, disputed, returned)]
        redemption = fresh.redemption.reference
        offering = waiting.offering.reference
        let_go(worker)
    person = visitors().sign_in(worker)
    person.go("/provider/").look("provider-home")
    for show in ("waiting", "agreed", "ended"):
        person.go(f"/provider/work/?show={show}")
    for reference in references:
        person.go(f"/provider/work/{reference}")
    person.look("provider-request")
    person.go(f"/provider/work/{references[0]}/accept")
    person.page.get_by_role("button", name="Accept the work").click()
    person.look("provider-accept-error")
    person.go(f"/provider/work/{references[0]}/decline")
    look_at_offerings(person, offering)
    redeem(person, code, early)
    claim(person, redemption, claim_pages)


def look_at_offerings(person, offering):
    person.go("/provider/offerings/").go(f"/provider/offerings/{offering}")
    person.go(f"/provider/offerings/{offering}/edit").look("provider-offering-edit")
    person.go("/provider/offerings/new")
    person.page.get_by_role("button", name="Save as a draft").click()
    person.look("provider-offering-errors")


def redeem(person, code, early):
    person.go(f"/provider/redeem#{code[:4]}-{code[4:8]}-{code[8:12]}-{code[12:]}")
    assert person.page.get_by_label("Voucher code").input_value().replace("-", "") == code
    person.page.get_by_role("button", name="Check the code").click()
    person.look("provider-worth")
    person.go("/provider/redeem")
    person.page.get_by_label("Voucher code").fill(early)
    person.page.get_by_role("button", name="Check the code").click()
    person.look("provider-too-early")
    person.go("/provider/redeem")
    person.page.get_by_role("button", name="Check the code").click()
    person.look()


def claim(person, redemption, claim_pages):
    person.go(f"/provider/claims/new/{redemption}")
    person.page.get_by_role("button", name="Begin the claim").click()
    person.look("provider-claim-details")
    person.page.get_by_role("button", name="Save and go on").click()
    person.look("provider-claim-errors")
    person.page.get_by_role("button", name="Save as a draft").click()
    person.look("provider-claim-writing")
    person.page.get_by_role("button", name="Send the claim").click()
    person.look("provider-claim-not-ready")
    person.page.get_by_role("link", name="Attach the evidence").click()
    person.look("provider-evidence")
    for reference in claim_pages:
        person.go(f"/provider/claims/{reference}").look(f"provider-claim-{reference}")
    person.go("/provider/claims/").look("provider-claims")
    person.go("/provider/money/").look("provider-money")


def submitted_job(ground, provider):
    at = clock.now()
    job = ground.job(provider=provider)
    redeemed(job, at=at, code_key=ground.key)
    job.claim = claims.start(redemption=job.redemption, by=job.worker.id, at=at)

    values = right_values(job.redemption, at.date())
    claims.save(claim=job.claim, values=values, by=job.worker.id, at=at)
    attach(job, ground.store, at=at)
    claims.submit(claim=job.claim, by=job.worker.id, at=at)
    return job


def confirmed_job(ground, provider):
    job = submitted_job(ground, provider)
    claims.confirm(claim=job.claim, by=job.owner.id, at=clock.now())
    return job


def test_a_registration(visitors, arrange):
    with arrange():
        person = make_member(
            Role.PROVIDER, provider=register(name="Fictional Beginners", by=None, at=clock.now())
        )
        let_go(person)
    visitor = visitors().sign_in(person)
    visitor.go("/provider/").look("registration-home")
    visitor.go("/provider/checklist").look("registration-checklist")
    visitor.go("/provider/registration")
    visitor.page.get_by_role("button", name="Save").click()
    visitor.look("registration-errors")
    for kind in ("identity", "insurance", "references", "data_protection", "terms"):
        visitor.go(f"/provider/checklist/{kind}")
        visitor.page.locator("main form button[type=submit]").click()
        visitor.look(f"registration-{kind}")
    for empty in ("offerings/", "work/", "claims/", "money/"):
        visitor.go(f"/provider/{empty}")


def test_the_businesss_road(visitors, arrange, ground):
    with arrange():
        first = make_job_with_rivals(ground)
        asked, answered, agreed, used = (ground.job() for _ in range(4))
        choose(asked, at=clock.now())
        accept(answered, at=clock.now())
        agree(agreed, at=clock.now())
        done = submitted_job(ground, used.provider)
        declined = make_job_with_rivals(ground)
        choose(declined, at=clock.now())
        matching.decline(
            match=declined.match, reason="Fully booked.", by=declined.worker.id, at=clock.now()
        )
        people = [job.owner for job in (first, asked, answered, agreed, done, declined)]
        vouchers = [
            job.voucher.reference for job in (first, asked, answered, agreed, done, declined)
        ]
        offering, claim = first.offering.reference, done.claim.reference
        let_go(*people)
    for number, (person, voucher) in enumerate(zip(people, vouchers, strict=True)):
        visitor = visitors().sign_in(person)
        visitor.go(f"/business/vouchers/{voucher}/shortlist").look(f"business-shortlist-{number}")
        visitor.go(f"/business/vouchers/{voucher}/agreement").look(f"business-agreement-{number}")
        visitor.go("/business/")
        if number == 0:
            visitor.go(f"/business/vouchers/{voucher}/choose/{offering}").look("business-choice")
        if number == 4:
            visitor.go(f"/business/claims/{claim}").look("business-claim")
            visitor.go(f"/business/claims/{claim}/dispute")
            visitor.page.get_by_role("button", name="Send").click()
            visitor.look("business-dispute-error")
            visitor.page.get_by_label("What was not done").fill("Half is missing.")
            visitor.page.get_by_role("button", name="Send").click()
            visitor.look("business-disputed")


def make_job_with_rivals(ground):
    for price in (60_000, 120_000, 310_000):
        make_offering(net_price_pence=price, title=f"{LONG[:80]} for {price}", places=["LS"])
    return ground.job()


def test_the_officers_side(visitors, arrange, ground):
    with arrange():
        provider = make_provider(name=LONG.strip()[:160])
        claim = confirmed_job(ground, provider).claim
        claim.sampled, claim.evidence_level = True, "full"
        waiting = make_provider(status=ProviderStatus.SUBMITTED, submitted_at=clock.now())
        session.refresh(waiting, ["items"])
        for item in waiting.items:
            item.status, item.expires_on, item.checked_at = DueDiligenceStatus.PROVIDED, None, None
            item.stated_expires_on = clock.today() + timedelta(days=90)
        approver, references = make_member(Role.APPROVER), [provider.reference, waiting.reference]
        let_go(approver)
        claim_page = f"/staff/claims/{claim.reference}"
    person = visitors().sign_in(approver)
    person.go("/staff/providers/?status=all").look("staff-providers")
    person.go("/staff/providers/?status=refused").look("staff-providers-none")
    for reference in references:
        person.go(f"/staff/providers/{reference}").look(f"staff-provider-{reference}")
    person.go(f"/staff/providers/{references[1]}/check/insurance")
    person.page.get_by_role("button", name="Save").click()
    person.look("staff-check-error")
    person.go(f"/staff/providers/{references[0]}/suspend").look("staff-suspend")
    person.go("/staff/claims/").look("staff-claims")
    person.go(claim_page).look("staff-claim")
    for action in ("approve", "return", "reject"):
        person.go(f"{claim_page}/{action}")
    person.page.get_by_role("button", name="Reject the claim").click()
    person.look("staff-reject-error")


def test_what_is_on_offer(visitors, arrange, ground):
    visitor = visitors()
    visitor.go("/offerings").look("directory-empty")
    visitor.go("/providers")
    with arrange():
        provider = make_provider(name=LONG.strip()[:160])
        reference = make_offering(provider, summary=LONG * 5, places=["remote", "LS"]).reference
        for _ in range(27):
            make_offering()
    visitor.go("/offerings").look("directory")
    visitor.go("/offerings?place=nowhere&most=-1").look("directory-errors")
    visitor.go(f"/offerings/{reference}").look("directory-offering")
    visitor.go("/providers?page=2").look("directory-providers")
    visitor.go("/providers?q=nobody")
