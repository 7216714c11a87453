"""Sending an application: whole, in time, once; again after corrections; taking it back."""

import threading
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from tests.factories.applications import fill_in, make_draft, make_owner, make_submitted
from tests.factories.scheme import AT, make_business, make_member, make_provider, make_round
from voucher.accounts.roles import Role
from voucher.applications.models import Application, ApplicationStatus, CorrectionRequest
from voucher.applications.operations.assess import request_corrections
from voucher.applications.operations.draft import save_section
from voucher.applications.operations.submit import submit, withdraw
from voucher.applications.queries.drafts import whole_application
from voucher.audit.models import AuditEvent
from voucher.businesses.models import Business, LegalForm
from voucher.core.db import db, transaction
from voucher.core.errors import Conflict, Invalid
from voucher.eligibility.models import CheckOutcome, EligibilityCheck
from voucher.eligibility.queries import checks_of, latest_check
from voucher.eligibility.rules import Facts, Result
from voucher.integrations.storage.store import ContentStore


def send(application, *, at=AT, **more):
    submit(application=application, by=application.started_by_id, at=at, **more)
    return whole_application(application.id)


def failed(application):
    results = latest_check(application.id).results
    return {found["code"] for found in results if found["result"] == Result.FAILED}


def test_it_is_with_the_officers_by_a_promised_day_and_checked(session):
    made = send(fill_in(make_draft()))
    assert made.status is ApplicationStatus.SUBMITTED
    assert (made.submitted_at, made.submitted_by_id) == (AT, made.started_by_id)
    assert made.decide_by_on == date(2026, 6, 22)
    check = latest_check(made.id)
    assert check.outcome is CheckOutcome.PENDING
    assert check.register_answer == "not-asked-yet"
    assert check.retry_at == AT
    actions = session.execute(
        select(AuditEvent.action).where(AuditEvent.case_reference == made.reference)
    ).scalars()
    assert list(actions) == ["application.started", "application.submitted", "check.run"]


def test_a_sole_trader_with_proof_waits_for_no_register(session, tmp_path):
    made = fill_in(
        make_draft(), store=ContentStore(tmp_path), form={"legal_form": LegalForm.SOLE_TRADER}
    )
    check = latest_check(send(made).id)
    assert check.outcome is CheckOutcome.ELIGIBLE
    assert (check.register_answer, check.retry_at) == ("not-needed", None)


@pytest.mark.parametrize("form", [LegalForm.SOLE_TRADER, LegalForm.CHARITY])
def test_without_proof_a_sole_trader_or_charity_can_not_send(session, form):
    made = fill_in(make_draft(), form={"legal_form": form})
    with pytest.raises(Invalid, match="Proof of who you are"):
        send(made)


def test_an_unfinished_one_names_everything_that_is_missing(session):
    with pytest.raises(Invalid) as refused:
        send(make_draft())
    for title in ("Who you are", "The problem today", "What you declare"):
        assert title in str(refused.value)


def test_declarations_on_an_older_text_do_not_count(session):
    made = fill_in(make_draft())
    made.declarations = ["truth:0", "terms:0", "data_notice:0"]
    with pytest.raises(Invalid, match="What you declare"):
        send(made)


def test_not_after_the_round_has_closed(session):
    made = fill_in(make_draft(round=make_round(closes_on=date(2026, 6, 20))))
    with pytest.raises(Conflict, match="not open"):
        send(made, at=AT + timedelta(days=6))


def test_sent_twice_is_sent_once(session):
    made = send(fill_in(make_draft()))
    again = send(made, at=AT + timedelta(minutes=1))
    assert again.submitted_at == AT
    assert len(checks_of(made.id)) == 1


def test_ten_at_once_send_it_once(app):
    with app.app_context(), transaction():
        made = fill_in(make_draft())
        ids = (made.id, made.started_by_id)
    errors, barrier = [], threading.Barrier(10)

    def press():
        barrier.wait()
        with app.app_context():
            try:
                with transaction():
                    submit(application=db.session.get(Application, ids[0]), by=ids[1], at=AT)
            except Exception as error:  # noqa: BLE001 - whatever it is, the test must show it
                errors.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=press) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with app.app_context():
        sent = select(func.count(AuditEvent.id)).where(AuditEvent.action == "application.submitted")
        assert db.session.execute(sent).scalar_one() == 1
        assert db.session.execute(select(func.count(EligibilityCheck.id))).scalar_one() == 1


def _save_place(application_id, values):
    draft = db.session.get_one(Application, application_id)
    save_section(application=draft, section="place", values=values, by=draft.started_by_id, at=AT)


