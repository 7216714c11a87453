"""The figures of the fairness report, worked out by hand, and what must hold of any."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voucher.matching.models import MatchStatus
from voucher.vouchers.fairness.figures import (
    Concentration,
    Shown,
    Wait,
    concentration,
    fairness,
    quantile,
)
from voucher.vouchers.fairness.standing import Choice, LastList, Need, Offer, Standing

AT = datetime(2026, 6, 15, 9, 0, tzinfo=UTC)
NOW = AT + timedelta(days=10)
M = MatchStatus
BOOKINGS, STOCK = "taking-bookings-and-orders", "stock-and-supply"


def offer(number, provider, *, areas=(BOOKINGS,), places=("M",), capacity=4, free=3):
    return Offer(
        offering_id=number,
        provider_id=provider,
        areas=areas,
        places=places,
        capacity=capacity,
        free=free,
    )


def need(number, **values):
    defaults = {"areas": (BOOKINGS,), "outcode": "M1", "council": "Manchester", "issued_at": AT}
    return Need(reference=f"APP-{number}", **{**defaults, **values})


LISTED = LastList([1, 2])
NEEDS = [
    need(
        1,
        first_list_at=AT + timedelta(days=1),
        choices=[
            Choice(2, 20, M.DECLINED),
            Choice(1, 10, M.AGREED, AT + timedelta(days=4), redeemed=True),
        ],
    ),
    need(2, areas=(BOOKINGS, STOCK), first_list_at=AT + timedelta(days=3), last_list=LISTED),
    need(3, areas=(STOCK,), outcode="YO1", council="York"),
    need(4, issued_at=None, outcode="", council=""),
    need(
        5,
        ended_at=AT + timedelta(days=5),
        first_list_at=AT + timedelta(days=2),
        last_list=LISTED,
        choices=[Choice(2, 20, M.LAPSED), Choice(1, 10, M.WITHDRAWN)],
    ),
]
OFFERS = [
    offer(1, 10, places=("M1", "M")),
    offer(2, 20, areas=(BOOKINGS, STOCK), places=("remote", "Manchester"), capacity=8, free=0),
    offer(3, 30, areas=(STOCK,), places=("remote",), capacity=4, free=2),
]
SHOWN = {10: Shown(3, 4, 3, 0), 20: Shown(1, 2, 2, 1)}


@pytest.fixture
def found():
    return fairness(NEEDS, OFFERS, SHOWN, NOW)


def test_every_need_is_counted_once(found):
    counts = {standing: count for standing, count in found.standings.items() if count}
    assert counts == {
        Standing.MATCHED: 1,
        Standing.NO_VOUCHER: 1,
        Standing.NOT_LOOKED: 1,
        Standing.NOT_CHOSEN: 1,
        Standing.NOT_CHOSEN_AGAIN: 1,
    }
    assert found.needs == 5
    assert found.gaps_ended == {Standing.NOT_CHOSEN_AGAIN: 1}
    assert [each.reference for each in found.unmatched[Standing.NOT_LOOKED]] == ["APP-3"]
    assert found.gap_areas[Standing.NOT_CHOSEN] == {BOOKINGS: 1, STOCK: 1}


def test_demand_and_supply_by_area(found):
    areas = {each.name: each for each in found.areas}
    assert len(areas) == 11
    bookings, stock = areas[BOOKINGS], areas[STOCK]
    assert (bookings.needs, bookings.looking, bookings.offerings, bookings.free) == (4, 1, 2, 3)
    assert (stock.needs, stock.looking, stock.offerings, stock.free) == (2, 2, 2, 2)


def test_demand_and_supply_by_district_scarcest_first(found):
    rows = [
        (each.name, each.council, each.needs, each.looking, each.offerings, each.free)
        for each in found.districts
    ]
    # Offering 1 serves M1 twice over and counts once; the remote ones serve nowhere on site.
    assert rows == [
        ("YO1", "York", 1, 1, 0, 0),
        ("M1", "Manchester", 3, 1, 2, 3),
        ("", "", 1, 0, 0, 0),
    ]
    assert (found.remote.offerings, found.remote.free) == (2, 2)


def test_what_each_provider_was_shown_and_won(found):
    first, second, third = found.providers
    assert (first.provider_id, first.choices, first.accepted, first.taken_back) == (10, 2, 1, 1)
    assert (first.redeemed, first.redeemed_bps, first.shown_bps) == (1, 10_000, 7_500)
    assert first.capacity_bps == 2_500
    assert first.mean_place == pytest.approx(4 / 3)
    assert (second.declined, second.unanswered, second.choices) == (1, 1, 2)
    assert (second.shown_bps, second.capacity_bps) == (2_500, 5_000)
    assert (third.provider_id, third.choices, third.mean_place) == (30, 0, None)
    assert (found.kept_lines, found.lines, found.kept_bps) == (1, 5, 2_000)
    # 0.75² + 0.25² = 0.625; 0.25² + 0.5² + 0.25² = 0.375
    assert (found.shown.index, found.capacity.index, found.redeemed.index) == (6_250, 3_750, 10_000)


def test_who_waits_counts_with_what_is_known(found):
    # Lists after 1, 2 and 3 days, one waits for ten: S = 3/4, 1/2, 1/4.
    day = 86_400
    assert (found.first_list.happened, found.first_list.still_waiting) == (3, 1)
    assert (found.first_list.median, found.first_list.p90) == (2 * day, None)
    # One yes after 4 days, one gone after 5, two wait: S = 3/4 and no further.
    yes = found.first_yes
    assert (yes.happened, yes.still_waiting, yes.ended_without, yes.median) == (1, 2, 1, None)


def test_an_empty_round_has_a_report():
    found = fairness([], [], {}, NOW)
    assert (found.needs, found.kept_bps, found.first_list.median) == (0, 0, None)
    assert sum(found.standings.values()) == 0
    assert found.shown == Concentration(0, None)
    assert found.shown.equal_holders is None


def test_concentration_of_equal_and_of_unequal_holders():
    assert concentration([5, 5, 5, 5]).index == 2_500
    assert concentration([5, 5, 5, 5]).equal_holders == 4
    assert concentration([9, 0, 0]).index == 10_000
    assert concentration([0, 0]).index is None


def test_quantile_of_a_textbook_sample():
    """Remission in weeks under 6-MP: Freireich and others, Blood 21 (1963); the median is 23."""
    happened = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    censored = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    waits = [Wait(each, True) for each in happened] + [Wait(each, False) for each in censored]
    assert quantile(waits, 5_000) == 23
    assert quantile(waits, 9_000) is None


@given(st.lists(st.integers(0, 50), min_size=1, max_size=30), st.integers(1, 10_000))
def test_without_anybody_waiting_it_is_the_plain_quantile(seconds, bps):
    ordered = sorted(seconds)
    rank = -(-bps * len(ordered) // 10_000)
    assert quantile([Wait(each, True) for each in seconds], bps) == ordered[rank - 1]


@given(st.lists(st.tuples(st.integers(0, 50), st.booleans()), min_size=1, max_size=30))
def test_leaving_out_those_who_wait_never_makes_it_longer(sample):
    waits = [Wait(seconds, happened) for seconds, happened in sample]
    dropped = quantile([wait for wait in waits if wait.happened], 5_000)
    kept = quantile(waits, 5_000)
    assert kept is None or dropped <= kept


@given(st.lists(st.integers(0, 1_000), max_size=20))
def test_the_index_lies_between_equal_shares_and_one_holder(counts):
    found = concentration(counts)
    if found.index is not None:
        assert 10_000 / len(counts) - 0.5 <= found.index <= 10_000
        assert found.equal_holders <= len(counts) + 0.5


STATUSES = st.lists(st.tuples(st.integers(1, 3), st.sampled_from(list(M))), max_size=3)


@given(
    st.lists(
        st.builds(
            lambda statuses, areas, issued: need(
                0,
                areas=tuple(areas),
                issued_at=AT if issued else None,
                last_list=LISTED,
                choices=[Choice(number, 10 * number, status) for number, status in statuses],
            ),
            STATUSES,
            st.sets(st.sampled_from([BOOKINGS, STOCK]), min_size=1),
            st.booleans(),
        ),
        max_size=12,
    )
)
def test_counts_add_up_and_shares_come_to_one(needs):
    found = fairness(needs, OFFERS, SHOWN, NOW)
    assert sum(found.standings.values()) == found.needs == len(needs)
    assert sum(each.needs for each in found.districts) == len(needs)
    assert sum(each.choices for each in found.providers) == sum(len(each.choices) for each in needs)
    for share in ("shown_bps", "capacity_bps"):
        total = sum(getattr(each, share) for each in found.providers)
        assert abs(total - 10_000) <= len(found.providers)
    awarded = sum(each.issued_at is not None for each in needs)
    waits = found.first_yes
    assert waits.happened + waits.still_waiting + waits.ended_without == awarded
