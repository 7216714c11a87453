"""Queue, case, its action pages, and vouchers in every state, as people see them."""

from datetime import timedelta

import pytest

from tests.factories.cases import (
    make_case,
    make_check,
    make_decision,
    make_match,
    make_officer,
    make_owner,
    make_refused,
    make_voucher,
)
from tests.factories.scheme import (
    make_business,
    make_member,
    make_offering,
    make_provider,
    make_round,
)
from voucher.accounts.roles import Role
from voucher.applications.models import Application, ApplicationStatus
from voucher.applications.operations import assess
from voucher.applications.operations.appeal import appeal
from voucher.businesses.models import Business
from voucher.core import clock
from voucher.core.db import session
from voucher.eligibility.models import CheckOutcome
from voucher.subsidy.operations import Declaration, declare, stand_behind
from voucher.subsidy.rules import AssistanceLabel, Relation
from voucher.vouchers.operations import cancel, code_of, expire, redeem

LONG = "The Extraordinarily Long-Named Fictional Cooperative of Northern Bookbinders and Sons"
DIFFERENCES = [
    {"kind": "postcode", "declared": "LS1 4AP", "registered": "M1 1AE", "likeness": None},
    {"kind": "name", "declared": LONG, "registered": "Fictional Binding Ltd", "likeness": 42},
]


@pytest.fixture
def key(app):
    return app.extensions["settings"].voucher_code_key.encode()


def person(role, **values):
    made = make_officer(role, **values)
    session.expunge(made)
    return made


def full_case(key):
    """A case with everything on it, awarded and redeemed."""
    voucher = make_voucher(business=make_business(name=LONG), at=clock.now(), code_key=key)
    case = session.get_one(Application, voucher.application_id)
    officer = make_officer(full_name="Fictional Officer")
    make_check(case, CheckOutcome.REFER, differences=DIFFERENCES)
    for words in ("Rang them.\n\nThey ring back.", "Y" * 300):
        assess.add_note(application=case, words=words, by=officer.id, at=clock.now())
    assess.hold(
        application=case, reason="The account is used twice.", by=officer.id, at=clock.now()
    )
    assess.release_hold(application=case, by=officer.id, at=clock.now())
    provider = make_provider(name=f"{LONG} Software")
    make_match(voucher, make_offering(provider))
    redeem(
        code=code_of(voucher=voucher, code_key=key),
        provider_id=provider.id,
        by=make_member(Role.PROVIDER, provider=provider).id,
        at=clock.now(),
        code_key=key,
    )
    business = session.get_one(Business, case.business_id)
    make_case(business=business, status=ApplicationStatus.REFUSED)
    return case.reference, voucher.reference


def test_an_officer_works_through_the_queue(visitor, arrange, key):
    with arrange():
        officer = person(Role.CASEWORKER, full_name="Fictional Caseworker")
        round_ = make_round()
        for number in range(30):
            make_case(round_, make_business(name=f"{LONG} {number}"))
        held = make_case(held_at=clock.now(), hold_reason="Looking").reference
        case = make_case(decide_by_on=clock.today() + timedelta(days=3))
        make_check(case, CheckOutcome.PENDING, retry_at=clock.now())
        reference = case.reference
        full, voucher = full_case(key)
    visitor.sign_in(officer)
    visitor.go("/staff/").look("staff-queue")
    visitor.go("/staff/?q=nobody")
    visitor.go("/staff/?status=all&page=2")
    visitor.go(f"/staff/cases/{full}").look("staff-case")
    visitor.go(f"/staff/cases/{full}/support").look("staff-case-support")
    visitor.go(f"/staff/cases/{held}")
    visitor.go(f"/staff/cases/{held}/release")
    for action in ("assign", "note", "hold", "corrections", "decide"):
        visitor.go(f"/staff/cases/{reference}/{action}").look(f"staff-case-{action}")
        if action != "assign":
            visitor.page.locator("main form button[type=submit]").click()
            visitor.look(f"staff-case-{action}-errors")
            assert visitor.page.title().startswith("Error:")
    visitor.go("/staff/vouchers/").look("staff-vouchers")
    visitor.go(f"/staff/vouchers/{voucher}").look("staff-voucher")


def test_an_officer_decides(visitor, arrange):
    with arrange():
        officer = person(Role.CASEWORKER)
        reference = make_case().reference
    visitor.sign_in(officer).go(f"/staff/cases/{reference}/decide")
    page = visitor.page
    page.get_by_label("Approve", exact=True).check()
    page.get_by_label("Meets every rule of the round").check()
    page.get_by_role("button", name="Make the decision").click()
    assert "waits for a second person" in page.inner_text("main")
    visitor.look()