def test_what_is_being_checked_does_not_change_at_the_same_moment(app):
    with app.app_context(), transaction():
        business = make_business()
        sent, other = make_draft(business), make_draft(business)
        fill_in(sent)
        ids = sent.id, other.id, business.id
    checked, answered = threading.Event(), threading.Event()

    def send_it():
        with app.app_context(), transaction():
            send(db.session.get_one(Application, ids[0]))
            checked.set()
            answered.wait(1)  # the other is answered only after this has committed

    sender = threading.Thread(target=send_it)
    sender.start()
    assert checked.wait(30)
    away = {"address_line": "1 Street", "town": "Exeter", "postcode": "EX1 1AA"}
    with app.app_context():
        with pytest.raises(Conflict, match="being decided"), transaction():
            _save_place(ids[1], away)
        answered.set()
        sender.join()
        assert db.session.get_one(Business, ids[2]).town == "Leeds"


def test_outside_the_north_the_check_says_so_and_a_person_decides(session):
    made = fill_in(
        make_draft(), place={"address_line": "1 Street", "town": "Exeter", "postcode": "EX1 1AA"}
    )
    made = send(made)
    assert made.status is ApplicationStatus.SUBMITTED
    assert latest_check(made.id).outcome is CheckOutcome.REFUSED
    assert "in_the_north" in failed(made)


def test_a_live_voucher_of_the_enterprise_is_a_reason(session):
    made = send(fill_in(make_draft()), holds_live_voucher=True)
    assert failed(made) == {"no_live_voucher"}


def test_a_connection_is_found_even_if_it_was_not_declared(session):
    business = make_business()
    provider = make_provider()
    made = fill_in(make_draft(business))
    make_member(Role.PROVIDER, provider=provider)
    business.vat_number = provider.vat_number
    made = send(made)
    assert failed(made) == {"no_connection"}


def test_another_entry_of_the_same_company_is_shown_to_the_officer(session):
    other = make_business(company_number="99000777")
    made = fill_in(make_draft(), business={"company_number": "99000777"})
    send(made)
    (difference,) = latest_check(made.id).differences
    assert (difference["kind"], difference["registered"]) == ("same_number", other.reference)


def test_the_facts_are_kept_with_the_check(session):
    made = make_submitted()
    facts = Facts.from_dict(latest_check(made.id).facts)
    assert facts.outcode == "LS1"
    assert facts.area_share_bps == 10_000
    assert facts.headcount == 6
    assert facts.trading_months == 87
    assert facts.mfa_headroom_pence == 31_500_000


def test_after_corrections_it_is_sent_again_and_the_clock_goes_on(session):
    made = make_submitted()
    officer = make_member(Role.CASEWORKER)
    items = [{"section": "problem", "words": "Say how often it happens."}]
    asked = AT + timedelta(days=1)
    request_corrections(application=made, items=items, by=officer.id, at=asked)
    made = send(whole_application(made.id), at=asked + timedelta(days=7))
    assert made.status is ApplicationStatus.SUBMITTED
    assert made.submitted_at == AT
    assert made.decide_by_on == date(2026, 6, 29)
    assert len(checks_of(made.id)) == 2
    (request,) = session.execute(select(CorrectionRequest)).scalars()
    assert request.answered_at == asked + timedelta(days=7)
    actions = session.execute(select(AuditEvent.action)).scalars().all()
    assert actions.count("application.resubmitted") == 1


def test_corrections_can_be_sent_after_the_round_has_closed(session):
    made = make_submitted(None, make_round(closes_on=date(2026, 6, 16)))
    officer = make_member(Role.CASEWORKER)
    items = [{"section": "problem", "words": "Say how often it happens."}]
    request_corrections(application=made, items=items, by=officer.id, at=AT)
    late = send(whole_application(made.id), at=AT + timedelta(days=5))
    assert late.status is ApplicationStatus.SUBMITTED


def test_it_can_be_taken_back_and_stays_so(session):
    made = make_submitted()
    withdraw(application=made, by=made.started_by_id, at=AT)
    again = withdraw(application=made, by=made.started_by_id, at=AT + timedelta(days=1))
    assert again.status is ApplicationStatus.WITHDRAWN
    with pytest.raises(Conflict):
        send(whole_application(made.id))
    actions = session.execute(select(AuditEvent.action)).scalars().all()
    assert actions.count("application.withdrawn") == 1


def test_the_number_of_a_business_is_no_lock_on_its_rival(session):
    """Somebody enters our number first: we can still apply; officers see both."""
    taken = make_business(company_number="99000888")
    make_owner(taken)
    made = fill_in(make_draft(), business={"company_number": "99000888"})
    made = send(made)
    assert made.business.company_number == "99000888"
    rows = session.execute(
        select(func.count(Business.id)).where(Business.company_number == "99000888")
    )
    assert rows.scalar_one() == 2
