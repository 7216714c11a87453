"""Starting an application: in an open round, once per business and round."""

import threading
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from tests.factories.applications import make_draft, make_owner, make_submitted
from tests.factories.scheme import AT, make_business, make_round
from voucher.applications.models import APPLICATION_MOVES, Application, ApplicationStatus
from voucher.applications.operations.draft import start
from voucher.applications.operations.submit import withdraw
from voucher.audit.models import AuditEvent
from voucher.businesses.models import Business
from voucher.core.db import db, transaction
from voucher.core.errors import Conflict
from voucher.core.status import StatusChange, transition
from voucher.programmes.models import Round, RoundStatus


def test_it_is_a_draft_of_the_business_with_its_event(session):
    business, round_ = make_business(), make_round()
    owner = make_owner(business)
    made = start(round=round_, business=business, by=owner.id, at=AT)
    assert made.reference.startswith("APP-")
    assert made.status is ApplicationStatus.DRAFT
    assert made.sections_done == []
    change = session.execute(
        select(StatusChange).where(StatusChange.record_kind == "application")
    ).scalar_one()
    assert (change.from_status, change.to_status, change.by_user_id) == (None, "draft", owner.id)
    event = session.execute(
        select(AuditEvent).where(AuditEvent.action == "application.started")
    ).scalar_one()
    assert event.case_reference == made.reference


def test_again_in_the_same_round_finds_the_draft(session):
    made = make_draft()
    again = start(
        round=session.get(Round, made.round_id),
        business=session.get(Business, made.business_id),
        by=made.started_by_id,
        at=AT,
    )
    assert again.id == made.id


def test_not_beside_one_that_was_sent(session):
    sent = make_submitted()
    with pytest.raises(Conflict, match="already"):
        start(round=sent.round, business=sent.business, by=sent.started_by_id, at=AT)


def test_whoever_was_drawn_against_waits_for_a_later_round(session):
    made = make_submitted()
    transition(
        made, ApplicationStatus.COMPARISON, moves=APPLICATION_MOVES, at=AT, by=made.started_by_id
    )
    with pytest.raises(Conflict, match="later round"):
        start(round=made.round, business=made.business, by=made.started_by_id, at=AT)
    other = make_round()
    assert start(round=other, business=made.business, by=made.started_by_id, at=AT)


def test_again_after_withdrawing(session):
    first = make_draft()
    withdraw(application=first, by=first.started_by_id, at=AT)
    second = start(round=first.round, business=first.business, by=first.started_by_id, at=AT)
    assert second.id != first.id


@pytest.mark.parametrize(
    ("status", "opens_on", "closes_on"),
    [
        (RoundStatus.DRAFT, date(2026, 6, 1), date(2026, 9, 30)),
        (RoundStatus.CLOSED, date(2026, 6, 1), date(2026, 9, 30)),
        (RoundStatus.OPEN, date(2026, 6, 16), date(2026, 9, 30)),
        (RoundStatus.OPEN, date(2026, 6, 1), date(2026, 6, 14)),
    ],
)
def test_only_in_an_open_round(session, status, opens_on, closes_on):
    round_ = make_round(status=status, opens_on=opens_on, closes_on=closes_on)
    business = make_business()
    owner = make_owner(business)
    with pytest.raises(Conflict, match="not open"):
        start(round=round_, business=business, by=owner.id, at=AT)


def test_the_last_day_counts_in_london(session):
    """23:30 UTC on 30 September is 00:30 of 1 October in London: too late."""
    round_ = make_round(closes_on=date(2026, 9, 30))
    business = make_business()
    owner = make_owner(business)
    late = AT.replace(month=9, day=30, hour=23, minute=30)
    with pytest.raises(Conflict):
        start(round=round_, business=business, by=owner.id, at=late)
    assert start(round=round_, business=business, by=owner.id, at=late - timedelta(hours=1))


def test_many_at_once_make_one(app):
    """A double click, ten times over: one draft, and nobody is told of an error."""
    with app.app_context(), transaction():
        business, round_ = make_business(), make_round()
        owner = make_owner(business)
        ids = (business.id, round_.id, owner.id)
    found, barrier = [], threading.Barrier(10)

    def click():
        barrier.wait()
        with app.app_context():
            with transaction():
                made = start(
                    business=db.session.get(Business, ids[0]),
                    round=db.session.get(Round, ids[1]),
                    by=ids[2],
                    at=AT,
                )
                found.append(made.id)
            db.session.remove()

    threads = [threading.Thread(target=click) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 10
    assert len(set(found)) == 1
    with app.app_context():
        assert db.session.execute(select(func.count(Application.id))).scalar_one() == 1
