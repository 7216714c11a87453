"""What people and programs type into the form that no form expects: said at the field, kept, and
nothing changed."""

from datetime import timedelta

import pytest

from tests.factories.applications import make_draft, make_owner
from tests.factories.scheme import make_business, make_round
from tests.page import values_of
from voucher.businesses.models import LegalForm
from voucher.core import clock

TOO_LONG = "x" * 5_000
NUL = "be\x00fore"
EMOJI = "Joinery 🪚🔥 & Söhne"
RIGHT_TO_LEFT = "‮evil‬ שלום"
PARTS = {
    "form": ["legal_form"],
    "business": ["name", "company_number", "sector", "trading_since_on-day"],
    "place": ["address_line", "town", "postcode"],
    "people": ["headcount", "headcount_band"],
    "problem": ["problem_today"],
    "better": ["problem_better"],
    "areas": ["outcome_areas"],
    "baseline": ["hours_lost_week", "errors_in_100", "staff", "confidence"],
    "support": ["assistance_declared"],
    "connections": ["connected_to_provider"],
    "signatory": ["signatory_name", "signatory_role", "contact_phone"],
    "declarations": ["truth", "terms", "data_notice"],
}
TEXTS = [
    ("business", "name"),
    ("place", "address_line"),
    ("problem", "problem_today"),
    ("better", "problem_better"),
    ("signatory", "signatory_name"),
]


@pytest.fixture
def draft(arrange, client):
    """The address of a company's draft whose kind of organisation is told, its owner signed in."""
    today = clock.today()
    with arrange():
        round_ = make_round(
            opens_on=today - timedelta(days=5), closes_on=today + timedelta(days=30)
        )
        business = make_business(legal_form=LegalForm.COMPANY, sector="Retail")
        person = make_owner(business)
        made = make_draft(business, round_, by=person, at=clock.now())
        made.sections_done = ["form"]
        client.sign_in(person)
        return f"/business/applications/{made.reference}"


def send(client, address, **changed):
    """Send the form at `address` as it stands, with `changed` in it."""
    form = client.get(address).page.form("Save and continue")
    names = {name.replace("__", "-"): value for name, value in changed.items()}
    return client.post(address, data={**values_of(form), **names})


@pytest.mark.parametrize("code", PARTS)
def test_an_empty_part_is_refused_with_a_message_for_each_question(client, draft, code):
    form = client.get(f"{draft}/parts/{code}").page.form("Save and continue")
    token = values_of(form)["csrf_token"]
    answer = client.post(f"{draft}/parts/{code}", data={"csrf_token": token})
    assert answer.status_code == 422
    assert answer.page.errors
    done = client.get(draft).page
    assert "1 of 12 parts are done" in done.text


@pytest.mark.parametrize(("code", "name"), TEXTS)
@pytest.mark.parametrize("typed", [TOO_LONG, NUL, RIGHT_TO_LEFT], ids=["long", "nul", "rtl"])
def test_a_text_that_can_not_be_kept_is_refused_at_its_field(client, draft, code, name, typed):
    answer = send(client, f"{draft}/parts/{code}", **{name: typed})
    assert answer.status_code == 422
    links = [link.get("href") for link in answer.page.elements("a")]
    assert f"#{name}" in links
    shown = values_of(answer.page.form("Save and continue"))[name][0]
    assert shown.startswith(typed.replace("\x00", "").strip("‮‬")[:4])


@pytest.mark.parametrize(("code", "name"), TEXTS)
def test_signs_of_every_script_are_kept(client, draft, code, name):
    whole = {
        "signatory": {
            "signatory_role": "Owner",
            "contact_phone": "0113 496 0000",
            "signatory_has_authority": "yes",
        }
    }
    answer = send(client, f"{draft}/parts/{code}", **{name: EMOJI, **whole.get(code, {})})
    assert answer.status_code == 302
    page = client.get(f"{draft}/parts/{code}").page
    assert values_of(page.form("Save and continue"))[name] == [EMOJI]


