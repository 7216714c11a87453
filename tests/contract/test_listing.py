"""Lists: every page is read, newest first, in the right scope; expansion; unknown cursors."""

import json
from datetime import UTC, datetime
from urllib.parse import quote

import pytest

from tests.contract.wire import speak

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def get(side, wire):
    """GET an address over the judged wire."""

    def ask(target, account=None):
        headers = {"Authorization": f"Bearer {side.key}"}
        if account:
            headers["Stripe-Account"] = account
        status, _, body = speak(wire.address, "GET", target, b"", headers)
        return status, json.loads(body)

    return ask


@pytest.mark.slow
def test_every_page_is_read(emulator, gateway, wire):
    for pence in range(1, 102):
        emulator.control("funds", amount=pence)
    entries = list(gateway.balance_transactions(created_since=LONG_AGO))
    assert [entry.amount_pence for entry in entries] == list(range(101, 0, -1))
    assert len(wire.exchanges) == 2


def test_pages_go_back_and_forth(emulator, get):
    for pence in range(1, 6):
        emulator.control("funds", amount=pence)
    _, first = get("/v1/topups?limit=2")
    assert [one["amount"] for one in first["data"]] == [5, 4]
    assert first["has_more"]
    _, second = get(f"/v1/topups?limit=2&starting_after={first['data'][-1]['id']}")
    assert [one["amount"] for one in second["data"]] == [3, 2]
    _, back = get(f"/v1/topups?limit=10&ending_before={second['data'][0]['id']}")
    assert [one["amount"] for one in back["data"]] == [5, 4]
    assert not back["has_more"]


@pytest.mark.at_stripe_too
def test_an_unknown_cursor_and_a_bad_limit_are_refused(get):
    assert get("/v1/topups?starting_after=tu_none")[0] == 400
    assert get("/v1/topups?limit=101")[0] == 400
    assert get("/v1/topups?colour=red")[0] == 400


def test_times_filter_a_list(emulator, gateway, get):
    emulator.control("clock", at=1_700_000_000, frozen=True)
    emulator.control("funds", amount=1)
    emulator.control("advance", seconds=10)
    emulator.control("funds", amount=2)
    _, found = get(f"/v1/topups?{quote('created[gte]')}=1700000010")
    assert [one["amount"] for one in found["data"]] == [2]
    recent = datetime.fromtimestamp(1_700_000_010, UTC)
    kinds = [event.kind for event in gateway.list_events(created_since=recent)]
    assert kinds == ["topup.succeeded", "topup.created"]


@pytest.mark.at_stripe_too
def test_ids_are_expanded_on_request(get, funds, pay):
    made = pay()
    path = f"/v1/transfers/{made.transfer_id}"
    _, transfer = get(f"{path}?{quote('expand[]')}=balance_transaction")
    assert transfer["balance_transaction"]["net"] == -30_000
    _, page = get(f"/v1/balance_transactions?{quote('expand[]')}=data.source")
    assert page["data"][0]["source"]["object"] == "transfer"
    assert get(f"{path}?{quote('expand[]')}=secrets")[0] == 400


def test_the_platform_and_an_account_see_their_own_events(gateway, provider, funds, pay):
    made = pay()
    platform = list(gateway.list_events(created_since=LONG_AGO))
    assert platform[0].kind == "transfer.created"
    assert platform[0].object_id == made.transfer_id
    assert gateway.read_event(event_id=platform[0].event_id) == platform[0]
    theirs = list(gateway.list_events(created_since=LONG_AGO, account_id=provider))
    assert {event.account_id for event in theirs} == {provider}
    assert "account.updated" in {event.kind for event in theirs}
