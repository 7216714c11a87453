"""What a voucher is worth, the five amounts, expiry, reminders, the one extension."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voucher.vouchers.rules import (
    REMINDER_DAYS,
    ExtensionRefusal,
    expires_on,
    extension_refusals,
    is_expired,
    price_breakdown,
    reminder_due,
    voucher_amount,
)

PENCE = st.integers(0, 10**10)
BPS = st.integers(0, 10_000)
LAST_DAY = date(2026, 9, 13)


@pytest.mark.parametrize(
    ("cap", "share", "net", "amount"),
    [
        (200_000, 5_000, 90_000, 45_000),
        (200_000, 5_000, 400_000, 200_000),
        (200_000, 5_000, 400_002, 200_000),
        (200_000, 5_000, 100_001, 50_000),
        (200_000, 10_000, 150_000, 150_000),
        (0, 5_000, 100_000, 0),
    ],
)
def test_the_amount_is_the_smaller_of_cap_and_share(cap, share, net, amount):
    assert voucher_amount(cap, share, net) == amount


@given(PENCE, BPS, PENCE)
def test_the_programme_never_pays_more_than_cap_or_share(cap, share, net):
    amount = voucher_amount(cap, share, net)
    assert 0 <= amount <= cap
    assert amount * 10_000 <= net * share
    assert amount == cap or net * share - amount * 10_000 < 10_000


def test_refuses_a_negative_cap():
    with pytest.raises(ValueError, match="maximum"):
        voucher_amount(-1, 5_000, 100)


def test_the_five_amounts_of_a_price():
    price = price_breakdown(
        net_price_pence=90_000, vat_rate_bps=2_000, cap_pence=200_000, share_bps=5_000
    )
    assert (price.net_price_pence, price.vat_rate_bps, price.vat_pence) == (90_000, 2_000, 18_000)
    assert (price.voucher_pence, price.contribution_pence) == (45_000, 63_000)
    assert price.gross_price_pence == 108_000


def test_odd_pennies_vat_to_the_nearest_voucher_down():
    price = price_breakdown(
        net_price_pence=99_999, vat_rate_bps=2_000, cap_pence=200_000, share_bps=5_000
    )
    assert price.vat_pence == 20_000  # 19,999.8
    assert price.voucher_pence == 49_999  # 49,999.5
    assert price.contribution_pence == 70_000


def test_without_vat_registration_there_is_no_vat():
    price = price_breakdown(
        net_price_pence=100_000, vat_rate_bps=0, cap_pence=30_000, share_bps=5_000
    )
    assert (price.vat_pence, price.voucher_pence, price.contribution_pence) == (0, 30_000, 70_000)


@given(st.integers(1, 10**10), BPS, PENCE, BPS)
def test_voucher_and_contribution_make_the_invoice(net, vat_rate, cap, share):
    price = price_breakdown(
        net_price_pence=net, vat_rate_bps=vat_rate, cap_pence=cap, share_bps=share
    )
    assert price.voucher_pence + price.contribution_pence == price.gross_price_pence
    assert price.contribution_pence >= price.vat_pence


@pytest.mark.parametrize("net", [0, -1])
def test_a_price_is_more_than_nothing(net):
    with pytest.raises(ValueError, match="more than nothing"):
        price_breakdown(net_price_pence=net, vat_rate_bps=0, cap_pence=1, share_bps=1)


def test_a_voucher_lives_its_days_and_the_last_day_counts():
    last = expires_on(date(2026, 6, 15), 90)
    assert last == LAST_DAY
    assert not is_expired(last, last)
    assert is_expired(last, last + timedelta(days=1))


def test_a_voucher_lives_at_least_a_day():
    with pytest.raises(ValueError, match="at least a day"):
        expires_on(date(2026, 6, 15), 0)


@pytest.mark.parametrize(
    ("days_left", "sent", "due"),
    [
        (31, [], None),
        (30, [], 30),
        (30, [30], None),
        (29, [], 30),  # missed yesterday, sent late
        (15, [30], None),
        (14, [30], 14),
        (13, [30, 14], None),
        (7, [30, 14], 7),
        (3, [30], 7),  # of two missed ones the nearest
        (3, [], 7),
        (1, [30, 14, 7], 1),
        (0, [30, 14, 7], 1),
        (0, [30, 14, 7, 1], None),
        (5, [1], None),  # never a milder one after the last
        (-1, [], None),
    ],
)
def test_reminders_come_at_30_14_7_and_1_days(days_left, sent, due):
    assert reminder_due(LAST_DAY, LAST_DAY - timedelta(days=days_left), sent) == due


def test_a_short_life_is_not_begun_with_a_reminder():
    issued = LAST_DAY - timedelta(days=14)
    assert reminder_due(LAST_DAY, issued, [], issued_on=issued) is None
    assert reminder_due(LAST_DAY, LAST_DAY - timedelta(days=7), [], issued_on=issued) == 7


@given(st.sets(st.integers(-3, 40)))
def test_however_often_the_worker_runs_no_reminder_comes_twice_or_late(days):
    sent = []
    for left in sorted(days, reverse=True):
        due = reminder_due(LAST_DAY, LAST_DAY - timedelta(days=left), sent)
        if due is not None:
            assert 0 <= left <= due
            sent.append(due)
    assert sent == sorted(set(sent), reverse=True)
    assert set(sent) <= set(REMINDER_DAYS)


def extension(**changes):
    facts = {
        "expires": LAST_DAY,
        "new_expires": LAST_DAY + timedelta(days=30),
        "today": LAST_DAY,
        "extensions_so_far": 0,
        "longest_days": 30,
    }
    return list(extension_refusals(**{**facts, **changes}))


def test_one_extension_is_allowed_up_to_the_last_day():
    assert extension() == []


@pytest.mark.parametrize(
    ("changes", "refusals"),
    [
        ({"extensions_so_far": 1}, [ExtensionRefusal.ALREADY_EXTENDED]),
        ({"today": LAST_DAY + timedelta(days=1)}, [ExtensionRefusal.ALREADY_EXPIRED]),
        ({"new_expires": LAST_DAY}, [ExtensionRefusal.NOT_LATER]),
        ({"longest_days": 29}, [ExtensionRefusal.TOO_LONG]),
        (
            {"extensions_so_far": 2, "today": date(2027, 1, 1), "longest_days": 1},
            [
                ExtensionRefusal.ALREADY_EXTENDED,
                ExtensionRefusal.ALREADY_EXPIRED,
                ExtensionRefusal.TOO_LONG,
            ],
        ),
    ],
)
def test_every_reason_against_an_extension_is_named(changes, refusals):
    assert extension(**changes) == refusals
