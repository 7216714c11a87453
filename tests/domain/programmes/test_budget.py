"""The envelope of a round: never more than the budget, and the books always say the same."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories.scheme import AT, make_programme, make_provider, make_round
from voucher.core.db import transaction
from voucher.core.errors import Conflict
from voucher.ledger.models import AccountKind as Kind
from voucher.ledger.queries import balances, total
from voucher.ledger.rules import WHERE_MONEY_IS
from voucher.payments.queries.books import our_books
from voucher.payments.reconciling import DifferenceKind, compare_sums
from voucher.programmes.models import Programme, Round, RoundStatus
from voucher.programmes.operations import budget

BUDGET = 1_000


def when(**values):
    return {"at": AT, "by": None, **values}


@pytest.fixture
def round_(session):
    return make_round(budget_pence=BUDGET, value_cap_pence=BUDGET)


def envelope(session, round_):
    session.refresh(round_)
    return round_.reserved_pence, round_.committed_pence, round_.spent_pence, round_.free_pence


def test_the_budget_enters_the_books_when_a_round_opens(session):
    draft = make_round(budget_pence=BUDGET, value_cap_pence=1, status=RoundStatus.DRAFT)
    assert total(Kind.FUND) == 0
    budget.grant_budget(round_=draft, **when())
    assert (total(Kind.FUND, round_id=draft.id), total(Kind.GRANT_DUE)) == (BUDGET, BUDGET)
    with pytest.raises(Conflict):
        budget.grant_budget(round_=draft, **when())


def test_the_whole_life_of_an_award(session, round_):
    source, provider = make_programme(), make_provider()
    money = when(round_id=round_.id, source=source)
    budget.reserve(pence=600, **money)
    assert envelope(session, round_) == (600, 0, 0, 400)
    budget.commit_reserved(reserved_pence=600, committed_pence=450, **money)
    assert envelope(session, round_) == (0, 450, 0, 550)
    budget.recognise_claim(provider_id=provider.id, pence=450, **money)
    assert envelope(session, round_) == (0, 450, 0, 550)
    assert total(Kind.PAYABLE, provider_id=provider.id) == 450
    budget.record_transfer(provider_id=provider.id, pence=450, **money)
    assert envelope(session, round_) == (0, 0, 450, 550)
    assert total(Kind.CASH_AT_STRIPE) == -450
    budget.record_payout(provider_id=provider.id, pence=450, number=1, **money)
    assert (total(Kind.AT_PROVIDER), total(Kind.SETTLED)) == (0, 450)
    budget.record_payout_failed(provider_id=provider.id, pence=450, number=1, **money)
    assert (total(Kind.AT_PROVIDER), total(Kind.SETTLED)) == (450, 0)
    budget.record_payout(provider_id=provider.id, pence=450, number=2, **money)
    assert total(Kind.SETTLED, provider_id=provider.id) == 450
    budget.record_top_up(pence=450, **when(source=source))
    assert (total(Kind.CASH_AT_STRIPE), total(Kind.GRANT_DUE)) == (0, BUDGET - 450)


def test_every_penny_can_be_given_back(session, round_):
    first, second, third, provider = *(make_programme() for _ in range(3)), make_provider()
    budget.reserve(round_id=round_.id, pence=300, **when(source=first))
    budget.release_reserved(round_id=round_.id, pence=300, reason="expired", **when(source=first))
    for source in (second, third):
        budget.reserve(round_id=round_.id, pence=300, **when(source=source))
        budget.commit_reserved(
            round_id=round_.id, reserved_pence=300, committed_pence=300, **when(source=source)
        )
    budget.release_committed(
        round_id=round_.id, pence=300, reason="rejected", **when(source=second)
    )
    owed = {"round_id": round_.id, "provider_id": provider.id, "pence": 300}
    budget.recognise_claim(**owed, **when(source=third))
    budget.release_payable(**owed, reason="cancelled", **when(source=third))
    assert envelope(session, round_) == (0, 0, 0, BUDGET)
    assert total(Kind.FUND, round_id=round_.id) == BUDGET


REFUSALS: dict[str, Callable] = {
    "reserve": lambda money: budget.reserve(pence=BUDGET + 1, **money),
    "commit more than reserved": lambda money: budget.commit_reserved(
        reserved_pence=100, committed_pence=101, **money
    ),
    "commit nothing": lambda money: budget.commit_reserved(
        reserved_pence=100, committed_pence=0, **money
    ),
    "commit what is not reserved": lambda money: budget.commit_reserved(
        reserved_pence=1, committed_pence=1, **money
    ),
    "release what is not reserved": lambda money: budget.release_reserved(
        pence=1, reason="x", **money
    ),
    "release what is not committed": lambda money: budget.release_committed(
        pence=1, reason="x", **money
    ),
    "release what is not owed": lambda money: budget.release_payable(
        pence=1, provider_id=1, reason="x", **money
    ),
    "transfer what is not committed": lambda money: budget.record_transfer(
        pence=1, provider_id=1, **money
    ),
    "a round that is not there": lambda money: budget.reserve(pence=1, **{**money, "round_id": 0}),
}


@pytest.mark.parametrize("refused", REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_changes_nothing(session, round_, refused):
    before = (envelope(session, round_), balances())
    with pytest.raises(Conflict):
        refused(when(round_id=round_.id, source=make_programme()))
    assert (envelope(session, round_), balances()) == before


def test_the_same_award_is_not_reserved_twice(session, round_):
    with transaction():
        source = make_programme()
        round_ = make_round(budget_pence=BUDGET, value_cap_pence=1)
        budget.reserve(round_id=round_.id, pence=100, **when(source=source))
    with pytest.raises(Conflict), transaction():
        budget.reserve(round_id=round_.id, pence=100, **when(source=source))
    assert envelope(session, session.get(Round, round_.id)) == (100, 0, 0, 900)


def test_sixteen_reserve_at_once_and_money_for_four_goes_to_four(app, session):
    with transaction():
        round_id = make_round(budget_pence=4 * 90_000 + 89_999, value_cap_pence=1).id
        sources = [make_programme().id for _ in range(16)]
    together = Barrier(16)

    def work(source_id):
        with app.app_context():
            together.wait()
            try:
                with transaction():
                    source = session.get_one(Programme, source_id)
                    budget.reserve(round_id=round_id, pence=90_000, **when(source=source))
            except Conflict:
                return False
            return True

    with ThreadPoolExecutor(16) as pool:
        won = list(pool.map(work, sources))
    assert won.count(True) == 4
    assert envelope(session, session.get(Round, round_id)) == (360_000, 0, 0, 89_999)
    assert total(Kind.RESERVED, round_id=round_id) == 360_000


class Awards:
    """Awards at every stage, moved on at random; what is illegal must be refused."""

    def __init__(self, session, round_, provider):
        self.session, self.round, self.provider = session, round_, provider
        self.stages: dict[str, list] = {"reserved": [], "committed": [], "payable": [], "spent": []}

    def take(self, stage, which):
        found = self.stages[stage]
        return found.pop(which % len(found)) if found else None

    def step(self, what, which, pence):
        getattr(self, what)(which, pence)

    def reserve(self, _which, pence):
        source = make_programme()
        free = envelope(self.session, self.round)[3]
        money = when(round_id=self.round.id, source=source)
        if pence > free:
            with pytest.raises(Conflict):
                budget.reserve(pence=pence, **money)
            return
        budget.reserve(pence=pence, **money)
        self.stages["reserved"].append((source, pence))

    def commit(self, which, part):
        award = self.take("reserved", which)
        if award:
            source, pence = award
            committed = min(pence, part)
            money = when(round_id=self.round.id, source=source)
            budget.commit_reserved(reserved_pence=pence, committed_pence=committed, **money)
            self.stages["committed"].append((source, committed))

    def release(self, which, _pence):
        self._end("reserved", which, budget.release_reserved, reason="expired")

    def reject(self, which, _pence):
        self._end("committed", which, budget.release_committed, reason="rejected")

    def approve(self, which, _pence):
        self._end("committed", which, budget.recognise_claim, to="payable", party=True)

    def cancel(self, which, _pence):
        self._end("payable", which, budget.release_payable, reason="cancelled", party=True)

    def transfer(self, which, _pence):
        self._end("payable", which, budget.record_transfer, to="spent", party=True)

    def _end(self, stage, which, operation, *, to=None, party=False, **values):
        award = self.take(stage, which)
        if award is None:
            return
        source, pence = award
        if party:
            values["provider_id"] = self.provider.id
        operation(round_id=self.round.id, pence=pence, **values, **when(source=source))
        if to:
            self.stages[to].append(award)

    def sums(self):
        held = {stage: sum(pence for _, pence in found) for stage, found in self.stages.items()}
        return held["reserved"], held["committed"] + held["payable"], held["spent"]


STEPS = ("reserve", "reserve", "commit", "release", "reject", "approve", "cancel", "transfer")


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(
        st.tuples(st.sampled_from(STEPS), st.integers(0, 9), st.integers(1, 400)),
        min_size=5,
        max_size=40,
    )
)
def test_any_sequence_keeps_envelope_and_books_equal(session, steps):
    session.rollback()
    round_ = make_round(budget_pence=BUDGET, value_cap_pence=1)
    awards = Awards(session, round_, make_provider())
    for what, which, pence in steps:
        awards.step(what, which, pence)
        reserved, committed, spent, free = envelope(session, round_)
        assert (reserved, committed, spent) == awards.sums()
        assert free >= 0
    ours = our_books()
    assert compare_sums(DifferenceKind.ROUND, ours.ledger_sums, ours.round_sums) == ()
    where = sum(one.pence for one in balances() if one.kind in WHERE_MONEY_IS)
    assert where == sum(one.pence for one in balances() if one.kind not in WHERE_MONEY_IS)
    session.rollback()
