"""What stands in the way of an agreement, and the day work may start."""

from datetime import date, timedelta

import pytest

from voucher.matching.rules import (
    AgreementObstacle,
    agreement_obstacles,
    start_problem,
)

TODAY = date(2026, 6, 15)
FINE = {
    "voucher_live": True,
    "voucher_expires_on": TODAY,
    "today": TODAY,
    "case_held": False,
    "provider_may_work": True,
    "offering_published": True,
    "price_as_published": True,
}


def test_nothing_stands_in_the_way_on_the_last_day():
    assert agreement_obstacles(**FINE) == ()


@pytest.mark.parametrize(
    ("changed", "obstacle"),
    [
        ({"voucher_live": False}, AgreementObstacle.VOUCHER_NOT_LIVE),
        ({"today": TODAY + timedelta(days=1)}, AgreementObstacle.VOUCHER_EXPIRED),
        ({"case_held": True}, AgreementObstacle.CASE_HELD),
        ({"provider_may_work": False}, AgreementObstacle.PROVIDER_MAY_NOT_WORK),
        ({"offering_published": False}, AgreementObstacle.OFFERING_NOT_PUBLISHED),
        ({"price_as_published": False}, AgreementObstacle.PRICE_CHANGED),
        ({"connected": True}, AgreementObstacle.CONNECTED),
    ],
)
def test_each_obstacle_is_named_alone(changed, obstacle):
    assert agreement_obstacles(**{**FINE, **changed}) == (obstacle,)
    assert obstacle.words.endswith(".")


@pytest.mark.parametrize(
    ("days", "fine"), [(0, True), (180, True), (-1, False), (181, False), (None, False)]
)
def test_the_start(days, fine):
    day = None if days is None else TODAY + timedelta(days=days)
    assert (start_problem(day, TODAY) is None) is fine
