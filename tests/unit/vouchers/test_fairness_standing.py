"""What became of a need, and why one has no provider: each cause by an example made by hand."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voucher.matching.models import MatchStatus
from voucher.matching.ranking.reasons import LeftOutCode
from voucher.vouchers.fairness.standing import (
    ACTIONS,
    GAPS,
    SETTLED,
    Choice,
    LastList,
    Need,
    Offer,
    Standing,
    fits,
    reaches,
    standing_of,
)

AT = datetime(2026, 6, 15, 9, 0, tzinfo=UTC)
M = MatchStatus
BOOKINGS, STOCK = "taking-bookings-and-orders", "stock-and-supply"


def offer(number, *, areas=(BOOKINGS,), places=("M1",), capacity=4, free=4):
    return Offer(
        offering_id=number,
        provider_id=number,
        areas=areas,
        places=places,
        capacity=capacity,
        free=free,
    )


def need(*, listed=None, left_out=(), beyond=(), choices=(), **values):
    last = None if listed is None else LastList(listed, dict(left_out), beyond)
    defaults = {"reference": "APP-1", "areas": (BOOKINGS,), "outcode": "M1", "issued_at": AT}
    return Need(**{**defaults, "choices": choices, "last_list": last, **values})


def choice(status, number=1, *, said_yes_at=None):
    return Choice(number, number, status, said_yes_at)


def standing(of, *offers):
    return standing_of(of, {each.offering_id: each for each in offers})


def test_a_need_without_a_voucher_is_nobodys_gap():
    assert standing(need(issued_at=None)) is Standing.NO_VOUCHER


def test_what_is_settled_or_in_hand():
    agreed, offered = choice(M.AGREED, said_yes_at=AT), choice(M.OFFERED)
    assert standing(need(choices=[choice(M.DECLINED, 2), agreed])) is Standing.MATCHED
    assert standing(need(choices=[offered])) is Standing.WAITING
    assert standing(need(choices=[choice(M.ACCEPTED, said_yes_at=AT)])) is Standing.WAITING
    assert standing(need(cancelled=True, ended_at=AT, listed=[])) is Standing.CANCELLED


def test_nobody_has_looked_or_chosen():
    assert standing(need()) is Standing.NOT_LOOKED
    assert standing(need(listed=[1]), offer(1)) is Standing.NOT_CHOSEN


def test_a_choice_that_came_to_nothing_leaves_others():
    declined = choice(M.DECLINED, 1)
    left = need(listed=[1, 2], choices=[declined])
    assert standing(left, offer(1), offer(2)) is Standing.NOT_CHOSEN_AGAIN
    assert standing(need(listed=[1], choices=[declined]), offer(1)) is Standing.ALL_DECLINED
    lapsed = need(listed=[1, 2], choices=[declined, choice(M.LAPSED, 2)])
    assert standing(lapsed, offer(1), offer(2)) is Standing.ALL_DECLINED


def test_a_choice_that_the_business_took_back_can_be_made_again():
    taken_back = need(listed=[1], choices=[choice(M.WITHDRAWN, 1)])
    assert standing(taken_back, offer(1)) is Standing.NOT_CHOSEN_AGAIN


def test_everything_listed_is_full_or_gone():
    assert standing(need(listed=[1, 2]), offer(1, free=0)) is Standing.NONE_FREE


def test_of_a_voucher_that_ended_nobody_asks_what_is_free_now():
    expired = need(listed=[1], ended_at=AT)
    assert standing(expired, offer(1, free=0)) is Standing.NOT_CHOSEN


def test_accepted_and_not_used_in_time():
    said_yes = choice(M.WITHDRAWN, said_yes_at=AT)
    assert standing(need(listed=[1], choices=[said_yes], ended_at=AT)) is Standing.NOT_USED


def test_all_that_is_left_is_beyond_the_price():
    beyond = need(listed=[1, 2], beyond=[1, 2])
    assert standing(beyond, offer(1), offer(2)) is Standing.BEYOND_PRICE
    some = need(listed=[1, 2], beyond=[1])
    assert standing(some, offer(1), offer(2)) is Standing.NOT_CHOSEN


@pytest.mark.parametrize(
    ("left_out", "offers", "expected"),
    [
        ({LeftOutCode.NO_CAPACITY: [1]}, [offer(1)], Standing.NONE_FREE),
        ({LeftOutCode.CONFLICT: [1]}, [offer(1)], Standing.CONFLICT),
        (
            {LeftOutCode.CONFLICT: [1], LeftOutCode.NO_CAPACITY: [2]},
            [offer(1), offer(2)],
            Standing.NONE_FREE,
        ),
        ({LeftOutCode.NEED_NOT_MET: [1]}, [offer(1)], Standing.WAY_MISSING),
        (
            {LeftOutCode.NEED_NOT_MET: [1]},
            [offer(1, areas=(STOCK,))],
            Standing.NOTHING_IN_COMMON,
        ),
        ({LeftOutCode.NOTHING_IN_COMMON: [1]}, [offer(1)], Standing.NOTHING_IN_COMMON),
        (
            {LeftOutCode.NO_CAPACITY: [1]},
            [offer(1, areas=(STOCK,))],
            Standing.NOTHING_IN_COMMON,
        ),
        ({LeftOutCode.NO_CAPACITY: [1]}, [offer(1, places=("YO1",))], Standing.OUT_OF_REACH),
        ({LeftOutCode.NO_CAPACITY: [1]}, [], Standing.OUT_OF_REACH),
        ({LeftOutCode.PLACE_NOT_SERVED: [1]}, [offer(1)], Standing.OUT_OF_REACH),
        ({}, [], Standing.OUT_OF_REACH),
    ],
)
def test_why_nothing_was_listed(left_out, offers, expected):
    assert standing(need(listed=[], left_out=left_out), *offers) is expected


def test_what_reaches_and_what_fits():
    there = need(council="Manchester")
    for place in ("remote", "M1", "M", "Manchester"):
        assert reaches(offer(1, places=(place,)), there)
    assert not reaches(offer(1, places=("M11", "LS", "Leeds")), there)
    assert fits(offer(1), there)
    assert not fits(offer(1, areas=(STOCK,)), there)


def test_every_gap_says_what_can_be_done_and_nothing_else_does():
    assert set(GAPS) | set(SETTLED) == set(Standing)
    assert set(GAPS).isdisjoint(SETTLED)
    assert set(ACTIONS) == set(GAPS)


@given(
    statuses=st.lists(st.sampled_from(list(MatchStatus)), max_size=4),
    listed=st.none() | st.lists(st.integers(1, 4), unique=True),
    issued=st.booleans(),
    ended=st.booleans(),
    cancelled=st.booleans(),
    free=st.integers(0, 2),
)
def test_every_need_has_one_standing(statuses, listed, issued, ended, cancelled, free):
    of = need(
        issued_at=AT if issued else None,
        ended_at=AT + timedelta(days=1) if ended or cancelled else None,
        cancelled=cancelled,
        choices=[choice(status, number) for number, status in enumerate(statuses, 1)],
        listed=listed,
    )
    found = standing(of, *[offer(number, free=free) for number in range(1, 5)])
    assert (found is Standing.NO_VOUCHER) == (not issued)
    assert (found is Standing.MATCHED) == (issued and M.AGREED in statuses)
    if found in GAPS:
        assert not {M.OFFERED, M.ACCEPTED, M.AGREED} & set(statuses)
