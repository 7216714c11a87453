"""Errors as pages with a way on, or as problem+json."""

import pytest
from flask import abort
from werkzeug.exceptions import TooManyRequests

from voucher.core.errors import Conflict, DomainError, Invalid, NotFound, NotPermitted
from voucher.web.errors import PAGES

WORDS = "Somebody approved this claim at 9:05am."


@pytest.fixture
def client(small_app):
    """Routes that fail in each way."""
    kinds = {
        kind.__name__: kind for kind in (Conflict, DomainError, Invalid, NotFound, NotPermitted)
    }

    def domain(kind):
        raise kinds[kind](WORDS)

    def at_field():
        raise Invalid("Enter a price.", "price")

    def slow_down():
        raise TooManyRequests(retry_after=60)

    small_app.add_url_rule("/domain/<kind>", "domain", domain)
    small_app.add_url_rule("/http/<int:code>", "http", abort)
    small_app.add_url_rule("/api/field", "field", at_field)
    small_app.add_url_rule("/slow", "slow", slow_down)
    small_app.add_url_rule("/broken", "broken", lambda: 1 // 0)
    small_app.config["PROPAGATE_EXCEPTIONS"] = False
    return small_app.test_client()


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("NotFound", 404),
        ("NotPermitted", 403),
        ("Conflict", 409),
        ("Invalid", 422),
        ("DomainError", 409),
    ],
)
def test_domain_errors_show_their_own_words(client, kind, status):
    answer = client.get(f"/domain/{kind}")
    assert answer.status_code == status
    assert WORDS in answer.text


@pytest.mark.parametrize("code", sorted(PAGES | {401, 405, 410, 414, 418, 501, 502, 504}))
def test_every_http_error_has_a_page_with_a_title_and_a_way_on(client, code):
    answer = client.get(f"/http/{code}")
    assert answer.status_code == code
    assert answer.mimetype == "text/html"
    heading = answer.text.split('<h1 class="govuk-heading-l">')[1].split("</h1>")[0]
    assert f"<title>{heading} – " in answer.text
    assert "Go to the home page" in answer.text


def test_a_failure_of_ours_says_nothing_of_its_cause(client):
    answer = client.get("/broken")
    assert answer.status_code == 500
    assert "fault is ours" in answer.text
    assert "ZeroDivision" not in answer.text


def test_how_long_to_wait_is_kept(client):
    assert client.get("/slow").headers["Retry-After"] == "60"


def test_a_client_that_reads_json_gets_a_problem_document(client):
    answer = client.get("/domain/Conflict", headers={"Accept": "application/json"})
    assert answer.content_type == "application/problem+json"
    assert answer.get_json(force=True) == {
        "type": "about:blank",
        "title": "Conflict",
        "status": 409,
        "detail": WORDS,
    }


def test_the_api_always_gets_a_problem_document_with_the_field(client):
    problem = client.get("/api/field").get_json(force=True)
    assert problem["code"] == "invalid_request"
    assert problem["errors"] == [{"pointer": "#/price", "detail": "Enter a price."}]
    assert client.get("/api/none").content_type == "application/problem+json"


def test_words_in_an_error_page_are_escaped(small_app):
    def fail():
        raise NotFound("<script>")

    small_app.add_url_rule("/fail", "fail", fail)
    assert "&lt;script&gt;" in small_app.test_client().get("/fail").text
