"""A claim from its draft to the money: who may do what, and what it does to the books."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.factories.scheme import AT, make_business, make_member, make_round, stored
from tests.factories.work import (
    LATER,
    attach,
    confirmed,
    drafted,
    make_job,
    redeemed,
    right_values,
    submitted,
)
from voucher.accounts.models import Membership
from voucher.accounts.operations import join_staff
from voucher.accounts.roles import Role
from voucher.applications.models import Decision
from voucher.audit.models import AuditEvent
from voucher.claims import operations
from voucher.claims.models import ClaimStatus
from voucher.claims.rules import ClaimProblems, EvidenceKind
from voucher.core.errors import Conflict, Invalid, NotPermitted
from voucher.providers.operations import suspend
from voucher.vouchers.models import VoucherStatus


def officer(role=Role.APPROVER):
    return make_member(role)


def test_a_claim_goes_from_draft_to_paid(session, tmp_path):
    job = confirmed(make_job(), tmp_path)
    assert job.claim.status is ClaimStatus.CONFIRMED
    assert job.claim.pay_by_on is not None
    before = job.round_.committed_pence
    operations.approve(claim=job.claim, note="", by=officer().id, at=LATER)
    assert job.claim.status is ClaimStatus.APPROVED
    assert job.round_.committed_pence == before == job.redemption.voucher_pence
    operations.mark_paid(claim=job.claim, at=LATER)
    assert job.claim.status is ClaimStatus.PAID
    actions = session.execute(
        select(AuditEvent.action)
        .where(AuditEvent.case_reference == job.application.reference)
        .order_by(AuditEvent.id)
    ).scalars()
    assert [each for each in actions if each.startswith("claim.")] == [
        "claim.started",
        "claim.saved",
        "claim.submitted",
        "claim.confirmed",
        "claim.approved",
        "claim.paid",
    ]


def test_beginning_twice_gives_the_same_claim(session):
    job = redeemed(make_job())
    first = operations.start(redemption=job.redemption, by=job.worker.id, at=LATER)
    again = operations.start(redemption=job.redemption, by=job.worker.id, at=LATER)
    assert again.id == first.id


def test_a_draft_keeps_anything_and_sending_names_every_difference(session, tmp_path):
    job = redeemed(make_job())
    job.claim = operations.start(redemption=job.redemption, by=job.worker.id, at=LATER)
    wrong = {"net_price_pence": 1, "vat_pence": 0, "voucher_pence": 0, "contribution_pence": 99}
    operations.save(claim=job.claim, values=wrong, by=job.worker.id, at=LATER)
    with pytest.raises(ClaimProblems) as caught:
        operations.submit(claim=job.claim, by=job.worker.id, at=LATER)
    assert [problem.field for problem in caught.value.problems] == [
        "invoice_number",
        "invoice_on",
        "net_price_pence",
        "vat_rate_bps",
        "vat_pence",
        "voucher_pence",
        "contribution_pence",
        "contribution_paid_on",
        "work_done",
        "invoice",
    ]
    assert job.claim.status is ClaimStatus.DRAFT


def test_the_sample_and_the_threshold_ask_for_more(session, tmp_path):
    everybody = make_round(evidence_sample_bps=10_000, full_evidence_from_pence=500_000)
    job = drafted(make_job(everybody), tmp_path)
    assert job.claim.sampled
    assert job.claim.evidence_level == "full"
    with pytest.raises(ClaimProblems) as caught:
        operations.submit(claim=job.claim, by=job.worker.id, at=LATER)
    missing = {problem.field for problem in caught.value.problems}
    assert missing == {"delivery_record", "contribution_receipt"}
    dear = make_round(evidence_sample_bps=0, full_evidence_from_pence=1)
    other = drafted(make_job(dear), tmp_path)
    assert not other.claim.sampled
    assert other.claim.evidence_level == "full"


def test_full_evidence_takes_two_officers(session, tmp_path):
    round_ = make_round(evidence_sample_bps=10_000, full_evidence_from_pence=500_000)
    job = drafted(make_job(round_), tmp_path)
    for kind in (EvidenceKind.DELIVERY_RECORD, EvidenceKind.CONTRIBUTION_RECEIPT):
        attach(job, tmp_path, kind)
    operations.submit(claim=job.claim, by=job.worker.id, at=LATER)
    operations.confirm(claim=job.claim, by=job.owner.id, at=LATER)
    first, second = officer(), officer()
    with pytest.raises(Conflict, match="one officer checks"):
        operations.approve(claim=job.claim, by=second.id, at=LATER)
    operations.check(claim=job.claim, by=first.id, at=LATER)
    with pytest.raises(NotPermitted, match="second person"):
        operations.approve(claim=job.claim, by=first.id, at=LATER)
    operations.approve(claim=job.claim, by=second.id, at=LATER)
    assert job.claim.status is ClaimStatus.APPROVED


def test_who_decided_on_the_award_does_not_approve_its_claim(session, tmp_path):
    job = confirmed(make_job(), tmp_path)
    decider = session.execute(
        select(Decision.decided_by_id).where(Decision.application_id == job.application.id)
    ).scalar_one()
    join_staff(user_id=decider, role=Role.APPROVER, at=AT, by=None)
    operations.check(claim=job.claim, by=decider, at=LATER)
    operations.return_to_provider(claim=job.claim, note="No date.", by=decider, at=LATER)
    operations.submit(claim=job.claim, by=job.worker.id, at=LATER)
    operations.confirm(claim=job.claim, by=job.owner.id, at=LATER)
    with pytest.raises(NotPermitted, match="You decided on this award"):
        operations.approve(claim=job.claim, by=decider, at=LATER)
    assert job.claim.status is ClaimStatus.CONFIRMED
    operations.approve(claim=job.claim, by=officer().id, at=LATER)
    assert job.claim.status is ClaimStatus.APPROVED


def test_confirmation_is_the_businesss_own_act(session, tmp_path):
    job = submitted(make_job(), tmp_path)
    for person in (job.worker, officer(), make_member(Role.BUSINESS, business=make_job().business)):
        with pytest.raises(NotPermitted):
            operations.confirm(claim=job.claim, by=person.id, at=LATER)
    assert job.claim.status is ClaimStatus.SUBMITTED


def test_somebody_on_both_sides_confirms_nothing(session, tmp_path):
    job = submitted(make_job(), tmp_path)
    from voucher.accounts.operations import join_business

    join_business(user_id=job.worker.id, business_id=job.business.id, at=LATER)
    with pytest.raises(NotPermitted):
        operations.confirm(claim=job.claim, by=job.worker.id, at=LATER)


def test_a_dispute_stops_the_money_until_it_is_settled(session, tmp_path):
    job = submitted(make_job(), tmp_path)
    with pytest.raises(Invalid):
        operations.dispute(claim=job.claim, words="  ", by=job.owner.id, at=LATER)
    operations.dispute(claim=job.claim, words="Half is missing.", by=job.owner.id, at=LATER)
    with pytest.raises(Conflict):
        operations.approve(claim=job.claim, by=officer().id, at=LATER)
    operations.confirm(claim=job.claim, by=job.owner.id, at=LATER)
    assert job.claim.status is ClaimStatus.CONFIRMED


def test_a_returned_claim_comes_back_and_is_confirmed_again(session, tmp_path):
    job = confirmed(make_job(), tmp_path)
    approver = officer()
    operations.check(claim=job.claim, by=approver.id, at=LATER)
    with pytest.raises(Invalid):
        operations.return_to_provider(claim=job.claim, note=" ", by=approver.id, at=LATER)
    operations.return_to_provider(
        claim=job.claim, note="The invoice has no date.", by=approver.id, at=LATER
    )
    assert job.claim.status is ClaimStatus.RETURNED
    assert job.claim.checked_at is None
    operations.submit(claim=job.claim, by=job.worker.id, at=LATER)
    assert job.claim.status is ClaimStatus.SUBMITTED
    operations.confirm(claim=job.claim, by=job.owner.id, at=LATER)
    operations.approve(claim=job.claim, by=approver.id, at=LATER)
    assert job.claim.status is ClaimStatus.APPROVED


def test_rejecting_cancels_the_voucher_and_gives_the_money_back(session, tmp_path):
    job = confirmed(make_job(), tmp_path)
    free = job.round_.free_pence
    operations.reject(claim=job.claim, note="Not done.", by=officer().id, at=LATER)
    session.refresh(job.round_)
    session.refresh(job.voucher)
    assert job.claim.status is ClaimStatus.REJECTED
    assert job.voucher.status is VoucherStatus.CANCELLED
    assert job.round_.free_pence == free + job.redemption.voucher_pence
    assert job.round_.committed_pence == 0
    with pytest.raises(Conflict):
        operations.approve(claim=job.claim, by=officer().id, at=LATER)


def test_nothing_is_approved_on_a_held_case_or_for_a_suspended_provider(session, tmp_path):
    job = confirmed(make_job(), tmp_path)
    case = job.application
    case.held_at, case.held_by_id, case.hold_reason = LATER, officer().id, "A tip."
    session.flush()
    with pytest.raises(Conflict, match="on hold"):
        operations.approve(claim=job.claim, by=officer().id, at=LATER)
    case.held_at = case.held_by_id = case.hold_reason = None
    suspend(provider=job.provider, reason="A tip.", by=officer().id, at=LATER)
    with pytest.raises(Conflict, match="suspended"):
        operations.approve(claim=job.claim, by=officer().id, at=LATER)
    assert job.claim.status is ClaimStatus.CONFIRMED


def test_no_officer_acts_on_a_claim_of_their_own(session, tmp_path):
    job = confirmed(make_job(), tmp_path)
    from voucher.accounts.operations import join_provider

    conflicted = officer()
    join_provider(user_id=conflicted.id, provider_id=job.provider.id, at=LATER)
    for act in (operations.approve, operations.reject, operations.return_to_provider):
        with pytest.raises(NotPermitted):
            act(claim=job.claim, note="Words.", by=conflicted.id, at=LATER)
    with pytest.raises(NotPermitted):
        operations.check(claim=job.claim, by=conflicted.id, at=LATER)


def test_no_officer_acts_on_a_claim_of_another_entry_of_their_own_enterprise(session, tmp_path):
    job = confirmed(make_job(), tmp_path)
    conflicted = officer()
    other = make_business(company_number=job.business.company_number)
    member = {"role": Role.BUSINESS, "business_id": other.id, "joined_at": AT}
    stored(Membership(user_id=conflicted.id, **member))
    with pytest.raises(NotPermitted):
        operations.check(claim=job.claim, by=conflicted.id, at=LATER)


def test_a_sent_claim_is_not_written_any_more(session, tmp_path):
    job = submitted(make_job(), tmp_path)
    with pytest.raises(Conflict):
        operations.save(claim=job.claim, values={"work_done": "More"}, by=job.worker.id, at=LATER)
    with pytest.raises(Conflict):
        attach(job, tmp_path)
    with pytest.raises(Conflict):
        operations.submit(claim=job.claim, by=job.worker.id, at=LATER)


def test_one_invoice_is_claimed_once(session, tmp_path):
    first = drafted(make_job(), tmp_path)
    number = first.claim.invoice_number
    again = redeemed(make_job(provider=first.provider))
    claim = operations.start(redemption=again.redemption, by=again.worker.id, at=LATER)
    values = {**right_values(again.redemption, LATER.date()), "invoice_number": number}
    with pytest.raises(Conflict, match="invoice of that number"):
        operations.save(claim=claim, values=values, by=again.worker.id, at=LATER)


def test_dates_lie_between_the_redemption_and_today(session, tmp_path):
    job = drafted(make_job(), tmp_path, invoice_on=AT.date() - timedelta(days=1))
    with pytest.raises(ClaimProblems, match="when you redeemed"):
        operations.submit(claim=job.claim, by=job.worker.id, at=LATER)
    ahead = {"invoice_on": LATER.date() + timedelta(days=1)}
    operations.save(claim=job.claim, values=ahead, by=job.worker.id, at=LATER)
    with pytest.raises(ClaimProblems, match="today or earlier"):
        operations.submit(claim=job.claim, by=job.worker.id, at=LATER)
