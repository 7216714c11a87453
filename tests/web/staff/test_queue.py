"""The work queue: filters in the address, ages, paging, cost; second person and appeals."""

from datetime import timedelta

import pytest

from tests.factories.cases import make_case, make_decision, make_officer, make_refused
from tests.factories.scheme import make_business, make_round
from tests.web.statements import counting
from voucher.accounts.roles import Role
from voucher.applications.models import Application, ApplicationStatus
from voucher.applications.operations.appeal import appeal
from voucher.core import clock
from voucher.core.db import session
from voucher.eligibility.models import CheckOutcome

LONG = "The Extraordinarily Long-Named Fictional Cooperative of Northern Bookbinders and Sons"


@pytest.fixture
def officer(arrange, client):
    with arrange():
        person = make_officer(Role.CASEWORKER)
        person.fs_uniquifier  # noqa: B018 - loaded while the session lives
        session.expunge(person)
    client.sign_in(person)
    return person


def case(business=None, **values):
    name = values.pop("name", None)
    if name:
        business = make_business(name=name)
    return make_case(values.pop("round_", None), business, **values)


def rows(answer):
    return [
        " ".join("".join(each.itertext()).split())
        for each in answer.page.elements("tr")
        if each.find("td") is not None
    ]


def test_an_empty_queue_says_so(client, officer):
    answer = client.get("/staff/")
    assert answer.status_code == 200
    assert "Nothing waits for you" in answer.page.text


def test_it_shows_what_waits_for_officers_and_no_drafts(client, officer, arrange):
    with arrange():
        round_ = make_round()
        for number, status in enumerate(ApplicationStatus):
            case(name=f"Fictional {status.value} {number}", status=status, round_=round_)
    shown = "\n".join(rows(client.get("/staff/")))
    assert "Fictional submitted" in shown
    assert "Fictional proposed" in shown
    assert len(rows(client.get("/staff/"))) == 2
    every = "\n".join(rows(client.get("/staff/?status=all")))
    assert "Fictional withdrawn" in every
    assert "Fictional draft" not in every


def test_a_late_case_is_marked_and_a_stopped_clock_too(client, officer, arrange):
    today = clock.today()
    with arrange():
        case(name="Late Fictional", decide_by_on=today - timedelta(days=14))
        case(name="Early Fictional", decide_by_on=today + timedelta(days=14))
        case(name="Waiting Fictional", status=ApplicationStatus.RETURNED)
    shown = rows(client.get("/staff/?status=all"))
    assert [each for each in shown if "working days late" in each and "Late Fictional" in each]
    assert [each for each in shown if "working days left" in each and "Early Fictional" in each]
    assert [each for each in shown if "Clock stopped" in each and "Waiting Fictional" in each]


@pytest.mark.parametrize(
    "query",
    ["FICTIONAL bak", "m1 1ae", "M11AE", "1234567", "01234567", "APP-9999-0000", "app 99990000"],
)
def test_search_looks_at_reference_name_postcode_and_company_number(
    client, officer, arrange, query
):
    with arrange():
        bakery = make_business(
            name="Fictional Bakery", postcode="M1 1AE", company_number="01234567"
        )
        make_case(business=bakery, reference="APP-9999-0000")
        case(name="Another Joinery")
    answer = client.get("/staff/", query_string={"q": query})
    assert len(rows(answer)) == 1
    assert "Fictional Bakery" in rows(answer)[0]


@pytest.mark.parametrize("query", ["%", "_", "100%", "'; --", "no such thing", "🎟", "x" * 100])
def test_a_search_that_finds_nothing_says_what_to_do(client, officer, arrange, query):
    with arrange():
        case(name="Fictional Bakery")
    answer = client.get("/staff/", query_string={"q": query})
    assert answer.status_code == 200
    assert "No application fits" in answer.page.text


def test_filters_by_officer_round_and_hold(client, officer, arrange):
    with arrange():
        first, second = make_round(name="Spring"), make_round(name="Autumn")
        reference = first.reference
        case(name="Mine Fictional", round_=first, assigned_to_id=officer.id)
        case(name="Nobodys Fictional", round_=second)
        held = case(name="Held Fictional", round_=second, assigned_to_id=make_officer().id)
        held.held_at, held.hold_reason = clock.now(), "Looking"
    for query, name in (
        ("whose=mine", "Mine"),
        ("whose=nobody", "Nobodys"),
        (f"round={reference}", "Mine"),
        ("held=y", "Held"),
    ):
        found = rows(client.get(f"/staff/?{query}"))
        assert len(found) == 1, query
        assert f"{name} Fictional" in found[0]


