"""Periods, words and hashes of the books' reports; the CSV and beancount spellings."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voucher.ledger.models import AccountKind as Kind
from voucher.ledger.rules import Account, Move
from voucher.payments.books import beancount
from voucher.payments.books.beancount import Named, Names, account_name, quoted
from voucher.payments.books.rules import (
    Period,
    digest,
    financial_year,
    month_named,
    month_of,
    months_back,
    words_for,
)
from voucher.payments.books.tables import Column, Figures, Table, csv_text, decimal, money, summed


def test_a_month_begins_and_ends_at_midnight_in_london():
    june = month_named("2026-06")
    assert (june.first, june.last) == (date(2026, 6, 1), date(2026, 6, 30))
    assert june.from_at == datetime(2026, 5, 31, 23, tzinfo=UTC)
    assert june.until == datetime(2026, 6, 30, 23, tzinfo=UTC)
    assert month_named("2026-12").until == datetime(2027, 1, 1, tzinfo=UTC)
    assert june.month == "2026-06"
    assert Period(june.first, date(2026, 6, 29)).month is None


@pytest.mark.parametrize("text", ["", "2026", "2026-00", "2026-13", "2026-6", "1999-01", "٢٠٢٦-٠٦"])
def test_what_is_no_month(text):
    assert month_named(text) is None


def test_a_period_goes_forward():
    with pytest.raises(ValueError, match="before it begins"):
        Period(date(2026, 6, 2), date(2026, 6, 1))


def test_months_are_listed_back_to_the_first():
    found = months_back(date(2026, 2, 14), date(2025, 11, 30))
    assert [one.month for one in found] == ["2026-02", "2026-01", "2025-12", "2025-11"]


@pytest.mark.parametrize(
    ("day", "month", "first", "last"),
    [
        (date(2026, 3, 31), 3, date(2025, 4, 1), date(2026, 3, 31)),
        (date(2026, 4, 1), 3, date(2026, 4, 1), date(2027, 3, 31)),
        (date(2026, 6, 15), 12, date(2026, 1, 1), date(2026, 12, 31)),
        (date(2024, 2, 29), 2, date(2023, 3, 1), date(2024, 2, 29)),
    ],
)
def test_the_financial_year_of_a_day(day, month, first, last):
    assert financial_year(day, month) == Period(first, last)


@given(st.dates(date(2001, 1, 1), date(2100, 1, 1)), st.integers(1, 12))
def test_every_day_is_in_its_financial_year(day, month):
    year = financial_year(day, month)
    assert year.first <= day <= year.last
    assert month_of(year.last).last == year.last
    assert year.last.month == month
    assert 365 <= (year.last - year.first).days + 1 <= 366


def test_a_netting_is_told_from_a_transfer_and_from_a_debt_withdrawn():
    owed, settled = Account(Kind.RECOVERABLE, 1, 1), Account(Kind.SETTLED, 1, 1)
    payable, spent = Account(Kind.PAYABLE, 1, 1), Account(Kind.SPENT, 1)
    assert words_for([Move(settled, owed, 1)]) == "No longer asked back"
    netted = [Move(payable, spent, 1), Move(settled, owed, 1)]
    assert words_for(netted) == "Set off against a debt"
    transferred = [
        Move(payable, spent, 1),
        Move(Account(Kind.AT_PROVIDER, 1, 1), Account(Kind.CASH_AT_STRIPE), 1),
    ]
    assert words_for(transferred) == "Transferred to the Stripe account"
    assert words_for([Move(owed, spent, 1)]) == "Explained or corrected"


def test_figures_hash_by_what_they_say_not_by_their_order():
    assert digest({"a": 1, "b": "é"}) == digest({"b": "é", "a": 1})
    assert digest({"a": 1}) != digest({"a": 2})


COLUMNS = (Column("Name"), *money("Amount"))


def test_a_table_as_csv():
    rows = (("=cmd()", -5), ("two\nlines", 1234567), ("-", None), ("plain", 0))
    table = Table("t", "T", COLUMNS, rows, summed("All", COLUMNS, rows))
    plain = Figures("F", "s", (), (table,)).as_json()["tables"][0]
    assert csv_text(plain).splitlines() == [
        "Name,Amount (£)",
        "'=cmd(),-0.05",
        "two lines,12345.67",
        "'-,",
        "plain,0.00",
        "All,12345.62",
    ]


@pytest.mark.parametrize(
    ("pence", "text"), [(0, "0.00"), (-1, "-0.01"), (100, "1.00"), (-12_345, "-123.45")]
)
def test_amounts_of_the_file(pence, text):
    assert decimal(pence) == text


def test_text_of_the_file_stays_on_its_line():
    assert quoted('a "b" \\ c\r\n\td\u2028e') == '"a \\"b\\" \\\\ c d e"'


def test_names_of_accounts():
    names = Names({1: Named("RND-0001", "R")}, {2: Named("PRV-0002", "P"), 3: Named("ärger", "Ä")})
    assert account_name(Account(Kind.FEES), names) == "Expenses:Stripe:Fees"
    assert account_name(Account(Kind.SPENT, 1), names) == "Equity:Rounds:Spent:RND-0001"
    payable = "Liabilities:Providers:Payable"
    assert account_name(Account(Kind.PAYABLE, 1, 2), names) == f"{payable}:RND-0001:PRV-0002"
    assert account_name(Account(Kind.PAYABLE, 0, 2), names) == f"{payable}:NoRound:PRV-0002"
    assert account_name(Account(Kind.PAYABLE, 9, 8), names) == f"{payable}:Round-9:Provider-8"
    assert account_name(Account(Kind.PAYABLE, 1, 3), names).endswith(":X-rger")


def test_every_account_has_a_name_of_its_own():
    assert set(beancount.ACCOUNTS) == set(Kind)
    assert len(set(beancount.ACCOUNTS.values())) == len(Kind)
