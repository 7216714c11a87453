"""Follow-ups by telephone: the list, one follow-up, calls and answers that staff type."""

from datetime import timedelta

import pytest

from tests.factories.evaluation import FOLLOW_UP, make_redeemed, make_survey
from tests.factories.scheme import make_business
from tests.page import text_of
from voucher.allocation.models import Arm
from voucher.applications.models import Application
from voucher.core import clock
from voucher.core.db import session
from voucher.evaluation.models import Mode, SurveyResponse
from voucher.evaluation.operations import answer

LIST = "/staff/survey-calls/"


@pytest.fixture
def caller(client, cast):
    return client.sign_in(cast.caseworker)


@pytest.fixture
def asked(arrange):
    """A follow-up that nobody answered for 30 days, and the address of its page."""
    with arrange():
        at = clock.now() - timedelta(days=125)
        name = "Fictional Röhren & Söhne <Ltd>"
        redemption = make_redeemed(business=make_business(name=name, phone="01632 960001"), at=at)
        response = make_survey(redemption, at=at + timedelta(days=95))
        reference = session.get(Application, redemption.application_id).reference
    return response, f"{LIST}{reference}/month_3"


def stored(arrange, response):
    with arrange():
        return session.get_one(SurveyResponse, response.id)


def sent(**changed):
    return {**{code: str(value) for code, value in FOLLOW_UP.items()}, **changed}


def post(client, address, **data):
    page = client.get(address).page
    token = page.elements("input", name="csrf_token")[0].get("value")
    return client.post(address, data={"csrf_token": token, **data})


def test_who_is_overdue_is_on_the_list_without_its_group(caller, asked):
    _, address = asked
    page = caller.get(LIST).page
    assert "Fictional Röhren & Söhne <Ltd>" in page.text
    assert "Not rung yet" in page.text
    assert "Offered a voucher" not in page.text
    assert page.elements("a", href=address)
    for address in (f"{LIST}?round=RND-NONE", f"{LIST}?page=9999&all=1&round=%00"):
        assert caller.get(address).status_code == 200


def test_the_page_says_whom_to_ring_and_what_to_say_and_changes_nothing(caller, arrange, asked):
    response, address = asked
    page = caller.get(address).page
    assert "01632 960001" in page.text
    assert "13 short questions, three minutes at the most" in page.text
    assert stored(arrange, response).saved_at is None


def test_the_number_is_the_one_given_when_applying_of_who_signed(caller, arrange, asked):
    response, address = asked
    with arrange():
        application = session.get_one(Application, response.application_id)
        application.contact_phone, application.signatory_name = "0191 498 0002", "Sam Signs"
    page = caller.get(address).page
    assert "0191 498 0002" in page.text
    assert "Sam Signs" in page.text


def test_answers_are_typed_saved_and_sent_with_who_typed_them(caller, cast, arrange, asked):
    response, address = asked
    assert post(caller, address, trial="stopped", action="save").status_code == 303
    page = caller.get(address).page
    assert page.elements("input", name="trial", value="stopped")[0].get("checked") == ""
    done = post(caller, address, **sent(), action="send")
    assert done.status_code == 303
    found = stored(arrange, response)
    assert (found.answers, found.mode) == (FOLLOW_UP, Mode.PHONE)
    page = caller.get(done.location).page
    assert f"By telephone, typed by {cast.caseworker.name}" in page.text
    assert "It has been answered" in caller.get(address).page.text
    token = page.elements("input", name="csrf_token")[0].get("value")
    again = caller.post(address, data={"csrf_token": token, **sent(staff="9"), "action": "send"})
    assert again.status_code == 303
    assert stored(arrange, response).answers == FOLLOW_UP


def test_two_officers_do_not_save_over_each_other_unseen(client, cast, arrange, asked):
    response, address = asked
    opened = {}
    for officer in (cast.caseworker, cast.manager):
        page = client.sign_in(officer).get(address).page
        names = ("csrf_token", "seen")
        opened[officer] = {n: page.elements("input", name=n)[0].get("value") for n in names}
    seen = opened[cast.manager]["seen"]
    assert (
        post(client.sign_in(cast.caseworker), address, staff="5", action="save").status_code == 303
    )
    other = client.sign_in(cast.manager)
    refused = post(other, address, seen=seen, staff="6", action="save")
    assert refused.status_code == 422
    assert any("saved after you opened this page" in each for each in refused.page.errors)
    assert refused.page.elements("input", name="staff")[0].get("value") == "6"
    assert stored(arrange, response).answers == {"staff": 5}
    assert (
        post(client.sign_in(cast.caseworker), address, **sent(), action="send").status_code == 303
    )
    late = post(client.sign_in(cast.manager), address, **sent(staff="9"), action="send")
    assert "What you typed was not kept" in client.get(late.location).page.text
    assert stored(arrange, response).answers == FOLLOW_UP