def test_an_approver_seconds_answers_and_cancels(visitor, arrange, key):
    with arrange():
        approver = person(Role.APPROVER)
        proposed = make_case(status=ApplicationStatus.PROPOSED)
        make_decision(proposed, needs_second=True, award_pence=150_000, note="Looked at it twice.")
        refused, decision = make_refused()
        decision.decided_at = clock.now()
        appeal(
            application=refused,
            grounds="We have six people, not six hundred.",
            by=refused.started_by_id,
            at=clock.now(),
        )
        references = proposed.reference, refused.reference
        voucher = make_voucher(at=clock.now(), code_key=key).reference
    visitor.sign_in(approver)
    visitor.go("/staff/second").look("staff-second-queue")
    visitor.go("/staff/appeals").look("staff-appeals")
    visitor.go(f"/staff/cases/{references[0]}/second").look("staff-case-second")
    visitor.go(f"/staff/cases/{references[1]}").look("staff-case-appealed")
    visitor.go(f"/staff/cases/{references[1]}/appeal").look("staff-case-appeal")
    for action in ("extend", "cancel"):
        address = f"/staff/vouchers/{voucher}/{action}"
        if action == "cancel":
            visitor.go(address).look("staff-voucher-cancel")
            visitor.page.get_by_role("button", name="Cancel the voucher").click()
            visitor.look("staff-voucher-cancel-errors")


def test_what_can_not_be_done_now_is_explained(visitor, arrange, key):
    with arrange():
        officer = person(Role.CASEWORKER)
        held, decided = make_case(), make_refused()[0]
        assess.hold(application=held, reason="Same account.", by=officer.id, at=clock.now())
    visitor.sign_in(officer)
    visitor.go(f"/staff/cases/{held.reference}/decide").look("staff-case-decide-held")
    visitor.go(f"/staff/cases/{decided.reference}/decide").look("staff-case-decide-decided")


def test_support_of_a_group_is_one_sum(visitor, arrange):
    with arrange():
        officer = person(Role.CASEWORKER)
        case = make_case()
        business = session.get_one(Business, case.business_id)
        twin = make_business(company_number=business.company_number, name=LONG)
        for entry in (business, twin):
            given = Declaration(
                label=AssistanceLabel.MFA,
                amount_pence=120_000,
                given_on=clock.today() - timedelta(days=40),
                given_by="A fictional council",
                recipient=entry.name,
                relation=Relation.SELF,
            )
            declare(business=entry, records=[given], by=officer.id, at=clock.now())
            stand_behind(business_id=entry.id, at=clock.now())
    visitor.sign_in(officer).go(f"/staff/cases/{case.reference}/support").look("staff-support")


def test_empty_queues(visitor, arrange):
    with arrange():
        approver = person(Role.APPROVER)
    visitor.sign_in(approver)
    for path in ("/staff/", "/staff/second", "/staff/appeals", "/staff/vouchers/"):
        visitor.go(path)


def test_a_business_looks_at_its_voucher_in_every_state(visitors, arrange, key):
    now = clock.now()
    shown = []
    with arrange():
        for state in ("issued", "over", "expired", "cancelled", "redeemed"):
            begun = now - timedelta(days=120) if state == "over" else now
            voucher = make_voucher(business=make_business(name=LONG), at=begun, code_key=key)
            owner = make_owner(session.get_one(Business, voucher.business_id))
            _bring(voucher, state, key)
            session.flush()
            session.expunge(owner)
            shown.append((state, voucher.reference, owner))
        nobody = make_owner(make_business())
        session.expunge(nobody)
    for state, reference, owner in shown:
        visitor = visitors().sign_in(owner)
        visitor.go(f"/business/vouchers/{reference}").look(f"business-voucher-{state}")
        visitor.go("/business/vouchers/")
    visitors().sign_in(nobody).go("/business/vouchers/").look("business-vouchers-empty")


def _bring(voucher, state, key):
    if state == "expired":
        expire(voucher=voucher, at=clock.now() + timedelta(days=91))
    elif state == "cancelled":
        cancel(voucher=voucher, reason="Handed back.", by=make_officer().id, at=clock.now())
    elif state == "redeemed":
        provider = make_provider()
        make_match(voucher, make_offering(provider))
        redeem(
            code=code_of(voucher=voucher, code_key=key),
            provider_id=provider.id,
            by=make_member(Role.PROVIDER, provider=provider).id,
            at=clock.now(),
            code_key=key,
        )
