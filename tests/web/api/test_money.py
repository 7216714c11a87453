"""Payments and statements as a program sees them: the figures of the page, and no more words."""

import pytest

from tests.factories.books import make_paid
from tests.factories.payments import make_payment
from tests.factories.scheme import AT
from voucher.payments.models import PaymentStatus
from voucher.web.api.shapes import PAYOUT_STATUSES, SUMS

pytestmark = pytest.mark.both_databases
MONTH = f"{AT:%Y-%m}"


@pytest.fixture
def paid(arrange, stage):
    with arrange():
        payment = make_paid(provider=stage.job.provider)
    return payment


def test_a_payment_is_followed_to_the_bank(stage, paid):
    found = stage.ours.get(f"/payouts/{paid.reference}").json
    assert (found["status"], found["status_words"]) == ("paid", "Paid")
    assert (found["amount_pence"], found["to_bank_pence"]) == (90_000, 90_000)
    assert found["paid_at"].endswith("Z")
    assert stage.ours.get("/payouts").json["items"] == [found]
    assert stage.ours.get(f"/claims/{found['claim']}").json["payout"] == paid.reference
    assert stage.theirs.get(f"/payouts/{paid.reference}").status_code == 404
    assert stage.theirs.get(f"/payouts?cursor={paid.reference}").status_code == 404


def test_what_officers_alone_need_to_know_is_not_told(arrange, stage):
    assert set(PAYOUT_STATUSES) == set(PaymentStatus)
    with arrange():
        payment = make_payment(status=PaymentStatus.ATTENTION)
        payment.provider_id = stage.job.provider.id
    assert stage.ours.get("/payouts").json["items"][0]["status"] == "on_its_way"


def test_a_statement_adds_up(stage, paid):
    months = [one["month"] for one in stage.ours.get("/statements").json["items"]]
    assert MONTH in months
    found = stage.ours.get(f"/statements/{MONTH}").json
    assert len(found["lines"]) == 3
    for name in SUMS:
        changes = sum(line["change"][name] for line in found["lines"])
        assert found["carried_forward"][name] == found["brought_forward"][name] + changes
    assert found["carried_forward"]["settled_pence"] == 90_000
    assert stage.theirs.get(f"/statements/{MONTH}").json["lines"] == []


def test_pages_of_a_list_join_without_gap_or_repeat(arrange, stage):
    with arrange():
        made = [make_paid(provider=stage.job.provider).reference for _ in range(5)]
    seen, cursor = [], ""
    while cursor is not None:
        page = stage.ours.get(f"/payouts?limit=2{cursor and '&cursor=' + cursor}").json
        seen += [one["reference"] for one in page["items"]]
        cursor = page["next"]
    assert seen == made[::-1]
