"""Trials of the ways of sharing: run on a past round or a file, read, fetched; bad files named."""

import csv
from io import BytesIO, StringIO

import pytest

from tests.factories.cases import make_case, make_decision
from tests.factories.scheme import make_business, make_round
from tests.people import sign_in_quickly
from tests.web.statements import counting
from voucher.allocation.trials.files import EXAMPLE, sha256_of
from voucher.allocation.trials.models import AllocationTrial
from voucher.applications.models import ApplicationStatus
from voucher.businesses.models import HeadcountBand
from voucher.core.db import session
from voucher.programmes.models import RoundStatus

TABLES = ("methods", "differences", "districts", "areas", "sizes", "sectors")
SEED = bytes(range(32)).hex()


@pytest.fixture
def rounds(arrange):
    """The references of a round in preparation and of a past one with four that qualified."""
    with arrange():
        past = make_round()
        for number, council in enumerate(("Leeds", "Leeds", "York", "York")):
            business = make_business(local_authority=council, headcount_band=HeadcountBand.ONE)
            case = make_case(past, business, status=ApplicationStatus.AWARDED)
            make_decision(case, award_pence=100_000 + number)
        draft = make_round(status=RoundStatus.DRAFT, budget_pence=200_002)
        references = draft.reference, past.reference
    return references


@pytest.fixture
def manager(client, cast):
    return sign_in_quickly(client, cast.manager)


def trials(app):
    with app.app_context():
        return session.query(AllocationTrial).all()


def fields(**values):
    given = {"source": "", "budget_pence": "2,000.02", "places": "", "basis": "none"}
    return {**given, "draws": "20", "seed": "", **values}


def upload(content, name="Test.csv"):
    return (BytesIO(content), name)


def post(client, reference, **values):
    address = f"/staff/trials/round/{reference}/new"
    return client.submit(address, fields(**values), follow=False)


def test_a_past_round_is_tried_and_the_trial_kept(app, manager, rounds, cast):
    draft, past = rounds
    assert "Nobody has tried" in manager.get(f"/staff/trials/round/{draft}").page.text
    page = manager.get(f"/staff/trials/round/{draft}/new").page
    assert "2,000.02" in page.html
    answer = post(manager, draft, source=past, seed=SEED, basis="place")
    assert answer.status_code == 302
    [kept] = trials(app)
    assert (kept.seed, kept.entries, kept.terms["basis"]) == (SEED, 4, "place")
    page = manager.get(answer.location).page
    assert "2 have a place by the order of decisions and 1 by lot" in page.text
    assert "these applications carry no marks" in page.text
    assert SEED in page.text
    assert kept.inputs_sha256 in page.text
    assert cast.manager.name in page.text
    assert kept.reference in manager.get(f"/staff/trials/round/{draft}").page.text


def test_the_applications_as_a_file_are_what_was_hashed(app, manager, rounds):
    draft, past = rounds
    post(manager, draft, source=past)
    answer = manager.get(f"/staff/trials/round/{draft}/from/{past}.csv")
    assert sha256_of(answer.get_data()) == trials(app)[0].inputs_sha256
    post(manager, draft, upload=upload(answer.get_data()))
    first, second = trials(app)
    assert (first.inputs_sha256, first.entries) == (second.inputs_sha256, second.entries)
    assert second.file_name == "Test.csv"


def test_a_file_with_marks_has_all_three_ways(app, manager, rounds):
    answer = post(manager, rounds[0], upload=upload(EXAMPLE.encode()))
    page = manager.get(answer.location).page
    assert "Scored" in page.text
    assert "Nothing is said of scoring" not in page.text
    for name in TABLES:
        file = manager.get(f"{answer.location}/{name}.csv")
        text = file.get_data(as_text=True).lstrip("\ufeff")
        heading, *rows = csv.reader(StringIO(text))
        assert rows
        assert {len(row) for row in rows} == {len(heading)}
    assert manager.get(f"{answer.location}/none.csv").status_code == 404
    example = manager.get("/staff/trials/files/example.csv").get_data()
    assert example.decode("utf-8-sig") == EXAMPLE
    assert post(manager, rounds[0], upload=upload(example)).status_code == 302


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "Choose a past round, or upload a file."),
        ({"source": "RND-0000-0000"}, "Select one of the options."),
        ({"upload": upload(b"reference\n", "list.txt")}, "The selected file must be a CSV."),
        ({"upload": upload(b"")}, "The selected file is empty."),
        ({"budget_pence": "£1,000.005"}, "no more than two figures"),
        ({"budget_pence": "0"}, "The budget must be more than nothing."),
        ({"budget_pence": ""}, "Enter the money to share."),
        ({"places": "-1"}, "Places at most"),
        ({"draws": "1001"}, "Draws to try"),
        ({"draws": ""}, "Enter how many draws to try."),
        ({"basis": "colour"}, "Select one of the options."),
        ({"seed": "abc"}, "The seed must be 32 bytes"),
        ({"seed": "a\x00b"}, "characters that can’t be used"),
    ],
)
def test_what_can_not_be_tried_says_so_at_its_field(app, manager, rounds, values, words):
    if "upload" not in values and values and "source" not in values:
        values = {"upload": upload(EXAMPLE.encode()), **values}
    answer = post(manager, rounds[0], **values)
    assert answer.status_code == 422
    assert words in answer.page.text
    assert trials(app) == []


def test_a_round_or_a_file_and_not_both(app, manager, rounds):
    answer = post(manager, rounds[0], source=rounds[1], upload=upload(EXAMPLE.encode()))
    assert answer.status_code == 422
    assert "not both" in answer.page.text


def test_every_bad_line_is_named(app, manager, rounds):
    bad = b"reference,decided_at,award\n,2026-06-01,10\nB,never,\xc2\xa31\n"
    answer = post(manager, rounds[0], upload=upload(bad))
    assert answer.status_code == 422
    for words in ("Line 2: The reference must be", "Line 3: decided_at “never”"):
        assert words in answer.page.text
    many = b"reference,decided_at,award\n" + b"".join(b"A%d,never,1\n" % n for n in range(60))
    assert "And 10 more." in post(manager, rounds[0], upload=upload(many)).page.text
    assert trials(app) == []


def test_a_round_that_has_opened_takes_no_trial(app, manager, rounds):
    past = rounds[1]
    answer = manager.get(f"/staff/trials/round/{past}/new")
    assert answer.location.endswith(f"/staff/trials/round/{past}")
    assert "there are no more trials" in manager.get(answer.location).page.text


def test_who_may_run_and_who_may_read(app, clients, cast, rounds):
    draft, past = rounds
    manager = sign_in_quickly(clients(), cast.manager)
    trial = post(manager, draft, source=past).location
    file = f"/staff/trials/round/{draft}/from/{past}.csv"
    allowed = {"auditor": (200, 200), "evaluator": (200, 403), "caseworker": (200, 200)}
    for name, codes in allowed.items():
        person = sign_in_quickly(clients(), getattr(cast, name))
        assert (person.get(trial).status_code, person.get(file).status_code) == codes
        assert person.get(f"/staff/trials/round/{draft}/new").status_code == 403
    assert len(trials(app)) == 1


def test_statements_do_not_grow(app, manager, rounds):
    trial = post(manager, rounds[0], source=rounds[1]).location

    def count(address):
        with counting(app) as seen:
            manager.get(address)
        return len(seen)

    address = f"/staff/trials/round/{rounds[0]}"
    before = count(address)
    for _ in range(3):
        post(manager, rounds[0], source=rounds[1])
    assert count(address) == before <= 8
    assert count(trial) <= 8
