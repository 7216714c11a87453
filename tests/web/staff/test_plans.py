"""The planner: drawn up, looked at again, locked, departed from; and what anybody reads of it."""

import csv
import hashlib
import json
from datetime import date
from io import StringIO

import pytest

from tests.factories.draws import QUARTERS, make_lottery
from tests.factories.scheme import make_round
from tests.people import sign_in_quickly
from tests.web.statements import counting
from voucher.core.db import session
from voucher.evaluation.plans.departures import Departure
from voucher.evaluation.plans.rules import AnalysisPlan, plan_sha256
from voucher.evaluation.questions import FOLLOW_UP_VERSION
from voucher.programmes.models import Round, RoundStatus
from voucher.programmes.plans.queries import deviations, draft_of, locked_plan
from voucher.web.public import plans as public_plans
from voucher.web.staff import plans as staff_plans

TYPED = {
    "primary": "adoption",
    "primary_wave": "month_6",
    "secondary": ["hours_lost_week", "adoption"],
    "waves": ["month_6", "month_12"],
    "comparison": ["comparison", "information"],
    "estimator": "ancova",
    "covariates": ["adoption"],
    "subgroups": ["size"],
    "places": "100",
    "demand": "200",
    "take_up": "70",
    "response": "80%",
    "before": "30",
    "spread": "",
    "worth_finding": "12.5",
    "baseline_correlation": "0.3",
    "voucher_pence": "£1,000",
    "power": "0.8",
}


@pytest.fixture
def reference(arrange):
    """A closed round by lot without a plan."""
    with arrange():
        lottery = make_lottery(4, planned=False, arms=QUARTERS)
        lottery.round.follow_up_on = date(2099, 12, 31)  # pages go by the real day
        lottery.round.status = RoundStatus.CLOSED
        reference = lottery.round.reference
    return reference


@pytest.fixture
def evaluator(clients, cast):
    return sign_in_quickly(clients(), cast.evaluator)


@pytest.fixture
def locked(evaluator, reference):
    """The evaluator, after drawing up and locking through the pages."""
    evaluator.submit(f"/staff/rounds/{reference}/plan/edit", TYPED)
    evaluator.submit(f"/staff/rounds/{reference}/plan/lock", button="Lock the plan")
    return evaluator


def stored(app, reference, read):
    with app.app_context():
        round_ = session.query(Round).filter_by(reference=reference).one()
        return read(round_.id)


def locked_in(app, reference):
    return stored(app, reference, locked_plan)


def test_what_is_typed_is_the_plan(app, evaluator, reference):
    page = evaluator.submit(f"/staff/rounds/{reference}/plan/edit", TYPED).page
    plan = AnalysisPlan.read(stored(app, reference, draft_of).content)
    assert [(each.code, each.wave.value, each.role.value) for each in plan.outcomes] == [
        ("adoption", "month_6", "primary"),
        ("adoption", "month_12", "secondary"),
        ("hours_lost_week", "month_6", "secondary"),
        ("hours_lost_week", "month_12", "secondary"),
    ]
    assert plan.offered == ("voucher",)
    assert set(plan.comparison) == {"comparison", "information"}
    sizes = plan.assumptions
    assert (sizes.take_up, sizes.response, sizes.before, sizes.worth_finding) == (
        0.7,
        0.8,
        0.3,
        0.125,
    )
    assert (sizes.voucher_pence, sizes.spread, sizes.power) == (100_000, None, 0.8)
    assert "12.5 percentage points, would be found" in page.text
    assert "70 are redeemed at £1,000 each: £70,000" in page.text
    assert "Underpowered" in page.text


def test_the_form_opens_with_what_was_saved(evaluator, reference):
    address = f"/staff/rounds/{reference}/plan/edit"
    evaluator.submit(address, TYPED)
    first = evaluator.get(f"/staff/rounds/{reference}/plan.json").data
    evaluator.submit(address)
    assert evaluator.get(f"/staff/rounds/{reference}/plan.json").data == first


