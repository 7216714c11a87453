"""Ways of sharing side by side: examples worked out by hand, and what must hold of any."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voucher.allocation.draw import Entry, draw
from voucher.allocation.trials.rules import (
    MOST_ENTRANTS,
    Entrant,
    Group,
    Spread,
    Terms,
    simulate,
)
from voucher.businesses.models import HeadcountBand
from voucher.core.errors import Invalid
from voucher.programmes.models import StratumBasis

AT = datetime(2026, 6, 15, tzinfo=UTC)
SEED = bytes(range(32))
SIZES = HeadcountBand.ONE, HeadcountBand.TWO_TO_NINE


def entrant(number, **values):
    defaults = {
        "reference": f"APP-{number:04d}",
        "decided_at": AT + timedelta(hours=number),
        "award_pence": 100_000,
        "council": "Leeds" if number % 2 else "York",
        "areas": ("stock-and-supply",),
        "size": SIZES[0],
        "sector": "Retail",
    }
    return Entrant(**{**defaults, **values})


def terms(**values):
    defaults = {"budget_pence": 200_000, "places": None, "draws": 50, "seed": SEED}
    return Terms(**{**defaults, **values})


def group(found, name):
    [line] = [line for line in found.groups if line.name == name]
    return line


def test_four_for_two_places_by_every_method():
    marks = [(1_000, 1_000), (9_000, 9_000), (5_000, 8_001), (6_000, 7_000, 6_600)]
    four = [entrant(number, totals=marks[number]) for number in range(4)]
    found = simulate(four, terms())
    # Rolling: 0 and 1. Scored: 1 (90) and 3 (66), for 2 has 65.005. By lot: each with one half.
    assert (found.rolling, found.scored, found.drawn) == (2, 2, 2)
    assert found.rolling_scored == 200
    assert (found.rolling_drawn, found.scored_drawn, found.drawn_drawn) == (200, 200, 200)
    assert (found.rolling_pence, found.scored_pence) == (200_000, 200_000)
    assert found.drawn_pence == Spread(20_000_000, 200_000, 200_000)
    assert group(found, "Leeds") == Group("council", "Leeds", 2, 1, 2, Spread(100, 0, 2))
    assert group(found, "Retail").drawn == Spread(200, 2, 2)


def test_strata_have_their_quota_in_every_draw():
    found = simulate(
        [entrant(number) for number in range(6)],
        terms(budget_pence=400_000, basis=StratumBasis.PLACE),
    )
    assert found.strata == 2
    for name in ("Leeds", "York"):
        assert group(found, name).drawn == Spread(200, 2, 2)
    # Each has 2/3: of six places 2 × 2/3 × 1/3 each apart between two draws.
    assert found.drawn_drawn == 267


def test_rolling_passes_over_what_the_money_left_does_not_pay():
    three = [entrant(0), entrant(1, award_pence=150_000), entrant(2)]
    found = simulate(three, terms())
    assert (found.rolling, found.rolling_pence) == (2, 200_000)
    # A draw promises nobody more than the largest award allows: one place.
    assert found.drawn == 1
    assert simulate(three, terms(places=1)).rolling == 1


def test_only_the_vouchers_share_of_a_plan_is_drawn():
    found = simulate(
        [entrant(number) for number in range(10)],
        terms(budget_pence=10**8, voucher_shares_bps=(4_000, 6_000)),
    )
    assert (found.rolling, found.drawn) == (10, 4)


def test_without_everybodys_marks_nothing_is_said_of_scoring():
    found = simulate([entrant(0, totals=(1, 2)), entrant(1)], terms(budget_pence=100_000))
    assert (found.scored, found.scored_pence, found.rolling_scored, found.scored_drawn) == (
        None,
        None,
        None,
        None,
    )
    assert found.unmarked == 1
    assert group(found, "York").scored is None


def test_scored_stops_at_what_the_money_does_not_pay():
    three = [
        entrant(0, totals=(9_000, 9_000)),
        entrant(1, totals=(8_000, 8_000), award_pence=150_000),
        entrant(2, totals=(7_000, 7_000)),
    ]
    assert simulate(three, terms()).scored == 1


def test_sizes_are_in_their_own_order_not_that_of_letters():
    bands = list(HeadcountBand)[::-1]
    found = simulate([entrant(n, size=band) for n, band in enumerate(bands)], terms())
    sizes = [line.name for line in found.groups if line.kind == "size"]
    assert sizes == ["1 (just me)", "2 to 9", "10 to 49", "50 to 249", "250 or more"]


def test_what_is_not_known_is_a_group_of_its_own():
    found = simulate([entrant(0, council="", areas=(), size=None, sector="")], terms(places=1))
    assert [(line.kind, line.name) for line in found.groups] == [
        ("council", "Not known"),
        ("outcome_area", "Not known"),
        ("size", "Not known"),
        ("sector", "Not known"),
    ]


@pytest.mark.parametrize(
    ("entrants", "values", "field"),
    [
        ([], {}, "source"),
        ([entrant(1), entrant(1)], {}, "source"),
        ([entrant(0)], {"seed": b"short"}, "seed"),
        ([entrant(0)], {"budget_pence": 0}, "budget_pence"),
        ([entrant(0)], {"places": 0}, "places"),
        ([entrant(0)], {"draws": 0}, "draws"),
        ([entrant(0)], {"draws": 1_001}, "draws"),
        ([entrant(number) for number in range(2_000)], {"draws": 501}, "draws"),
        ([entrant(0)] * (MOST_ENTRANTS + 1), {}, "source"),
    ],
)
def test_what_can_not_be_tried(entrants, values, field):
    with pytest.raises(Invalid) as refused:
        simulate(entrants, terms(**values))
    assert refused.value.field == field


def test_places_by_lot_are_those_of_the_draw_itself():
    many = [entrant(number) for number in range(37)]
    found = simulate(many, terms(budget_pence=1_700_000, basis=StratumBasis.PLACE))
    real = draw(
        [Entry(each.reference, each.council) for each in many], places=found.drawn, seed=SEED
    )
    for name, quota in real.quotas.items():
        assert group(found, name).drawn == Spread(100 * quota, quota, quota)


def test_chances_of_the_trials_draws_are_equal():
    """Each of four has a place in about half of 1,000 draws: 500 ± 5 standard deviations (16)."""
    four = [entrant(number, sector=str(number)) for number in range(4)]
    in_turn = [simulate(four, terms(draws=1, seed=bytes([n]) * 32)) for n in range(250)]
    for name in "0123":
        times = sum(group(found, name).drawn.highest for found in in_turn)
        assert abs(times - 125) < 40


ENTRANTS = st.lists(
    st.builds(
        lambda council, areas, size, award, marks: {
            "council": council,
            "areas": tuple(areas),
            "size": size,
            "award_pence": award,
            "totals": marks,
        },
        st.sampled_from(["Leeds", "York", ""]),
        st.sets(st.sampled_from(["stock-and-supply", "team-and-rota"])),
        st.sampled_from([*SIZES, None]),
        st.integers(1, 300_000),
        st.tuples(st.integers(0, 10_000), st.integers(0, 10_000)),
    ),
    min_size=1,
    max_size=20,
)


@settings(max_examples=60)
@given(
    ENTRANTS,
    st.integers(1, 2_000_000),
    st.none() | st.integers(1, 25),
    st.sampled_from(list(StratumBasis)),
    st.randoms(),
)
def test_nobody_is_lost_and_no_money_is_overspent(rows, budget, places, basis, chance):
    entrants = [entrant(number, **values) for number, values in enumerate(rows)]
    wanted = terms(budget_pence=budget, places=places, basis=basis, draws=5)
    found = simulate(entrants, wanted)
    for spent in (found.rolling_pence, found.scored_pence, found.drawn_pence.highest):
        assert spent <= budget
    for given_places in (found.rolling, found.scored, found.drawn):
        assert given_places <= min(len(entrants), places or len(entrants))
    for kind in ("council", "size", "sector"):
        lines = [line for line in found.groups if line.kind == kind]
        assert sum(line.entrants for line in lines) == len(entrants)
        assert sum(line.rolling for line in lines) == found.rolling
        assert sum(line.scored for line in lines) == found.scored
        assert abs(sum(line.drawn.expected for line in lines) - 100 * found.drawn) <= len(lines)
    for line in found.groups:
        assert 100 * line.drawn.lowest <= line.drawn.expected + 1 + 100 * line.entrants
        assert line.drawn.highest <= line.entrants
    chance.shuffle(entrants)
    assert simulate(entrants, wanted) == found
