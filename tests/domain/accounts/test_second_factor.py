"""Codes that work once, and the recovery of a lost app by two officers."""

import threading

import pytest
from sqlalchemy.exc import IntegrityError

from tests.factories.scheme import AT, make_business, make_member, make_user
from voucher.accounts.models import DeviceRecovery, User
from voucher.accounts.operations import (
    ask_recovery,
    cancel_recovery,
    complete_recovery,
    use_totp_counter,
)
from voucher.accounts.queries import open_recoveries
from voucher.accounts.roles import Role
from voucher.audit.models import AuditEvent
from voucher.core.db import transaction, translating_constraints
from voucher.core.errors import Conflict, Invalid, NotPermitted


def test_a_time_step_counts_once_and_no_earlier_one_after_it(session):
    user = make_user()
    assert use_totp_counter(user_id=user.id, counter=100)
    assert not use_totp_counter(user_id=user.id, counter=100)
    assert not use_totp_counter(user_id=user.id, counter=99)
    assert use_totp_counter(user_id=user.id, counter=101)


def test_of_many_sessions_with_one_code_one_gets_in(app, arrange):
    with arrange():
        user_id = make_user().id
    let_in, start = [], threading.Barrier(8)

    def try_code() -> None:
        start.wait()
        with app.app_context(), transaction():
            let_in.append(use_totp_counter(user_id=user_id, counter=500))

    threads = [threading.Thread(target=try_code) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(let_in) == [False] * 7 + [True]


@pytest.fixture
def lost(session) -> User:
    """A caseworker whose phone is gone."""
    return make_member(Role.CASEWORKER, mf_recovery_codes=["sealed"])


def test_two_officers_remove_the_app_and_end_every_session(lost):
    first, second = make_member(Role.PROGRAMME_MANAGER), make_member(Role.APPROVER)
    uniquifier = lost.fs_uniquifier
    recovery = ask_recovery(user=lost, reason="Spoke in person.", by=first.id, at=AT)
    assert lost.has_second_factor
    person = complete_recovery(recovery=recovery, by=second.id, at=AT)
    assert person is lost
    assert not lost.has_second_factor
    assert lost.mf_recovery_codes is None
    assert lost.fs_uniquifier != uniquifier
    assert lost.check_tf_required_setup()
    assert open_recoveries() == []


def test_the_first_officer_can_not_be_the_second(lost):
    first = make_member(Role.APPROVER)
    recovery = ask_recovery(user=lost, reason="Spoke in person.", by=first.id, at=AT)
    with pytest.raises(NotPermitted, match="different officer"):
        complete_recovery(recovery=recovery, by=first.id, at=AT)
    assert lost.has_second_factor


def test_nobody_recovers_their_own_account(session):
    officer, other = make_member(Role.APPROVER), make_member(Role.APPROVER)
    with pytest.raises(NotPermitted, match="your own"):
        ask_recovery(user=officer, reason="Mine.", by=officer.id, at=AT)
    recovery = ask_recovery(user=officer, reason="Theirs.", by=other.id, at=AT)
    with pytest.raises(NotPermitted, match="different officer"):
        complete_recovery(recovery=recovery, by=officer.id, at=AT)


def test_only_officers_recover(lost):
    officer = make_member(Role.APPROVER)
    others = [make_member(Role.CASEWORKER), make_member(Role.FINANCE), make_user()]
    for other in others:
        with pytest.raises(NotPermitted, match="may recover"):
            ask_recovery(user=lost, reason="Please.", by=other.id, at=AT)
    recovery = ask_recovery(user=lost, reason="Spoke in person.", by=officer.id, at=AT)
    for other in others:
        with pytest.raises(NotPermitted, match="may recover"):
            complete_recovery(recovery=recovery, by=other.id, at=AT)


def test_there_is_one_open_recovery_a_person(lost):
    officers = [make_member(Role.APPROVER) for _ in range(2)]
    first = ask_recovery(user=lost, reason="Spoke in person.", by=officers[0].id, at=AT)
    cancel_recovery(recovery=first, by=officers[1].id, at=AT)
    with pytest.raises(Conflict, match="no longer open"):
        complete_recovery(recovery=first, by=officers[1].id, at=AT)
    ask_recovery(user=lost, reason="Spoke again.", by=officers[1].id, at=AT)
    with pytest.raises(Conflict, match="waiting for a second officer"):
        ask_recovery(user=lost, reason="Me too.", by=officers[0].id, at=AT)


def test_there_is_nothing_to_recover_without_an_app(session):
    officer = make_member(Role.APPROVER)
    for user in (None, make_member(Role.BUSINESS, business=make_business())):
        with pytest.raises(Invalid, match="authenticator app"):
            ask_recovery(user=user, reason="Please.", by=officer.id, at=AT)


def test_the_person_can_stop_it_and_a_stranger_can_not(session, lost):
    officer = make_member(Role.APPROVER)
    recovery = ask_recovery(user=lost, reason="A caller said so.", by=officer.id, at=AT)
    with pytest.raises(NotPermitted):
        cancel_recovery(recovery=recovery, by=make_user().id, at=AT)
    cancel_recovery(recovery=recovery, by=lost.id, at=AT)
    assert recovery.cancelled_by_id == lost.id
    last = session.query(AuditEvent).order_by(AuditEvent.id.desc()).first()
    assert (last.action, last.actor_user_id) == ("recovery.cancelled", lost.id)
    assert last.details["user_id"] == lost.id


@pytest.mark.parametrize("second", ["user", "first"])
def test_the_database_itself_refuses_one_person_in_two_parts(session, lost, second):
    officer = make_member(Role.APPROVER)
    people = {"user": lost.id, "first": officer.id}
    session.add(
        DeviceRecovery(
            user_id=lost.id,
            reason="Round the operation.",
            first_officer_id=officer.id,
            first_at=AT,
            second_officer_id=people[second],
            completed_at=AT,
        )
    )
    with pytest.raises(Conflict, match="two officers"), translating_constraints():
        session.flush()


def test_the_database_refuses_a_completion_without_a_second_officer(session, lost):
    officer = make_member(Role.APPROVER)
    session.add(
        DeviceRecovery(
            user_id=lost.id, reason="?", first_officer_id=officer.id, first_at=AT, completed_at=AT
        )
    )
    with pytest.raises(IntegrityError):
        session.flush()


def test_who_needs_an_app(session):
    staff = make_member(Role.AUDITOR, tf_primary_method=None, tf_totp_secret=None)
    business = make_member(Role.BUSINESS, business=make_business())
    app = [("authenticator", "An app")]
    assert staff.check_tf_required([], True)[0]
    assert not business.check_tf_required([], False)[0]
    assert business.check_tf_required(app, True)[0]
    assert not business.check_tf_required_setup()
