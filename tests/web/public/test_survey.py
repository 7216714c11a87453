"""Surveys by their link: nothing happens on opening, nothing typed is lost, no link opens two."""

from datetime import timedelta

import pytest

from tests.factories.evaluation import SURVEY_KEY, make_redeemed, make_survey
from tests.factories.scheme import make_business
from voucher.core import clock
from voucher.core.db import session
from voucher.evaluation.models import SurveyResponse
from voucher.evaluation.queries.surveys import has_told_to_stop
from voucher.evaluation.rules import survey_token

ANSWERS = {
    "trial": "finished",
    "in_use": "sometimes",
    "uses_technology": "made-for-it",
    "paying": "planned",
    "hours_lost_week": "4",
    "errors_in_100": "",
    "turnover_pounds": "450,000",
    "bought_more": "no",
    "custom": "neither",
    "staff": "12",
    "confidence": "4",
    "helpful": "5",
    "similar_support": "no",
}


@pytest.fixture
def asked(arrange):
    """A survey that was asked a moment ago, and the address of its link."""
    with arrange():
        name = "Fictional Röhren & Söhne <Ltd>"
        at = clock.now() - timedelta(days=95)
        redemption = make_redeemed(business=make_business(name=name), at=at)
        response = make_survey(redemption, at=clock.now())
        address = f"/survey/{survey_token(SURVEY_KEY, response.token_nonce)}"
    return response, address


def stored(arrange, response):
    with arrange():
        return session.get_one(SurveyResponse, response.id)


def test_the_link_opens_the_questions_and_changes_nothing(client, arrange, asked):
    response, address = asked
    page = client.get(address).page
    assert page.heading == "How did it go?"
    assert "Fictional Röhren & Söhne <Ltd>" in page.text
    found = stored(arrange, response)
    assert (found.saved_at, found.answered_at) == (None, None)


def test_answers_are_saved_and_shown_again(client, arrange, asked):
    response, address = asked
    some = {"trial": "stopped", "hours_lost_week": "12"}
    saved = client.post(address, data={**some, "action": "save", **token_of(client, address)})
    assert saved.status_code == 303
    page = client.get(address).page
    assert "Your answers are saved" in page.text
    assert page.elements("input", id="hours_lost_week")[0].get("value") == "12"
    found = stored(arrange, response)
    assert found.answers == {"trial": "stopped", "hours_lost_week": 12}
    assert found.answered_at is None


def token_of(client, address):
    page = client.get(address).page
    return {"csrf_token": page.elements("input", name="csrf_token")[0].get("value")}


def send(client, address, **changed):
    data = {**ANSWERS, "action": "send", **token_of(client, address), **changed}
    return client.post(address, data=data, follow_redirects=True)


def test_answers_are_sent_once(client, arrange, asked):
    response, address = asked
    page = send(client, address).page
    assert page.heading == "Thank you for your answers"
    found = stored(arrange, response)
    assert found.answers["staff"] == 12
    assert found.answers["confidence"] == 4
    assert "errors_in_100" not in found.answers
    assert client.get(address).page.heading == "Thank you for your answers"
    again = client.post(address, data={"staff": "1", **session_token(client)})
    assert again.status_code in (303, 400, 422)
    assert stored(arrange, response).answers["staff"] == 12


def session_token(client):
    page = client.get("/check").page
    return {"csrf_token": page.elements("input", name="csrf_token")[0].get("value")}


