"""Surveys, reports and the demonstration's messages in a real browser."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.factories.evaluation import (
    FOLLOW_UP,
    SURVEY_KEY,
    make_redeemed,
    make_survey,
    voucher_of,
)
from tests.factories.scheme import make_business, make_member, make_round
from voucher.accounts.roles import Role
from voucher.allocation.models import Arm
from voucher.audit.operations import seal
from voucher.cli.rendering import desk_of
from voucher.core import clock
from voucher.core.db import session
from voucher.evaluation.models import ReportStatus, SurveyResponse
from voucher.evaluation.operations import (
    answer,
    ask_report,
    begin_report,
    fail_report,
)
from voucher.evaluation.rules import survey_token
from voucher.notifications.jobs import write_messages

LONG = "The Extraordinarily Long Fictional Cooperative of Llanfairpwllgwyngyllgogerychwyrndrobwll"


def asked_survey(**values):
    """A survey asked a moment ago and the path of its link."""
    at = clock.now() - timedelta(days=95)
    redemption = make_redeemed(at=at, **values)
    response = make_survey(redemption, at=clock.now())
    return response, f"/survey/{survey_token(SURVEY_KEY, response.token_nonce)}"


def test_a_business_answers_in_two_sittings(visitor, arrange):
    with arrange():
        response, path = asked_survey(business=make_business(name=LONG))
    page = visitor.go(path).look("survey").page
    page.get_by_label("Yes, and the trial is finished").check()
    page.get_by_label("How many hours a week does the problem cost you now?").fill("-4")
    page.get_by_role("button", name="Send my answers").click()
    visitor.look("survey-errors")
    assert page.locator(".govuk-error-summary li").count() == 9
    assert page.get_by_label("Yes, and the trial is finished").is_checked()
    page.get_by_label("How many hours a week does the problem cost you now?").fill("4")
    page.get_by_role("button", name="Save for later").click()
    visitor.look("survey-saved")
    for name, value in FOLLOW_UP.items():
        field = page.locator(f"[name={name}]").first
        if field.get_attribute("type") == "radio":
            page.locator(f"[name={name}][value='{value}']").check()
        else:
            field.fill(str(value))
    page.get_by_role("button", name="Send my answers").click()
    page.get_by_role("heading", name="Thank you for your answers").wait_for()
    visitor.look("survey-thanks")
    with arrange():
        assert session.get_one(SurveyResponse, response.id).answers == FOLLOW_UP


def test_somebody_does_not_want_to_be_asked(visitor, arrange):
    with arrange():
        _, path = asked_survey()
    page = visitor.go(path).page
    page.get_by_role("link", name="I do not want to be asked again").click()
    visitor.look("survey-stop")
    page.get_by_role("button", name="Stop asking").click()
    page.get_by_role("heading", name="We will not ask again").wait_for()
    visitor.look()


def test_an_evaluator_sees_replies_and_reports(visitor, arrange):
    with arrange():
        evaluator = make_member(Role.EVALUATOR)
        round_ = make_round(name="Summer round")
        surveys = [make_survey(make_redeemed(round_)) for _ in range(3)]
        at = surveys[0].asked_at
        answer(response=surveys[0], arm=Arm.VOUCHER, answers=FOLLOW_UP, sending=True, at=at)
        redemption = make_redeemed(round_)
        failed = ask_report(round_=round_, by=evaluator.id, at=at)
        begin_report(report=failed, at=at)
        fail_report(report=failed, failure="A picture is missing.", at=at)
        ask_report(round_=round_, voucher=voucher_of(redemption), by=evaluator.id, at=at)
        reference = round_.reference
    visitor.sign_in(evaluator).go("/staff/surveys/").look("surveys")
    page = visitor.go("/staff/reports/").look("reports").page
    assert "A picture is missing." in page.inner_text("main")
    page.get_by_role("button", name="Report on a round").click()
    visitor.look("reports-round")
    page.get_by_role("button", name="Build the report").click()
    visitor.look("reports-round-error")
    page.get_by_label("Round").select_option(reference)
    page.get_by_role("button", name="Build the report").click()
    visitor.look()
    assert page.get_by_text(ReportStatus.QUEUED.staff_label).count() == 2
    visitor.go("/staff/reports/case").look("reports-case")


@pytest.fixture
def demonstrating(app):
    """The application as in the demonstration."""
    settings = app.extensions["settings"]
    app.extensions["settings"] = replace(settings, environment="demonstration")
    yield
    app.extensions["settings"] = settings


@pytest.mark.usefixtures("demonstrating")
def test_the_messages_of_the_demonstration_are_read(app, visitor, arrange):
    visitor.go("/demonstration/messages/").look("messages-empty")
    now = clock.now()
    with arrange():
        asked_survey(business=make_business(name=LONG))
        seal(at=now)
    with app.app_context():
        assert write_messages(desk_of(app.extensions["services"]), now) > 0
    page = visitor.go("/demonstration/messages/").look("messages").page
    page.get_by_role("link", name="Three minutes").first.click()
    visitor.look("message")
    page.get_by_role("link", name="/survey/").first.click()
    visitor.look()
    assert page.get_by_role("heading", name="How did it go?").count() == 1
