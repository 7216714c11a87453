"""The draw of a round: its steps on the staff pages, its public page, and what applicants read."""

import json

import pytest

from tests.factories.draws import QUARTERS, make_lottery
from tests.factories.scoring import begun_contest
from tests.page import text_of
from tests.people import sign_in_quickly
from voucher.accounts.models import User
from voucher.allocation import jobs
from voucher.allocation.models import Arm, Assignment
from voucher.allocation.queries import steps_of_round
from voucher.allocation.rules import Step, first_difference
from voucher.applications.models import Application
from voucher.applications.operations.assess import hold
from voucher.applications.operations.submit import withdraw
from voucher.core import clock
from voucher.core.db import session
from voucher.programmes.models import Round, RoundStatus

VALUE = {"value": "7, 12, 19", "source": "The fictional national lottery"}


@pytest.fixture
def reference(arrange):
    with arrange():
        lottery = make_lottery(8, arms=QUARTERS, draw_replaces=True)
        lottery.round.status = RoundStatus.CLOSED
        reference = lottery.round.reference
    return reference


def day_parts(when):
    parts = {"day": when.day, "month": when.month, "year": when.year}
    return {f"became_public_on-{name}": str(part) for name, part in parts.items()}


def steps_of(app, reference):
    with app.app_context():
        round_ = session.query(Round).filter_by(reference=reference).one()
        return steps_of_round(round_.id)


@pytest.fixture
def ahead(tmp_path):
    """Puts the clock ahead by so many days."""
    file = tmp_path / "ahead"
    file.write_text("0")
    clock.follow(str(file))
    yield lambda days: file.write_text(str(days * 86_400))
    clock.follow("")


@pytest.fixture
def frozen(clients, cast, reference):
    """The manager, after sealing and freezing through the pages."""
    manager = sign_in_quickly(clients(), cast.manager)
    page = f"/staff/draws/{reference}"
    manager.submit(page, button="Seal the secret")
    manager.submit(page, button="Freeze the list")
    return manager


@pytest.fixture
def owed(clients, cast, reference, frozen, ahead):
    """The manager, after all four steps through the pages, two days later; the offers are owed."""
    ahead(2)
    second = sign_in_quickly(clients(), cast.approver)
    second.submit(f"/staff/draws/{reference}/value", VALUE | day_parts(clock.today()))
    manager = sign_in_quickly(clients(), cast.manager)
    manager.submit(f"/staff/draws/{reference}", button="Carry out the draw")
    return manager


@pytest.fixture
def drawn(app, owed):
    """The same, after the worker has made the offers."""
    with app.app_context():
        jobs.make_offers(clock.now())
    return owed


def test_the_steps_one_after_the_other(app, drawn, reference):
    steps = steps_of(app, reference)
    assert steps.last is Step.DRAWN
    page = drawn.get(f"/staff/draws/{reference}").page
    assert "Next step" not in page.text
    assert "“7, 12, 19”" in page.text


def test_a_second_click_on_a_step_changes_nothing(app, drawn, reference):
    token = drawn.get(f"/staff/draws/{reference}").page.elements("input", name="csrf_token")
    before = steps_of(app, reference)
    for step in ("seal", "freeze", "carry-out"):
        answer = drawn.post(
            f"/staff/draws/{reference}/{step}", data={"csrf_token": token[0].get("value")}
        )
        assert answer.status_code == 409
    assert steps_of(app, reference).drawn.id == before.drawn.id


def test_who_froze_the_list_is_not_offered_the_value_and_is_refused(
    app, clients, cast, frozen, reference, ahead
):
    assert "waits for a second person" in frozen.get(f"/staff/draws/{reference}").page.text
    ahead(2)
    frozen = sign_in_quickly(clients(), cast.manager)
    answer = frozen.submit(f"/staff/draws/{reference}/value", VALUE | day_parts(clock.today()))
    assert answer.status_code == 403
    assert steps_of(app, reference).last is Step.FROZEN


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"value": ""}, "Enter the public value."),
        ({"value": "7" * 501}, "500 characters"),
        ({"source": ""}, "Enter the source."),
        ({"became_public_on-day": "1", "became_public_on-year": "2020"}, "on a later day"),
        ({"became_public_on-year": "2200"}, "must not be in the future"),
        ({"became_public_on-month": ""}, "month"),
    ],
)
def test_a_value_that_can_not_be_used(app, clients, cast, frozen, reference, ahead, values, words):
    ahead(2)
    second = sign_in_quickly(clients(), cast.finance)
    given = VALUE | day_parts(clock.today()) | values
    answer = second.submit(f"/staff/draws/{reference}/value", given)
    assert answer.status_code == 422
    assert any(words in error for error in answer.page.errors)
    assert steps_of(app, reference).last is Step.FROZEN