@pytest.mark.parametrize(
    ("name", "typed", "words"),
    [
        ("hours_lost_week", "−1", "with a whole number from 0 to 2,000"),
        ("hours_lost_week", "1000000000000", "with a whole number from 0 to 2,000"),
        ("hours_lost_week", "4.5", "with a whole number from 0 to 2,000"),
        ("errors_in_100", "101", "with a whole number from 0 to 100"),
        ("staff", "😀", "with a whole number from 0 to 100,000"),
        ("staff", "3\x00", "can’t be used"),
        ("paying", "perhaps", "Select one of the options."),
        ("paying", "", "Answer the question “Do you pay"),
    ],
)
def test_a_bad_answer_is_told_at_its_question_and_nothing_is_lost(
    client, arrange, asked, name, typed, words
):
    response, address = asked
    answer = send(client, address, **{name: typed})
    assert answer.status_code == 422
    assert any(words in error for error in answer.page.errors)
    assert answer.page.elements("input", name="trial", value="finished")[0].get("checked") == ""
    assert stored(arrange, response).answers == {}


def opened(client, address):
    """What a page carries that somebody opened and has not sent yet."""
    page = client.get(address).page
    names = ("csrf_token", "seen")
    return {name: page.elements("input", name=name)[0].get("value") for name in names}


def test_two_windows_do_not_save_over_each_other_unseen(client, arrange, asked):
    response, address = asked
    first, second = opened(client, address), opened(client, address)
    client.post(address, data={**first, "staff": "5", "action": "save"})
    refused = client.post(address, data={**second, "staff": "6", "action": "save"})
    assert refused.status_code == 422
    assert any("saved after you opened this page" in each for each in refused.page.errors)
    assert refused.page.elements("input", id="staff")[0].get("value") == "6"
    assert stored(arrange, response).answers == {"staff": 5}
    seen = refused.page.elements("input", name="seen")[0].get("value")
    again = client.post(address, data={**second, "seen": seen, "staff": "6", "action": "save"})
    assert again.status_code == 303
    assert stored(arrange, response).answers == {"staff": 6}


def test_a_button_pressed_twice_is_no_second_window(client, asked):
    _, address = asked
    data = {**opened(client, address), "staff": "5", "action": "save"}
    assert client.post(address, data=data).status_code == 303
    assert client.post(address, data=data).status_code == 303
    data = {**opened(client, address), **ANSWERS, "action": "send"}
    for _ in range(2):
        page = client.post(address, data=data, follow_redirects=True).page
        assert page.heading == "Thank you for your answers"
        assert "not kept" not in page.text


def test_who_sends_after_it_was_answered_or_stopped_is_told_that_it_was_not_kept(
    client, arrange, asked
):
    response, address = asked
    late = opened(client, address)
    send(client, address)
    data = {**late, **ANSWERS, "staff": "9", "action": "send"}
    page = client.post(address, data=data, follow_redirects=True).page
    assert "What you typed now was not kept: answers had been sent before." in page.text
    assert stored(arrange, response).answers["staff"] == 12


@pytest.mark.parametrize("typed", ["£450,000", " £ 450,000 ", "450 000", "£450,000.00"])
def test_turnover_is_taken_as_people_write_it(client, arrange, asked, typed):
    response, address = asked
    assert send(client, address, turnover_pounds=typed).page.heading == "Thank you for your answers"
    assert stored(arrange, response).answers["turnover_pounds"] == 450_000


def test_a_link_that_was_cut_is_explained_without_asking_to_sign_in(client, asked):
    _, address = asked
    page = client.get(address[:-4])
    assert page.status_code == 404
    assert page.page.heading == "This link opens no survey"
    assert "copy the whole of it" in page.page.text
    assert "sign in with the account" not in page.page.text


def test_stopping_takes_a_button(client, arrange, asked):
    response, address = asked
    page = client.get(f"{address}/stop").page
    assert page.heading == "Do you want us to stop asking?"
    assert stored(arrange, response).opted_out_at is None
    page = client.submit(f"{address}/stop", button="Stop asking").page
    assert page.heading == "We will not ask again"
    assert stored(arrange, response).opted_out_at is not None
    assert client.get(f"{address}/stop").page.heading == "We will not ask again"


