"""“Where is my money?”: every page of claims shows the payments of its own."""

from tests.factories.payments import make_approved_claim, make_payment
from tests.factories.scheme import make_member, make_provider
from tests.page import text_of
from voucher.accounts.roles import Role
from voucher.core.paging import PAGE_ROWS
from voucher.payments.models import PaymentStatus
from voucher.payments.queries import payments_by_claim


def test_the_last_page_shows_the_first_payment(client, arrange):
    with arrange():
        provider = make_provider()
        worker = make_member(Role.PROVIDER, provider=provider)
        claims = [make_approved_claim(provider=provider) for _ in range(PAGE_ROWS + 1)]
        payments = [make_payment(claim) for claim in claims]
        assert payments_by_claim([claims[0].id]) == {claims[0].id: payments[0]}
        first = claims[0].reference
    page = client.sign_in(worker).get("/provider/money/?page=2").page
    rows = [row for row in page.elements("tr") if first in "".join(row.itertext())]
    assert len(rows) == 1
    assert PaymentStatus.QUEUED.public_label in "".join(rows[0].itertext())
    assert len([row for row in page.elements("tr") if row.find("td") is not None]) == 1


def test_no_day_is_promised_for_money_that_does_not_come(client, arrange):
    with arrange():
        provider = make_provider()
        worker = make_member(Role.PROVIDER, provider=provider)
        waits, cancelled = (make_approved_claim(provider=provider) for _ in range(2))
        make_payment(waits)
        make_payment(cancelled, status=PaymentStatus.CANCELLED)
        references = waits.reference, cancelled.reference
        assert waits.pay_by_on
        assert cancelled.pay_by_on
    page = client.sign_in(worker).get("/provider/money/").page
    promised = [
        "by " in text_of(row)
        for reference in references
        for row in page.elements("tr")
        if reference in text_of(row)
    ]
    assert promised == [True, False]