def test_an_average_keeps_its_own_unit(app, evaluator, reference):
    typed = {
        **TYPED,
        "primary": "hours_lost_week",
        "before": "10.5",
        "spread": "6",
        "worth_finding": "2",
        "covariates": ["hours_lost_week"],
    }
    address = f"/staff/rounds/{reference}/plan/edit"
    evaluator.submit(address, typed)
    evaluator.submit(address)
    sizes = AnalysisPlan.read(stored(app, reference, draft_of).content).assumptions
    assert (sizes.before, sizes.spread, sizes.worth_finding) == (10.5, 6.0, 2.0)


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("primary_wave", "", "Select the survey"),
        ("primary_wave", "baseline", "Select one of the options"),
        ("primary", "in_use", "Select one of the options"),
        ("comparison", [], "Select at least one arm"),
        ("comparison", ["voucher"], "not a valid choice"),
        ("estimator", "", "Select how the effect"),
        ("covariates", [], "at least one covariate"),
        ("places", "", "Enter how many places"),
        ("places", "−1", "1 or more"),
        ("demand", "100", "more businesses than places"),
        ("demand", "10" * 9, "1,000,000 or less"),
        ("take_up", "0", "more than 0"),
        ("take_up", "101", "100 or less"),
        ("response", "a few", "must be a number"),
        ("before", "1e5", "must be a number"),
        ("before", "0", "above 0 and below 100"),
        ("before", "\0", "characters that can’t be used"),
        ("spread", "0.5", "Leave it out"),
        ("worth_finding", "70", "below 100 per cent"),
        ("worth_finding", "😀", "must be a number"),
        ("baseline_correlation", "1", "below 1"),
        ("voucher_pence", "£1,000.005", "no more than two figures"),
        ("voucher_pence", "0", "more than nothing"),
        ("power", "2", "Select one of the options"),
    ],
)
def test_what_can_not_be_is_said_at_its_field(app, evaluator, reference, field, typed, words):
    values = {**TYPED, field: typed}
    answer = evaluator.submit(f"/staff/rounds/{reference}/plan/edit", values)
    assert answer.status_code == 422
    assert any(words in error for error in answer.page.errors), answer.page.errors
    assert stored(app, reference, draft_of) is None
    assert "12.5" in answer.text or field == "worth_finding"


def test_it_is_locked_after_a_second_look(app, evaluator, reference):
    evaluator.submit(f"/staff/rounds/{reference}/plan/edit", TYPED)
    page = evaluator.get(f"/staff/rounds/{reference}/plan/lock").page
    sha256 = plan_sha256(stored(app, reference, draft_of).content)
    assert sha256 in page.text
    page = evaluator.submit(f"/staff/rounds/{reference}/plan/lock", button="Lock the plan").page
    assert "The plan is locked, and published with its hash" in page.text
    assert locked_in(app, reference).sha256 == sha256


def test_a_programme_manager_may_lock_it_too(app, clients, cast, evaluator, reference):
    evaluator.submit(f"/staff/rounds/{reference}/plan/edit", TYPED)
    manager = sign_in_quickly(clients(), cast.manager)
    manager.submit(f"/staff/rounds/{reference}/plan/lock", button="Lock the plan")
    assert locked_in(app, reference) is not None


def test_another_s_change_after_the_look_is_not_locked(app, evaluator, reference):
    evaluator.submit(f"/staff/rounds/{reference}/plan/edit", TYPED)
    form = {"sha256": "0" * 64, "csrf_token": token_of(evaluator, reference)}
    answer = evaluator.post(
        f"/staff/rounds/{reference}/plan/lock", data=form, follow_redirects=True
    )
    assert "changed the plan since you looked" in answer.text
    assert locked_in(app, reference) is None


def token_of(client, reference):
    page = client.get(f"/staff/rounds/{reference}/plan/lock").page
    found = page.elements("input", name="csrf_token")
    return found[0].get("value")


def test_a_locked_plan_is_not_drawn_up_again(app, locked, reference):
    page = locked.get(f"/staff/rounds/{reference}/plan").page
    assert "Change the plan" not in page.text
    for part in ("edit", "lock"):
        answer = locked.get(f"/staff/rounds/{reference}/plan/{part}")
        assert answer.headers["Location"].endswith(f"/staff/rounds/{reference}/plan")


def test_there_is_nothing_to_lock_or_depart_from_before(evaluator, reference):
    for part in ("lock", "deviate"):
        answer = evaluator.get(f"/staff/rounds/{reference}/plan/{part}")
        assert answer.headers["Location"].endswith(f"/staff/rounds/{reference}/plan")
    for part in ("plan.json", "plan/power.csv", "plan/document"):
        assert evaluator.get(f"/staff/rounds/{reference}/{part}").status_code == 404


