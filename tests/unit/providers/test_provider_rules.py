"""Who may work on a day, and what a line of the checklist counts for."""

from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from voucher.providers.models import DueDiligenceKind as Kind
from voucher.providers.models import DueDiligenceStatus as Line
from voucher.providers.models import ProviderStatus as Standing
from voucher.providers.rules import (
    WorkObstacle,
    in_force,
    may_provide,
    may_work,
    runs_out_soon,
    vat_problem,
    work_obstacles,
)

TODAY = date(2026, 6, 15)


@dataclass
class Item:
    kind: Kind = Kind.INSURANCE
    status: Line = Line.PASSED
    expires_on: date | None = None


@dataclass
class Seller:
    status: Standing = Standing.APPROVED


def whole(**changed):
    return [changed.get(kind.value, Item(kind)) for kind in Kind]


def test_its_last_day_counts():
    assert in_force(Item(expires_on=TODAY), TODAY)
    assert not in_force(Item(expires_on=TODAY - timedelta(days=1)), TODAY)


@pytest.mark.parametrize("status", [Line.WAITING, Line.PROVIDED, Line.FAILED])
def test_without_an_end_it_must_have_passed(status):
    assert not in_force(Item(status=status), TODAY)


@pytest.mark.parametrize("status", [Line.PROVIDED, Line.FAILED])
def test_a_renewal_leaves_the_proof_before_it(status):
    assert in_force(Item(status=status, expires_on=TODAY), TODAY)


@pytest.mark.parametrize(
    ("seller", "items", "obstacles"),
    [
        (Seller(), whole(), ()),
        (Seller(Standing.SUBMITTED), whole(), (WorkObstacle.NOT_APPROVED,)),
        (Seller(Standing.SUSPENDED), whole(), (WorkObstacle.SUSPENDED,)),
        (Seller(), whole()[:-1], (WorkObstacle.CHECK_MISSING,)),
        (Seller(), whole(terms=Item(Kind.TERMS, Line.FAILED)), (WorkObstacle.CHECK_MISSING,)),
        (
            Seller(),
            whole(insurance=Item(expires_on=TODAY - timedelta(days=1))),
            (WorkObstacle.CHECK_EXPIRED,),
        ),
    ],
)
def test_every_obstacle_is_named(seller, items, obstacles):
    assert work_obstacles(seller, items, TODAY) == obstacles
    assert may_work(seller, items, TODAY) is not bool(obstacles)
    assert all(obstacle.words for obstacle in obstacles)


def test_what_runs_out_within_thirty_days_is_said_in_time():
    assert runs_out_soon(Item(expires_on=TODAY + timedelta(days=30)), TODAY)
    assert not runs_out_soon(Item(expires_on=TODAY + timedelta(days=31)), TODAY)
    assert not runs_out_soon(Item(expires_on=TODAY - timedelta(days=1)), TODAY)
    assert not runs_out_soon(Item(), TODAY)


def test_what_passed_is_given_again_only_where_it_runs_out():
    assert may_provide(Item(Kind.INSURANCE), Seller())
    assert not may_provide(Item(Kind.INSURANCE), Seller(Standing.SUBMITTED))
    assert not may_provide(Item(Kind.TERMS), Seller())
    assert may_provide(Item(Kind.TERMS, Line.FAILED), Seller(Standing.REFUSED))


@pytest.mark.parametrize(
    ("bps", "registered", "wrong"),
    [
        (2_000, True, False),
        (500, True, False),
        (0, True, False),
        (0, False, False),
        (2_000, False, True),
        (1_750, True, True),
    ],
)
def test_vat_is_one_of_the_rates_of_those_who_are_registered(bps, registered, wrong):
    assert (vat_problem(bps, vat_registered=registered) is not None) is wrong