def test_who_has_answered_can_still_tell_us_to_stop(client, arrange, asked):
    response, address = asked
    page = send(client, address).page
    assert page.link("I do not want to be asked again")
    page = client.get(f"{address}/stop").page
    assert page.heading == "Do you want us to stop asking?"
    assert "What you sent stays" in page.text
    page = client.submit(f"{address}/stop", button="Stop asking").page
    assert page.heading == "Thank you for your answers"
    assert "We will not ask again" in page.text
    assert "I do not want to be asked again" not in page.text
    found = stored(arrange, response)
    assert found.opted_out_at is not None
    assert found.answers["staff"] == 12
    with arrange():
        assert has_told_to_stop(response.application_id)
    assert client.get(f"{address}/stop").page.heading == "Thank you for your answers"


def test_the_letter_of_a_survey_that_is_over_still_stops_the_next(client, arrange):
    with arrange():
        at = clock.now() - timedelta(days=155)
        response = make_survey(make_redeemed(at=at), at=at + timedelta(days=95))
        address = f"/survey/{survey_token(SURVEY_KEY, response.token_nonce)}"
    page = client.submit(f"{address}/stop", button="Stop asking").page
    assert page.heading == "We will not ask again"
    with arrange():
        assert has_told_to_stop(response.application_id)


def test_a_survey_whose_time_is_over_says_so(client, arrange):
    with arrange():
        at = clock.now() - timedelta(days=155)
        response = make_survey(make_redeemed(at=at), at=at + timedelta(days=95))
        address = f"/survey/{survey_token(SURVEY_KEY, response.token_nonce)}"
    assert client.get(address).page.heading == "This survey is over"
    sent = client.post(address, data={**ANSWERS, **session_token(client)}, follow_redirects=True)
    assert sent.page.heading == "This survey is over"
    assert stored(arrange, response).answers == {}


@pytest.mark.parametrize("token", ["x", "A" * 43, "%00", "..", "🙂"])
def test_an_unknown_link_is_not_found(client, asked, token):
    assert client.get(f"/survey/{token}").status_code == 404


def test_a_post_without_its_token_against_forgery_changes_nothing(client, arrange, asked):
    response, address = asked
    assert client.post(address, data={**ANSWERS, "action": "send"}).status_code >= 400
    assert stored(arrange, response).answers == {}


def test_an_unusual_answer_is_asked_about_and_a_tick_keeps_it(client, arrange, asked):
    response, address = asked
    first = send(client, address, hours_lost_week="400", staff="300")
    assert first.status_code == 422
    assert any(
        "400 hours a week. That is unusually high. Did you mean" in e for e in first.page.errors
    )
    assert first.page.elements("input", id="hours_lost_week")[0].get("value") == "400"
    tick = first.page.elements("input", name="right-hours_lost_week")[0]
    assert (tick.get("type"), tick.get("value"), tick.get("checked")) == ("checkbox", "400", None)
    assert "Yes, 400 hours a week is right" in first.page.text
    assert stored(arrange, response).answers == {}
    second = send(
        client, address, hours_lost_week="400", staff="300", **{"right-hours_lost_week": "400"}
    )
    assert second.status_code == 422
    kept = second.page.elements("input", name="right-hours_lost_week")[0]
    assert (kept.get("type"), kept.get("value")) == ("hidden", "400")
    assert len(second.page.errors) == 1
    ticks = {"right-hours_lost_week": "400", "right-staff": "300"}
    third = send(client, address, hours_lost_week="400", staff="300", **ticks)
    assert third.page.heading == "Thank you for your answers"
    assert stored(arrange, response).confirmed == ["hours_lost_week", "staff"]


@pytest.mark.parametrize("tick", ["40", "y", "", "9" * 50, "４００", "-1"])
def test_a_tick_holds_for_the_number_it_names_and_no_other(client, arrange, asked, tick):
    response, address = asked
    found = send(client, address, hours_lost_week="400", **{"right-hours_lost_week": tick})
    assert found.status_code == 422
    assert stored(arrange, response).answers == {}