@pytest.mark.parametrize(
    "query",
    ["status=nonsense", "whose=-1", "round=RND-0000-0000", "sort=; drop", "page=-4", "page=9999"],
)
def test_nonsense_in_the_address_is_the_whole_queue(client, officer, arrange, query):
    with arrange():
        case(name="Fictional Bakery")
    answer = client.get(f"/staff/?{query}")
    assert answer.status_code == 200
    assert len(rows(answer)) == 1


def test_sorted_by_due_newest_and_name(client, officer, arrange):
    now, today = clock.now(), clock.today()
    with arrange():
        case(name="Beta", submitted_at=now, decide_by_on=today)
        case(
            name="Alpha",
            submitted_at=now - timedelta(days=1),
            decide_by_on=today + timedelta(days=1),
        )
    first = {
        order: rows(client.get(f"/staff/?sort={order}"))[0] for order in ("due", "newest", "name")
    }
    assert "Beta" in first["due"]
    assert "Beta" in first["newest"]
    assert "Alpha" in first["name"]


def test_a_long_queue_has_pages_that_keep_the_filter(client, officer, arrange):
    with arrange():
        round_ = make_round()
        for number in range(28):
            case(name=f"Fictional {number:02}", round_=round_)
    answer = client.get("/staff/?status=submitted&sort=name")
    assert len(rows(answer)) == 25
    assert "28 applications, page 1 of 2" in answer.page.text
    link = next(
        each.get("href")
        for each in answer.page.elements("a", rel="next")
        if "page=2" in each.get("href")
    )
    assert "status=submitted" in link
    assert len(rows(client.get(link))) == 3


def test_the_cost_does_not_grow_with_the_rows(app, client, officer, arrange):
    with arrange():
        case(name="One")
    with counting(app) as few:
        client.get("/staff/")
    with arrange():
        for number in range(30):
            case(name=f"Fictional {number}", assigned_to_id=officer.id)
    with counting(app) as many:
        client.get("/staff/")
    assert len(many) <= 8, many
    assert len(many) == len(few) or len(many) == len(few) + 1


def test_a_long_name_and_right_to_left_text_are_shown_whole(client, officer, arrange):
    with arrange():
        case(name=LONG)
        case(name="עסק בדיוני 🧵 <script>")
    answer = client.get("/staff/")
    assert LONG in answer.page.text
    assert "עסק בדיוני 🧵 <script>" in answer.page.text


@pytest.fixture
def approver(arrange, client):
    with arrange():
        person = make_officer(Role.APPROVER)
        session.expunge(person)
    client.sign_in(person)
    return person


def test_the_second_persons_queue_hides_their_own_proposals(client, approver, arrange):
    with arrange():
        own = case(name="My own Fictional", status=ApplicationStatus.PROPOSED)
        make_decision(own, decided_by_id=approver.id, needs_second=True)
        other = case(name="Somebody elses Fictional", status=ApplicationStatus.PROPOSED)
        make_decision(other, needs_second=True, award_pence=150_000)
    found = rows(client.get("/staff/second"))
    assert len(found) == 1
    assert "Somebody elses Fictional" in found[0]
    assert "£1,500.00" in found[0]


def test_what_was_sent_back_and_proposed_again_goes_by_its_last_decision(client, approver, arrange):
    with arrange():
        again = case(name="Fictional Again", status=ApplicationStatus.PROPOSED)
        make_decision(again, decided_by_id=make_officer().id, needs_second=True)
        make_decision(again, decided_by_id=approver.id, needs_second=True)
    assert rows(client.get("/staff/second")) == []


def test_appeals_on_own_decisions_are_not_shown(client, approver, arrange):
    with arrange():
        refused, decision = make_refused()
        decision.decided_by_id = approver.id
        decision.decided_at = clock.now()
        appeal(application=refused, grounds="Wrong", by=refused.started_by_id, at=clock.now())
        other, second = make_refused()
        second.decided_at = clock.now()
        appeal(application=other, grounds="Wrong", by=other.started_by_id, at=clock.now())
        reference = session.get(Application, other.id).reference
    found = rows(client.get("/staff/appeals"))
    assert len(found) == 1
    assert reference in found[0]


def test_pages_for_approvers_are_not_for_caseworkers(client, officer):
    assert client.get("/staff/second").status_code == 403
    assert client.get("/staff/appeals").status_code == 403


@pytest.mark.parametrize("outcome", list(CheckOutcome))
def test_each_outcome_of_the_latest_check_has_its_words(client, officer, arrange, outcome):
    with arrange():
        case(name="Fictional", check=outcome)
    assert outcome.staff_label in rows(client.get("/staff/"))[0]
