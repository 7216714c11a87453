"""Decisions: by whom, with which reasons, up to which amount, and the second person."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from tests.factories.cases import (
    make_approved,
    make_case,
    make_check,
    make_decision,
    make_officer,
    make_voucher,
)
from tests.factories.scheme import AT, make_business, make_member, make_round, stored
from voucher.accounts.models import Membership
from voucher.accounts.roles import Role
from voucher.applications.models import ApplicationStatus, Decision, DecisionOutcome
from voucher.applications.operations.appeal import answer_appeal, appeal
from voucher.applications.operations.assess import hold
from voucher.applications.operations.decide import award_room, decide, second
from voucher.applications.queries.staff import latest_decision
from voucher.audit.models import AuditEvent
from voucher.businesses.models import Business
from voucher.core.errors import Conflict, Invalid, NotPermitted
from voucher.eligibility.models import CheckOutcome
from voucher.programmes.models import AllocationMethod, Round
from voucher.subsidy.models import DeclaredAssistance, SubsidyNotice
from voucher.subsidy.queries import latest_notice

APPROVE, REFUSE = DecisionOutcome.APPROVE, DecisionOutcome.REFUSE


def approve(case, *, by=None, **changed):
    values = {"award_pence": 100_000, "reasons": ["meets_rules"], "note": "", "at": AT}
    by = by or make_officer()
    return decide(application=case, outcome=APPROVE, by=by.id, **{**values, **changed})


def refuse(case, *, by=None, **changed):
    values = {"award_pence": None, "reasons": ["problem_unclear"], "note": "", "at": AT}
    by = by or make_officer()
    return decide(application=case, outcome=REFUSE, by=by.id, **{**values, **changed})


def agree(case, *, by=None, **changed):
    values = {"agree": True, "note": "", "at": AT}
    by = by or make_officer(Role.APPROVER)
    return second(application=case, by=by.id, **{**values, **changed})


def test_under_the_threshold_one_officer_approves_and_the_notice_goes_out(session):
    case = make_case()
    decision = approve(case, award_pence=149_999)
    notice = latest_notice(case.id)
    assert case.status is ApplicationStatus.APPROVED
    assert not decision.needs_second
    assert notice.gross_pence == 149_999
    assert notice.answer_by_on == date(2026, 6, 29)


def test_from_the_threshold_on_a_second_person_is_needed_and_no_notice_goes_out(session):
    case = make_case()
    decision = approve(case, award_pence=150_000)
    assert case.status is ApplicationStatus.PROPOSED
    assert decision.needs_second
    assert latest_notice(case.id) is None


def test_a_refusal_keeps_its_reasons_and_needs_no_second_person(session):
    case = make_case()
    decision = refuse(case, reasons=["too_large", "no_authority"], award_pence=500, note=" Sorry ")
    assert case.status is ApplicationStatus.REFUSED
    assert decision.reasons == ["too_large", "no_authority"]
    assert (decision.award_pence, decision.note) == (None, "Sorry")


def test_the_decision_names_the_check_it_rests_on(session):
    case = make_case()
    check = make_check(case, CheckOutcome.REFER)
    assert approve(case, reasons=["referral_cleared"]).check_id == check.id


@pytest.mark.parametrize("reasons", [[], ["no_such_reason"], ["meets_rules", "too_large"]])
def test_reasons_come_from_the_catalogue_of_that_outcome(session, reasons):
    case = make_case()
    with pytest.raises(Invalid) as refused:
        approve(case, reasons=reasons)
    assert refused.value.field == "reasons"
    assert case.status is ApplicationStatus.SUBMITTED


@pytest.mark.parametrize("pence", [None, 0, -1, 200_001, 10**12])
def test_an_award_is_more_than_nothing_and_no_more_than_the_cap(session, pence):
    with pytest.raises(Invalid) as refused:
        approve(make_case(), award_pence=pence)
    assert refused.value.field == "award_pence"


def test_an_award_of_the_cap_itself_is_allowed(session):
    case = make_case()
    approve(case, award_pence=200_000)
    assert case.status is ApplicationStatus.PROPOSED


def declare(business, pence):
    stored(
        DeclaredAssistance(
            business_id=business.id,
            label="mfa",
            amount_pence=pence,
            given_on=date(2025, 5, 1),
            given_by="A council",
            recipient=business.name,
            relation="self",
            declared_at=AT,
            declared_by_id=make_member(Role.BUSINESS, business=business).id,
        )
    )


def test_over_the_subsidy_limit_the_officer_is_told_what_is_left(session):
    business = make_business()
    declare(business, 31_450_000)
    case = make_case(business=business)
    with pytest.raises(Invalid, match=r"£500\.00 is left"):
        approve(case, award_pence=50_001)
    approve(case, award_pence=50_000)
    assert case.status is ApplicationStatus.APPROVED


def test_what_is_promised_to_others_is_not_promised_twice(session):
    round_ = make_round(budget_pence=250_000, value_cap_pence=100_000)
    make_voucher(round_, award_pence=100_000)
    make_approved(round_, award_pence=100_000)
    case = make_case(round_)
    room = award_room(application=case, round_=round_, at=AT)
    assert (room.round_pence, room.most_pence) == (50_000, 50_000)
    with pytest.raises(Invalid, match=r"£500\.00 left"):
        approve(case, award_pence=50_001)


def test_a_promise_that_was_not_taken_up_in_time_is_free_again(session):
    round_ = make_round(budget_pence=100_000, value_cap_pence=100_000)
    make_approved(round_)
    case = make_case(round_)
    with pytest.raises(Invalid):
        approve(case)
    approve(case, at=AT + timedelta(days=17))
    assert case.status is ApplicationStatus.APPROVED


@pytest.mark.parametrize("outcome", [CheckOutcome.PENDING, CheckOutcome.REFUSED])
def test_what_is_not_checked_or_does_not_meet_the_rules_is_not_approved(session, outcome):
    case = make_case(check=outcome)
    with pytest.raises(Conflict):
        approve(case)
    assert session.execute(select(Decision)).first() is None


def test_without_any_check_nothing_is_decided(session):
    case = make_case(check=None)
    for act in (approve, refuse):
        with pytest.raises(Conflict, match="not been checked"):
            act(case)


def test_a_register_that_has_not_answered_is_no_reason_to_refuse(session):
    case = make_case(check=CheckOutcome.PENDING)
    with pytest.raises(Invalid, match="not answered yet"):
        refuse(case, reasons=["not_trading"])
    refuse(case, reasons=["problem_unclear"])
    assert case.status is ApplicationStatus.REFUSED


def test_a_held_case_is_not_decided(session):
    case = make_case(held_at=AT, hold_reason="Looking at it")
    for act in (approve, refuse):
        with pytest.raises(Conflict, match=r"held.*Release it first"):
            act(case)


@pytest.mark.parametrize("agreeing", [True, False])
def test_a_held_proposal_is_neither_agreed_to_nor_sent_back(session, agreeing):
    case = make_case()
    approve(case, award_pence=150_000)
    hold(application=case, reason="Looking at it", by=make_officer().id, at=AT)
    with pytest.raises(Conflict, match=r"held.*Release it first"):
        agree(case, agree=agreeing, note="The postcode is not theirs")
    assert case.status is ApplicationStatus.PROPOSED
    assert latest_decision(case.id).second_at is None


def test_nobody_decides_for_a_business_they_belong_to(session):
    case = make_case()
    officer = make_officer()
    stored(
        Membership(
            user_id=officer.id,
            role=Role.BUSINESS,
            business_id=case.business_id,
            joined_at=AT,
        )
    )
    for act in (approve, refuse):
        with pytest.raises(NotPermitted):
            act(case, by=officer)


def test_nobody_decides_for_another_entry_of_their_own_enterprise(session):
    case = make_case()
    officer = make_officer()
    number = session.get_one(Business, case.business_id).company_number
    other = make_business(company_number=number)
    stored(Membership(user_id=officer.id, role=Role.BUSINESS, business_id=other.id, joined_at=AT))
    for act in (approve, refuse):
        with pytest.raises(NotPermitted):
            act(case, by=officer)


@pytest.mark.parametrize(
    "status", [each for each in ApplicationStatus if each is not ApplicationStatus.SUBMITTED]
)
def test_only_what_waits_for_a_decision_is_decided(session, status):
    case = make_case(status=status)
    for act in (approve, refuse):
        with pytest.raises(Conflict):
            act(case)


def test_a_round_that_shares_by_scores_sends_no_notice_on_approval(session):
    case = make_case(make_round(allocation_method=AllocationMethod.SCORED))
    approve(case)
    assert case.status is ApplicationStatus.ELIGIBLE
    assert latest_notice(case.id) is None


def test_the_second_person_agrees_and_the_notice_goes_out(session):
    case = make_case()
    approve(case, award_pence=150_000)
    approver = make_officer(Role.APPROVER)
    decision = agree(case, by=approver)
    assert case.status is ApplicationStatus.APPROVED
    assert (decision.second_by_id, decision.second_agreed) == (approver.id, True)
    assert latest_notice(case.id).gross_pence == 150_000


def test_the_same_person_may_not_agree_to_their_own_decision(session):
    case, officer = make_case(), make_officer(Role.APPROVER)
    approve(case, award_pence=150_000, by=officer)
    with pytest.raises(NotPermitted, match="You made this decision"):
        agree(case, by=officer)
    assert case.status is ApplicationStatus.PROPOSED


def test_the_database_refuses_the_same_person_too(session):
    officer = make_officer()
    with pytest.raises(IntegrityError, match="second_person_is_another"):
        make_decision(
            make_case(),
            decided_by_id=officer.id,
            second_by_id=officer.id,
            second_at=AT,
            second_agreed=True,
        )


def test_sent_back_with_a_word_it_waits_for_a_decision_again(session):
    case = make_case()
    approve(case, award_pence=150_000)
    with pytest.raises(Invalid):
        agree(case, agree=False)
    agree(case, agree=False, note="The postcode is not theirs")
    assert case.status is ApplicationStatus.SUBMITTED
    assert session.execute(select(SubsidyNotice)).first() is None
    approve(case, award_pence=100_000)
    assert case.status is ApplicationStatus.APPROVED


def test_a_second_person_who_belongs_to_the_business_is_refused(session):
    case = make_case()
    approve(case, award_pence=150_000)
    approver = make_officer(Role.APPROVER)
    stored(
        Membership(
            user_id=approver.id, role=Role.BUSINESS, business_id=case.business_id, joined_at=AT
        )
    )
    with pytest.raises(NotPermitted):
        agree(case, by=approver)


def test_what_changed_meanwhile_stops_the_second_person(session):
    case = make_case()
    approve(case, award_pence=150_000)
    make_check(case, CheckOutcome.REFUSED)
    with pytest.raises(Conflict, match="does not meet the rules"):
        agree(case)


def test_money_that_went_elsewhere_meanwhile_stops_the_second_person(session):
    round_ = make_round(budget_pence=200_000)
    case = make_case(round_)
    approve(case, award_pence=150_000)
    make_voucher(round_, award_pence=100_000)
    with pytest.raises(Conflict, match=r"£1,000\.00 left"):
        agree(case)


def test_what_was_never_proposed_is_not_seconded(session):
    with pytest.raises(Conflict):
        agree(make_case())


def test_whoever_was_overturned_on_appeal_does_not_decide_again(session):
    case, officer = make_case(), make_officer()
    refuse(case, by=officer)
    made = appeal(application=case, grounds="It is clear", by=case.started_by_id, at=AT)
    answer_appeal(
        appeal=made, uphold=True, answer="It is", by=make_officer(Role.APPROVER).id, at=AT
    )
    with pytest.raises(NotPermitted, match="overturned"):
        refuse(case, by=officer)
    refuse(case)
    assert case.status is ApplicationStatus.REFUSED


def test_each_decision_is_on_record_with_codes_and_amounts_only(session):
    case = make_case()
    approve(case, award_pence=150_000, note="Words about a person")
    agree(case)
    query = select(AuditEvent).where(AuditEvent.record_kind == "application")
    events = session.execute(query.order_by(AuditEvent.id)).scalars().all()
    assert [each.action for each in events] == ["application.proposed", "application.approved"]
    assert events[0].details["award_pence"] == 150_000
    assert "Words" not in str(events[0].details)


def test_deciding_reserves_nothing(session):
    case = make_case()
    approve(case)
    assert session.get(Round, case.round_id).reserved_pence == 0