def test_it_is_too_late_once_the_round_is_settled(arrange, evaluator):
    with arrange():
        reference = make_round(status=RoundStatus.CLOSED).reference
    page = evaluator.get(f"/staff/rounds/{reference}/plan").page
    assert "This round is closed" in page.text
    assert evaluator.get(f"/staff/rounds/{reference}/plan/edit").status_code == 302


def test_a_rolling_round_asks_for_no_comparison(app, arrange, evaluator):
    with arrange():
        reference = make_round().reference
    address = f"/staff/rounds/{reference}/plan/edit"
    page = evaluator.get(address).page
    assert not page.elements("input", name="estimator")
    typed = {name: TYPED[name] for name in TYPED if page.elements("input", name=name)}
    page = evaluator.submit(address, {**typed, "primary": "in_use"}).page
    assert "claims no effect of the vouchers" in page.text
    assert evaluator.get(f"/staff/rounds/{reference}/plan/power.csv").status_code == 404
    evaluator.submit(address)
    plan = AnalysisPlan.read(stored(app, reference, draft_of).content)
    assert (plan.primary.code, plan.estimator, plan.comparison) == ("in_use", "none", ())


def test_the_form_begins_with_what_the_round_says(arrange, evaluator):
    with arrange():
        plain = make_lottery(2, planned=False, arms=[]).round.reference
        halves = make_lottery(2, planned=False, budget_pence=4_000_000, value_cap_pence=200_000)
        halves = halves.round.reference
    page = evaluator.get(f"/staff/rounds/{halves}/plan/edit").page
    (demand,) = page.elements("input", name="demand")
    assert demand.get("value") == "40"
    (demand,) = evaluator.get(f"/staff/rounds/{plain}/plan/edit").page.elements(
        "input", name="demand"
    )
    assert demand.get("value") == ""
    (correlation,) = page.elements("input", name="baseline_correlation")
    assert correlation.get("value") == "0"


def test_parts_of_the_list_that_are_too_small_are_told_before_locking(evaluator, reference):
    """Four businesses of two sizes applied, and forty are expected."""
    typed = {**TYPED, "places": "20", "demand": "40", "worth_finding": "50"}
    page = evaluator.submit(f"/staff/rounds/{reference}/plan/edit", typed).page
    assert "Parts of the list that are too small" not in page.text
    typed = {**TYPED, "places": "7", "demand": "14", "response": "90", "worth_finding": "60"}
    page = evaluator.submit(f"/staff/rounds/{reference}/plan/edit", typed).page
    assert "In 2 of 2 fewer than 5 answers are expected of an arm" in page.text
    assert "like the 4 businesses that applied so far" in page.text
    page = evaluator.get(f"/staff/rounds/{reference}/plan/lock").page
    assert "Parts of the list that are too small" in page.text


def test_a_deviation_is_noted_and_shown_to_everybody(app, clients, locked, reference):
    address = f"/staff/rounds/{reference}/plan/deviate"
    answer = locked.submit(address, {"what": "", "why": "x" * 1001})
    assert answer.status_code == 422
    assert len(answer.page.errors) == 2
    typed = {"what": "The survey <i>came</i> late", "why": "The post failed"}
    page = locked.submit(address, typed).page
    assert "The survey <i>came</i> late" in page.text
    plan = locked_in(app, reference)
    assert len(stored(app, reference, lambda _: deviations(plan.id))) == 1
    page = clients().get(f"/plans/{plan.reference}").page
    assert "The survey <i>came</i> late" in page.text
    assert "Why: The post failed" in page.text


def test_anybody_reads_the_plan_and_checks_its_hash(app, clients, locked, reference):
    plan, anybody = locked_in(app, reference), clients()
    assert "The plan" not in anybody.get("/plans/PLN-0000-0000").page.heading
    page = anybody.get(f"/plans/{plan.reference}").page
    assert plan.sha256 in page.text
    file = anybody.get(f"/plans/{plan.reference}.json")
    assert hashlib.sha256(file.data).hexdigest() == plan.sha256
    assert json.loads(file.data)["estimator"] == "ancova"
    assert page.heading.removeprefix("The analysis plan of ") in anybody.get("/plans/").page.text


