"""Money that comes back, fees, and what nobody has explained: the books and the envelope agree."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories.scheme import AT, make_programme, make_provider, make_round
from voucher.core.errors import Conflict
from voucher.ledger.models import AccountKind as Kind
from voucher.ledger.queries import balances, total
from voucher.ledger.rules import WHERE_MONEY_IS, Account
from voucher.payments.queries.books import our_books
from voucher.payments.reconciling import DifferenceKind, compare_sums
from voucher.programmes.operations import budget

BUDGET = 1_000


class Scheme:
    """Two rounds and a provider; each round can be brought to where money has been paid."""

    def __init__(self, session):
        self.session = session
        self.first = make_round(budget_pence=BUDGET, value_cap_pence=BUDGET)
        self.second = make_round(budget_pence=BUDGET, value_cap_pence=BUDGET)
        self.provider = make_provider()

    def approve(self, round_, pence):
        money = {"round_id": round_.id, "source": make_programme(), "at": AT, "by": None}
        budget.reserve(pence=pence, **money)
        budget.commit_reserved(reserved_pence=pence, committed_pence=pence, **money)
        budget.recognise_claim(provider_id=self.provider.id, pence=pence, **money)

    def transfer(self, round_, pence):
        budget.record_transfer(**self._money(round_, pence, effect=None))

    def pay_out(self, round_, pence):
        budget.record_payout(number=1, **self._money(round_, pence, effect=None))

    def pay(self, round_, pence):
        self.approve(round_, pence)
        self.transfer(round_, pence)
        self.pay_out(round_, pence)

    def enter(self, operation, round_, pence, **more):
        operation(**self._money(round_, pence), **more)

    def _money(self, round_, pence, effect="tried"):
        values = {
            "round_id": round_.id if round_ else 0,
            "provider_id": self.provider.id,
            "pence": pence,
            "source": make_programme(),
            "at": AT,
            "by": None,
        }
        return values if effect is None else {**values, "effect": effect}

    def of(self, round_):
        """reserved, committed, spent, free of a round."""
        self.session.refresh(round_)
        return (
            round_.reserved_pence,
            round_.committed_pence,
            round_.spent_pence,
            round_.free_pence,
        )

    def require_agreement(self):
        ours = our_books()
        assert compare_sums(DifferenceKind.ROUND, ours.ledger_sums, ours.round_sums) == ()
        where = sum(one.pence for one in balances() if one.kind in WHERE_MONEY_IS)
        assert where == sum(one.pence for one in balances() if one.kind not in WHERE_MONEY_IS)


@pytest.fixture
def scheme(session):
    return Scheme(session)


def unexplained(pence, **values):
    return {"pence": pence, "source": make_programme(), "effect": "tried", "at": AT, "by": None} | (
        values
    )


def test_a_reversal_brings_cash_and_budget_back(scheme):
    scheme.approve(scheme.first, 600)
    scheme.transfer(scheme.first, 600)
    scheme.enter(budget.record_reversal, scheme.first, 200)
    assert scheme.of(scheme.first) == (0, 0, 400, 600)
    assert total(Kind.CASH_AT_STRIPE) == -400
    assert total(Kind.AT_PROVIDER, provider_id=scheme.provider.id) == 400
    assert total(Kind.SPENT, round_id=scheme.first.id) == 400
    assert total(Kind.FUND, round_id=scheme.first.id) == 600
    scheme.require_agreement()
    scheme.approve(scheme.first, 600)
    assert scheme.of(scheme.first) == (0, 600, 400, 0)


def test_no_more_comes_back_than_was_spent(scheme):
    scheme.pay(scheme.first, 300)
    before = balances()
    for operation in (budget.record_reversal, budget.record_recovered_by_invoice):
        with pytest.raises(Conflict, match="has spent"):
            scheme.enter(operation, scheme.first, 301)
    assert balances() == before
    assert scheme.of(scheme.first) == (0, 0, 300, 700)


def test_a_debt_stays_spent_until_it_is_back(scheme):
    scheme.pay(scheme.first, 600)
    scheme.enter(budget.record_recoverable, scheme.first, 250)
    assert scheme.of(scheme.first) == (0, 0, 600, 400)
    assert (total(Kind.SETTLED), total(Kind.RECOVERABLE)) == (350, 250)
    scheme.require_agreement()
    scheme.enter(budget.withdraw_recoverable, scheme.first, 50)
    assert (total(Kind.SETTLED), total(Kind.RECOVERABLE)) == (400, 200)
    scheme.enter(budget.record_recovered_by_invoice, scheme.first, 150)
    assert scheme.of(scheme.first) == (0, 0, 450, 550)
    assert total(Kind.RECOVERABLE) == 50
    assert total(Kind.GRANT_DUE) == 2 * BUDGET + 150
    scheme.enter(budget.record_write_off, scheme.first, 50)
    assert scheme.of(scheme.first) == (0, 0, 450, 550)
    assert (total(Kind.RECOVERABLE), total(Kind.WRITTEN_OFF)) == (0, 50)
    scheme.require_agreement()


def test_money_that_stripe_cannot_take_back_is_owed_from_where_it_is(scheme):
    scheme.approve(scheme.first, 100)
    scheme.transfer(scheme.first, 100)
    scheme.enter(budget.record_recoverable, scheme.first, 40, out_of=Kind.AT_PROVIDER)
    assert (total(Kind.AT_PROVIDER), total(Kind.RECOVERABLE)) == (60, 40)
    scheme.require_agreement()
    with pytest.raises(ValueError, match="does not have"):
        scheme.enter(budget.record_recoverable, scheme.first, 40, out_of=Kind.FUND)


@pytest.mark.parametrize("order", [("first", "second"), ("second", "first")])
def test_a_debt_of_one_round_is_netted_off_a_claim_of_another(scheme, order):
    owing, paying = (getattr(scheme, name) for name in order)
    scheme.pay(owing, 500)
    scheme.enter(budget.record_recoverable, owing, 120)
    scheme.approve(paying, 400)
    scheme.enter(budget.record_recovered_by_netting, owing, 120, paying_round_id=paying.id)
    scheme.transfer(paying, 280)
    assert scheme.of(owing) == (0, 0, 380, 620)
    assert scheme.of(paying) == (0, 0, 400, 600)
    assert total(Kind.PAYABLE) == total(Kind.RECOVERABLE) == 0
    assert total(Kind.CASH_AT_STRIPE) == -780
    assert total(Kind.SETTLED, round_id=paying.id) == 120
    scheme.require_agreement()


def test_a_debt_is_netted_off_a_claim_of_the_same_round(scheme):
    scheme.pay(scheme.first, 500)
    scheme.enter(budget.record_recoverable, scheme.first, 120)
    scheme.approve(scheme.first, 120)
    again = scheme.first.id
    scheme.enter(budget.record_recovered_by_netting, scheme.first, 120, paying_round_id=again)
    assert scheme.of(scheme.first) == (0, 0, 500, 500)
    assert total(Kind.PAYABLE) == total(Kind.RECOVERABLE) == 0
    scheme.require_agreement()


def test_nothing_is_netted_off_what_is_not_owed(scheme):
    scheme.pay(scheme.first, 500)
    before = balances()
    with pytest.raises(Conflict, match="does not cover"):
        scheme.enter(
            budget.record_recovered_by_netting, scheme.first, 1, paying_round_id=scheme.second.id
        )
    assert balances() == before


def test_a_transfer_by_hand_is_seen_and_becomes_a_debt_of_no_round(scheme):
    budget.record_suspense(**unexplained(-90))
    assert (total(Kind.CASH_AT_STRIPE), total(Kind.SUSPENSE)) == (-90, -90)
    debt = Account(Kind.RECOVERABLE, 0, scheme.provider.id)
    budget.clear_suspense(against=debt, **unexplained(-90))
    assert (total(Kind.SUSPENSE), total(Kind.RECOVERABLE)) == (0, 90)
    scheme.require_agreement()
    scheme.approve(scheme.first, 30)
    scheme.enter(budget.record_recovered_by_netting, None, 30, paying_round_id=scheme.first.id)
    scheme.enter(budget.record_recovered_by_invoice, None, 40)
    scheme.enter(budget.record_write_off, None, 20)
    assert (total(Kind.RECOVERABLE), total(Kind.WRITTEN_OFF)) == (0, 20)
    assert scheme.of(scheme.first) == (0, 0, 30, 970)
    scheme.require_agreement()


def test_what_came_in_unexplained_may_be_the_funders(scheme):
    budget.record_suspense(**unexplained(500))
    assert (total(Kind.CASH_AT_STRIPE), total(Kind.SUSPENSE)) == (500, 500)
    budget.clear_suspense(against=Account(Kind.GRANT_DUE), **unexplained(500))
    assert (total(Kind.SUSPENSE), total(Kind.GRANT_DUE)) == (0, 2 * BUDGET - 500)
    scheme.require_agreement()


def test_a_movement_that_undoes_another_empties_suspense(scheme):
    budget.record_suspense(**unexplained(-70))
    budget.record_suspense(**unexplained(70))
    assert total(Kind.SUSPENSE) == total(Kind.CASH_AT_STRIPE) == 0


def test_a_transfer_by_hand_of_an_approved_claim_is_entered_as_one(scheme):
    scheme.approve(scheme.first, 80)
    budget.record_suspense(**unexplained(-80))
    budget.clear_suspense(against=Account(Kind.CASH_AT_STRIPE), **unexplained(-80))
    scheme.transfer(scheme.first, 80)
    assert total(Kind.SUSPENSE) == total(Kind.PAYABLE) == 0
    assert total(Kind.CASH_AT_STRIPE) == -80
    assert scheme.of(scheme.first) == (0, 0, 80, 920)
    scheme.require_agreement()


@pytest.mark.parametrize(
    "against",
    [
        Account(Kind.FUND, 1),
        Account(Kind.SPENT, 1),
        Account(Kind.FUND),
        Account(Kind.GRANT_DUE, 1),
        Account(Kind.RECOVERABLE),
        Account(Kind.SUSPENSE),
    ],
)
def test_nothing_unexplained_reaches_a_rounds_money(session, against):
    with pytest.raises(ValueError, match="can belong to"):
        budget.clear_suspense(against=against, **unexplained(5))
    assert balances() == []


def test_fees_are_charged_and_given_back(session):
    budget.record_fee(**unexplained(-30))
    assert (total(Kind.CASH_AT_STRIPE), total(Kind.FEES)) == (-30, 30)
    budget.record_fee(**unexplained(10))
    assert (total(Kind.CASH_AT_STRIPE), total(Kind.FEES)) == (-20, 20)


@pytest.mark.parametrize("operation", [budget.record_fee, budget.record_suspense])
def test_a_movement_of_nothing_is_refused(session, operation):
    with pytest.raises(ValueError, match="positive"):
        operation(**unexplained(0))


def test_each_effect_of_a_source_is_entered_once(scheme):
    scheme.pay(scheme.first, 500)
    values = scheme._money(scheme.first, 100)
    budget.record_reversal(**values)
    with pytest.raises(Conflict, match="in the books already"):
        budget.record_reversal(**values)


STEPS = ("pay", "pay", "approve", "reverse", "ask", "withdraw", "net", "invoice", "write_off")


class Random:
    """Moves money by random steps; a step that has nothing to move does nothing."""

    def __init__(self, scheme):
        self.scheme = scheme

    def step(self, what, first, pence):
        round_, other = (
            (self.scheme.first, self.scheme.second)
            if first
            else (self.scheme.second, self.scheme.first)
        )
        getattr(self, what)(round_, other, pence)

    def _most(self, kind, round_, pence):
        return min(pence, total(kind, round_id=round_.id))

    def _enter(self, operation, round_, pence, **more):
        if pence > 0:
            self.scheme.enter(operation, round_, pence, **more)

    def pay(self, round_, _other, pence):
        if pence <= self.scheme.of(round_)[3]:
            self.scheme.pay(round_, pence)

    def approve(self, round_, _other, pence):
        if pence <= self.scheme.of(round_)[3]:
            self.scheme.approve(round_, pence)

    def reverse(self, round_, _other, pence):
        if pence <= self.scheme.of(round_)[3]:
            self.scheme.approve(round_, pence)
            self.scheme.transfer(round_, pence)
            self._enter(budget.record_reversal, round_, pence // 2)

    def ask(self, round_, _other, pence):
        self._enter(budget.record_recoverable, round_, self._most(Kind.SETTLED, round_, pence))

    def withdraw(self, round_, _other, pence):
        self._enter(
            budget.withdraw_recoverable, round_, self._most(Kind.RECOVERABLE, round_, pence)
        )

    def net(self, round_, other, pence):
        most = min(
            self._most(Kind.RECOVERABLE, round_, pence), self._most(Kind.PAYABLE, other, pence)
        )
        self._enter(budget.record_recovered_by_netting, round_, most, paying_round_id=other.id)

    def invoice(self, round_, _other, pence):
        self._enter(
            budget.record_recovered_by_invoice, round_, self._most(Kind.RECOVERABLE, round_, pence)
        )

    def write_off(self, round_, _other, pence):
        self._enter(budget.record_write_off, round_, self._most(Kind.RECOVERABLE, round_, pence))


@pytest.mark.slow
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.tuples(st.sampled_from(STEPS), st.booleans(), st.integers(1, 400)),
        min_size=5,
        max_size=30,
    )
)
def test_any_sequence_keeps_envelope_and_books_equal(session, steps):
    session.rollback()
    scheme = Scheme(session)
    walk = Random(scheme)
    for what, first, pence in steps:
        walk.step(what, first, pence)
        for round_ in (scheme.first, scheme.second):
            reserved, committed, spent, free = scheme.of(round_)
            assert min(reserved, committed, spent, free) >= 0
        scheme.require_agreement()
    session.rollback()
