"""The optional questions: offered after sending, never shown back, deleted on request."""

import pytest
from sqlalchemy import func, select

from tests.factories.cases import make_case
from tests.factories.scheme import make_business, make_member
from voucher.accounts.models import User
from voucher.accounts.roles import Role
from voucher.applications.models import ApplicationStatus
from voucher.core.db import session
from voucher.equality.models import EqualityAnswer, Sex


@pytest.fixture
def case(app, arrange):
    with arrange():
        made = make_case()
        made.owner = session.get_one(User, made.started_by_id)
        session.refresh(made.owner)
        session.expunge(made.owner)
    return made


def address(case):
    return f"/business/applications/{case.reference}/equality"


def stored(app):
    with app.app_context():
        return session.scalars(select(EqualityAnswer)).all()


def test_answers_are_sent_thanked_for_and_not_shown(app, client, case):
    client.sign_in(case.owner)
    page = client.get(f"/business/applications/{case.reference}").page
    done = client.submit(
        page.link("Five optional questions for equality monitoring"),
        {"sex": "female", "ethnic_group": "not_said"},
    )
    assert "kept apart from your application" in done.page.text
    (row,) = stored(app)
    assert row.sex is Sex.FEMALE
    assert row.age_band is None
    again = client.get(address(case)).page
    assert "have been answered" in again.text
    assert "Female" not in again.html
    assert client.post(address(case), data={"sex": "male"}).status_code in (200, 400)
    assert [each.sex for each in stored(app)] == [Sex.FEMALE]


def test_they_are_deleted_on_request(app, client, case):
    client.sign_in(case.owner)
    client.submit(address(case), {"sex": "male"})
    page = client.get(address(case)).page.link("Delete the answers")
    done = client.submit(page, button="Delete the answers")
    assert "have been deleted" in done.page.text
    assert stored(app) == []


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "Answer at least one question, or go back: all are optional."),
        ({"age_band": "ancient\0"}, "Choose one of the options."),
        ({"sex": "😀" * 500}, "Choose one of the options."),
    ],
)
def test_nothing_and_answers_not_offered_are_refused(app, client, case, values, words):
    client.sign_in(case.owner)
    refused = client.submit(address(case), values)
    assert refused.status_code == 422
    assert refused.page.errors
    assert stored(app) == []
    assert words.split()[0] in refused.page.text


def test_it_is_nobody_elses(client, arrange, case):
    with arrange():
        stranger = make_member(Role.BUSINESS, business=make_business())
        session.expunge(stranger)
    client.sign_in(stranger)
    assert client.get(address(case)).status_code == 404
    assert client.get(f"{address(case)}/delete").status_code == 404


@pytest.mark.parametrize(
    ("status", "code"), [(ApplicationStatus.DRAFT, 409), (ApplicationStatus.WITHDRAWN, 200)]
)
def test_what_was_not_sent_or_was_withdrawn_is_not_asked(client, arrange, case, status, code):
    with arrange():
        owner = session.get_one(User, case.started_by_id)
        other = make_case(status=status, check=None, owner=owner, business=business_of(case))
    client.sign_in(case.owner)
    answer = client.get(address(other))
    assert answer.status_code == code
    assert "What is the sex" not in answer.page.text


def business_of(case):
    from voucher.businesses.models import Business

    return session.get_one(Business, case.business_id)


def test_nobody_else_learns_that_there_are_answers(app, client, case):
    client.sign_in(case.owner)
    client.submit(address(case), {"sex": "male"})
    with app.app_context():
        assert session.scalar(select(func.count()).select_from(EqualityAnswer)) == 1
    page = client.get(f"/business/applications/{case.reference}").page
    assert "have been answered" not in page.text
