"""The pages on checks before paying: the table, the doubt, the answer, the list."""

import io

import pytest
from sqlalchemy import select

from tests.factories.cases import make_officer
from tests.factories.payments import make_confirmed_claim
from tests.factories.screening import listed_line, sanctions_file, uk_file, uk_line
from tests.together import lockable
from voucher.accounts.roles import Role
from voucher.claims.models import Claim
from voucher.claims.operations.screening import screen
from voucher.core import clock
from voucher.core.db import session
from voucher.providers.models import ConnectedAccount
from voucher.screening import queries
from voucher.screening.list_file import read_list
from voucher.screening.matching import Index
from voucher.screening.models import Referral, Stage
from voucher.screening.operations.lists import import_list
from voucher.screening.queries import party_record
from voucher.web.staff.screening import with_claims_linked


@pytest.fixture
def doubted(arrange):
    with arrange():
        claim = make_confirmed_claim()
        query = select(ConnectedAccount).where(ConnectedAccount.provider_id == claim.provider_id)
        session.execute(query).scalar_one().holder_name = "Somebody Else Entirely"
        screen(claim=claim, stage=Stage.REVIEW, by=None, at=clock.now())
        doubt = session.execute(select(Referral)).scalar_one()
        people = make_officer(Role.APPROVER), make_officer()
        for person in people:
            session.refresh(person)
            session.expunge(person)
        return claim.reference, doubt.id, *people


def test_a_doubt_is_listed_shown_and_cleared(client, doubted):
    reference, number, approver, _ = doubted
    client.sign_in(approver)
    assert reference in client.get("/staff/screening/").text
    page = client.get(f"/staff/claims/{reference}")
    assert "Somebody Else Entirely" in page.text
    assert "Waits for an officer" in page.text
    doubt = f"/staff/screening/doubts/{number}"
    refused = client.submit(doubt, {"verdict": "clear", "note": ""})
    assert refused.status_code == 422
    assert "Say what you found" in refused.text
    client.submit(doubt, {"verdict": "clear", "note": "Their trading name; seen on a letter."})
    page = client.get(f"/staff/claims/{reference}")
    assert "Cleared" in page.text
    assert "seen on a letter" in page.text
    assert reference not in client.get("/staff/screening/").text


def test_a_caseworker_reads_and_checks_again_but_does_not_answer(client, doubted):
    reference, number, _, caseworker = doubted
    client.sign_in(caseworker)
    assert client.get("/staff/screening/").status_code == 200
    assert client.get(f"/staff/screening/doubts/{number}").status_code in (403, 404)
    done = client.submit(f"/staff/claims/{reference}", button="Make the checks again")
    assert "The checks were made again." in done.page.text


def test_a_list_is_taken_in_whole_or_not_at_all(client, doubted):
    client.sign_in(doubted[2])
    bad = {"file": (io.BytesIO(sanctions_file("x,y")), "list.csv")}
    answer = client.submit("/staff/screening/list", bad)
    assert answer.status_code == 422
    assert "Line 3" in answer.text
    good = sanctions_file(listed_line("77001", "Examplov", "Pyotr"), updated="20/06/2026")
    client.submit("/staff/screening/list", {"file": (io.BytesIO(good), "list.csv")})
    assert "20 June 2026" in client.get("/staff/screening/list").text


def test_there_is_no_such_doubt(client, doubted):
    client.sign_in(doubted[2])
    assert client.get("/staff/screening/doubts/999999").status_code == 404


def test_a_list_of_the_size_that_is_published_gets_through_and_others_do_not(client, doubted):
    client.sign_in(doubted[2])
    lines = [uk_line(f"FIC{one:05d}", "EXAMPLOV", reasons="x" * 1000) for one in range(11_000)]
    large = uk_file(*lines, day="20-Jun-2026")
    assert len(large) > 11 * 1024 * 1024
    done = client.submit("/staff/screening/list", {"file": (io.BytesIO(large), "list.csv")})
    assert "11,000 targets" in done.page.text
    doubt = f"/staff/screening/doubts/{doubted[1]}"
    refused = client.post(doubt, data={"file": (io.BytesIO(large), "list.csv")})
    assert refused.status_code == 413


def test_nobody_else_may_send_so_much(client):
    large = io.BytesIO(b"x" * (11 * 1024 * 1024))
    assert client.post("/staff/screening/list", data={"file": (large, "x")}).status_code == 413


