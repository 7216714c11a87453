"""Drawing up, locking and departing from a plan, and the document that the worker makes of it."""

from dataclasses import replace
from datetime import timedelta

import pypdf
import pytest
from sqlalchemy import select, update

from tests.documents import check_pdf, text_of
from tests.factories.draws import QUARTERS, make_lottery
from tests.factories.plans import LOCKED_AT, have_locked_plan, plan_of
from tests.factories.scheme import AT, make_round, make_user
from tests.together import at_once
from voucher.cli.rendering import render
from voucher.core.errors import Conflict, Invalid
from voucher.evaluation.jobs import build_reports
from voucher.evaluation.models import Report, ReportKind, ReportStatus
from voucher.evaluation.operations import ask_report
from voucher.evaluation.plans.documents import build_plan_document
from voucher.evaluation.plans.operations import ask_document, deviate, draw_up, lock
from voucher.evaluation.plans.queries import plan_document
from voucher.evaluation.plans.rules import NO_ESTIMATOR, plan_sha256, written
from voucher.integrations.storage.store import ContentStore
from voucher.programmes.models import Round, StratumBasis
from voucher.programmes.plans.queries import draft_of, locked_plan


@pytest.fixture
def round_(session):
    """A round by lot without a plan."""
    return make_lottery(2, planned=False, arms=QUARTERS).round


def locked(round_, by, at=LOCKED_AT, **values):
    plan = plan_of(round_, comparison=("comparison",), **values)
    draw_up(round_=round_, plan=plan, by=by, at=at)
    return lock(round_=round_, sha256=plan_sha256(plan.content()), by=by, at=at)


def test_what_a_plan_comes_to_is_worked_out_when_it_is_saved(round_):
    draft = draw_up(round_=round_, plan=plan_of(round_), by=make_user().id, at=AT)
    assert draft.figures["compared"]["detectable"] > 0
    assert draft.figures["cost"]["vouchers"] == 70


def test_a_plan_that_makes_no_sense_is_not_kept(round_):
    plan = plan_of(round_, estimator="guess")
    with pytest.raises(Invalid):
        draw_up(round_=round_, plan=plan, by=make_user().id, at=AT)
    assert draft_of(round_.id) is None


def test_a_draw_planned_otherwise_since_is_not_locked_over(session, round_):
    plan, by = plan_of(round_), make_user().id
    draw_up(round_=round_, plan=plan, by=by, at=AT)
    round_.draw_stratum = StratumBasis.PLACE
    session.flush()
    with pytest.raises(Conflict, match="no longer fits the round"):
        lock(round_=round_, sha256=plan_sha256(plan.content()), by=by, at=LOCKED_AT)
    assert locked_plan(round_.id) is None


def test_a_round_edited_by_another_meanwhile_is_not_locked_over(session, round_):
    """What is stored when the round is locked counts, not what was read before."""
    plan, by = plan_of(round_), make_user().id
    draw_up(round_=round_, plan=plan, by=by, at=AT)
    assert round_.draw_stratum is not StratumBasis.PLACE
    edit = update(Round).where(Round.id == round_.id).values(draw_stratum=StratumBasis.PLACE)
    session.execute(edit.execution_options(synchronize_session=False))
    with pytest.raises(Conflict, match="no longer fits the round"):
        lock(round_=round_, sha256=plan_sha256(plan.content()), by=by, at=LOCKED_AT)
    assert locked_plan(round_.id) is None


def test_nothing_is_locked_that_was_not_drawn_up(round_):
    with pytest.raises(Conflict, match="Draw up"):
        lock(round_=round_, sha256="", by=make_user().id, at=AT)


def test_a_rolling_round_may_have_a_plan_that_claims_no_effect(session):
    round_ = make_round()
    plan = plan_of(round_, offered=(), comparison=(), estimator=NO_ESTIMATOR)
    draw_up(round_=round_, plan=plan, by=make_user().id, at=AT)
    assert draft_of(round_.id).figures["compared"] is None
    with pytest.raises(Invalid):
        draw_up(round_=round_, plan=replace(plan, estimator="lin"), by=make_user().id, at=AT)


def test_a_document_is_asked_for_once_for_each_state_of_the_plan(session, round_):
    by = make_user().id
    plan = locked(round_, by)
    first = plan_document(round_.id)
    a_moment_after = LOCKED_AT + timedelta(seconds=1)
    assert ask_document(round_id=round_.id, by=by, at=a_moment_after) is first
    later = LOCKED_AT + timedelta(days=1)
    deviate(plan=plan, what="Later", why="Floods", by=by, at=later)
    second = plan_document(round_.id)
    assert second.data_cut_at == later
    assert second is not first
    deviate(plan=plan, what="Later", why="Floods", by=by, at=later + timedelta(seconds=1))
    assert plan_document(round_.id) is second


def test_a_waiting_document_is_not_taken_for_a_report_of_the_round(session, round_):
    by = make_user().id
    locked(round_, by)
    report = ask_report(round_=round_, by=by, at=LOCKED_AT)
    assert report.kind is ReportKind.ROUND


def test_the_worker_builds_the_document_with_the_plan_inside(session, round_, tmp_path):
    by = make_user().id
    plan = locked(round_, by)
    deviate(plan=plan, what="The follow-up is late", why="Floods", by=by, at=LOCKED_AT)
    reference = plan.reference
    session.commit()
    assert build_reports(ContentStore(tmp_path / "files"), render, LOCKED_AT) == 1
    built = session.scalars(select(Report)).one()
    assert (built.kind, built.status) == (ReportKind.PLAN, ReportStatus.READY)
    assert built.figures["plan"] == reference


@pytest.mark.slow
def test_the_document_says_all_and_the_same_twice(session, round_, tmp_path):
    plan = locked(round_, make_user().id)
    by, cut = make_user().id, LOCKED_AT + timedelta(days=2)
    deviate(plan=plan, what="Too late to be in it", why="Floods", by=by, at=cut + timedelta(days=1))
    deviate(plan=plan, what="The survey was late", why="Floods", by=by, at=cut)
    one, two = (
        build_plan_document(round_id=round_.id, data_cut_at=cut, render=render) for _ in range(2)
    )
    assert one.document == two.document
    check_pdf(one.document, tmp_path / "plan.pdf")
    words = text_of(one.document)
    assert plan.sha256 in words.replace(" ", "")
    assert "The survey was late" in words
    assert "Too late to be in it" not in words
    assert "Uses technology made for the problem" in words
    reader = pypdf.PdfReader(tmp_path / "plan.pdf")
    assert reader.attachments[f"{plan.reference}.json"] == [written(plan.content)]


def test_a_plan_without_a_comparison_has_a_document_too(session):
    round_ = make_round()
    have_locked_plan(round_, offered=(), comparison=(), estimator=NO_ESTIMATOR)
    built = build_plan_document(round_id=round_.id, data_cut_at=LOCKED_AT, render=render)
    assert built.figures["deviations"] == 0


def test_there_is_no_document_of_a_plan_that_is_not_locked(session):
    round_ = make_round()
    with pytest.raises(Conflict, match="not locked yet"):
        build_plan_document(round_id=round_.id, data_cut_at=AT, render=render)


def test_a_document_asked_for_twice_at_once_is_one(session, app, round_):
    by, round_id = make_user().id, round_.id
    have_locked_plan(round_, by=by)
    session.commit()

    def ask():
        return ask_document(round_id=round_id, by=by, at=LOCKED_AT).id

    assert len(set(at_once(app, ask, ask))) == 1