def test_what_a_business_typed_and_has_not_sent_is_its_own(caller, arrange, asked):
    response, address = asked
    with arrange():
        answer(
            response=session.get_one(SurveyResponse, response.id),
            arm=Arm.VOUCHER,
            answers={"trial": "stopped", "staff": 7},
            sending=False,
            at=clock.now(),
        )
    page = caller.get(address).page
    assert "The business began this by its link" in page.text
    assert page.elements("input", name="trial", value="stopped")[0].get("checked") is None
    assert page.elements("input", name="staff")[0].get("value") == ""
    assert not page.elements("button", value="save")
    assert "Begun, not sent" in caller.get(address.removesuffix("/month_3")).page.text
    assert post(caller, address, **sent(), action="send").status_code == 303
    assert stored(arrange, response).answers == FOLLOW_UP


def test_an_unusual_answer_is_asked_about_on_the_telephone_too(caller, arrange, asked):
    response, address = asked
    answer = post(caller, address, **sent(hours_lost_week="400"), action="send")
    assert answer.status_code == 422
    assert "Yes, 400 hours a week is right" in answer.page.text
    ticked = {"right-hours_lost_week": "400"}
    done = post(caller, address, **sent(hours_lost_week="400"), **ticked, action="send")
    assert done.status_code == 303
    assert stored(arrange, response).confirmed == ["hours_lost_week"]


def test_bad_answers_are_told_at_their_questions(caller, arrange, asked):
    response, address = asked
    answer = post(caller, address, **sent(staff="-1", paying=""), action="send")
    assert answer.status_code == 422
    assert len(answer.page.errors) == 2
    assert stored(arrange, response).answers == {}


def test_a_call_that_came_to_nothing_is_kept(caller, arrange, asked):
    response, address = asked
    assert post(caller, f"{address}", action="save", trial="stopped").status_code == 303
    page = caller.get(address).page
    token = page.elements("input", name="csrf_token")[0].get("value")
    bad = caller.post(f"{address}/call", data={"csrf_token": token, "outcome": ""})
    assert bad.status_code == 422
    assert any("Select" in error for error in bad.page.errors)
    assert bad.page.elements("input", name="trial", value="stopped")[0].get("checked") == ""
    for outcome in ("answered", "nonsense"):
        refused = caller.post(f"{address}/call", data={"csrf_token": token, "outcome": outcome})
        assert refused.status_code == 422
    done = caller.post(f"{address}/call", data={"csrf_token": token, "outcome": "no_answer"})
    assert done.status_code == 303
    assert "Nobody picked up" in caller.get(LIST).page.text
    assert "nobody picked up" in caller.get(address).page.text
    assert stored(arrange, response).opted_out_at is None


def test_who_says_no_is_asked_nothing_more(caller, arrange, asked):
    response, address = asked
    page = caller.get(address).page
    token = page.elements("input", name="csrf_token")[0].get("value")
    done = caller.post(f"{address}/call", data={"csrf_token": token, "outcome": "declined"})
    assert done.status_code == 303
    assert stored(arrange, response).opted_out_at is not None
    assert "does not want to be asked" in caller.get(address).page.text
    assert "Nobody has to be rung" in caller.get(LIST).page.text
    refused = caller.post(f"{address}/call", data={"csrf_token": token, "outcome": "no_answer"})
    assert refused.status_code == 409


def test_the_case_leads_to_its_follow_ups(caller, asked):
    _, address = asked
    of_case = address.removesuffix("/month_3")
    reference = of_case.rsplit("/", 1)[1]
    case = caller.get(f"/staff/cases/{reference}").page
    assert case.elements("a", href=of_case)
    page = caller.get(of_case).page
    assert "Waits for an answer" in page.text
    assert any("Ring, or type answers" in text_of(each) for each in page.elements("a"))


@pytest.mark.parametrize("path", ["APP-NONE", "APP-NONE/month_3"])
def test_what_is_not_there_is_not_found(caller, path):
    assert caller.get(f"{LIST}{path}").status_code == 404


def test_a_wave_that_was_not_asked_is_not_found(caller, asked):
    _, address = asked
    for wave in ("month_6", "baseline", "never"):
        assert caller.get(address.replace("month_3", wave)).status_code == 404


def test_evaluators_do_not_ring(clients, cast, asked):
    _, address = asked
    evaluator = clients().sign_in(cast.evaluator)
    assert evaluator.get(LIST).status_code == 403
    assert evaluator.get(address).status_code == 403
