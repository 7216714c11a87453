"""Differences explained and signed, and suspense cleared, on the pages of finance."""

import pytest

from tests.factories.cases import make_officer
from tests.factories.scheme import AT, make_provider
from tests.page import text_of
from tests.web.statements import counting
from voucher.accounts.roles import Role
from voucher.core.db import session
from voucher.integrations.stripe.answers import BalanceTransaction
from voucher.payments.differences.models import (
    BookDifference,
    DifferenceStatus,
    MovementStatus,
    SignOff,
    UnexplainedMovement,
)
from voucher.payments.differences.operations.unexplained import notice_movement
from voucher.payments.models import Reconciliation, ReconciliationRequest
from voucher.payments.operations.comparing import end_in_failure, end_with, take_up
from voucher.payments.operations.reconciliation import keep_reconciliation
from voucher.payments.queries.work import account_of
from voucher.payments.reconciling import Difference, DifferenceKind


def signed_in(arrange, client, role=Role.FINANCE):
    with arrange():
        person = make_officer(role)
        session.expunge(person)
    client.sign_in(person)


def compared(arrange, *differences):
    with arrange():
        made = keep_reconciliation(
            stripe_balance_pence=100_000,
            ledger_balance_pence=100_500,
            matched=7,
            under_way=0,
            differences=differences,
            by=None,
            at=AT,
        )
        items = [item.reference for item in session.query(BookDifference).all()]
        return made.reference, items


def noticed(arrange, pence=-500, stripe_id="tr_hand", account_id=None):
    seen = BalanceTransaction("txn_1", "transfer", pence, 0, pence, "gbp", stripe_id, AT)
    with arrange():
        made = notice_movement(seen=seen, stripe_id=stripe_id, account_id=account_id, at=AT)
        return made.reference


def stored(app, model):
    with app.app_context():
        found = session.query(model).one()
        session.expunge(found)
    return found


def post(client, address, data=None):
    """Sent with the token of whoever is signed in, from a page that everybody on the staff has."""
    token = client.get("/staff/money/").page.elements("input", name="csrf_token")[0]
    return client.post(address, data={"csrf_token": token.get("value"), **(data or {})})


OPEN = Difference(DifferenceKind.ONLY_OURS, "transfer tr_7", None, -500)


@pytest.mark.parametrize("kind", list(DifferenceKind))
def test_every_difference_says_what_to_do(client, arrange, kind):
    signed_in(arrange, client, Role.AUDITOR)
    reference, _ = compared(arrange, Difference(kind, "thing", -500, None))
    page = client.get(f"/staff/money/reconciliations/{reference}").page
    assert "What to do:" in page.text
    assert "1 of them nobody has explained" in page.text
    assert "It can be signed when no difference is open" in page.text


def test_an_explained_comparison_is_signed(app, client, arrange):
    signed_in(arrange, client)
    reference, (item,) = compared(arrange, OPEN)
    sign = f"/staff/money/reconciliations/{reference}/sign"
    assert post(client, sign, data={"note": ""}).status_code == 409
    answer = post(client, f"/staff/money/differences/{item}", data={"words": "Known since May."})
    assert answer.status_code == 302
    assert stored(app, BookDifference).status is DifferenceStatus.EXPLAINED
    assert "Known since May." in client.get(f"/staff/money/differences/{item}").page.text
    assert client.get(sign).status_code == 200
    assert post(client, sign, data={"note": "All looked at."}).status_code == 302
    assert stored(app, SignOff).explained[0]["explanation"] == "Known since May."
    page = client.get(f"/staff/money/reconciliations/{reference}").page
    assert "Signed by" in page.text
    assert "Signed" in client.get("/staff/money/reconciliations").page.text
    assert post(client, sign, data={"note": ""}).status_code == 409


@pytest.mark.parametrize("words", ["", "  ", "x" * 1001])
def test_an_explanation_needs_words(app, client, arrange, words):
    signed_in(arrange, client)
    _, (item,) = compared(arrange, OPEN)
    answer = post(client, f"/staff/money/differences/{item}", data={"words": words})
    assert answer.status_code == 422
    assert stored(app, BookDifference).status is DifferenceStatus.OPEN


def test_an_explanation_is_taken_back(app, client, arrange):
    signed_in(arrange, client)
    _, (item,) = compared(arrange, OPEN)
    post(client, f"/staff/money/differences/{item}", data={"words": "Known."})
    assert post(client, f"/staff/money/differences/{item}/open").status_code == 302
    assert stored(app, BookDifference).status is DifferenceStatus.OPEN


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.APPROVER, Role.PROGRAMME_MANAGER])
def test_only_finance_explains_signs_and_clears(client, arrange, role):
    reference, (item,) = compared(arrange, OPEN)
    movement = noticed(arrange)
    signed_in(arrange, client, role)
    for address in (
        f"differences/{item}",
        f"differences/{item}/open",
        f"reconciliations/{reference}/sign",
        f"suspense/{movement}",
        f"suspense/{movement}/agree",
        f"suspense/{movement}/disagree",
    ):
        assert post(client, f"/staff/money/{address}").status_code == 403
    assert client.get(f"/staff/money/suspense/{movement}").status_code == 200


