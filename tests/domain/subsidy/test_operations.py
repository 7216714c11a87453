"""Public support: declared and corrected, and the statutory order notice, confirmation, award."""

import threading
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from tests.factories.applications import make_draft, make_owner
from tests.factories.scheme import AT, make_business
from voucher.audit.models import AuditEvent
from voucher.businesses.models import Business
from voucher.core.db import db, transaction
from voucher.core.errors import Conflict, Invalid, NotFound
from voucher.subsidy.models import DeclaredAssistance, SubsidyNotice, SubsidyThreshold
from voucher.subsidy.operations import (
    Declaration,
    confirm_notice,
    declare,
    decline_notice,
    record_award,
    record_redeemed,
    release,
    send_notice,
    withdraw_open_notices,
)
from voucher.subsidy.papers import TEXT_VERSION
from voucher.subsidy.queries import (
    cumulation_of,
    declared_by,
    headroom,
    latest_notice,
    open_notice,
    records_of,
)
from voucher.subsidy.rules import AssistanceLabel, Finding, Relation

ON = date(2026, 6, 15)
CAP = 31_500_000


def piece(amount_pence=100_000, **values):
    defaults = {
        "label": AssistanceLabel.MFA,
        "amount_pence": amount_pence,
        "given_on": date(2025, 5, 1),
        "given_by": "Fictional Growth Hub",
        "recipient": "Fictional Joinery Ltd",
        "relation": Relation.SELF,
    }
    return Declaration(**{**defaults, **values})


@pytest.fixture
def draft(session):
    """A draft whose business has declared nothing."""
    return make_draft()


def propose(application, pence=150_000, **values):
    defaults = {
        "business_id": application.business_id,
        "application_id": application.id,
        "gross_pence": pence,
        "answer_by_on": date(2026, 6, 29),
        "scheme_name": "Fictional vouchers",
        "at": AT,
        "by": application.started_by_id,
        "case": application.reference,
    }
    return send_notice(**{**defaults, **values})


def confirm(notice, by, at=AT + timedelta(hours=1), version=TEXT_VERSION):
    return confirm_notice(notice=notice, text_version=version, by=by, at=at)


def award(notice, pence=150_000):
    return record_award(
        notice=notice, amount_pence=pence, given_on=ON, scheme_name="Fictional vouchers"
    )


def test_a_correction_keeps_what_was_declared_before(session, draft):
    business, by = draft.business, draft.started_by_id
    declare(business=business, records=[piece(1_000), piece(2_000), piece(2_000)], by=by, at=AT)
    ids = [row.id for row in declared_by(business.id)]
    later = AT + timedelta(days=1)
    declare(business=business, records=[piece(2_000), piece(3_000)], by=by, at=later)
    now = declared_by(business.id)
    assert sorted(row.amount_pence for row in now) == [2_000, 3_000]
    assert next(row.id for row in now if row.amount_pence == 2_000) in ids
    everything = session.execute(select(DeclaredAssistance)).scalars().all()
    assert len(everything) == 4
    assert sorted(row.amount_pence for row in everything if row.replaced_at == later) == [
        1_000,
        2_000,
    ]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"amount_pence": 0}, "amount_pence"),
        ({"amount_pence": -1}, "amount_pence"),
        ({"amount_pence": 10**12}, "amount_pence"),
        ({"given_on": date(2026, 6, 16)}, "given_on"),
        ({"given_on": date(1999, 1, 1)}, "given_on"),
        ({"given_by": " "}, "given_by"),
        ({"recipient": ""}, "recipient"),
    ],
)
def test_a_piece_that_makes_no_sense_is_refused(draft, values, field):
    with pytest.raises(Invalid) as refused:
        declare(
            business=draft.business,
            records=[piece(**values)],
            by=draft.started_by_id,
            at=AT,
        )
    assert refused.value.field == field
    assert declared_by(draft.business_id) == []


def test_a_hundred_and_one_pieces_are_too_many(draft):
    pieces = [piece(number) for number in range(1, 102)]
    with pytest.raises(Invalid, match="100"):
        declare(business=draft.business, records=pieces, by=draft.started_by_id, at=AT)


def test_the_sum_counts_the_group_the_window_and_the_label(draft):
    pieces = [
        piece(100, relation=Relation.GROUP_MEMBER, recipient="Sister Ltd"),
        piece(200, relation=Relation.MERGED_IN, recipient="Old Ltd"),
        piece(400, given_on=date(2024, 4, 1)),
        piece(800, given_on=date(2024, 3, 31)),
        piece(1_600, label=AssistanceLabel.OTHER_SCHEME),
        piece(3_200, label=AssistanceLabel.WINDSOR_DE_MINIMIS),
    ]
    declare(business=draft.business, records=pieces, by=draft.started_by_id, at=AT)
    standing = cumulation_of(draft.business_id, ON)
    assert standing.counted_pence == 100 + 200 + 400 + 3_200
    assert headroom(draft.business_id, ON) == CAP - 3_900
    findings = {line.record.amount_pence: line.finding for line in standing.lines}
    assert findings[800] is Finding.BEFORE_THE_WINDOW
    assert findings[1_600] is Finding.NOT_A_COUNTING_LABEL


def test_a_later_cap_is_data(session, draft):
    for pence, since in ((CAP, date(2023, 1, 4)), (40_000_000, date(2026, 7, 1))):
        session.add(SubsidyThreshold(threshold_pence=pence, effective_from=since, source="Test"))
    session.flush()
    assert headroom(draft.business_id, date(2026, 6, 30)) == CAP
    assert headroom(draft.business_id, date(2026, 7, 1)) == 40_000_000


