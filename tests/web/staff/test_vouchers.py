"""Vouchers as officers see them: list, extend, cancel; and never the code."""

from datetime import timedelta

import pytest

from tests.factories.cases import make_officer, make_voucher
from tests.factories.scheme import make_business, make_round
from tests.factories.work import make_job, redeemed
from tests.web.statements import counting
from voucher.accounts.roles import Role
from voucher.core import clock
from voucher.core.db import session
from voucher.core.references import display_code
from voucher.vouchers.models import Voucher, VoucherStatus
from voucher.vouchers.operations import code_of
from voucher.web.configuration import settings


def signed_in(arrange, client, role):
    with arrange():
        person = make_officer(role)
        session.expunge(person)
    client.sign_in(person)


def live(arrange, **values):
    with arrange():
        return make_voucher(at=values.pop("at", clock.now()), **values).reference


def stored(app, reference):
    with app.app_context():
        found = session.query(Voucher).filter_by(reference=reference).one()
        session.expunge(found)
    return found


def test_an_empty_list_says_so(client, arrange):
    signed_in(arrange, client, Role.CASEWORKER)
    assert "No vouchers yet" in client.get("/staff/vouchers/").page.text


def test_the_list_is_filtered_and_costs_the_same_for_many(app, client, arrange):
    signed_in(arrange, client, Role.CASEWORKER)
    with arrange():
        round_ = make_round(name="Spring")
        reference = round_.reference
        for _ in range(3):
            make_voucher(round_, make_business(name="Fictional Bakery"), at=clock.now())
        make_voucher(at=clock.now() - timedelta(days=120))
    with counting(app) as seen:
        answer = client.get(f"/staff/vouchers/?round={reference}&q=BAKERY")
    assert "3 vouchers" in answer.page.text
    assert len(seen) <= 8, seen
    assert "Expired" in client.get("/staff/vouchers/").page.text
    assert "No voucher fits" in client.get("/staff/vouchers/?q=nobody").page.text
    assert client.get("/staff/vouchers/?status=nonsense&page=x").status_code == 200


def test_officers_never_see_the_code(app, client, arrange):
    signed_in(arrange, client, Role.APPROVER)
    reference = live(arrange)
    with app.app_context():
        key = settings().voucher_code_key.encode()
        code = code_of(voucher=stored(app, reference), code_key=key)
    html = client.get(f"/staff/vouchers/{reference}").page.html
    assert code not in html
    assert display_code(code) not in html


def test_extending_needs_a_reason_and_happens_once(app, client, arrange):
    signed_in(arrange, client, Role.CASEWORKER)
    reference = live(arrange)
    before = stored(app, reference).expires_on
    answer = client.submit(f"/staff/vouchers/{reference}/extend", {"reason": " "})
    assert answer.status_code == 422
    assert answer.page.errors == ["Say why it is extended."]
    answer = client.submit(
        f"/staff/vouchers/{reference}/extend", {"reason": "The provider was ill"}
    )
    assert "The voucher has been extended." in answer.page.text
    assert stored(app, reference).expires_on == before + timedelta(days=30)
    again = client.submit(f"/staff/vouchers/{reference}/extend", {"reason": "Again"})
    assert again.status_code == 409
    assert ">Extend<" not in client.get(f"/staff/vouchers/{reference}").page.html


def test_cancelling_is_for_approvers_and_final(app, client, arrange):
    signed_in(arrange, client, Role.CASEWORKER)
    reference = live(arrange)
    assert client.get(f"/staff/vouchers/{reference}/cancel").status_code == 403
    assert ">Cancel<" not in client.get(f"/staff/vouchers/{reference}").page.html
    signed_in(arrange, client, Role.APPROVER)
    answer = client.submit(f"/staff/vouchers/{reference}/cancel", {"reason": "Business closed"})
    assert "The voucher has been cancelled." in answer.page.text
    assert stored(app, reference).status is VoucherStatus.CANCELLED
    assert client.get(f"/staff/vouchers/{reference}/cancel").status_code == 409
    assert client.get(f"/staff/vouchers/{reference}/extend").status_code in (403, 409)


def test_a_redeemed_voucher_is_cancelled_while_nobody_claims_on_it(app, client, arrange):
    signed_in(arrange, client, Role.APPROVER)
    with arrange():
        reference = redeemed(make_job()).voucher.reference
    assert ">Cancel<" in client.get(f"/staff/vouchers/{reference}").page.html
    assert client.get(f"/staff/vouchers/{reference}/extend").status_code in (403, 409)
    answer = client.submit(f"/staff/vouchers/{reference}/cancel", {"reason": "Never claimed"})
    assert "The voucher has been cancelled." in answer.page.text
    assert stored(app, reference).status is VoucherStatus.CANCELLED


@pytest.mark.parametrize("reference", ["VCH-0000-0000", "nonsense", "%00"])
def test_an_unknown_voucher_is_not_found(client, arrange, reference):
    signed_in(arrange, client, Role.APPROVER)
    for page in ("", "/cancel"):
        assert client.get(f"/staff/vouchers/{reference}{page}").status_code == 404


def test_no_get_changes_anything(app, client, arrange):
    signed_in(arrange, client, Role.APPROVER)
    reference = live(arrange)
    client.get(f"/staff/vouchers/{reference}/cancel")
    client.get(f"/staff/vouchers/{reference}/cancel?reason=x")
    assert stored(app, reference).status is VoucherStatus.ISSUED