@pytest.mark.parametrize("path", ["/staff/payments/", "/staff/screening/"])
def test_finance_sees_that_the_list_is_old(client, doubted, arrange, path):
    with arrange():
        finance = make_officer(Role.FINANCE)
        session.refresh(finance)
        session.expunge(finance)
    client.sign_in(finance)
    assert "days old" in client.get(path).text
    with arrange():
        lines = listed_line("77001", "Examplov", "Pyotr")
        content = read_list(sanctions_file(lines, updated=f"{clock.today():%d/%m/%Y}"))
        import_list(content=content, file_name="new.csv", by=None, at=clock.now())
    assert "days old" not in client.get(path).text


@pytest.fixture
def finance(arrange):
    with arrange():
        person = make_officer(Role.FINANCE)
        session.refresh(person)
        session.expunge(person)
    return person


def test_finance_answers_a_doubt_and_takes_a_list_in(client, doubted, finance):
    client.sign_in(finance)
    reference, number = doubted[:2]
    assert "Look and answer" in client.get("/staff/screening/").text
    answer = {"verdict": "clear", "note": "Their trading name; seen on a bank statement."}
    client.submit(f"/staff/screening/doubts/{number}", answer)
    assert reference not in client.get("/staff/screening/").text
    assert client.get("/staff/screening/list").status_code == 200


def test_the_first_of_two_is_told_why_there_is_no_form(client, arrange, finance):
    with arrange():
        claim = make_confirmed_claim()
        record = party_record("provider", claim.provider_id)
        record.officers = [{"name": "EXAMPLOV, Pyotr", "role": "director", "born": None}]
        lines = uk_line("RUS9001", "Examplov", "Pyotr", births="00/00/1960")
        content = read_list(uk_file(lines, day="20-Jun-2026"))
        import_list(content=content, file_name="new.csv", by=None, at=clock.now())
        screen(claim=claim, stage=Stage.REVIEW, by=None, at=clock.now())
        number = session.execute(select(Referral.id)).scalar_one()
    client.sign_in(finance)
    doubt = f"/staff/screening/doubts/{number}"
    page = client.get(doubt)
    assert "A person" in page.text
    assert "00/00" not in page.text
    client.submit(doubt, {"verdict": "clear", "note": "Another passport."})
    page = client.get(doubt)
    assert "a second person must look" in page.text
    assert "Keep the answer" not in page.text


def test_a_doubt_names_other_claims_as_links(app):
    words = "The same <b> as on CLM-0AB1-2CD3."
    with app.test_request_context():
        linked = str(with_claims_linked(words))
    address = "/staff/claims/CLM-0AB1-2CD3"
    link = f'<a class="govuk-link" href="{address}">CLM-0AB1-2CD3</a>'
    assert linked == f"The same &lt;b&gt; as on {link}."


def test_the_page_of_a_doubt_leads_to_the_other_claim(arrange, client, doubted):
    reference, number, approver, _ = doubted
    with arrange():
        doubt = session.get_one(Referral, number)
        doubt.reasons = [f"The same invoice number as on {reference}."]
    client.sign_in(approver)
    page = client.get(f"/staff/screening/doubts/{number}").page
    assert page.elements("li")
    assert f'as on <a class="govuk-link" href="/staff/claims/{reference}">' in page.html


@pytest.mark.parametrize("address", ["claims/{}/approve", "screening/claims/{}/again"])
def test_a_new_list_is_read_while_the_claim_can_be_locked(
    app, client, arrange, monkeypatch, address
):
    with arrange():
        claim = make_confirmed_claim()
        claim_id, page = claim.id, f"/staff/{address.format(claim.reference)}"
        approver = make_officer(Role.APPROVER)
        session.refresh(approver)
        session.expunge(approver)
        newer = sanctions_file(listed_line("70002", "Nemoscu"), updated="02/06/2026")
        import_list(content=read_list(newer), file_name="new.csv", by=None, at=clock.now())
    client.sign_in(approver)
    token = client.get("/staff/claims/").page.elements("input", name="csrf_token")
    token = token or client.get("/account/").page.elements("input", name="csrf_token")
    built = []

    def building(targets):
        built.append(lockable(app, Claim, claim_id))
        return Index(targets)

    monkeypatch.setattr(queries, "Index", building)
    # On SQLite a list of the test before can have had the same number.
    queries._index.cache_clear()
    answer = client.post(page, data={"csrf_token": token[0].get("value"), "note": ""})
    assert answer.status_code == 302
    assert built == [True]
