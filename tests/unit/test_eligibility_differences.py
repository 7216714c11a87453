"""What differs between the application and Companies House."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voucher.eligibility.differences import (
    SAME_NAME_FROM,
    Declared,
    DifferenceKind,
    Registered,
    differences,
    name_likeness,
)

REGISTERED = Registered("NORTHERN EXAMPLE BAKERY LIMITED", "M1 1AE", "active")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Northern Example Bakery Ltd", "NORTHERN EXAMPLE BAKERY LIMITED"),
        ("Northern Example Bakery", "NORTHERN EXAMPLE BAKERY LIMITED"),
        ("The Northern Example Bakery Ltd.", "NORTHERN EXAMPLE BAKERY LIMITED"),
        ("Bakery, Northern Example", "NORTHERN EXAMPLE BAKERY LIMITED"),
        ("Northern Exampel Bakery", "NORTHERN EXAMPLE BAKERY LIMITED"),
        ("Pots & Pans (Example) LLP", "POTS AND PANS EXAMPLE LIMITED LIABILITY PARTNERSHIP"),
        ("Baker's Example CIC", "BAKERS EXAMPLE COMMUNITY INTEREST COMPANY"),
        ("Limited", "LTD"),
    ],
)
def test_names_that_mean_the_same(one, other):
    assert name_likeness(one, other) >= SAME_NAME_FROM


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Northern Example Bakery Ltd", "NORTHERN EXAMPLE BREWERY LIMITED"),
        ("Alpha Limited", "OMEGA LIMITED"),
        ("", "NORTHERN EXAMPLE BAKERY LIMITED"),
        ("💷", "NORTHERN EXAMPLE BAKERY LIMITED"),
    ],
)
def test_names_that_do_not(one, other):
    assert name_likeness(one, other) < SAME_NAME_FROM


def test_nothing_differs():
    assert differences(Declared("Northern Example Bakery", "M1 1AE"), REGISTERED) == ()


def test_everything_that_differs_is_named():
    registered = Registered("OMEGA LIMITED", "LS1 1AA", "liquidation")
    found = differences(Declared("Alpha Ltd", "M1 1AE"), registered)
    assert [difference.kind for difference in found] == [
        DifferenceKind.NAME,
        DifferenceKind.POSTCODE,
        DifferenceKind.STATUS,
    ]
    assert found[0].likeness < SAME_NAME_FROM
    assert (found[1].declared, found[1].registered) == ("M1 1AE", "LS1 1AA")
    assert (found[2].declared, found[2].registered) == ("active", "liquidation")
    assert json.loads(json.dumps(found[1].to_dict())) == {
        "kind": "postcode",
        "declared": "M1 1AE",
        "registered": "LS1 1AA",
        "likeness": None,
    }


@pytest.mark.parametrize(("declared", "registered"), [("", "M1 1AE"), ("M1 1AE", "")])
def test_an_unknown_postcode_does_not_differ(declared, registered):
    profile = Registered("ALPHA LIMITED", registered, "active")
    assert differences(Declared("Alpha", declared), profile) == ()


def test_a_former_name_is_told_apart_from_a_strange_one():
    profile = Registered("OMEGA LIMITED", "", "active", ("GAMMA LIMITED", "ALPHA LIMITED"))
    assert differences(Declared("Alpha", ""), profile)[0].kind is DifferenceKind.FORMER_NAME
    assert differences(Declared("Delta", ""), profile)[0].kind is DifferenceKind.NAME


@given(st.text(max_size=40), st.text(max_size=40))
def test_likeness_is_a_percentage_and_goes_both_ways(one, other):
    assert 0 <= name_likeness(one, other) <= 100
    assert name_likeness(one, other) == name_likeness(other, one)