def test_the_notice_proposes_states_and_asks(session, draft):
    notice = propose(draft)
    for words in (
        "Minimal Financial Assistance",
        "£1,500.00",
        "£315,000.00",
        "1 April 2024",
        "29 June 2026",
        draft.business.name,
    ):
        assert words in notice.notice_text
    sent = session.execute(select(AuditEvent).where(AuditEvent.action == "notice.sent")).scalar()
    assert sent.case_reference == draft.reference
    assert open_notice(draft.id) is notice


def test_exactly_the_cap_passes_and_a_penny_more_does_not(draft):
    declare(
        business=draft.business,
        records=[piece(CAP - 150_000)],
        by=draft.started_by_id,
        at=AT,
    )
    with pytest.raises(Conflict, match="over the subsidy limit"):
        propose(draft, 150_001)
    assert propose(draft, 150_000)


def test_no_award_without_a_confirmation(draft):
    notice = propose(draft)
    with pytest.raises(Conflict, match="has not confirmed"):
        award(notice)
    assert records_of(draft.business_id) == []


def test_no_award_of_another_amount(draft):
    notice = confirm(propose(draft), draft.started_by_id)
    with pytest.raises(Conflict, match="not the amount in the notice"):
        award(notice, 150_001)


def test_no_award_on_a_confirmation_older_than_its_notice(draft):
    notice = confirm(propose(draft), draft.started_by_id, at=AT - timedelta(seconds=1))
    with pytest.raises(Conflict, match="older than the notice"):
        award(notice)


def test_the_award_states_date_and_amount_and_counts(draft):
    given = award(confirm(propose(draft), draft.started_by_id))
    assert "15 June 2026" in given.confirmation_text
    assert "£1,500.00" in given.confirmation_text
    assert headroom(draft.business_id, ON) == CAP - 150_000


def test_no_award_when_the_cap_was_reached_meanwhile(draft):
    notice = confirm(propose(draft), draft.started_by_id)
    declare(
        business=draft.business,
        records=[piece(CAP - 149_999)],
        by=draft.started_by_id,
        at=AT,
    )
    with pytest.raises(Conflict, match="over the subsidy limit"):
        award(notice)


def test_what_was_redeemed_replaces_what_was_reserved(draft):
    notice = confirm(propose(draft), draft.started_by_id)
    award(notice)
    record_redeemed(notice_id=notice.id, pence=90_000)
    assert headroom(draft.business_id, ON) == CAP - 90_000
    with pytest.raises(Conflict, match="More assistance"):
        record_redeemed(notice_id=notice.id, pence=150_001)


def test_an_award_that_was_not_used_no_longer_counts(draft):
    notice = confirm(propose(draft), draft.started_by_id)
    given = award(notice)
    release(notice_id=notice.id, at=AT)
    release(notice_id=notice.id, at=AT + timedelta(days=1))
    assert given.released_at == AT
    assert headroom(draft.business_id, ON) == CAP


def test_what_another_entry_of_the_enterprise_was_given_counts(session, draft):
    award(confirm(propose(draft), draft.started_by_id))
    twin = make_business(company_number=draft.business.company_number)
    assert headroom(twin.id, ON) == CAP - 150_000
    assert headroom(make_business().id, ON) == CAP


def test_a_notice_is_answered_once(draft):
    by = draft.started_by_id
    notice = confirm(propose(draft), by)
    for again in (lambda: confirm(notice, by), lambda: decline_notice(notice=notice, by=by, at=AT)):
        with pytest.raises(Conflict, match="confirmed already"):
            again()
    declined = decline_notice(notice=propose(draft), by=by, at=AT)
    with pytest.raises(Conflict, match="declined"):
        confirm(declined, by)


def test_another_text_is_not_confirmed(draft):
    notice = propose(draft)
    with pytest.raises(Conflict, match="changed"):
        confirm(notice, draft.started_by_id, version="older")
    assert latest_notice(draft.id).confirmed_at is None


def test_withdrawing_closes_open_notices_only(session, draft):
    confirmed = confirm(propose(draft), draft.started_by_id)
    waiting = propose(draft)
    assert withdraw_open_notices(application_id=draft.id, at=AT) == 1
    session.refresh(confirmed)
    session.refresh(waiting)
    assert (confirmed.declined_at, waiting.declined_at) == (None, AT)


def test_what_was_never_given_can_not_be_redeemed_or_released(draft):
    notice = propose(draft)
    with pytest.raises(NotFound):
        record_redeemed(notice_id=notice.id, pence=1)
    with pytest.raises(NotFound):
        release(notice_id=notice.id, at=AT)
    with pytest.raises(NotFound):
        propose(draft, business_id=0)


def test_two_awards_at_once_never_pass_the_cap(app):
    """Headroom for one of two confirmed notices; both are given at the same moment."""
    with app.app_context(), transaction():
        one = make_draft()
        owner = make_owner(one.business)
        two = make_draft(one.business, by=owner)
        declare(business=one.business, records=[piece(CAP - 200_000)], by=one.started_by_id, at=AT)
        ids = [confirm(propose(each), owner.id).id for each in (one, two)]
        business_id = one.business_id
    outcomes, barrier = [], threading.Barrier(2)

    def give(notice_id):
        barrier.wait()
        with app.app_context():
            try:
                with transaction():
                    award(db.session.get(SubsidyNotice, notice_id))
                outcomes.append("given")
            except Conflict:
                outcomes.append("refused")
            finally:
                db.session.remove()

    threads = [threading.Thread(target=give, args=(notice_id,)) for notice_id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["given", "refused"]
    with app.app_context():
        assert db.session.get(Business, business_id)
        assert headroom(business_id, ON) == 50_000
