"""Answers of the register that lack something, or hold the wrong kind of thing."""

import pytest

from voucher.integrations.companies_house.answers import read_officers, read_profile, says_not_found

WHOLE = {
    "company_number": "99000001",
    "company_name": "Larchrigg Ltd",
    "type": "ltd",
    "company_status": "active",
}


def without(member):
    return {name: value for name, value in WHOLE.items() if name != member}


def test_the_least_that_the_register_promises_is_enough():
    profile = read_profile(without("company_status"), "99000001")
    assert profile.status is None
    assert profile.accounts_overdue is None
    assert (profile.postcode, profile.address_lines, profile.sic_codes) == (None, (), ())


@pytest.mark.parametrize("member", ["company_number", "company_name", "type"])
def test_a_member_that_must_be_there(member):
    with pytest.raises(ValueError, match=member):
        read_profile(without(member), "99000001")


@pytest.mark.parametrize(
    ("member", "value", "message"),
    [
        ("company_name", 7, "company_name is not text"),
        ("company_name", "  ", "company_name is missing"),
        ("date_of_creation", "yesterday", "date_of_creation is not a date"),
        ("date_of_creation", 20170309, "date_of_creation is not text"),
        ("registered_office_address", "1 Mill Lane", "registered_office_address is not an object"),
        ("registered_office_address", {"postal_code": 1}, "postal_code is not text"),
        ("accounts", [1], "accounts is not an object"),
        ("accounts", {"overdue": "no"}, "overdue is not true or false"),
        ("sic_codes", "62020", "sic_codes is not a list of texts"),
        ("sic_codes", [62020], "sic_codes is not a list of texts"),
        ("has_insolvency_history", "false", "has_insolvency_history is not true or false"),
        ("company_number", "99000002", "company_number is not the one"),
    ],
)
def test_the_wrong_kind_of_thing_is_named(member, value, message):
    with pytest.raises(ValueError, match=message):
        read_profile({**WHOLE, member: value}, "99000001")


@pytest.mark.parametrize(
    "answer", [None, [], "text", {"items": []}, {"items": {}, "total_results": 1}]
)
def test_officers_need_items_and_a_total(answer):
    with pytest.raises(ValueError, match=r"missing|not an object"):
        read_officers(answer)


def test_an_officer_needs_a_name():
    with pytest.raises(ValueError, match="name is missing"):
        read_officers({"items": [{"officer_role": "director"}], "total_results": 1})


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"errors": [{"type": "ch:service", "error": "company-profile-not-found"}]}, True),
        ({"errors": [{"type": "other"}]}, False),
        ({"errors": ["ch:service"]}, False),
        ({"errors": None}, False),
        ([], False),
    ],
)
def test_who_says_not_found(answer, expected):
    assert says_not_found(answer) is expected
