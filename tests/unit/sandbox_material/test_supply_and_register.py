"""The fictional providers and offerings, and what the register is told about everybody."""

import json
from collections import Counter
from datetime import date, timedelta

import pytest

from voucher.businesses.outcome_areas import OutcomeArea
from voucher.businesses.rules import normalise_vat_number
from voucher.integrations.companies_house.answers import read_officers, read_profile
from voucher.sandbox.companies_house.register import UNUSED, load_register
from voucher.sandbox.material.businesses import COMPANY, RegisterTwist, businesses
from voucher.sandbox.material.companies import company_records, write_companies
from voucher.sandbox.material.supply import offerings, providers

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def records():
    found = company_records(businesses(TODAY), providers(), TODAY)
    return {record["company_number"]: record for record in found}


def companies_with(twist):
    found = [one for one in businesses(TODAY) if one.twist == twist and one.legal_form == COMPANY]
    assert found
    return found


def test_there_are_enough_providers_and_all_differ():
    assert len(providers()) >= 40
    for member in ("name", "description", "company_number", "website"):
        assert len({getattr(one, member) for one in providers()}) == len(providers())
    assert all(60 <= len(one.description) <= 300 for one in providers())


def test_vat_numbers_are_those_of_registered_providers_and_right_in_form():
    for one in providers():
        assert (one.vat_number is not None) == one.vat_registered
        if one.vat_number:
            assert normalise_vat_number(one.vat_number) == one.vat_number
    assert 0 < sum(one.vat_registered for one in providers()) < len(providers())


def test_there_are_enough_offerings_in_every_area_and_from_every_provider():
    assert len(offerings()) >= 60
    assert {one.provider for one in offerings()} == {one.name for one in providers()}
    areas = Counter(area for one in offerings() for area in one.outcome_areas)
    assert set(areas) == {area.value for area in OutcomeArea}
    assert min(areas.values()) >= 6
    assert len({one.title for one in offerings()}) == len(offerings())


def test_offerings_are_whole_and_priced_like_tasters():
    for one in offerings():
        assert one.assumed == ()
        assert 30_000 <= one.net_price_pence <= 200_000
        assert len(one.scope) > 60
        assert one.exclusions
        assert one.places
    assert len({one.net_price_pence for one in offerings()}) > 30
    assert len({language for one in offerings() for language in one.languages}) > 5


def test_vat_is_charged_by_those_who_are_registered():
    registered = {one.name for one in providers() if one.vat_registered}
    for one in offerings():
        assert one.vat_rate_bps == (2_000 if one.provider in registered else 0)


def test_the_register_knows_every_company_but_the_unknown_ones(records):
    for one in businesses(TODAY):
        known = one.legal_form == COMPANY and one.twist != RegisterTwist.UNKNOWN
        assert (one.company_number in records) == known
    assert all(one.company_number in records for one in providers())


def test_every_record_is_one_the_gateway_can_read(records):
    for number, record in records.items():
        assert read_profile(record, number).name == record["company_name"]
        officers, _ = read_officers({"items": record["officers"], "total_results": 2})
        assert len({officer.name for officer in officers}) == 2


def test_nobody_directs_a_provider_and_a_business(records):
    sellers = {one.company_number for one in providers()}
    directors = {True: set(), False: set()}
    for number, record in records.items():
        names = (officer["name"] for officer in record.get("officers", ()))
        directors[number in sellers].update(names)
    assert all(directors.values())
    assert not directors[True] & directors[False]


def test_a_plain_company_is_confirmed(records):
    one = companies_with(RegisterTwist.NONE)[0]
    profile = read_profile(records[one.company_number], one.company_number)
    assert profile.is_active
    assert profile.name == one.name.upper()
    assert profile.postcode == one.address.postcode
    assert profile.incorporated_on == one.trading_since_on
    assert profile.sic_codes == (one.trade.sic_code,)
    assert profile.accounts_overdue is False


@pytest.mark.parametrize(
    ("twist", "differs"),
    [
        (RegisterTwist.DISSOLVED, lambda profile, _: profile.status == "dissolved"),
        (RegisterTwist.LIQUIDATION, lambda profile, _: profile.has_insolvency_history),
        (RegisterTwist.OTHER_NAME, lambda profile, one: profile.name != one.name.upper()),
        (
            RegisterTwist.OTHER_POSTCODE,
            lambda profile, one: profile.postcode != one.address.postcode,
        ),
        (RegisterTwist.ACCOUNTS_OVERDUE, lambda profile, _: profile.accounts_overdue),
        (
            RegisterTwist.YOUNG,
            lambda profile, _: TODAY - profile.incorporated_on < timedelta(90),
        ),
    ],
)
def test_a_twist_shows_in_the_register(records, twist, differs):
    for one in companies_with(twist):
        assert differs(read_profile(records[one.company_number], one.company_number), one)


def test_the_file_is_one_the_stand_in_loads(tmp_path):
    path = tmp_path / "companies.json"
    written = write_companies(path, TODAY)
    assert "Fictional" in json.loads(path.read_text(encoding="utf-8"))["about"]
    always_there = 2 + len(UNUSED)
    assert len(load_register(path)) == written + always_there