def test_the_list_can_not_be_frozen_while_the_round_is_open(app, arrange, clients, cast, reference):
    with arrange():
        session.query(Round).filter_by(reference=reference).one().status = RoundStatus.OPEN
    manager = sign_in_quickly(clients(), cast.manager)
    answer = manager.submit(f"/staff/draws/{reference}", button="Seal the secret")
    assert "close it to new applications first" in answer.page.text
    assert not [each for each in answer.page.elements("button") if "Freeze" in each.text]


def test_others_see_the_draw_and_no_button(clients, cast, reference):
    auditor = sign_in_quickly(clients(), cast.auditor)
    page = auditor.get(f"/staff/draws/{reference}").page
    assert "Seal a secret" in page.text
    assert "Seal the secret" not in page.text


def test_a_case_is_taken_back_out_of_the_draw_until_the_list_is_frozen(
    app, arrange, clients, cast, reference
):
    with app.app_context():
        cases = session.query(Application).order_by(Application.id).all()
        first, second = cases[0].reference, cases[1].reference
    officer = sign_in_quickly(clients(), cast.caseworker)
    page = officer.get(f"/staff/cases/{first}").page.link("Decide again")
    assert officer.submit(page, {"note": ""}).page.errors == ["Say why it is decided again."]
    done = officer.submit(page, {"note": "The company is dissolved."})
    assert "to be decided again" in done.page.text
    assert "Taken back, to be decided again" in done.page.text
    assert (
        officer.get(page).page.text.count("This can’t be taken back to be decided again now") == 1
    )
    with arrange():
        session.query(Round).filter_by(reference=reference).one().list_frozen_at = clock.now()
    assert "Decide again" not in officer.get(f"/staff/cases/{second}").page.text
    late = officer.submit(f"/staff/cases/{second}/reconsider", {"note": "Too late."})
    assert late.status_code == 409


def test_a_frozen_round_is_not_opened_again(frozen, reference):
    page = frozen.get(f"/staff/programmes/rounds/{reference}").page
    assert "Open again" not in page.text
    assert page.link("The draw of this round")


def test_the_public_page_says_what_was_published_and_the_file_verifies(
    app, clients, drawn, reference
):
    steps = steps_of(app, reference)
    anybody = clients()
    page = anybody.get("/draws/").page
    assert steps.draw.reference in page.link(page_name(app, reference))
    page = anybody.get(f"/draws/{steps.draw.reference}").page
    for words in (
        steps.draw.secret_sha256,
        steps.frozen_list.list_sha256,
        "The fictional national lottery",
        "How anybody can check it",
        "Information only",
    ):
        assert words in page.text
    file = anybody.get(f"/draws/{steps.draw.reference}.json")
    assert file.headers["Content-Disposition"].startswith("attachment")
    published = json.loads(file.data)
    assert first_difference(published) is None
    lines = anybody.get(f"/draws/{steps.draw.reference}/list.txt").data.decode()
    assert lines.splitlines() == published["list"]


def page_name(app, reference):
    with app.app_context():
        return session.query(Round).filter_by(reference=reference).one().name


def test_nothing_is_handed_out_before_its_step(app, clients, cast, reference):
    manager = sign_in_quickly(clients(), cast.manager)
    manager.submit(f"/staff/draws/{reference}", button="Seal the secret")
    draw = steps_of(app, reference).draw.reference
    anybody = clients()
    assert anybody.get(f"/draws/{draw}").status_code == 200
    assert anybody.get(f"/draws/{draw}.json").status_code == 404
    assert anybody.get(f"/draws/{draw}/list.txt").status_code == 404
    assert anybody.get("/draws/DRW-0000-0000").status_code == 404


