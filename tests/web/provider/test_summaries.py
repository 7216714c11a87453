"""A provider's own summaries: once they are signed off, and nobody else's."""

import pytest

from tests.factories.evaluation import make_redeemed
from tests.factories.scheme import AT, make_member, make_provider
from voucher.accounts.roles import Role
from voucher.cli.rendering import render
from voucher.core.db import session
from voucher.evaluation.jobs import build_reports
from voucher.evaluation.operations import ask_provider_report
from voucher.providers.models import Provider

HOME = "/provider/summaries/"


@pytest.fixture
def summary(app, arrange):
    """The reference of a provider's finished summary, one of its people, and an evaluator."""
    with arrange():
        provider = session.get(Provider, make_redeemed().provider_id)
        made = ask_provider_report(provider=provider, by=None, at=AT)
        person, evaluator = (
            make_member(Role.PROVIDER, provider=provider),
            make_member(Role.EVALUATOR),
        )
        reference = made.reference
    with app.app_context():
        assert build_reports(app.extensions["services"].store, render, AT) == 1
    return reference, person, evaluator


@pytest.mark.slow
def test_a_provider_reads_its_summary_once_it_is_signed_off(client, arrange, summary):
    reference, person, evaluator = summary
    client.sign_in(person)
    assert "No summary yet" in client.get(HOME).page.text
    assert client.get(HOME + reference).status_code == 404
    client.sign_in(evaluator)
    address = f"/staff/reports/{reference}"
    assert "Fewer than five vouchers" in client.get(f"{address}/page").page.text
    page = client.get(address).page
    assert "It is not published." in page.text
    token = page.elements("input", name="csrf_token")[0].get("value")
    client.post(f"{address}/sign-off", data={"note": "", "csrf_token": token})
    told = client.get(address).page.text
    assert "The provider can read it now." in told
    assert "Publish the report" not in told
    client.sign_in(person)
    assert "Data up to" in client.get(HOME).page.text
    assert "Fewer than five vouchers" in client.get(HOME + reference).page.text
    assert client.get(f"{HOME}{reference}/document").data[:5] == b"%PDF-"
    with arrange():
        other = make_member(Role.PROVIDER, provider=make_provider())
        session.expunge(other)
    client.sign_in(other)
    assert "No summary yet" in client.get(HOME).page.text
    for end in ("", "/document"):
        assert client.get(HOME + reference + end).status_code == 404
