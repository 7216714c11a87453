"""Tables for evaluators; no page of anybody who decides reads what businesses answered."""

import re
from contextlib import suppress
from datetime import timedelta

import pytest

from tests.factories.cases import make_case, make_voucher
from tests.factories.scheme import AT, make_member, make_round, stored
from tests.page import PageProblem
from tests.web.statements import counting
from voucher.accounts.models import Membership, User
from voucher.accounts.roles import STAFF_ROLES, Role
from voucher.applications.models import Application
from voucher.core.db import session
from voucher.equality.operations import answer
from voucher.evaluation.monitoring.jobs import make_tables
from voucher.programmes.models import Round, RoundStatus

KEY = b"a key of the tests"
DECIDERS = sorted(STAFF_ROLES - {Role.EVALUATOR})


@pytest.fixture
def round_(app, arrange):
    with arrange():
        made = make_round(status=RoundStatus.CLOSED)
        for number in range(30):
            sex = "female" if number % 3 else "male"
            answer(application=make_case(made), answers={"sex": sex}, key=KEY, on=AT.date())
    with app.app_context():
        make_tables(KEY, AT)
    return made


def sign_in_as(client, arrange, *roles):
    with arrange():
        person = make_member(roles[0])
        for role in roles[1:]:
            stored(Membership(user_id=person.id, role=role, joined_at=AT))
        person = session.get_one(User, person.id)
        session.refresh(person)
        session.expunge(person)
    client.sign_in(person)


def test_the_evaluator_reads_protected_tables(client, arrange, round_):
    sign_in_as(client, arrange, Role.EVALUATOR)
    page = client.get("/staff/reports/").page
    listed = client.get(page.link("Equality monitoring")).page
    shown = client.get(link_to(listed, round_)).page
    assert "Sex of the main owner" in shown.text
    assert "Female" in shown.text
    answer_ = client.get(f"/staff/equality/{round_.reference}/tables.csv")
    assert answer_.mimetype == "text/csv"
    assert "Sex of the main owner,Female,20," in answer_.get_data(as_text=True)


def test_every_version_stays_to_be_read(app, client, arrange, round_):
    with arrange():
        for _ in range(9):
            answer(application=make_case(round_), answers={"sex": "male"}, key=KEY, on=AT.date())
    with app.app_context():
        assert make_tables(KEY, AT + timedelta(days=40)) == 1
    sign_in_as(client, arrange, Role.EVALUATOR)
    page = f"/staff/equality/{round_.reference}"
    newest = client.get(page).page
    assert "Version 2, made" in newest.text
    assert "Version 1, made" in client.get(newest.link("Version 1")).page.text
    old, new = (client.get(f"{page}/tables.csv?version={n}").get_data(True) for n in (1, 2))
    assert ("Female,20" in old, "Male,10" in old, "Male,19" in new) == (True, True, True)
    assert client.get(f"{page}?version=3").status_code == 404
    assert client.get("/staff/equality/").page.html.count(page) == 1


def link_to(page, round_):
    return re.search(rf'href="(/staff/equality/{round_.reference})"', page.html).group(1)


def test_a_round_without_tables_is_not_found(client, arrange, round_):
    with arrange():
        other = make_round()
    sign_in_as(client, arrange, Role.EVALUATOR)
    assert client.get(f"/staff/equality/{other.reference}").status_code == 404
    assert client.get(f"/staff/equality/{other.reference}/tables.csv").status_code == 404


@pytest.mark.parametrize("role", DECIDERS)
def test_nobody_who_decides_may_open_them(client, arrange, round_, role):
    sign_in_as(client, arrange, role)
    assert client.get("/staff/equality/").status_code == 403
    assert client.get(f"/staff/equality/{round_.reference}").status_code == 403


@pytest.mark.slow
@pytest.mark.usefixtures("impatient_library")
def test_no_page_of_anybody_who_decides_reads_the_answers(app, client, arrange, round_):
    """Every page of the site, for somebody with every deciding role, with records that exist."""
    with arrange():
        made = make_voucher(make_round())
        case = session.get_one(Application, made.application_id)
        their_round = session.get_one(Round, made.round_id)
        answer(application=case, answers={"sex": "male"}, key=KEY, on=AT.date())
        references = (case.reference, made.reference, their_round.reference)
    sign_in_as(client, arrange, *DECIDERS)
    pages = {
        re.sub(r"<int:[^>]+>", "1", re.sub(r"<(?!int:)[^>]+>", reference, rule.rule))
        for rule in app.url_map.iter_rules()
        for reference in references
        if "GET" in rule.methods and not rule.endpoint.startswith(("static", "security."))
    }
    seen = 0
    with counting(app) as statements:
        for page in sorted(pages):
            with suppress(PageProblem):  # what a page looks like is asked elsewhere
                seen += client.get(page).status_code == 200
    assert seen > 40
    assert [each for each in statements if "equality" in each] == []