def test_suspense_is_seen_and_cleared_by_two_people(app, client, arrange):
    signed_in(arrange, client)
    assert "Nothing moved without us" in client.get("/staff/money/suspense").page.text
    reference = noticed(arrange)
    assert "1 movement" in client.get("/staff/money/").page.text
    assert reference in client.get("/staff/money/suspense").page.text
    address = f"/staff/money/suspense/{reference}"
    given = {"outcome": "funder", "subject": "", "note": "The funder took it back."}
    assert post(client, address, data=given).status_code == 302
    assert "so a colleague must agree" in client.get(address).page.text
    assert post(client, f"{address}/agree").status_code == 403
    signed_in(arrange, client)
    assert post(client, f"{address}/agree").status_code == 302
    row = stored(app, UnexplainedMovement)
    assert row.status is MovementStatus.CLEARED
    assert "Agreed by" in client.get(address).page.text


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"outcome": "", "note": "x"}, "Say what it was."),
        ({"outcome": "funder", "note": ""}, "Say how you know."),
        ({"outcome": "returned", "subject": "nonsense", "note": "x"}, "Give the reference"),
        ({"outcome": "owed", "note": "x"}, "There is a problem"),
        ({"outcome": "fee", "note": "x"}, "There is a problem"),
        ({"outcome": "stolen", "note": "x"}, "There is a problem"),
    ],
)
def test_what_does_not_fit_is_said_at_the_field(app, client, arrange, given, words):
    signed_in(arrange, client)
    reference = noticed(arrange)
    answer = post(client, f"/staff/money/suspense/{reference}", data={"subject": "", **given})
    assert answer.status_code == 422
    assert words in answer.page.text
    assert stored(app, UnexplainedMovement).status is MovementStatus.OPEN


def test_a_proposal_is_opened_again(app, client, arrange):
    signed_in(arrange, client)
    address = f"/staff/money/suspense/{noticed(arrange)}"
    post(client, address, data={"outcome": "funder", "subject": "", "note": "It took it back."})
    assert post(client, f"{address}/disagree", data={"note": ""}).status_code == 422
    assert post(client, f"{address}/disagree", data={"note": "It says no."}).status_code == 302
    assert stored(app, UnexplainedMovement).status is MovementStatus.OPEN


def test_who_said_what_earlier_is_still_read_when_something_else_is_said(client, arrange):
    signed_in(arrange, client)
    address = f"/staff/money/suspense/{noticed(arrange)}"
    post(client, address, data={"outcome": "funder", "subject": "", "note": "It took it back."})
    with arrange():
        second = make_officer(Role.FINANCE)
        second.full_name = "Another Fictional Officer"
        session.flush()
        session.refresh(second)
        session.expunge(second)
    client.sign_in(second)
    post(client, f"{address}/disagree", data={"note": "It says no."})
    post(client, address, data={"outcome": "funder", "subject": "", "note": "It says yes."})
    page = client.get(address).page
    said = [text_of(one) for one in page.elements("li", **{"class": "scheme-timeline__event"})]
    assert len(said) == 3
    assert "It took it back." in said[2]
    assert second.full_name in said[1]
    assert second.full_name not in said[2]


def test_a_movement_to_a_provider_s_account_is_offered_as_nothing_else(client, arrange):
    signed_in(arrange, client)
    with arrange():
        account_id = make_provider(payable=True).id
        account_id = account_of(account_id).stripe_account_id
    address = f"/staff/money/suspense/{noticed(arrange, account_id=account_id)}"
    offered = client.get(address).page.elements("input", name="outcome")
    assert [one.get("value") for one in offered] == ["matched", "returned", "owed"]


def test_many_differences_cost_the_same(app, client, arrange):
    signed_in(arrange, client)
    many = [Difference(DifferenceKind.ONLY_OURS, f"transfer {n}", None, -1) for n in range(40)]
    reference, _ = compared(arrange, *many)
    with counting(app) as seen:
        client.get(f"/staff/money/reconciliations/{reference}")
    assert len(seen) <= 12, seen


RECONCILIATIONS = "/staff/money/reconciliations"


def test_a_comparison_is_asked_for_once(app, client, arrange):
    signed_in(arrange, client)
    page = client.get(RECONCILIATIONS).page
    assert "Compare now" in page.text
    assert "Under way" not in page.text
    for words in ("The books are being compared.", "The books are being compared already."):
        answer = post(client, RECONCILIATIONS)
        assert answer.status_code == 302
        assert words in client.get(RECONCILIATIONS).page.text
    asked = stored(app, ReconciliationRequest)
    assert asked.finished_at is None
    page = client.get(RECONCILIATIONS).page
    assert "Asked for" in page.text
    assert "Under way" in page.text
    assert "Compare now" not in page.text


def test_what_came_of_it_is_shown(app, client, arrange):
    signed_in(arrange, client)
    post(client, RECONCILIATIONS)
    asked = stored(app, ReconciliationRequest)
    reference, _ = compared(arrange, OPEN)
    with arrange():
        take_up(request_id=asked.id, taken_before=AT, at=AT)
    assert "The worker is comparing the books" in client.get(RECONCILIATIONS).page.text
    with arrange():
        end_with(request_id=asked.id, made=session.query(Reconciliation).one(), at=AT)
    page = client.get(RECONCILIATIONS).page
    assert text_of(page.elements("p", id="asked")[0]).endswith(f"{reference}, 1 difference.")
    assert "Compare now" in page.text


def test_why_nothing_came_of_it_is_shown(app, client, arrange):
    signed_in(arrange, client)
    post(client, RECONCILIATIONS)
    asked = stored(app, ReconciliationRequest)
    with arrange():
        take_up(request_id=asked.id, taken_before=AT, at=AT)
        end_in_failure(request_id=asked.id, words="Stripe gave no clear answer.", at=AT)
    page = client.get(RECONCILIATIONS).page
    assert "Not compared" in page.text
    assert "Stripe gave no clear answer." in page.text
    assert "Compare now" in page.text


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.APPROVER, Role.PROGRAMME_MANAGER])
def test_only_finance_asks_for_a_comparison(client, arrange, role):
    signed_in(arrange, client, role)
    assert "Compare now" not in client.get(RECONCILIATIONS).page.text
    assert post(client, RECONCILIATIONS).status_code == 403
