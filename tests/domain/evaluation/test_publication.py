"""Signing off and publishing reports: two people, versions that stay, nothing taken back."""

import hashlib
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from tests.factories.cases import make_officer
from tests.factories.evaluation import make_redeemed, voucher_of
from tests.factories.scheme import AT, make_round
from voucher.accounts.roles import Role
from voucher.audit.models import AuditEvent
from voucher.core.errors import Conflict, Invalid, NotFound, NotPermitted
from voucher.evaluation.jobs import build_reports
from voucher.evaluation.models import Report
from voucher.evaluation.operations import ask_report
from voucher.evaluation.publication import queries
from voucher.evaluation.publication.models import ReportPublication, ReportSignOff
from voucher.evaluation.publication.operations import publish, sign_off
from voucher.evaluation.publication.rules import sha256_of
from voucher.integrations.storage.store import ContentStore

LATER = AT + timedelta(days=1)


@pytest.fixture
def store(tmp_path):
    """A content store of its own."""
    return ContentStore(tmp_path / "files")


def cheap(template, context):
    return '<html lang="en-GB"><title>x</title><h1>x</h1></html>'


def built(session, store, round_=None, at=AT, **values):
    """A report that the worker has built."""
    round_ = round_ or make_round()
    report = ask_report(round_=round_, by=make_officer(Role.EVALUATOR).id, at=at, **values)
    session.commit()
    assert build_reports(store, cheap, at) == 1
    session.expire_all()
    return session.get(Report, report.id)


def signed(report, by=None, at=LATER):
    return sign_off(report=report, by=(by or make_officer(Role.EVALUATOR)).id, at=at)


def published(report, note="", by=None, at=LATER):
    person = by or make_officer(Role.PROGRAMME_MANAGER)
    return publish(report=report, note=note, by=person.id, at=at)


def test_a_report_is_signed_off_and_published_by_two_people(session, store):
    report = built(session, store)
    signed(report)
    found = published(report)
    assert (found.version, found.supersedes_id) == (1, None)
    assert found.figures_sha256 == sha256_of(report.figures)
    document = queries.report_to_publish(report.reference)[2]
    assert found.document_sha256 == document
    assert [each.report.id for each in queries.published_reports().rows] == [report.id]
    actions = session.execute(
        select(AuditEvent.action).where(AuditEvent.record_kind == "report").order_by(AuditEvent.id)
    )
    wanted = ["report.asked", "report.built", "report.signed_off", "report.published"]
    assert actions.scalars().all() == wanted


def test_what_exactly_was_signed_is_kept_by_its_hashes(session, store):
    report = built(session, store)
    found = signed(report)
    assert found.document_sha256 == queries.report_to_publish(report.reference)[2]
    assert found.figures_sha256 == sha256_of(report.figures)
    assert found.page_sha256 == hashlib.sha256(report.page.encode()).hexdigest()
    assert (found.extract_sha256, found.plan_sha256) == (None, None)
    event = session.scalars(
        select(AuditEvent).where(AuditEvent.action == "report.signed_off")
    ).one()
    assert event.details["document_sha256"] == found.document_sha256


def test_the_plan_and_the_extract_are_among_what_was_signed(session, store):
    report = built(session, store)
    report.figures = {**report.figures, "findings": {"plan": {"sha256": "a" * 64}}}
    report.extract_id = report.file_id
    session.flush()
    found = signed(report)
    assert found.plan_sha256 == "a" * 64
    assert found.extract_sha256 == found.document_sha256


def test_nothing_but_what_was_signed_is_published(session, store):
    report = built(session, store)
    signed(report)
    report.figures = {**report.figures, "round": "another"}
    session.flush()
    with pytest.raises(Conflict, match="not the report that was signed"):
        published(report)


def test_the_same_person_does_not_do_both(session, store):
    report = built(session, store)
    person = make_officer(Role.EVALUATOR)
    signed(report, person)
    with pytest.raises(NotPermitted, match="somebody else"):
        published(report, by=person)
    assert queries.published_reports().rows == []


def test_nothing_is_published_that_nobody_stands_by(session, store):
    with pytest.raises(Conflict, match="signs the report off"):
        published(built(session, store))


def test_nothing_is_signed_or_published_twice(session, store):
    report = built(session, store)
    signed(report)
    with pytest.raises(Conflict, match="signed off already"):
        signed(report)
    published(report)
    with pytest.raises(Conflict, match="published already"):
        published(report)


