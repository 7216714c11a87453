"""The event log, as an auditor reads it."""

import pytest

from tests.factories.scheme import AT, make_business
from tests.people import make_cast, sign_in_quickly
from voucher.audit.operations import record, seal


@pytest.fixture
def auditor(client, arrange):
    with arrange():
        cast = make_cast()
        business = make_business()
        for number in range(60):
            record(
                action="application.noted",
                subject=business,
                at=AT,
                by=cast.caseworker.user_id,
                case=f"APP-{number % 2}",
                details={"number": number},
            )
        details = {"round": 1, "voucher": None}
        record(action="voucher.issued", subject=business, at=AT, by=None, details=details)
        seal(at=AT)
    return sign_in_quickly(client, cast.auditor)


def test_the_newest_events_come_first_with_names(auditor):
    text = auditor.get("/staff/audit/").page.text
    assert "voucher.issued" in text
    assert "The system" in text
    assert "round: 1; voucher: none" in text
    assert "Caseworker Staff" in text


def test_filters_stand_in_the_address_and_pages_follow_them(auditor):
    page = auditor.get("/staff/audit/?action=application").page
    assert "voucher.issued" not in page.text
    older = auditor.get(page.link("Older events")).page
    assert "number: 0" in older.text
    assert "voucher.issued" not in older.text
    assert "number: 1;" not in auditor.get("/staff/audit/?case=app-0").page.text


@pytest.mark.parametrize("page", ["0", "-1", "x", "99999999999999999999", "²"])
def test_a_page_that_is_none_shows_something_sensible(auditor, page):
    assert auditor.get(f"/staff/audit/?page={page}").status_code == 200


def test_an_empty_answer_offers_a_way_back(auditor):
    assert "See all events" in auditor.get("/staff/audit/?action=nothing").page.text


def test_a_filter_of_nonsense_is_answered_at_the_field(auditor):
    assert auditor.get("/staff/audit/?action=" + "x" * 500).page.errors


def test_the_chain_is_verified_on_request(auditor):
    assert "The chain is whole" in auditor.get("/staff/audit/verify").page.text
