"""The dashboard for training: staff see the money, and play funder, bank and fate."""

import re

import pytest
import requests

from tests.browser import AXE_TAGS, DESKTOP, PHONE
from voucher.sandbox.stripe_emulator.control_client import Controls

PAGES = ("", "transfers", "payouts", "accounts", "faults")


@pytest.fixture
def visit(emulator):
    """GET a page, or POST a form to it, as a browser on this machine."""
    with requests.Session() as browser:
        browser.trust_env = False

        def go(page="", form=None, **headers):
            address = f"{emulator.address}/dashboard/{page}"
            if form is None:
                return browser.get(address, timeout=10)
            return browser.post(address, data=form, headers=headers, timeout=10)

        yield go


def text_of(answer) -> str:
    """What a person reads, in one line."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


@pytest.fixture
def payout(emulator, gateway, provider, funds, pay):
    """£300 sent on to a provider's bank, while the clock stands still."""
    emulator.control("clock", at=1_800_000_000, frozen=True)
    pay()
    return gateway.create_payout(
        account_id=provider, amount_pence=30_000, metadata={}, key="p1"
    ).payout_id


@pytest.mark.parametrize("page", PAGES)
def test_every_page_says_that_it_is_a_sandbox(visit, page):
    answer = visit(page)
    assert answer.status_code == 200
    assert "Sandbox: not Stripe." in text_of(answer)
    assert "form-action 'self'" in answer.headers["Content-Security-Policy"]


def test_the_funder_sends_money(visit, gateway):
    assert "The top-up was made." in text_of(
        visit("top-ups", {"amount": "£1,250.50", "outcome": "succeeded"})
    )
    assert gateway.balance_pence() == 125_050
    waiting = visit("top-ups", {"amount": "10", "outcome": "pending"})
    assert gateway.balance_pence() == 125_050
    address = re.search(r'action="/dashboard/(top-ups/tu_\w+)"', waiting.text)[1]
    visit(address, {"outcome": "succeeded"})
    assert gateway.balance_pence() == 126_050


@pytest.mark.parametrize(
    "typed", ["", "0", "-1", "1.5", "12e3", "١٠", "1000000", "£", "1.000", "a"]
)
def test_a_wrong_amount_is_explained_and_moves_nothing(visit, gateway, typed):
    answer = visit("top-ups", {"amount": typed})
    assert answer.status_code == 422
    assert "There is a problem" in text_of(answer)
    assert gateway.balance_pence() == 0


def test_a_transfer_is_made_by_hand(visit, gateway, provider, funds):
    form = {"destination": provider, "amount": "15", "description": "By hand"}
    assert "By hand" in text_of(visit("transfers", form))
    assert gateway.connected_balance_pence(provider) == 1_500
    too_much = visit("transfers", form | {"amount": "99999"})
    assert too_much.status_code == 422
    assert gateway.balance_pence() == funds - 1_500


@pytest.mark.parametrize(
    ("outcomes", "status"),
    [(["paid"], "paid"), (["paid", "failed"], "failed"), (["canceled"], "canceled")],
)
def test_a_bank_decides_a_payout(visit, gateway, provider, payout, outcomes, status):
    for outcome in outcomes:
        assert visit(f"payouts/{payout}", {"outcome": outcome}).status_code == 200
    assert gateway.read_payout(account_id=provider, payout_id=payout).status == status
    if status != "paid":
        assert visit(f"payouts/{payout}", {"outcome": "paid"}).status_code == 422


def test_a_bank_account_is_changed_and_the_account_stopped_and_closed(visit, gateway, provider):
    page = f"accounts/{provider}"
    wrong = visit(f"{page}/bank", {"holder": "X", "sort_code": "1", "number": "2"})
    assert wrong.status_code == 422
    right = {"holder": "Fictional Two Limited", "sort_code": "10-88-00", "number": "00012345"}
    assert "ending in 2345" in text_of(visit(f"{page}/bank", right))
    assert gateway.read_account(account_id=provider).bank_last4 == "2345"
    visit(f"{page}/standing", {"standing": "stop_payouts"})
    assert not gateway.read_account(account_id=provider).payable
    visit(f"{page}/standing", {"standing": "restore"})
    assert gateway.read_account(account_id=provider).payable
    assert visit(f"{page}/close", {}).status_code == 200
    assert visit(page).status_code == 404


def test_days_pass(emulator, visit, gateway, provider, payout):
    before = emulator.control("health", "GET")["clock"]
    visit("clock", {"hours": "72"})
    assert emulator.control("health", "GET")["clock"] >= before + 72 * 3600
    assert visit("clock", {"hours": "999999999"}).status_code == 400


def test_faults_are_ordered_and_called_off(emulator, visit):
    visit("faults", {"kind": "webhook_missing", "times": "2"})
    assert [one["remaining"] for one in Controls(emulator.address).pending_faults()] == [2]
    assert visit("faults", {"kind": "earthquake"}).status_code == 400
    visit("faults/none", {})
    assert Controls(emulator.address).pending_faults() == []
    assert "held back" in text_of(visit("webhooks", {"paused": "true"}))


def test_another_site_cannot_pull_levers(visit, gateway):
    answer = visit("top-ups", {"amount": "10"}, Origin="http://elsewhere.example")
    assert answer.status_code == 403
    assert gateway.balance_pence() == 0


@pytest.mark.parametrize("lever", ["reset", "advance", "clock"])
def test_another_site_cannot_pull_levers_past_the_pages(visit, gateway, funds, lever):
    answer = visit(f"../_control/{lever}", {}, Origin="http://elsewhere.example")
    assert answer.status_code == 403
    assert gateway.balance_pence() > 0


@pytest.mark.browser
def test_the_pages_are_accessible_and_fit_a_phone(emulator, browser, provider, payout):
    from axe_playwright_python.sync_playwright import Axe

    emulator.control("funds", amount=1, outcome="pending")
    for size in (DESKTOP, PHONE):
        context = browser.new_context(viewport=size, bypass_csp=True)
        page = context.new_page()
        for path in (*PAGES, f"accounts/{provider}"):
            page.goto(f"{emulator.address}/dashboard/{path}")
            found = Axe().run(page, options={"runOnly": AXE_TAGS}).response["violations"]
            assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
            assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        context.close()
