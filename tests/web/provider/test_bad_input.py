"""Bad input at the provider's forms: a message at the field, nothing lost, nothing changed."""

import io

import pytest
from sqlalchemy import func, select

from tests.factories.scheme import make_member, make_offering, make_provider
from tests.factories.work import PDF, drafted, make_job
from voucher.accounts.roles import Role
from voucher.core import clock
from voucher.core.db import session
from voucher.providers.models import Offering, Provider

BAD_TEXTS = ["", "x" * 5001, "a\x00b", "\u202eevil"]
GOOD = {
    "title": "Bookings in two weeks",
    "summary": "Customers book for themselves.",
    "scope": "Set-up and training.",
    "exclusions": "",
    "outcome_areas": ["taking-bookings-and-orders"],
    "remote": "yes",
    "places": "LS, BD",
    "net_price_pence": "900",
    "vat_rate": "2000",
    "capacity_per_month": "3",
    "days_to_start": "10",
}


def let_go(*rows):
    for row in rows:
        session.refresh(row)
        session.expunge(row)


@pytest.fixture
def worker(arrange):
    with arrange():
        person = make_member(Role.PROVIDER, provider=make_provider())
        let_go(person)
    return person


def count(app, model):
    with app.app_context():
        return session.execute(select(func.count()).select_from(model)).scalar_one()


@pytest.mark.parametrize("text", BAD_TEXTS)
@pytest.mark.parametrize("field", ["title", "summary", "scope"])
def test_texts_of_an_offering(app, client, worker, field, text):
    client.sign_in(worker)
    answer = client.submit("/provider/offerings/new", {**GOOD, field: text})
    assert answer.status_code == 422
    assert len(answer.page.errors) == 1
    assert "LS, BD" in answer.page.html
    assert count(app, Offering) == 0


@pytest.mark.parametrize("price", ["", "-1", "−1", "£1,000.005", "1000000000000", "ten", "0.50"])
def test_prices_of_an_offering(app, client, worker, price):
    client.sign_in(worker)
    answer = client.submit("/provider/offerings/new", {**GOOD, "net_price_pence": price})
    assert answer.status_code == 422
    assert len(answer.page.errors) == 1
    assert f'value="{price}"' in answer.page.html
    assert count(app, Offering) == 0


@pytest.mark.parametrize("places", ["ZZ", "LS1 4AP", "everywhere", "💥"])
def test_places_of_an_offering(app, client, worker, places):
    client.sign_in(worker)
    answer = client.submit("/provider/offerings/new", {**GOOD, "places": places})
    assert answer.status_code == 422
    assert "no postcode areas" in answer.page.errors[0]
    assert count(app, Offering) == 0


def test_emoji_and_other_scripts_are_words(app, client, worker):
    client.sign_in(worker)
    answer = client.submit("/provider/offerings/new", {**GOOD, "title": "حجوزات 📅 سريعة"})
    assert answer.page.heading == "حجوزات 📅 سريعة"
    assert count(app, Offering) == 1


def test_a_title_taken_is_said_at_the_title(client, worker, arrange):
    with arrange():
        provider = session.execute(select(Provider)).scalar_one()
        make_offering(provider, title=GOOD["title"])
    client.sign_in(worker)
    answer = client.submit("/provider/offerings/new", GOOD)
    assert answer.status_code == 422
    assert answer.page.errors == ["You have an offering of that title already."]


@pytest.fixture
def draft(app, arrange):
    """A claim being written, its writer and its address."""
    store = app.extensions["settings"].data_dir / "files"
    with arrange():
        job = drafted(make_job(at=clock.now()), store, at=clock.now())
        let_go(job.worker)
        address = f"/provider/claims/{job.claim.reference}"
    return job.worker, address


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"net_price_pence": "£1,000.005"}, "net_price_pence"),
        ({"vat_pence": "-1"}, "vat_pence"),
        ({"voucher_pence": "1000000000000"}, "voucher_pence"),
        ({"invoice_number": "x" * 61}, "invoice_number"),
        ({"invoice_on-day": "3", "invoice_on-month": "4", "invoice_on-year": ""}, "invoice_on"),
        (
            {"invoice_on-day": "31", "invoice_on-month": "2", "invoice_on-year": "2026"},
            "invoice_on",
        ),
        ({"work_done": "x" * 4001}, "work_done"),
        ({"work_done": "a\x00b"}, "work_done"),
    ],
)
@pytest.mark.parametrize("as_draft", ["", "yes"])
def test_even_a_draft_must_be_readable(client, draft, values, field, as_draft):
    worker, address = draft
    client.sign_in(worker)
    values = {**values, "as_draft": as_draft} if as_draft else values
    shown = client.get(f"{address}/details")
    form = {**_values(shown), **values}
    answer = client.post(f"{address}/details", data=form)
    assert answer.status_code == 422
    anchors = [a.get("href") for a in answer.page.elements("a") if field in a.get("href", "")]
    assert anchors
    assert "INV-" in client.get(address).page.text


def _values(shown):
    from tests.page import values_of

    return {k: v for k, v in values_of(shown.page.form("Save as a draft")).items() if v}


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "empty.pdf"),
        (b"MZ not a paper", "program.pdf"),
        (PDF[:12], "cut.pdf"),
        (PDF, "paper.exe"),
        (b"<script>alert(1)</script>", "page.pdf"),
    ],
)
def test_evidence_is_what_it_says(client, draft, content, name):
    worker, address = draft
    client.sign_in(worker)
    answer = client.submit(
        f"{address}/evidence",
        {"kind": "invoice", "upload": (io.BytesIO(content), name)},
        button="Attach the file",
    )
    assert answer.status_code == 422
    assert len(answer.page.errors) == 1
    assert name not in client.get(address).page.text


def test_a_registration_keeps_what_was_typed(app, client, arrange):
    with arrange():
        provider = make_provider(status="draft", approved_at=None)
        person = make_member(Role.PROVIDER, provider=provider)
        let_go(person)
    client.sign_in(person)
    answer = client.submit(
        "/provider/registration",
        {"postcode": "nowhere", "town": "Kirkby Lonsdale", "vat_registered": "yes"},
    )
    assert answer.status_code == 422
    assert "Enter a full UK postcode, like M1 1AE." in answer.page.errors
    assert 'value="nowhere"' in answer.page.html
    assert 'value="Kirkby Lonsdale"' in answer.page.html
    with app.app_context():
        assert session.execute(select(Provider.town)).scalar_one() == "Leeds"


def test_a_code_may_be_anything(client, worker):
    client.sign_in(worker)
    for code in ("", " ", "\x00", "x" * 61, "💥", "\u202eABC"):
        answer = client.submit("/provider/redeem", {"code": code})
        assert answer.status_code == 422
        assert len(answer.page.errors) == 1