@pytest.mark.parametrize("typed", ["-1", "−1", "1000000000000", "6.5", "six", "1e3", "٦", "0"])
def test_a_number_of_people_that_is_none_is_refused(client, draft, typed):
    answer = send(client, f"{draft}/parts/people", headcount=typed, headcount_band="2-9")
    assert answer.status_code == 422
    assert "How many people" in answer.page.errors[0]
    assert values_of(answer.page.form("Save and continue"))["headcount"] == [typed]


@pytest.mark.parametrize(
    ("day", "month", "year", "words"),
    [
        ("1", "", "2019", "month"),
        ("", "3", "", "day and year"),
        ("31", "2", "2019", "real date"),
        ("1", "3", "19", "year of 4 numbers"),
        ("1", "1", "2999", "in the past"),
        ("x", "y", "zzzz", "year of 4 numbers"),
    ],
)
def test_a_date_that_is_none_is_refused_and_shown_again(client, draft, day, month, year, words):
    answer = send(
        client,
        f"{draft}/parts/business",
        trading_since_on__day=day,
        trading_since_on__month=month,
        trading_since_on__year=year,
    )
    assert answer.status_code == 422
    assert words in answer.page.errors[0]
    shown = values_of(answer.page.form("Save and continue"))
    assert shown["trading_since_on-year"] == [year]
    assert shown["trading_since_on-month"] == [month]


@pytest.mark.parametrize(
    "typed", ["£1,000.005", "-1", "1000000000000", "0", "1.000,50", "one", "£", "\x00", "١٠٠"]
)
def test_an_amount_that_is_none_is_refused_and_shown_again(client, draft, typed):
    address = f"{draft}/support/add"
    form = values_of(client.get(address).page.form("Add"))
    values = {
        "amount_pence": typed,
        "given_on-day": "1",
        "given_on-month": "3",
        "given_on-year": "2026",
        "given_by": "Fictional Growth Hub",
        "label": "mfa",
        "relation": "self",
    }
    answer = client.post(address, data={**form, **values})
    assert answer.status_code == 422
    assert len(answer.page.errors) == 1
    shown = values_of(answer.page.form("Add"))
    assert shown["amount_pence"] == [typed.replace("\x00", "")]
    assert shown["given_by"] == ["Fictional Growth Hub"]
    assert "Nothing listed yet" in client.get(f"{draft}/support").page.text


@pytest.mark.parametrize(
    ("code", "values"),
    [
        ("form", {"legal_form": "pirate"}),
        ("people", {"headcount": "6", "headcount_band": "a few"}),
        ("areas", {"outcome_areas": ["no-such-area"]}),
        (
            "areas",
            {
                "outcome_areas": [
                    "team-and-rota",
                    "customer-records",
                    "stock-and-supply",
                    "automation-and-ai",
                ]
            },
        ),
        ("support", {"assistance_declared": "perhaps"}),
        ("baseline", {"confidence": "6"}),
    ],
)
def test_an_option_that_was_not_offered_is_refused(client, draft, code, values):
    assert send(client, f"{draft}/parts/{code}", **values).status_code == 422


@pytest.mark.parametrize("typed", ["123", "ABCDEFGH", "0000000000", "🏭", "'; DROP TABLE"])
def test_a_company_number_that_is_none_is_refused(client, draft, typed):
    answer = send(client, f"{draft}/parts/business", company_number=typed)
    assert answer.status_code == 422
    assert "company number" in answer.page.errors[0]


def test_a_post_without_its_token_changes_nothing(client, draft):
    answer = client.post(f"{draft}/parts/problem", data={"problem_today": "Typed."})
    assert answer.status_code in (400, 422)
    page = client.get(f"{draft}/parts/problem").page
    assert values_of(page.form("Save and continue"))["problem_today"] == [""]


@pytest.mark.parametrize("code", ["nothing", "evidence", "..%2f", "form%00"])
def test_a_part_that_does_not_exist_is_not_found(client, draft, code):
    assert client.get(f"{draft}/parts/{code}").status_code == 404


@pytest.mark.parametrize("record", ["", "0", "-1", "9" * 30, "x", "١"])
def test_removing_what_was_never_declared_is_not_found(client, draft, record):
    token = values_of(client.get(f"{draft}/support/add").page.form("Add"))["csrf_token"]
    answer = client.post(f"{draft}/support/remove", data={"csrf_token": token, "record": record})
    assert answer.status_code == 404
