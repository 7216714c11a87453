"""The two rules of the books: a move moves something, and each account has its side."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voucher.ledger.models import AccountKind
from voucher.ledger.rules import WHERE_MONEY_IS, Account, Move, balance

CASH, FUND = Account(AccountKind.CASH_AT_STRIPE), Account(AccountKind.FUND, 1)
accounts = st.builds(Account, st.sampled_from(AccountKind), st.integers(0, 3), st.integers(0, 3))
pence = st.integers(1, 10**12)


@pytest.mark.parametrize("amount", [0, -1, -(10**12)])
def test_a_move_of_nothing_or_less_is_refused(amount):
    with pytest.raises(ValueError, match="positive"):
        Move(CASH, FUND, amount)


def test_a_move_needs_two_accounts():
    with pytest.raises(ValueError, match="different"):
        Move(CASH, Account(AccountKind.CASH_AT_STRIPE), 1)


def test_every_account_has_one_side():
    assert {kind for kind in AccountKind if balance(kind, 2, 1) == 1} == WHERE_MONEY_IS
    assert all(balance(kind, 2, 1) in (1, -1) for kind in AccountKind)


@given(st.lists(st.tuples(accounts, accounts, pence)))
def test_whatever_is_moved_where_money_is_equals_what_it_is_for(tries):
    moves = [Move(debit, credit, amount) for debit, credit, amount in tries if debit != credit]
    debits = dict.fromkeys(AccountKind, 0)
    credits = dict.fromkeys(AccountKind, 0)
    for move in moves:
        debits[move.debit.kind] += move.pence
        credits[move.credit.kind] += move.pence
    balances = {kind: balance(kind, debits[kind], credits[kind]) for kind in AccountKind}
    where = sum(pence for kind, pence in balances.items() if kind in WHERE_MONEY_IS)
    purpose = sum(pence for kind, pence in balances.items() if kind not in WHERE_MONEY_IS)
    assert where == purpose
