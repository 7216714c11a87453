"""The scoring of a round through the pages: plan, desk, sheets, list, marks; who sees what."""

import csv
import json
from io import StringIO

import pytest

from tests.factories.cases import make_case, make_decision
from tests.factories.plans import have_locked_plan
from tests.factories.scheme import make_business, make_round
from tests.factories.scoring import REASON, SETTLED_AT, begun_contest
from tests.page import text_of
from tests.people import make_person, sign_in_quickly
from tests.web.statements import counting
from voucher.accounts.roles import Role
from voucher.allocation import jobs
from voucher.allocation.scored.published import first_ranked_difference, public_list
from voucher.allocation.scored.queries import plans_of, proposals_of, scoring_of, states_of
from voucher.applications.models import Application, ApplicationStatus
from voucher.applications.operations.assess import hold
from voucher.applications.operations.submit import withdraw
from voucher.core import clock
from voucher.core.db import session
from voucher.evaluation.plans.rules import NO_ESTIMATOR
from voucher.programmes.models import AllocationMethod, Round, RoundStatus

CRITERIA = "Need; 60; How much the problem costs.\nReach; 40; How many it would help."
PLAN = {
    "criteria": CRITERIA,
    "highest_mark": "5",
    "apart_points": "20",
    "apart_marks": "",
    "least_points": "40",
    "places": "1",
    "replaces": "yes",
}
NAMES = ("Whinfold Ltd", "Larchbeck Ltd", "Peatshaw Ltd")


@pytest.fixture
def reference(arrange, cast):
    with arrange():
        round_ = make_round(allocation_method=AllocationMethod.SCORED)
        have_locked_plan(round_, offered=(), comparison=(), estimator=NO_ESTIMATOR)
        for name in NAMES:
            make_decision(
                make_case(
                    round_,
                    make_business(name=name),
                    status=ApplicationStatus.ELIGIBLE,
                    problem_today=f"At {name} telephone bookings get lost.",
                )
            )
        round_.status = RoundStatus.CLOSED
        reference = round_.reference
    return reference


@pytest.fixture
def manager(clients, cast):
    return sign_in_quickly(clients(), cast.manager)


@pytest.fixture
def begun(manager, reference):
    page = f"/staff/scorings/{reference}"
    manager.submit(f"{page}/plan", PLAN)
    manager.submit(page, button="Freeze the list and begin")
    return page


def scoring_reference(app, reference):
    with app.app_context():
        round_ = session.query(Round).filter_by(reference=reference).one()
        return scoring_of(round_.id).reference


@pytest.fixture
def desk(app, begun, reference):
    return f"/staff/scoring/{scoring_reference(app, reference)}"


@pytest.fixture
def scorers(clients, cast, desk):
    """Two caseworkers and the approver, each having declared no conflict."""
    people = (cast.caseworker, cast.second_caseworker, cast.approver)
    signed_in = [sign_in_quickly(clients(), person) for person in people]
    for scorer in signed_in:
        scorer.submit(f"{desk}/conflicts", {"sure": ["yes"]})
    return signed_in


def numbers(app, reference):
    """The number of each application by the name of its business, and its reference."""
    with app.app_context():
        round_ = session.query(Round).filter_by(reference=reference).one()
        states = states_of(scoring_of(round_.id))
        return {
            state.application.business.name: (state.entry.number, state.application.reference)
            for state in states
        }


def told(client, status, address, values, **form):
    """What a form answers that is refused."""
    answer = client.submit(address, values, **form)
    assert answer.status_code == status
    return answer


def sheet(mark):
    return {
        "mark_need": str(mark),
        "reason_need": f"{REASON} Need.",
        "mark_reach": str(mark),
        "reason_reach": f"{REASON} Reach.",
    }


def score(scorer, desk, number, mark):
    page = f"{desk}/applications/{number}"
    token = scorer.get(desk).page.elements("input", name="csrf_token")[0].get("value")
    scorer.post(f"{desk}/take", data={"csrf_token": token, "number": number})
    return scorer.submit(page, sheet(mark), button="Hand in")