def test_a_newer_version_says_why_and_the_older_stays(session, store):
    round_ = make_round()
    first = built(session, store, round_)
    signed(first)
    published(first)
    second = built(session, store, round_, at=AT + timedelta(days=2))
    signed(second, at=AT + timedelta(days=3))
    with pytest.raises(Invalid, match="why there is a new version") as refused:
        published(second, at=AT + timedelta(days=3))
    assert refused.value.field == "reason"
    found = published(second, " The 12-month answers are in. ", at=AT + timedelta(days=3))
    assert (found.version, found.note) == (2, "The 12-month answers are in.")
    assert [each.report.id for each in queries.published_reports().rows] == [second.id]
    assert queries.published_report(first.reference).publication.version == 1
    assert [version.version for version, _ in queries.versions_of(found.subject)] == [2, 1]


def test_older_data_never_supersede_newer_ones(session, store):
    round_ = make_round()
    older = built(session, store, round_)
    newer = built(session, store, round_, at=AT + timedelta(hours=1))
    signed(older)
    signed(newer)
    published(newer)
    with pytest.raises(Conflict, match="newer data"):
        published(older, "Why not")


def test_a_first_version_needs_no_note_and_keeps_none(session, store):
    report = built(session, store)
    signed(report)
    assert published(report, "Nothing to say").note == ""


@pytest.mark.parametrize("note", ["x" * 1001])
def test_a_note_that_is_too_long_is_refused(session, store, note):
    report = built(session, store)
    with pytest.raises(Invalid, match="at most 1,000"):
        sign_off(report=report, note=note, by=make_officer(Role.EVALUATOR).id, at=LATER)


def test_only_finished_reports_on_rounds_are_signed(session, store):
    waiting = ask_report(round_=make_round(), by=None, at=AT)
    with pytest.raises(Conflict, match="not ready"):
        signed(waiting)
    session.rollback()
    voucher = voucher_of(make_redeemed())
    case = ask_report(round_=make_round(), voucher=voucher, by=None, at=AT)
    with pytest.raises(Conflict, match="Only reports on rounds"):
        signed(case)


def test_a_report_from_before_there_were_pages_is_built_again(session, store):
    report = built(session, store)
    session.execute(update(Report).values(page=None))
    session.expire_all()
    with pytest.raises(Conflict, match="Build it again"):
        signed(report)


@pytest.mark.parametrize("table", [ReportSignOff, ReportPublication])
def test_what_was_signed_and_published_can_not_be_changed(session, store, table):
    report = built(session, store)
    signed(report)
    published(report)
    session.commit()
    with pytest.raises(DBAPIError, match=r"append-only|append only"):
        session.execute(update(table).values(note="Otherwise"))
    session.rollback()
    with pytest.raises(DBAPIError, match=r"append-only|append only"):
        session.execute(table.__table__.delete())


def test_what_is_not_published_is_not_found(session, store):
    report = built(session, store)
    for reference in (report.reference, "RPT-NONE", "\x00", "😀"):
        with pytest.raises(NotFound):
            queries.published_report(reference)
    with pytest.raises(NotFound):
        queries.report_to_publish("RPT-NONE")


def redeemed(session, round_, many, at=AT):
    for _ in range(many):
        make_redeemed(round_, at=at)
    session.commit()


def test_a_new_version_holds_back_what_would_tell_of_few_beside_the_old_one(session, store):
    """Eight vouchers after six: both averages together gave the price of the two."""
    round_ = make_round()
    redeemed(session, round_, 6)
    first = built(session, store, round_)
    early = built(session, store, round_, at=AT + timedelta(hours=1))
    signed(first)
    published(first)
    redeemed(session, round_, 2, at=LATER)
    late = LATER + timedelta(days=1)
    second = built(session, store, round_, at=late)
    assert first.figures["prices"]["n"] == 6
    assert {"areas.redeemed", "prices", "providers"} <= set(second.figures["held_back"])
    assert second.figures["prices"]["net_price_pence"] is None
    assert "held_back" not in early.figures
    signed(second, at=late)
    published(second, note="More vouchers.", at=late)
    assert second.figures["flow"]["counts"]["redeemed"] == 8


def test_a_version_built_before_another_was_published_may_have_to_be_built_again(session, store):
    round_ = make_round()
    redeemed(session, round_, 6)
    first = built(session, store, round_)
    redeemed(session, round_, 2, at=LATER)
    second = built(session, store, round_, at=LATER)
    published_at = LATER + timedelta(hours=1)
    signed(first, at=published_at)
    published(first, at=published_at)
    signed(second, at=published_at)
    with pytest.raises(Conflict, match="Build it again"):
        published(second, note="More vouchers.", at=published_at)