def test_the_wording_of_the_questions_is_planned_and_shown(app, clients, locked, reference):
    plan = locked_in(app, reference)
    assert plan.content["questions_version"] == FOLLOW_UP_VERSION
    page = clients().get(f"/plans/{plan.reference}").page
    assert f"Version {FOLLOW_UP_VERSION} of the survey questions" in page.text


def test_what_the_system_found_stands_apart_from_what_people_noted(
    monkeypatch, clients, app, locked, reference
):
    found = [Departure("The follow-up 6 months after was asked late.")]
    for module in (staff_plans, public_plans):
        monkeypatch.setattr(module, "departed_by", lambda *_: found)
    reference_of_plan = locked_in(app, reference).reference
    for client, address in (
        (locked, f"/staff/rounds/{reference}/plan"),
        (clients(), f"/plans/{reference_of_plan}"),
    ):
        page = client.get(address).page
        assert "Nobody has noted anything" in page.text
        assert "Found by the system" in page.text
        assert "asked late" in page.text


def test_the_list_of_plans_comes_in_pages(monkeypatch, arrange, client):
    monkeypatch.setattr("voucher.core.paging.PAGE_ROWS", 1)
    with arrange():
        names = [make_lottery(1, name=f"Round {letter}").round.name for letter in "AB"]
    for number, name in zip((2, 1), names, strict=True):
        page = client.get(f"/plans/?page={number}").page
        assert name in page.text
        assert page.elements("a", rel="next" if number == 1 else "prev")


def test_without_a_plan_the_list_of_plans_is_empty(client):
    assert "No plans yet" in client.get("/plans/").page.text


def test_the_public_page_names_nobody(app, cast, clients, locked, reference):
    typed = {"what": "Late", "why": "Floods"}
    locked.submit(f"/staff/rounds/{reference}/plan/deviate", typed)
    name = cast.evaluator.name
    plan = locked_in(app, reference)
    assert name in locked.get(f"/staff/rounds/{reference}/plan").page.text
    assert name not in clients().get(f"/plans/{plan.reference}").text


def test_the_curve_is_a_picture_in_words_and_a_file(locked, reference):
    answer = locked.get(f"/staff/rounds/{reference}/plan")
    assert answer.text.count('role="img"') == 1
    assert "Line chart. The chance to find a true effect" in answer.page.text
    rows = list(
        csv.reader(
            StringIO(locked.get(f"/staff/rounds/{reference}/plan/power.csv").text.lstrip("\ufeff"))
        )
    )
    assert rows[0] == ["Effect on those offered a voucher", "Effect on users", "Chance to find it"]
    assert len(rows) == 26


def test_the_list_can_be_frozen_only_with_a_locked_plan(clients, cast, evaluator, reference):
    manager = sign_in_quickly(clients(), cast.manager)
    page = manager.submit(f"/staff/draws/{reference}", button="Seal the secret").page
    assert "The analysis plan of this round is not locked yet" in page.text
    assert page.link("The analysis plan of this round").endswith(f"/staff/rounds/{reference}/plan")
    evaluator.submit(f"/staff/rounds/{reference}/plan/edit", TYPED)
    evaluator.submit(f"/staff/rounds/{reference}/plan/lock", button="Lock the plan")
    page = manager.submit(f"/staff/draws/{reference}", button="Freeze the list").page
    assert "The list is frozen" in page.text


def test_the_document_is_being_built_and_can_be_asked_for(locked, reference):
    page = locked.get(f"/staff/rounds/{reference}/plan").page
    assert "Being built" in page.text
    token = page.elements("input", name="csrf_token")[0].get("value")
    address = f"/staff/rounds/{reference}/plan/document"
    answer = locked.post(address, data={"csrf_token": token}, follow_redirects=True)
    assert "The document is being built" in answer.text


def test_an_auditor_reads_and_changes_nothing(clients, cast, locked, reference):
    auditor = sign_in_quickly(clients(), cast.auditor)
    page = auditor.get(f"/staff/rounds/{reference}/plan").page
    assert "Note a deviation" not in page.text
    for part in ("edit", "lock", "deviate"):
        assert auditor.get(f"/staff/rounds/{reference}/plan/{part}").status_code == 403


def test_the_page_asks_few_questions_of_the_database(app, locked, reference):
    address = f"/staff/rounds/{reference}/plan"
    with counting(app) as statements:
        locked.get(address)
    assert len(statements) <= 12
