"""Who meets which fate: nobody whom the rules refuse is dealt what comes after a decision."""

from datetime import date
from types import SimpleNamespace

import pytest

from voucher.sandbox.material.businesses import FOR_LOTS, FOR_SCORES, RegisterTwist, businesses
from voucher.sandbox.seed import casting
from voucher.sandbox.seed.fates import fates


@pytest.fixture(scope="module")
def known():
    return businesses(date(2026, 6, 15))[: -FOR_LOTS - FOR_SCORES]


def dealt(known, column, size):
    table = fates()
    last_year = ["paid", *casting._names(table, "last_year", size)]
    present = ["accepted", *casting._names(table, "now", size)]
    ours, others = known[0], known[1:]
    half = len(last_year) - 1
    names, met = {
        "last_year": (last_year, [ours, *others[:half]]),
        "now": (present, [ours, *reversed(others[half:])]),
    }[column]
    return list(casting._cases(SimpleNamespace(), column, names, met)), names


@pytest.mark.parametrize("column", ["last_year", "now"])
def test_whom_the_rules_refuse_meets_no_decision_in_its_favour(known, column):
    cases, names = dealt(known, column, 1)
    twists = {RegisterTwist.DISSOLVED, RegisterTwist.LIQUIDATION, RegisterTwist.UNKNOWN}
    refused = [
        case
        for case in cases[1:]
        if case.business.twist in twists or case.business.headcount > 249 or case.number == 150
    ]
    assert {case.fate for case in refused} <= set(casting.BEFORE_DECISION)
    assert sorted(case.fate for case in cases) == sorted(names)


@pytest.mark.parametrize("size", [0.05, 0.1, 0.25])
@pytest.mark.parametrize("column", ["last_year", "now"])
def test_a_smaller_programme_is_dealt_whole_too(known, column, size):
    cases, names = dealt(known, column, size)
    assert sorted(case.fate for case in cases) == sorted(names)
