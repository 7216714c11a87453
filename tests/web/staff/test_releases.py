"""Finance lets payments go, on the pages."""

import pytest

from tests.factories.cases import make_officer
from tests.factories.payments import make_approved_claim
from tests.factories.scheme import AT, make_provider, make_round
from tests.web.statements import counting
from voucher.accounts.models import User
from voucher.accounts.roles import Role
from voucher.claims.models import Claim
from voucher.core.db import session
from voucher.payments.models import Payment, PaymentStatus
from voucher.payments.operations.queueing import queue_claim
from voucher.payments.runs.models import PaymentRun, RunStatus
from voucher.programmes.models import ReleaseMethod, Round
from voucher.programmes.operations.budget import record_top_up


def signed_in(arrange, client, role=Role.FINANCE):
    with arrange():
        person = make_officer(role)
        session.expunge(person)
    client.sign_in(person)


def ready(arrange, count=1, funds=1_000_000, **values):
    with arrange():
        round_ = make_round(release_method=ReleaseMethod.BY_FINANCE, **values)
        provider = make_provider()
        if funds:
            record_top_up(pence=funds, source=provider, at=AT, by=None)
        made = []
        for _ in range(count):
            claim = make_approved_claim(round_, provider)
            made.append(queue_claim(claim_id=claim.id, at=AT).reference)
    return made


def statuses(app):
    with app.app_context():
        return [row.status for row in session.query(Payment).order_by(Payment.id)]


def tried(client, *references):
    return "/staff/releases/try?" + "&".join(f"payment={one}" for one in references)


def run_of(app):
    with app.app_context():
        found = session.query(PaymentRun).one()
        session.expunge(found)
    return found


def test_an_empty_list_says_so(client, arrange):
    signed_in(arrange, client)
    assert "Nothing waits for its release" in client.get("/staff/releases/ready").page.text
    assert "Nothing was released yet" in client.get("/staff/releases/").page.text


def test_the_list_costs_the_same_for_many(app, client, arrange):
    signed_in(arrange, client)
    references = ready(arrange, 3)
    with counting(app) as seen:
        page = client.get("/staff/releases/ready").page
    assert all(reference in page.text for reference in references)
    assert "late)" in page.text
    assert len(seen) <= 8, seen


def test_tried_out_and_released(app, client, arrange):
    signed_in(arrange, client)
    one, two = ready(arrange, 2)
    address = tried(client, one)
    page = client.get(address).page
    assert "Would be sent" in page.text
    assert two not in page.text
    assert statuses(app) == [PaymentStatus.READY] * 2
    assert client.submit(address, button="Release 1 payment").status_code == 200
    assert statuses(app) == [PaymentStatus.QUEUED, PaymentStatus.READY]
    run = run_of(app)
    assert run.status is RunStatus.RELEASED
    assert run.reference in client.get("/staff/releases/").page.text
    assert one in client.get(f"/staff/releases/{run.reference}").page.text


def test_the_sum_of_a_round_decides_whether_a_second_person_is_needed(client, arrange):
    signed_in(arrange, client)
    one, two = ready(arrange, 2, second_release_pence=100_000)
    assert "second person" not in client.get(tried(client, one)).page.text
    assert "second person" in client.get(tried(client, one, two)).page.text


def test_missing_money_is_said(client, arrange):
    signed_in(arrange, client)
    ready(arrange, 2, funds=100_000)
    page = client.get("/staff/releases/try?all=1").page
    assert "£800.00 is missing" in page.text
    assert "The programme’s balance does not cover it." in page.text


def test_nothing_chosen_leads_back(client, arrange):
    signed_in(arrange, client)
    ready(arrange)
    for address in ("/staff/releases/try", "/staff/releases/try?payment=%00x"):
        assert client.get(address).status_code == 302


def test_released_twice_it_is_refused(app, client, arrange):
    signed_in(arrange, client)
    address = tried(client, *ready(arrange))
    form = client.get(address).page.form("Release 1 payment")
    given = {each.get("name"): each.get("value") for each in form.iter("input")}
    assert client.post("/staff/releases/release", data=given).status_code == 302
    assert client.post("/staff/releases/release", data=given).status_code == 409
    assert run_of(app).payment_count == 1


def test_above_the_threshold_an_approver_agrees(app, client, arrange):
    signed_in(arrange, client)
    address = tried(client, *ready(arrange, second_release_pence=1))
    assert "A second person will have to agree" in client.get(address).page.text
    client.submit(address, button="Release 1 payment")
    assert statuses(app) == [PaymentStatus.READY]
    run = f"/staff/releases/{run_of(app).reference}"
    assert "so a colleague must agree" in client.get(run).page.text
    assert "1 release" in client.get("/staff/releases/ready").page.text
    signed_in(arrange, client, Role.APPROVER)
    assert client.submit(run, button="Let them go").status_code == 200
    assert statuses(app) == [PaymentStatus.QUEUED]


