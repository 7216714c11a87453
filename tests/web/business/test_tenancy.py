"""Another business's application, notice, record or file: not found, whatever is tried."""

import io
from datetime import timedelta

import pytest

from tests.factories.applications import PDF, fill_in, make_draft, make_owner
from tests.factories.cases import make_voucher
from tests.factories.scheme import make_business, make_member, make_provider, make_round, make_user
from voucher.accounts.roles import Role
from voucher.applications.operations.papers import add_evidence
from voucher.core import clock
from voucher.core.db import session
from voucher.integrations.storage.store import ContentStore
from voucher.subsidy.operations import Declaration, declare, stand_behind
from voucher.subsidy.rules import AssistanceLabel, Relation

PAGES = (
    "",
    "/answers",
    "/withdraw",
    "/appeal",
    "/notice",
    "/notice/decline",
    "/evidence",
    "/support",
    "/support/add",
    "/parts/problem",
)
ACTIONS = (
    "/submit",
    "/withdraw",
    "/appeal",
    "/notice/confirm",
    "/notice/decline",
    "/evidence",
    "/evidence/remove",
    "/support/add",
    "/support/remove",
    "/parts/problem",
)


@pytest.fixture
def theirs(app, arrange):
    """Somebody else's application and the reference of the file handed in with it."""
    today = clock.today()
    store = ContentStore(app.extensions["settings"].data_dir / "files")
    with arrange():
        round_ = make_round(
            opens_on=today - timedelta(days=5), closes_on=today + timedelta(days=30)
        )
        business = make_business()
        owner = make_owner(business)
        made = fill_in(make_draft(business, round_, by=owner, at=clock.now()))
        file = add_evidence(
            application=made,
            stream=io.BytesIO(PDF),
            name="secret.pdf",
            store=store,
            by=owner.id,
            at=clock.now(),
        )
        return f"/business/applications/{made.reference}", file.reference


@pytest.fixture
def stranger(arrange, client):
    """Somebody of another business, signed in."""
    with arrange():
        person = make_owner(make_business())
        client.sign_in(person)
    return person


@pytest.mark.parametrize("page", PAGES)
def test_a_stranger_finds_no_page_of_it(client, stranger, theirs, page):
    address, _file = theirs
    answer = client.get(f"{address}{page}")
    assert answer.status_code == 404
    assert "secret" not in answer.get_data(as_text=True)


@pytest.mark.parametrize("action", ACTIONS)
def test_a_stranger_can_do_nothing_to_it(client, stranger, theirs, action):
    address, file = theirs
    token = client.get("/check").page.elements("input", name="csrf_token")[0].get("value")
    answer = client.post(f"{address}{action}", data={"csrf_token": token, "file": file})
    assert answer.status_code == 404


def test_their_file_is_not_found(client, stranger, theirs):
    _address, file = theirs
    assert client.get(f"/files/{file}").status_code == 404
    assert client.get("/files/FIL-0000-0000").status_code == 404


def test_a_file_of_theirs_can_not_be_removed_through_ones_own(client, arrange, theirs):
    _address, file = theirs
    today = clock.today()
    with arrange():
        business = make_business()
        owner = make_owner(business)
        round_ = make_round(opens_on=today, closes_on=today + timedelta(days=3))
        own = make_draft(business, round_, by=owner, at=clock.now())
        client.sign_in(owner)
        address = f"/business/applications/{own.reference}"
    token = client.get("/check").page.elements("input", name="csrf_token")[0].get("value")
    answer = client.post(f"{address}/evidence/remove", data={"csrf_token": token, "file": file})
    assert answer.status_code == 404


def test_a_provider_and_somebody_who_belongs_to_nothing_are_refused(client, arrange, theirs):
    address, file = theirs
    with arrange():
        provider = make_member(Role.PROVIDER, provider=make_provider())
        nobody = make_user()
    for person in (provider, nobody):
        client.sign_in(person)
        assert client.get(address).status_code == 403
        assert client.get(f"/files/{file}").status_code == 404


def test_signed_out_one_is_asked_to_sign_in(client, theirs):
    address, file = theirs
    for page in (address, f"{address}/answers", "/business/", f"/files/{file}"):
        answer = client.get(page)
        assert answer.status_code == 302
        assert "sign-in" in answer.location


def test_typing_a_rivals_number_tells_nothing_of_their_voucher(client, arrange):
    today = clock.today()
    with arrange():
        round_ = make_round(
            opens_on=today - timedelta(days=5), closes_on=today + timedelta(days=30)
        )
        rival, ours = make_business(), make_business()
        make_voucher(round_, rival, at=clock.now())
        owner = make_owner(ours)
        made = fill_in(make_draft(ours, round_, by=owner, at=clock.now()))
        ours.company_number = rival.company_number
        session.flush()
        reference = made.reference
        session.refresh(owner)
        session.expunge(owner)
    page = client.sign_in(owner).get(f"/business/applications/{reference}/answers").page
    assert "holds a voucher" not in page.text
    assert "Send" in page.text


def test_typing_a_rivals_number_tells_nothing_of_their_support(client, arrange):
    today = clock.today()
    with arrange():
        rival, ours = make_business(), make_business(name="Fictional Rivals Ltd")
        declare(
            business=rival,
            records=[
                Declaration(
                    label=AssistanceLabel.MFA,
                    amount_pence=31_500_000,
                    given_on=today - timedelta(days=40),
                    given_by="A secret giver",
                    recipient=rival.name,
                    relation=Relation.SELF,
                )
            ],
            by=make_owner(rival).id,
            at=clock.now(),
        )
        stand_behind(business_id=rival.id, at=clock.now())
        round_ = make_round(
            opens_on=today - timedelta(days=5), closes_on=today + timedelta(days=30)
        )
        owner = make_owner(ours)
        made = make_draft(ours, round_, by=owner, at=clock.now())
        number = {"name": ours.name, "company_number": rival.company_number}
        address = f"/business/applications/{made.reference}"
        fill_in(made, at=clock.now(), business=number)
        session.refresh(owner)
        session.expunge(owner)
    client.sign_in(owner)
    answers = client.get(f"{address}/answers").page
    assert "reached the legal limit" not in answers.text
    sent = client.submit(f"{address}/answers", button="Send the application")
    assert "reached the legal limit" not in sent.page.text
    assert "Every rule of this round is met" not in sent.page.text
    shown = client.get("/business/subsidy-record/").page.text
    assert "£315,000.00" in shown
    assert "A secret giver" not in shown
    assert "secret" not in client.get("/business/subsidy-record/record.csv").text
