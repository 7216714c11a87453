"""Assigning, noting, holding, and the one list of corrections that stops the clock."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from tests.factories.cases import make_case, make_officer, make_owner
from tests.factories.scheme import AT, make_business
from voucher.accounts.operations import join_business
from voucher.accounts.roles import Role
from voucher.applications.models import (
    APPLICATION_MOVES,
    Application,
    ApplicationStatus,
    CaseNote,
    CorrectionRequest,
)
from voucher.applications.operations.assess import (
    add_note,
    answer_corrections,
    assign,
    check_again,
    hold,
    release_hold,
    request_corrections,
)
from voucher.applications.rules import MOST_CORRECTIONS
from voucher.audit.models import AuditEvent
from voucher.core.errors import Conflict, Invalid, NotPermitted
from voucher.core.status import transition
from voucher.eligibility.models import CheckOutcome
from voucher.eligibility.queries import checks_of, latest_check

ITEM = {"section": "problem", "words": "Say how many orders go wrong."}


def notes(session):
    return session.execute(select(CaseNote.words)).scalars().all()


def ask(case, items=(ITEM,), at=AT):
    return request_corrections(application=case, items=items, by=make_officer().id, at=at)


def answer(case, at):
    transition(case, ApplicationStatus.SUBMITTED, moves=APPLICATION_MOVES, at=at, by=None)
    answer_corrections(application=case, at=at)


@pytest.mark.parametrize("role", [Role.CASEWORKER, Role.APPROVER])
def test_a_case_is_given_to_an_officer_and_back_to_nobody(session, role):
    case, officer = make_case(), make_officer(role)
    assign(application=case, officer_id=officer.id, by=officer.id, at=AT)
    assert case.assigned_to_id == officer.id
    assign(application=case, officer_id=None, by=officer.id, at=AT)
    assert case.assigned_to_id is None


def test_a_case_is_not_given_to_somebody_who_does_not_work_on_cases(session):
    case = make_case()
    for person in (make_officer(Role.AUDITOR), make_owner(make_business())):
        with pytest.raises(Invalid) as refused:
            assign(application=case, officer_id=person.id, by=make_officer().id, at=AT)
        assert refused.value.field == "officer_id"


@pytest.mark.parametrize("words", ["", "  \n ", "x" * 4_001])
def test_a_note_needs_words_and_is_not_endless(session, words):
    with pytest.raises(Invalid):
        add_note(application=make_case(), words=words, by=make_officer().id, at=AT)
    assert notes(session) == []


def test_a_note_is_kept_and_its_words_stay_out_of_the_record(session):
    case = make_case()
    add_note(application=case, words=" Rang them 📞 ", by=make_officer().id, at=AT)
    assert notes(session) == ["Rang them 📞"]
    event = session.execute(select(AuditEvent)).scalars().one()
    assert event.action == "application.noted"
    assert "Rang" not in str(event.details)


def test_a_hold_has_a_person_and_a_reason_and_outlives_its_release_as_a_note(session):
    case, officer = make_case(), make_officer()
    hold(application=case, reason="Same bank account twice", by=officer.id, at=AT)
    assert (case.held_at, case.held_by_id) == (AT, officer.id)
    assert case.hold_reason == "Same bank account twice"
    release_hold(application=case, by=officer.id, at=AT, note="It was a branch")
    assert (case.held_at, case.held_by_id, case.hold_reason) == (None, None, None)
    assert notes(session) == ["Put on hold: Same bank account twice", "Released: It was a branch"]


def test_a_hold_is_not_put_twice_nor_released_when_there_is_none(session):
    case, officer = make_case(), make_officer()
    with pytest.raises(Conflict):
        release_hold(application=case, by=officer.id, at=AT)
    hold(application=case, reason="One", by=officer.id, at=AT)
    with pytest.raises(Conflict):
        hold(application=case, reason="Two", by=officer.id, at=AT)
    assert case.hold_reason == "One"


def test_nobody_moves_the_case_of_their_own_business(session):
    case, officer = make_case(), make_officer()
    hold(application=case, reason="Same bank account twice", by=officer.id, at=AT)
    join_business(user_id=officer.id, business_id=case.business_id, at=AT)
    who = {"application": case, "by": officer.id, "at": AT}
    for act in (
        lambda: release_hold(**who),
        lambda: hold(reason="Again", **who),
        lambda: request_corrections(items=(ITEM,), **who),
        lambda: check_again(holds_live_voucher=False, **who),
    ):
        with pytest.raises(NotPermitted, match="colleague"):
            act()
    assert case.held_at == AT


@pytest.mark.parametrize("reason", ["", " ", "x" * 501])
def test_a_hold_needs_a_reason(session, reason):
    with pytest.raises(Invalid) as refused:
        hold(application=make_case(), reason=reason, by=make_officer().id, at=AT)
    assert refused.value.field == "reason"


@pytest.mark.parametrize("status", [ApplicationStatus.DRAFT, ApplicationStatus.WITHDRAWN])
def test_drafts_and_withdrawn_applications_are_no_cases(session, status):
    case, officer = make_case(status=status), make_officer()
    for act in (
        lambda: assign(application=case, officer_id=officer.id, by=officer.id, at=AT),
        lambda: hold(application=case, reason="Why", by=officer.id, at=AT),
        lambda: ask(case),
    ):
        with pytest.raises(Conflict):
            act()


def test_the_list_of_corrections_goes_out_once_and_the_case_waits(session):
    case = make_case()
    request = ask(case, [ITEM, {"section": "other", "words": "Send the lease."}])
    assert case.status is ApplicationStatus.RETURNED
    assert [item["section"] for item in request.items] == ["problem", "other"]
    with pytest.raises(Conflict):
        ask(case)


@pytest.mark.parametrize(
    "items",
    [
        [],
        [ITEM] * (MOST_CORRECTIONS + 1),
        [{"section": "no-such-part", "words": "x"}],
        [{"section": "problem", "words": "  "}],
        [{"section": "problem", "words": "x" * 501}],
    ],
)
def test_a_list_says_what_to_do_and_where(session, items):
    case = make_case()
    with pytest.raises(Invalid) as refused:
        ask(case, items)
    assert refused.value.field == "items"
    assert case.status is ApplicationStatus.SUBMITTED


def test_a_held_case_is_not_sent_back_for_corrections(session):
    case = make_case(held_at=AT, hold_reason="Same bank account twice")
    with pytest.raises(Conflict, match=r"held.*Release it first"):
        ask(case)
    assert case.status is ApplicationStatus.SUBMITTED
    assert session.execute(select(CorrectionRequest)).first() is None


def test_the_clock_stands_still_until_the_first_answer(session):
    # Asked on Tuesday 16 June with four working days left (to Monday 22 June).
    case = make_case(decide_by_on=date(2026, 6, 22))
    ask(case, at=datetime(2026, 6, 16, 9, tzinfo=UTC))
    answer(case, datetime(2026, 6, 25, 9, tzinfo=UTC))
    assert case.decide_by_on == date(2026, 7, 1)
    stored = session.execute(select(CorrectionRequest)).scalar_one()
    assert stored.answered_at == datetime(2026, 6, 25, 9, tzinfo=UTC)


def test_a_second_list_does_not_stop_the_clock_again(session):
    case = make_case(decide_by_on=date(2026, 6, 22))
    ask(case, at=datetime(2026, 6, 16, 9, tzinfo=UTC))
    answer(case, datetime(2026, 6, 16, 17, tzinfo=UTC))
    ask(case, at=datetime(2026, 6, 17, 9, tzinfo=UTC))
    answer(case, datetime(2026, 7, 17, 9, tzinfo=UTC))
    assert case.decide_by_on == date(2026, 6, 22)
    lists = session.execute(select(CorrectionRequest)).scalars().all()
    assert all(each.answered_at for each in lists)


def test_an_answer_where_nothing_was_asked_changes_nothing(session):
    case = make_case()
    answer_corrections(application=case, at=AT)
    assert session.get(Application, case.id).decide_by_on == date(2026, 6, 22)


@pytest.mark.parametrize("status", [ApplicationStatus.SUBMITTED, ApplicationStatus.PROPOSED])
def test_a_new_check_is_stored_beside_the_old_one_and_the_register_is_asked(session, status):
    case, officer = make_case(check=CheckOutcome.REFUSED, status=status), make_officer()
    check = check_again(application=case, holds_live_voucher=False, by=officer.id, at=AT)
    assert check.run_by_id == officer.id
    assert check.retry_at == AT
    assert check.facts["register_status"] == {"unknown": "pending"}
    assert len(checks_of(case.id)) == 2
    assert latest_check(case.id).id == check.id


@pytest.mark.parametrize(
    "status", [ApplicationStatus.REFUSED, ApplicationStatus.AWARDED, ApplicationStatus.RETURNED]
)
def test_what_is_not_with_officers_is_not_checked_again(session, status):
    case = make_case(status=status)
    with pytest.raises(Conflict):
        check_again(application=case, holds_live_voucher=False, by=make_officer().id, at=AT)
