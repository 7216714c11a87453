"""A provider's statement: opening, every line, closing; always what the books say."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories.books import PENCE, BusyScheme, make_clawback, make_paid, money_of
from tests.factories.scheme import AT, make_provider, make_round
from voucher.claims.models import Claim
from voucher.ledger.queries import balances
from voucher.payments.books.queries.statements import KINDS, first_entry_on, statement
from voucher.payments.books.rules import month_named
from voucher.programmes.operations import budget

JUNE, JULY, AUGUST = (month_named(f"2026-{month:02d}") for month in (6, 7, 8))


def table(figures, name="lines"):
    return next(one for one in figures.tables if one.name == name)


def amounts(row):
    return dict(zip([kind.value for kind in KINDS], row[-len(KINDS) :], strict=True))


def booked(provider, until):
    sums = dict.fromkeys([kind.value for kind in KINDS], 0)
    for one in balances(provider_id=provider.id, until=until):
        if one.kind in KINDS:
            sums[one.kind.value] += one.pence
    return sums


def require_that_it_adds_up(provider, period):
    found = table(statement(provider, period))
    assert amounts(found.rows[0]) == booked(provider, period.from_at)
    assert amounts(found.total) == booked(provider, period.until)
    for place in range(-len(KINDS), 0):
        assert sum(row[place] for row in found.rows) == found.total[place]
    return found


@pytest.fixture
def busy(session):
    return BusyScheme()


def test_every_month_begins_where_the_last_one_ended(busy):
    for provider in (busy.provider, busy.rival):
        found = [require_that_it_adds_up(provider, month) for month in (JUNE, JULY, AUGUST)]
        for before, after in pairwise(found):
            assert amounts(before.total) == amounts(after.rows[0])
    assert not any(amounts(require_that_it_adds_up(busy.provider, JUNE).rows[0]).values())


def test_lines_say_what_happened_and_to_which_claim(busy):
    figures = statement(busy.provider, JULY)
    lines = {row[1]: row for row in table(figures).rows}
    assert set(lines) == {
        "Brought forward",
        "Taken back from the Stripe account",
        "Asked back",
        "Set off against a debt",
        "Transferred to the Stripe account",
        "Repaid by bank transfer",
        "Written off",
    }
    netted = lines["Set off against a debt"]
    assert amounts(netted) == {
        "payable": -10_000,
        "at_provider": 0,
        "settled": 10_000,
        "recoverable": -10_000,
    }
    assert netted[4] == busy.netted.reference
    claims = table(figures, "claims")
    assert {row[0] for row in claims.rows} == {row[2] for row in table(figures).rows if row[2]}
    assert claims.total[6] == PENCE * len(claims.rows)
    net, vat, gross, voucher, own = claims.rows[0][3:]
    assert (net + vat, voucher + own) == (gross, gross)


def test_what_came_of_a_clawback_goes_by_its_reference_and_claim(session, busy):
    clawback, receipt = make_clawback(busy.paid)
    repaid = money_of(busy.paid, busy.july + timedelta(days=2), 100) | {"source": receipt}
    budget.record_recovered_by_invoice(effect="recovered", **repaid)
    line = table(statement(busy.provider, JULY)).rows[-1]
    claim = session.get_one(Claim, busy.paid.claim_id)
    assert line[1:5] == (
        "Repaid by bank transfer",
        claim.reference,
        claim.invoice_number,
        clawback.reference,
    )


def test_a_rivals_entries_are_not_on_it(busy):
    found = statement(busy.provider, JUNE)
    text = str(found.as_json())
    assert busy.rivals.reference not in text
    assert busy.rival.name not in text


def test_the_month_is_londons(session):
    provider = make_provider()
    # Half past eleven at night of 30 June in Greenwich is July in London.
    make_paid(make_round(), provider, at=AT.replace(day=30, hour=23, minute=30))
    lines = table(statement(provider, JULY)).rows
    assert [row[1] for row in lines][1:] == [
        "Transferred to the Stripe account",
        "Paid to the bank",
    ]
    assert lines[1][0] == "2026-07-01"
    assert first_entry_on(provider.id) == date(2026, 6, 15)


def test_a_provider_without_entries_has_an_empty_statement(session):
    provider = make_provider()
    figures = statement(provider, JUNE)
    assert len(table(figures).rows) == 1
    assert table(figures, "claims").rows == ()
    assert first_entry_on(provider.id) is None


@pytest.mark.slow
@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(st.tuples(st.integers(0, 60), st.sampled_from(("pay", "reverse", "ask"))), max_size=8)
)
def test_any_history_adds_up(session, story):
    session.rollback()
    provider, round_ = make_provider(), make_round()
    for place, (days, what) in enumerate(story):
        at = AT + timedelta(days=days)
        payment = make_paid(round_, provider, at=at)
        if what == "ask":
            budget.record_recoverable(effect=f"a{place}", **money_of(payment, at, 100 + place))
        if what == "reverse":
            budget.record_payout_failed(number=1, **money_of(payment, at))
            budget.record_reversal(effect=f"r{place}", **money_of(payment, at, 7 * (place + 1)))
    for month in (JUNE, JULY, AUGUST):
        require_that_it_adds_up(provider, month)
    session.rollback()