@pytest.mark.parametrize(("reason", "code"), [("", 422), ("x" * 301, 422), ("Later.", 200)])
def test_a_waiting_release_is_withdrawn_with_a_reason(app, client, arrange, reason, code):
    signed_in(arrange, client)
    client.submit(
        tried(client, *ready(arrange, second_release_pence=1)), button="Release 1 payment"
    )
    run = f"/staff/releases/{run_of(app).reference}"
    assert client.submit(f"{run}/withdraw", {"reason": reason}).status_code == code
    assert (run_of(app).status is RunStatus.WITHDRAWN) is (code == 200)


def test_a_released_payment_is_held_back(app, client, arrange):
    signed_in(arrange, client)
    [reference] = ready(arrange)
    client.submit(tried(client, reference), button="Release 1 payment")
    assert "Hold this payment back" in client.get(f"/staff/payments/{reference}").page.text
    address = f"/staff/releases/hold-back/{reference}"
    assert client.submit(address, {"reason": ""}).status_code == 422
    assert client.submit(address, {"reason": "Ask first."}).status_code == 200
    assert statuses(app) == [PaymentStatus.READY]
    assert client.get(address).status_code == 409
    for page in ("/staff/releases/ready", tried(client, reference), f"/staff/payments/{reference}"):
        assert "Held back: Ask first." in client.get(page).page.text
    payment = client.get(f"/staff/payments/{reference}").page.text
    assert f"{run_of(app).reference}: asked for by" in payment
    assert "taken out by" in payment
    assert client.get("/staff/releases/try?all=1").status_code == 302


def test_the_second_person_reads_why_a_payment_was_held_back(app, client, arrange):
    signed_in(arrange, client)
    [reference] = ready(arrange, second_release_pence=1_000_000)
    client.submit(tried(client, reference), button="Release 1 payment")
    client.submit(f"/staff/releases/hold-back/{reference}", {"reason": "Ask first."})
    with arrange():
        session.query(Round).one().second_release_pence = 1
    words = client.get(tried(client, reference)).page.text
    assert "£0.01 or more of a round is released by two" in words
    client.submit(tried(client, reference), button="Release 1 payment")
    with app.app_context():
        newest = session.query(PaymentRun).order_by(PaymentRun.id.desc()).first().reference
    signed_in(arrange, client, Role.APPROVER)
    assert "Held back: Ask first." in client.get(f"/staff/releases/{newest}").page.text
    client.submit(f"/staff/releases/{newest}", button="Let them go")
    page = client.get(f"/staff/payments/{reference}").page.text
    assert f"{newest}: asked for by" in page
    assert "agreed to by" in page


def test_a_payment_that_nobody_released_is_held_back_too(app, client, arrange):
    signed_in(arrange, client)
    [reference] = ready(arrange)
    page = client.get(f"/staff/payments/{reference}").page
    address = page.link("Hold this payment back")
    answer = client.submit(address, {"reason": "They rang."})
    assert "Held back: They rang." in answer.page.text
    assert "Hold this payment back" not in answer.page.text
    assert "It was held back for the reason above." in answer.page.text
    assert statuses(app) == [PaymentStatus.READY]


def test_every_ready_payment_leads_to_its_page(client, arrange):
    signed_in(arrange, client)
    [reference] = ready(arrange)
    page = client.get("/staff/releases/ready").page
    assert page.link(f"See the payment {reference}") == f"/staff/payments/{reference}"


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.CASEWORKER, Role.APPROVER])
def test_only_finance_releases(client, arrange, role):
    signed_in(arrange, client, role)
    page = client.get(tried(client, *ready(arrange))).page
    assert "Would be sent" in page.text
    assert "Release 1 payment" not in page.text


def test_each_begins_with_what_waits_for_them(app, client, arrange):
    signed_in(arrange, client, Role.APPROVER)
    assert "Also waiting" not in client.get("/staff/second").page.text
    signed_in(arrange, client)
    client.submit(
        tried(client, *ready(arrange, second_release_pence=1)), button="Release 1 payment"
    )
    signed_in(arrange, client, Role.APPROVER)
    page = client.get("/staff/second").page
    assert "Also waiting: 1 release for a second person." in page.text
    signed_in(arrange, client, Role.AUDITOR)
    assert "Also waiting" not in client.get("/staff/releases/ready").page.text


def test_who_approved_a_claim_is_told_that_a_colleague_must_agree(app, client, arrange):
    signed_in(arrange, client)
    client.submit(
        tried(client, *ready(arrange, second_release_pence=1)), button="Release 1 payment"
    )
    with arrange():
        person = session.get_one(User, session.query(Claim).one().approved_by_id)
        session.expunge(person)
    client.sign_in(person)
    page = client.get(f"/staff/releases/{run_of(app).reference}").page
    assert "You approved one of these claims" in page.text
    assert "Let them go" not in page.text
