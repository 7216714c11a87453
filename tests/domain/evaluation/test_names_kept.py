"""What a document names, and what it counts, stays as it was at its data cut, whatever is renamed
since."""

from datetime import timedelta
from functools import partial
from io import BytesIO

import pytest
from sqlalchemy import select

from tests.factories.applications import make_submitted
from tests.factories.cases import make_officer
from tests.factories.evaluation import make_baseline, make_redeemed, make_survey
from tests.factories.scheme import AT, make_round
from tests.factories.work import LATER as WORKED
from tests.factories.work import make_job, submitted
from voucher.accounts.roles import Role
from voucher.applications.models import APPLICATION_MOVES, Application, ApplicationStatus
from voucher.applications.operations.draft import AREAS_CORRECTED, save_section
from voucher.audit.models import AuditEvent
from voucher.businesses.models import Business, HeadcountBand
from voucher.claims import operations as claims
from voucher.cli.rendering import render
from voucher.core.status import transition
from voucher.evaluation.jobs import build
from voucher.evaluation.models import Report, Wave
from voucher.evaluation.operations import (
    ask_provider_report,
    ask_report,
    begin_report,
    finish_report,
)
from voucher.evaluation.queries.provider_data import offering_titles, tasters_of
from voucher.evaluation.queries.round_data import round_data
from voucher.evaluation.reports.cases import case_figures
from voucher.evaluation.reports.rounds import build_round_report
from voucher.integrations.storage.store import ContentStore
from voucher.programmes.models import Programme, Round
from voucher.providers.models import Offering, Provider
from voucher.providers.operations.offerings import edit_offering
from voucher.vouchers.models import Redemption, Voucher

CUT = AT + timedelta(days=1)
LATER = AT + timedelta(days=2)


@pytest.fixture
def store(tmp_path):
    """A content store of its own."""
    return ContentStore(tmp_path / "files")


def kept(report, store):
    """The report as the worker builds and keeps it: what was built."""
    built = build(report, render)
    begin_report(report=report, at=report.data_cut_at)
    finish_report(
        report=report,
        figures=built.figures,
        document=BytesIO(built.document),
        name=built.name,
        store=store,
        at=report.data_cut_at + timedelta(minutes=1),
        page=built.page,
    )
    return built


def rename_everything(session, redemptions):
    """Give other names and words to whatever a report names."""
    for number, each in enumerate(redemptions):
        provider = session.get(Provider, each.provider_id)
        provider.name = f"Renamed provider {number}"
        offering = session.get(Offering, each.offering_id)
        offering.title, offering.summary = f"Renamed offering {number}", "Other words."
        business = session.get(Business, each.business_id)
        business.name, business.local_authority = f"Renamed business {number}", "Elsewhere"
        business.sector, business.headcount_band = "another sector", HeadcountBand.FROM_250
        case = session.get(Application, each.application_id)
        case.problem_today, case.problem_better = "Other words.", "Yet others."
    round_ = session.get(Round, redemptions[0].round_id)
    round_.name = "Renamed round"
    programme = session.get(Programme, round_.programme_id)
    programme.name, programme.summary = "Renamed programme", "Another summary."
    programme.contact_email = "renamed@scheme.example"
    session.flush()


@pytest.mark.long
@pytest.mark.slow
def test_whatever_is_renamed_a_kept_report_is_rebuilt_byte_for_byte(session, store):
    round_ = make_round(name="Summer round")
    first = make_redeemed(round_)
    others = [make_redeemed(round_, offering=session.get(Offering, first.offering_id))]
    redemptions = [first, *others, *(make_redeemed(round_) for _ in range(3))]
    make_baseline(first.application_id, round_.id)
    by = make_officer(Role.EVALUATOR).id
    asked = [
        ask_report(round_=round_, by=by, at=CUT),
        ask_provider_report(provider=session.get(Provider, first.provider_id), by=by, at=CUT),
        ask_report(round_=round_, voucher=session.get(Voucher, first.voucher_id), by=by, at=CUT),
    ]
    before = [kept(report, store) for report in asked]
    rename_everything(session, redemptions)
    for report, one in zip(asked, before, strict=True):
        assert build(session.get(Report, report.id), render) == one
    later = build_round_report(round_id=round_.id, data_cut_at=LATER, render=render)
    assert "Renamed programme" not in before[0].page
    assert later.title.startswith("Renamed round")


def edited(offering, areas, at):
    """The offering with other areas, as its provider edits it."""
    names = ("title", "summary", "scope", "exclusions", "places", "languages", "accessibility")
    numbers = ("net_price_pence", "vat_rate_bps", "capacity_per_month", "days_to_start")
    values = {name: getattr(offering, name) for name in (*names, *numbers)}
    by = make_officer().id
    edit_offering(offering=offering, values={**values, "outcome_areas": areas}, by=by, at=at)