@pytest.fixture
def scored(app, scorers, desk, reference):
    """The first of the names has 5 points, the second differs (1 and 5, then 4), the third 1."""
    one, two, three = scorers
    of = numbers(app, reference)
    for name, given in zip(NAMES, ((5, 5), (1, 5, 4), (1, 1)), strict=True):
        for scorer, mark in zip((one, two, three), given, strict=False):
            score(scorer, desk, of[name][0], mark)
    return of


@pytest.fixture
def agreed(clients, cast, manager, begun, scored):
    """The list agreed to; the offer of the one place is owed."""
    manager.submit(begun, button="Propose the ranked list")
    second = sign_in_quickly(clients(), cast.finance)
    second.submit(f"{begun}/answer", {"agree": "yes", "note": ""})
    return scored


@pytest.fixture
def settled(app, agreed):
    """The same, after the worker has made the offer."""
    with app.app_context():
        jobs.make_offers(clock.now())
    return agreed


def test_the_plan_is_read_and_shown(app, manager, begun, reference):
    page = manager.get(begun).page
    assert "How many it would help." in page.text
    with app.app_context():
        round_ = session.query(Round).filter_by(reference=reference).one()
        (plan,) = plans_of(round_.id)
    assert [(one["code"], one["weight_bps"]) for one in plan.criteria] == [
        ("need", 6_000),
        ("reach", 4_000),
    ]
    told = manager.get(f"{begun}/plan", follow_redirects=True).page
    assert "its plan can’t be changed any more" in told.text
    assert "Change the plan" not in told.text


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"criteria": ""}, "Enter at least one criterion."),
        ({"criteria": "Need, 60"}, "Line 1: write a name"),
        ({"criteria": "Need; many; Look."}, "Line 1: write a name"),
        ({"criteria": "Need; 60; Look."}, "they must come to 100"),
        ({"criteria": "Need; 50; Look.\nneed; 50; Look."}, "the same name"),
        ({"criteria": "🙂; 100; Look."}, "letters or numbers"),
        ({"criteria": "Need; 100; " + "x" * 1_001}, "in up to 1,000"),
        ({"criteria": "Need; 100; L\x00ook."}, "characters that can’t be used"),
        ({"criteria": "x" * 14_001}, "must be 14,000 characters or fewer"),
        ({"highest_mark": "0"}, "must be 1 or more"),
        ({"highest_mark": "1,000.5"}, "must be a whole number"),
        ({"apart_points": "101"}, "The points that two totals may be apart must be 100 or less."),
        ({"apart_marks": "x"}, "The marks that two scorers may be apart must be a whole number"),
        ({"places": "0"}, "The most places must be 1 or more."),
        ({"least_points": "101"}, "Least result that can have a place must be 100 or less."),
        ({"apart_marks": "6"}, "0 to the highest mark"),
        ({"least_points": "-1"}, "must be 0 or more"),
        ({"places": "0"}, "must be 1 or more"),
        ({"replaces": "perhaps"}, "Select one of the options."),
    ],
)
def test_a_bad_plan_is_told_at_its_field_and_changes_nothing(app, manager, reference, typed, words):
    answer = told(manager, 422, f"/staff/scorings/{reference}/plan", PLAN | typed)
    assert words in answer.page.text
    with app.app_context():
        assert plans_of(session.query(Round).filter_by(reference=reference).one().id) == []


def test_nobody_reads_before_declaring(clients, cast, desk):
    scorer = sign_in_quickly(clients(), cast.caseworker)
    answer = scorer.get(desk, follow_redirects=True)
    assert "Your conflicts of interest" in answer.page.text
    assert all(name in answer.page.text for name in NAMES)
    refused = told(scorer, 422, f"{desk}/conflicts", {})
    assert "Declare that you have read the whole list." in refused.page.text


def test_a_conflict_is_never_offered(app, clients, cast, desk, reference):
    of = numbers(app, reference)
    with app.app_context():
        wanted = session.query(Application).filter_by(reference=of[NAMES[0]][1]).one().id
    scorer = sign_in_quickly(clients(), cast.caseworker)
    scorer.submit(f"{desk}/conflicts", {"conflicts": [str(wanted)], "sure": ["yes"]})
    page = scorer.get(desk).page.text
    assert f"Application {of[NAMES[0]][0]}" not in page
    assert f"Application {of[NAMES[1]][0]}" in page