def owner_in(app, arm, number=1):
    """The member and application that is so many places down an arm."""
    with app.app_context():
        query = session.query(Assignment).filter_by(arm=arm).order_by(Assignment.id)
        case = session.get_one(Application, query.all()[number - 1].application_id)
        return session.get_one(User, case.started_by_id), case.reference


def test_while_the_offers_follow_both_sides_read_so(app, clients, owed, reference):
    page = owed.get(f"/staff/draws/{reference}").page
    assert "Offers being made: 0 of 2." in page.text
    assert "not offered yet" not in page.text
    owner, case = owner_in(app, Arm.VOUCHER)
    member = sign_in_quickly(clients(), owner)
    words = "We send you your notice in the next minutes"
    assert words in member.get(f"/business/applications/{case}").page.text
    with app.app_context():
        jobs.make_offers(clock.now())
    assert "Offers being made" not in owed.get(f"/staff/draws/{reference}").page.text
    assert words not in member.get(f"/business/applications/{case}").page.text


def test_a_place_that_can_not_be_offered_is_told_to_officers(
    app, arrange, clients, cast, owed, reference
):
    _, case = owner_in(app, Arm.VOUCHER)
    with arrange():
        held = session.query(Application).filter_by(reference=case).one()
        hold(application=held, reason="A question", by=cast.approver.user_id, at=clock.now())
    with app.app_context():
        jobs.make_offers(clock.now())
    waiting = owed.get("/staff/").page.link("1 place that can’t be offered")
    assert waiting == f"/staff/draws/{reference}"
    page = owed.get(waiting).page
    assert "Drawn, but not offered yet" in page.text
    assert "It is on hold." in page.text
    owner, _ = owner_in(app, Arm.VOUCHER)
    member = sign_in_quickly(clients(), owner)
    words = "One of us looks at something before we send you the notice"
    assert words in member.get(f"/business/applications/{case}").page.text


@pytest.mark.parametrize(
    ("arm", "words"),
    [
        (Arm.VOUCHER, "The places were drawn by lot, and you have one."),
        (Arm.WAITING, "You are on the waiting list: number 1"),
        (Arm.INFORMATION, "technology that others try with a voucher"),
        (Arm.COMPARISON, "31 March 2027 you can be offered a voucher"),
    ],
)
def test_applicants_read_their_place_in_words(app, clients, drawn, arm, words):
    owner, reference = owner_in(app, arm)
    member = sign_in_quickly(clients(), owner)
    page = member.get(f"/business/applications/{reference}").page
    assert words in page.text
    assert "/draws/DRW-" in page.link("See how the draw was made, and check it")


def test_a_place_that_was_left_is_offered_to_the_next(app, arrange, drawn, reference):
    with arrange():
        query = session.query(Assignment).filter_by(arm=Arm.VOUCHER).order_by(Assignment.id)
        case = session.get_one(Application, query.first().application_id)
        withdraw(application=case, by=case.started_by_id, at=clock.now())
        left = case.reference
    button = f"Offer it to the next in place of {left}"
    answer = drawn.submit(f"/staff/draws/{reference}", button=button)
    assert f"{left} left;" in answer.page.text
    draw = steps_of(app, reference).draw.reference
    assert left in drawn.get(f"/draws/{draw}").page.text


def test_draws_and_ranked_lists_come_in_pages_of_their_own(monkeypatch, arrange, client):
    monkeypatch.setattr("voucher.core.paging.PAGE_ROWS", 1)
    with arrange():
        for letter in "AB":
            make_lottery(1, name=f"Lots {letter}").seal()
            begun_contest(1, name=f"Marks {letter}")
    for query, shown in (
        ("", {"Lots B", "Marks B"}),
        ("?page=2", {"Lots A", "Marks B"}),
        ("?page=2&ranked=2", {"Lots A", "Marks A"}),
        ("?ranked=99&page=0", {"Lots B", "Marks A"}),
    ):
        page = client.get(f"/draws/{query}").page
        assert {text_of(each) for each in page.elements("h3")} == shown
    assert page.elements("a", rel="next")[0].get("href").endswith("?page=2&ranked=2")
