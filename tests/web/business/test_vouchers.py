"""The business's own voucher in every state, as page and PDF, and nobody else's."""

import subprocess
from datetime import timedelta

import pytest

from tests.documents import check_pdf
from tests.factories.cases import CODE_KEY, make_match, make_officer, make_owner, make_voucher
from tests.factories.scheme import make_business, make_member, make_offering, make_provider
from tests.web.statements import counting
from voucher.accounts.roles import Role
from voucher.businesses.models import Business
from voucher.core import clock
from voucher.core.db import session
from voucher.core.references import display_code
from voucher.vouchers.models import Voucher
from voucher.vouchers.operations import cancel, code_of, complete, expire, redeem


class Holder:
    """A business with a voucher in a state, and its owner."""

    def __init__(self, app, state="issued"):
        key = app.extensions["settings"].voucher_code_key.encode()
        begun = clock.now() - (timedelta(days=120) if state == "over" else timedelta())
        voucher = make_voucher(business=make_business(), at=begun, code_key=key)
        self.business_id, self.reference = voucher.business_id, voucher.reference
        self.code = display_code(code_of(voucher=voucher, code_key=key))
        self.owner = make_owner(session.get_one(Business, voucher.business_id))
        self._bring(voucher, state, key)
        session.flush()
        session.expunge(self.owner)

    def _bring(self, voucher, state, key):
        now = clock.now()
        if state == "chosen":
            make_match(voucher, make_offering(make_provider(name="Lathe Systems Ltd")))
        if state in ("redeemed", "completed"):
            provider = make_provider()
            make_match(voucher, make_offering(provider))
            person = make_member(Role.PROVIDER, provider=provider)
            redeem(
                code=code_of(voucher=voucher, code_key=key),
                provider_id=provider.id,
                by=person.id,
                at=now,
                code_key=key,
            )
        if state == "completed":
            complete(voucher=voucher, at=now)
        if state == "cancelled":
            cancel(voucher=voucher, reason="It was handed back", by=make_officer().id, at=now)
        if state == "expired":
            expire(voucher=voucher, at=now + timedelta(days=91))


@pytest.fixture
def holder(app, arrange):
    def make(state="issued"):
        with arrange():
            return Holder(app, state)

    return make


def test_a_live_voucher_shows_code_value_last_day_and_what_to_do(client, holder):
    made = holder()
    client.sign_in(made.owner)
    page = client.get(f"/business/vouchers/{made.reference}").page
    assert made.code in page.text
    assert "50% of the price before VAT, up to £1,000" in page.text
    assert "What to do next" in page.text
    title = f"QR code that takes the provider to the page of redemption, with code {made.code}"
    assert f"<title>{title}</title>" in page.html


def test_a_voucher_with_a_choice_leads_to_the_agreement_and_no_longer_to_the_list(client, holder):
    made = holder("chosen")
    client.sign_in(made.owner)
    page = client.get(f"/business/vouchers/{made.reference}").page
    assert "You have chosen Lathe Systems Ltd" in page.text
    agreement = page.link("See your choice and what comes next")
    assert agreement == f"/business/vouchers/{made.reference}/agreement"
    assert client.get(agreement).status_code == 200
    assert "Choose an offering" not in page.text


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("over", "This voucher expired"),
        ("expired", "This voucher expired"),
        ("cancelled", "It was handed back"),
        ("redeemed", "You pay the provider"),
        ("completed", "There is nothing more to do"),
    ],
)
def test_a_voucher_that_can_not_be_used_says_what_to_do_and_shows_no_code(
    client, holder, state, words
):
    made = holder(state)
    client.sign_in(made.owner)
    page = client.get(f"/business/vouchers/{made.reference}").page
    assert words in page.text
    assert made.code not in page.html
    assert client.get(f"/business/vouchers/{made.reference}/voucher.pdf").status_code == 409
    listed = client.get("/business/vouchers/").page.text
    assert made.reference in listed


def test_another_business_finds_nothing(client, holder, arrange):
    made = holder()
    with arrange():
        stranger = make_owner(make_business())
        session.expunge(stranger)
    client.sign_in(stranger)
    assert client.get(f"/business/vouchers/{made.reference}").status_code == 404
    assert client.get(f"/business/vouchers/{made.reference}/voucher.pdf").status_code == 404
    assert "You have no voucher yet" in client.get("/business/vouchers/").page.text


@pytest.mark.parametrize("role", [Role.CASEWORKER, Role.APPROVER, Role.AUDITOR])
def test_no_officer_sees_the_business_page(client, holder, arrange, role):
    made = holder()
    with arrange():
        officer = make_officer(role)
        session.expunge(officer)
    client.sign_in(officer)
    assert client.get(f"/business/vouchers/{made.reference}").status_code == 403


def test_the_pages_are_cheap(app, client, holder):
    made = holder()
    client.sign_in(made.owner)
    client.get("/business/vouchers/")
    for address in ("/business/vouchers/", f"/business/vouchers/{made.reference}"):
        with counting(app) as seen:
            assert client.get(address).status_code == 200
        assert len(seen) <= 4, seen


@pytest.fixture
def document(client, holder, tmp_path):
    made = holder()
    client.sign_in(made.owner)
    answer = client.get(f"/business/vouchers/{made.reference}/voucher.pdf")
    assert answer.mimetype == "application/pdf"
    assert made.reference in answer.headers["Content-Disposition"]
    path = tmp_path / "voucher.pdf"
    path.write_bytes(answer.data)
    return made, path


def test_the_pdf_is_tagged_named_and_says_what_the_page_says(document):
    made, path = document
    content = path.read_bytes()
    assert content.startswith(b"%PDF-1.7")
    facts = subprocess.run(["pdfinfo", str(path)], capture_output=True, text=True, check=True)
    assert f"Tech taster voucher {made.reference}" in facts.stdout
    assert "Pages:           1\n" in facts.stdout, "what is carried about is one sheet"
    words = subprocess.run(
        ["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True
    ).stdout
    assert made.code in words
    assert made.reference in words


def test_checkers_find_nothing_in_the_pdf(document, tmp_path):
    check_pdf(document[1].read_bytes(), tmp_path / "checked.pdf")


def test_a_code_of_another_key_is_not_shown(app, client, arrange):
    with arrange():
        voucher = make_voucher(at=clock.now(), code_key=CODE_KEY)
        reference = voucher.reference
        own = display_code(code_of(voucher=voucher, code_key=CODE_KEY))
        owner = make_owner(
            session.get_one(Business, session.get_one(Voucher, voucher.id).business_id)
        )
        session.expunge(owner)
    client.sign_in(owner)
    assert own not in client.get(f"/business/vouchers/{reference}").page.html