def test_an_offering_is_for_what_it_was_for_at_the_cut(session):
    redemption = make_redeemed()
    offering = session.get(Offering, redemption.offering_id)
    was = tuple(offering.outcome_areas)
    edited(offering, ["security-and-backup"], LATER)
    edited(offering, ["team-and-rota"], LATER + timedelta(days=1))
    areas = partial(round_data, redemption.round_id)
    assert areas(CUT).cases[0].offering_areas == was
    assert areas(LATER + timedelta(hours=1)).cases[0].offering_areas == ("security-and-backup",)
    assert areas(LATER + timedelta(days=2)).cases[0].offering_areas == ("team-and-rota",)


def test_an_application_counts_for_the_areas_it_had_been_sent_with(session):
    case = make_submitted()
    was = tuple(case.outcome_areas)
    transition(case, ApplicationStatus.RETURNED, moves=APPLICATION_MOVES, at=LATER, by=None)
    for areas in (["team-and-rota"], ["team-and-rota"], ["security-and-backup"]):
        values = {"outcome_areas": areas}
        save_section(
            application=case, section="areas", values=values, by=case.started_by_id, at=LATER
        )
    assert round_data(case.round_id, CUT).cases[0].areas == was
    assert round_data(case.round_id, LATER).cases[0].areas == ("security-and-backup",)
    query = select(AuditEvent.details).where(AuditEvent.action == AREAS_CORRECTED)
    before = [each["areas_were"] for each in session.scalars(query.order_by(AuditEvent.id))]
    assert before == [list(was), ["team-and-rota"]]


def test_a_draft_that_is_written_leaves_no_event_of_its_areas(session):
    make_submitted()
    query = select(AuditEvent.id).where(AuditEvent.action == AREAS_CORRECTED)
    assert session.scalars(query).all() == []


@pytest.mark.slow
def test_amounts_are_those_that_were_agreed_at_the_cut(session, tmp_path):
    job = submitted(make_job(), tmp_path)
    redemption = session.get(Redemption, job.claim.redemption_id)
    told = partial(case_figures, redemption.voucher_id)
    cut = WORKED + timedelta(hours=1)
    before = told(cut)
    officer, at = make_officer().id, WORKED + timedelta(days=1)
    claims.return_to_provider(claim=job.claim, note="Too much.", by=officer, at=at)
    at = WORKED + timedelta(days=2)
    offer = claims.offer_less(
        claim=job.claim, net_price_pence=120_000, words="Less was done.", by=job.worker.id, at=at
    )
    claims.agree_amendment(claim=job.claim, offer_id=offer.id, by=job.owner.id, at=at)
    assert told(cut) == before
    assert told(at)["price"]["net_price_pence"] == 120_000
    was = before["price"]["net_price_pence"]
    titles = offering_titles(redemption.provider_id)
    for moment, price in ((cut, was), (at, 120_000)):
        (case,) = round_data(redemption.round_id, moment).cases
        (taster,) = tasters_of(redemption.provider_id, moment, titles)
        assert case.net_price_pence == taster.net_price_pence == price


def test_a_case_shows_the_answers_of_every_version_of_the_questions(session):
    redemption = make_redeemed()
    make_baseline(redemption.application_id, redemption.round_id)
    for wave, version, answers in (
        (Wave.MONTH_3, "2026-1", {"paying": "yes", "trial": "finished"}),
        (Wave.MONTH_6, "2026-2", {"paying": "no", "turnover_pounds": 90_000, "custom": "neither"}),
    ):
        survey = make_survey(redemption, wave, at=redemption.redeemed_at + timedelta(days=190))
        survey.questions_version, survey.answers = version, answers
        survey.saved_at = survey.answered_at = survey.asked_at
    session.flush()
    at = redemption.redeemed_at + timedelta(days=200)
    told = case_figures(redemption.voucher_id, at)["answers"]
    assert told["waves"] == ["baseline", "month_3", "month_6"]
    lines = {line["code"]: line for line in told["lines"]}
    assert lines["turnover_pounds"]["given"] == [None, None, 90_000]
    assert lines["turnover_pounds"]["words"] == ["–", "–", "90,000 pounds"]
    assert lines["paying"]["given"] == [None, "yes", "no"]
    assert lines["trial"]["given"] == [None, "finished", None]
    assert lines["turnover_band"]["given"][1:] == [None, None]
    assert {"custom", "hours_lost_week"} < set(lines)