def test_a_scorer_reads_without_the_name(app, scorers, desk, reference):
    number, case = numbers(app, reference)[NAMES[0]]
    scorer = scorers[0]
    assert scorer.get(f"{desk}/applications/{number}").status_code == 404
    scorer.submit(desk, button=f"Take it application {number}")
    page = scorer.get(f"{desk}/applications/{number}").page.text
    assert "At [the business] telephone bookings get lost." in page
    assert "Whinfold" not in page
    assert case not in page


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"mark_need": ""}, "Enter the mark for “Need”."),
        ({"mark_need": "6"}, "must be 5 or less"),
        ({"mark_reach": "-1"}, "must be 0 or more"),
        ({"mark_reach": "3.5"}, "must be a whole number"),
        ({"reason_need": ""}, "Say why, for “Need”."),
        ({"reason_need": "so so"}, "Say why in 10 to 1,000 characters"),
        ({"reason_reach": "x" * 1_001}, "1,000 characters or fewer"),
        ({"reason_reach": "Plain words\x00 with a NUL."}, "characters that can’t be used"),
    ],
)
def test_a_bad_sheet_is_told_at_its_field_and_keeps_what_was_typed(
    app, scorers, desk, reference, typed, words
):
    number, _ = numbers(app, reference)[NAMES[0]]
    scorers[0].submit(desk, button=f"Take it application {number}")
    page = f"{desk}/applications/{number}"
    answer = told(scorers[0], 422, page, sheet(4) | typed, button="Hand in")
    assert words in answer.page.text
    assert f"{REASON} " in answer.page.text
    assert "With you" in scorers[0].get(desk).page.text
    assert f"Application {number}" in scorers[0].get(desk).page.text


def test_marks_are_hidden_until_nobody_has_to_score(app, manager, scorers, begun, desk, reference):
    number, _ = numbers(app, reference)[NAMES[1]]
    one, two, three = scorers
    entry = f"{begun}/applications/{number}"
    score(one, desk, number, 1)
    for person in (manager, one, two):
        assert person.get(entry).status_code == 404
    score(two, desk, number, 5)
    for person in (manager, one, two):
        assert "The first two differ" in person.get(entry).page.text
    assert three.get(entry).status_code == 404
    score(three, desk, number, 4)
    text = three.get(entry).page.text
    assert "Result: 80 points of 100" in text


def test_handing_in_twice_says_so(app, scorers, desk, reference):
    number, _ = numbers(app, reference)[NAMES[0]]
    scorer = scorers[0]
    scorer.submit(desk, button=f"Take it application {number}")
    page = f"{desk}/applications/{number}"
    token = scorer.get(page).page.elements("input", name="csrf_token")[0].get("value")
    typed = sheet(4) | {"csrf_token": token, "plan_version": "1"}
    assert scorer.post(page, data=typed).status_code == 302
    again = scorer.post(page, data=typed)
    assert again.status_code == 409
    assert "handed in already" in again.page.text


def test_a_scorer_gives_back_and_a_manager_frees(app, manager, scorers, begun, desk, reference):
    number, _ = numbers(app, reference)[NAMES[0]]
    one, two, _ = scorers
    one.submit(desk, button=f"Take it application {number}")
    one.submit(f"{desk}/applications/{number}", button="Give it back")
    assert f"Application {number}" not in one.get(desk).page.text
    two.submit(desk, button=f"Take it application {number}")
    page = f"{begun}/applications/{number}/sheets/1/take-off"
    assert manager.get(begun).page.elements("a", href=page)
    assert told(manager, 422, page, {"reason": ""}).page.text.count("Say why") > 0
    manager.submit(page, {"reason": "Is ill until May."}, button="Free it for another")
    assert f"Application {number}" not in two.get(desk).page.text


def test_a_sheet_of_somebody_with_a_conflict_is_struck_and_scored_by_another(
    app, clients, cast, manager, scorers, scored, begun, desk, reference
):
    number, _ = scored[NAMES[2]]
    manager.submit(begun, button="Propose the ranked list")
    page = f"{begun}/applications/{number}/sheets/1/take-off"
    assert manager.get(begun).page.elements("a", href=page)
    manager.submit(page, {"reason": "Is a cousin of the owner."}, button="Strike this sheet")
    second = sign_in_quickly(clients(), cast.finance)
    text = second.get(f"{begun}/answer").page.text
    assert "Is a cousin of the owner." in text
    assert told(second, 409, f"{begun}/answer", {"agree": "yes", "note": ""})
    second.submit(f"{begun}/answer", {"agree": "no", "note": "A sheet was struck."})
    assert f"Application {number}" not in scorers[0].get(desk).page.text.split("Handed in by")[0]
    assert "In place of a sheet that was struck" in scorers[2].get(desk).page.text
    score(scorers[2], desk, number, 2)
    entry = manager.get(f"{begun}/applications/{number}").page.text
    assert "struck, 20 points" in entry
    assert "Result: 30 points of 100" in entry
    assert (
        "Nobody has this sheet any more"
        in manager.get(
            f"{begun}/applications/{number}/sheets/3/take-off", follow_redirects=True
        ).page.text
    )
    manager.submit(begun, button="Propose the ranked list")
    with app.app_context():
        listed = proposals_of(scoring_of(session.query(Round).one().id).id)[0][0].ranking
    assert first_ranked_difference(public_list(listed)) is None


def test_the_list_is_settled_by_a_second_person(app, manager, settled, begun):
    assert manager.get(begun).page.text.count("Settled") == 1
    text = manager.get(f"{begun}/list").page.text
    assert text.index(settled[NAMES[0]][1]) < text.index(settled[NAMES[1]][1])
    with app.app_context():
        statuses = {
            name: session.query(Application).filter_by(reference=case).one().status
            for name, (_, case) in settled.items()
        }
    assert list(statuses.values()).count(ApplicationStatus.APPROVED) == 1
    assert statuses[NAMES[1]] is ApplicationStatus.ELIGIBLE
    assert statuses[NAMES[2]] is ApplicationStatus.UNPLACED


def test_while_the_offer_follows_both_sides_read_so(app, arrange, clients, agreed, manager, begun):
    assert "Offers being made: 0 of 1." in manager.get(begun).page.text
    case = agreed[NAMES[0]][1]
    with arrange():
        business = session.query(Application).filter_by(reference=case).one()
        owner = make_person("Olive Owner", Role.BUSINESS, business=_business(business))
    client = sign_in_quickly(clients(), owner)
    page = client.get(f"/business/applications/{case}").page
    assert "We send you your notice in the next minutes" in page.text


def test_the_proposer_is_not_offered_the_answer(manager, begun, scored):
    manager.submit(begun, button="Propose the ranked list")
    assert "It waits for a second person." in manager.get(begun).page.text
    answer = told(manager, 403, f"{begun}/answer", {"agree": "yes", "note": ""})
    assert "somebody else" in answer.page.text


def test_sending_back_needs_words(clients, cast, manager, begun, scored):
    manager.submit(begun, button="Propose the ranked list")
    second = sign_in_quickly(clients(), cast.approver)
    refused = told(second, 422, f"{begun}/answer", {"agree": "no", "note": " "})
    assert "Say why" in refused.page.text
    second.submit(f"{begun}/answer", {"agree": "no", "note": "Ask finance first."})
    text = manager.get(begun).page.text
    assert "Ask finance first." in text
    assert "Propose the ranked list" in text


def test_the_auditor_takes_the_list_as_csv(clients, cast, settled, begun):
    auditor = sign_in_quickly(clients(), cast.auditor)
    text = auditor.get(f"{begun}/results.csv").get_data(as_text=True)
    rows = list(csv.DictReader(StringIO(text.removeprefix("\ufeff"))))
    assert [row["rank"] for row in rows] == ["1", "1", "2", "2", "2", "3", "3"]
    assert [row["mark_need"] for row in rows] == ["5", "5", "1", "5", "4", "1", "1"]
    of_100 = [row["result_points_of_100"] for row in rows]
    assert of_100[::2] == ["100", "80", "80", "20"]
    assert [row["total_points_of_100"] for row in rows] == [
        "100",
        "100",
        "20",
        "100",
        "80",
        *["20"] * 2,
    ]
    assert [row["scorer"] for row in rows] == ["1", "2", "1", "2", "3", "1", "2"]
    assert auditor.post(f"{begun}/propose").status_code in (400, 403)


def test_a_place_that_is_left_goes_to_the_next(app, arrange, manager, settled, begun):
    with arrange():
        leaver = session.query(Application).filter_by(reference=settled[NAMES[0]][1]).one()
        withdraw(application=leaver, by=leaver.started_by_id, at=clock.now())
    case = settled[NAMES[0]][1]
    manager.submit(begun, button=f"Offer it to the next in place of {case}")
    text = manager.get(begun).page.text
    assert f"{case} left; {settled[NAMES[1]][1]} has the place" in text
    text = manager.get(f"{begun}/list").page.text
    assert "Had: a place" in text
    assert "A place given on" in text


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (NAMES[0], "number 1 of 3 on the ranked list, and you have a place"),
        (NAMES[1], "You are on the waiting list: number 1"),
        (NAMES[2], "below the least that this round needs"),
    ],
)
def test_a_business_reads_how_it_came_out_and_why(app, arrange, clients, settled, name, words):
    case = settled[name][1]
    with arrange():
        business = session.query(Application).filter_by(reference=case).one()
        owner = make_person("Olive Owner", Role.BUSINESS, business=_business(business))
    client = sign_in_quickly(clients(), owner)
    page = client.get(f"/business/applications/{case}").page
    assert words in page.text
    marks = client.get(f"/business/applications/{case}/marks").page.text
    assert f"{REASON} Need." in marks
    assert "Scorer 1:" in marks
    assert "Staff" not in marks
    other = settled[NAMES[0] if name != NAMES[0] else NAMES[1]][1]
    assert client.get(f"/business/applications/{other}/marks").status_code == 404


def _business(application):
    return session.get_one(type(make_business()), application.business_id)


def test_before_it_is_settled_a_business_reads_the_criteria_alone(
    app, arrange, clients, scored, begun
):
    case = scored[NAMES[0]][1]
    with arrange():
        application = session.query(Application).filter_by(reference=case).one()
        owner = make_person("Olive Owner", Role.BUSINESS, business=_business(application))
    client = sign_in_quickly(clients(), owner)
    assert (
        "two people score every application"
        in client.get(f"/business/applications/{case}").page.text
    )
    text = client.get(f"/business/applications/{case}/marks").page.text
    assert "How much the problem costs." in text
    assert REASON not in text


def test_pages_of_rounds_without_scores_are_not_found(arrange, clients, cast, manager):
    with arrange():
        reference = make_round().reference
    for page in ("", "/plan", "/list", "/answer", "/results.csv", "/applications/1"):
        assert manager.get(f"/staff/scorings/{reference}{page}").status_code == 404


def test_long_lists_come_in_pages_and_few_statements(app, arrange, clients, cast, manager):
    with arrange():
        contest = begun_contest(30)
        reference, begun = contest.round.reference, contest.begun.reference
    with counting(app) as seen:
        page = manager.get(f"/staff/scorings/{reference}").page
    assert len(seen) <= 12, seen
    assert "Application 25" in page.text
    assert "Application 26" not in page.text
    assert "Application 26" in manager.get(f"/staff/scorings/{reference}?page=2").page.text
    scorer = sign_in_quickly(clients(), cast.caseworker)
    scorer.submit(f"/staff/scoring/{begun}/conflicts", {"sure": ["yes"]})
    with counting(app) as seen:
        page = scorer.get(f"/staff/scoring/{begun}").page
    assert len(seen) <= 12, seen
    assert "Application 26" not in page.text
    assert "Application 30" in scorer.get(f"/staff/scoring/{begun}?page=2").page.text


def test_a_long_ranked_list_comes_in_pages_too(arrange, clients, cast, manager):
    with arrange():
        contest = begun_contest(27)
        contest.score_all(*[3] * 27)
        contest.propose()
        page = f"/staff/scorings/{contest.round.reference}"
    second = sign_in_quickly(clients(), cast.finance)
    for reader, address in ((manager, f"{page}/list"), (second, f"{page}/answer")):
        shown = reader.get(address).page
        assert "27 applications" in shown.text
        assert len(shown.elements("tr")) == 1 + 25
        assert len(reader.get(f"{address}?page=2").page.elements("tr")) == 1 + 2
    assert len(manager.get(f"{page}/results.csv").text.splitlines()) == 1 + 2 * 27


def test_anybody_reads_the_settled_list_and_the_file_verifies(app, clients, settled, reference):
    anybody, scoring = clients(), scoring_reference(app, reference)
    assert f"/ranked-lists/{scoring}" in anybody.get("/draws/").page.link(name_of(app, reference))
    page = anybody.get(f"/ranked-lists/{scoring}").page
    assert [each.text for each in page.elements("td")][:4] == ["1", "100", "£1,000.00", "A place"]
    assert "How much the problem costs." in page.text
    assert REASON not in page.text
    file = anybody.get(f"/ranked-lists/{scoring}.json")
    assert file.headers["Content-Disposition"].startswith("attachment")
    content = json.loads(file.data)
    assert first_ranked_difference(content) is None
    assert "sheets" not in json.dumps(content)
    assert [row["reference"] for row in content["ranked"]] == [settled[name][1] for name in NAMES]


def test_before_it_is_settled_anybody_reads_the_plan_and_the_hash_alone(
    app, clients, begun, scored, reference
):
    anybody, scoring = clients(), scoring_reference(app, reference)
    text = anybody.get(f"/ranked-lists/{scoring}").page.text
    assert "SHA-256 of the secret" in text
    assert "How much the problem costs." in text
    assert not any(case in text for _, case in scored.values())
    assert anybody.get(f"/ranked-lists/{scoring}.json").status_code == 404
    assert anybody.get("/ranked-lists/SCO-0000-0000").status_code == 404


def name_of(app, reference):
    with app.app_context():
        return session.query(Round).filter_by(reference=reference).one().name


def test_desk_without_rounds(clients, cast):
    scorer = sign_in_quickly(clients(), cast.caseworker)
    assert "No round is being scored now." in scorer.get("/staff/scoring/").page.text


def test_a_scored_round_opens_only_with_its_plan(arrange, manager):
    with arrange():
        round_ = make_round(allocation_method=AllocationMethod.SCORED, status=RoundStatus.DRAFT)
        reference = round_.reference
    page = f"/staff/programmes/rounds/{reference}"
    shown = manager.get(page).page
    assert "First: Set the plan of the scoring" in shown.text
    assert not [each for each in shown.elements("button") if "Open the round" in each.text]
    token = shown.elements("input", name="csrf_token")[0].get("value")
    refused = manager.post(f"{page}/open", data={"csrf_token": token})
    assert refused.status_code == 409
    assert "Set the plan of the scoring before the round opens" in refused.page.text
    manager.submit(f"/staff/scorings/{reference}/plan", PLAN)
    scoring = f"/staff/scorings/{reference}"
    assert "Change the plan" in manager.get(scoring).page.text
    assert CRITERIA.splitlines()[0] in manager.get(f"{scoring}/plan").page.text
    opened = manager.submit(page, button="Open the round").page.text
    assert "settings can’t be changed any more" in opened, opened


def test_places_that_wait_to_be_offered_come_in_pages_of_their_own(monkeypatch, arrange, manager):
    monkeypatch.setattr("voucher.core.paging.PAGE_ROWS", 2)
    with arrange():
        contest = begun_contest(3)
        contest.score_all(5, 4, 3)
        for case in contest.cases:
            hold(application=case, reason="A doubt.", by=contest.manager.id, at=SETTLED_AT)
        contest.settle()
        address, held = f"/staff/scorings/{contest.round.reference}", contest.cases
        references = [case.reference for case in held]
    for query, here, elsewhere in (
        ("", references[:2], references[2:]),
        ("?waiting=2", references[2:], references[:2]),
    ):
        page = manager.get(f"{address}{query}").page
        buttons = [text_of(each) for each in page.elements("button")]
        assert all(any(one in words for words in buttons) for one in here)
        assert not any(one in words for words in buttons for one in elsewhere)
        assert "Application 1" in page.text
    assert page.elements("a", rel="prev")[0].get("href").endswith("?waiting=1")
