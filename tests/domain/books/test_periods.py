"""Accruals, the funder's claim and the close of a year equal the books, and stay as they were."""

from datetime import date, timedelta

import pytest
from sqlalchemy import text

from tests.factories.books import PENCE, BusyScheme, make_paid
from tests.factories.cases import make_officer
from tests.factories.payments import make_approved_claim, make_confirmed_claim
from tests.factories.scheme import AT, make_programme, make_provider, make_round
from tests.factories.work import LATER as WORKED
from tests.factories.work import make_job, submitted
from voucher.accounts.roles import Role
from voucher.claims import operations as claims
from voucher.claims.models import ClaimStatus
from voucher.claims.operations.review import approve
from voucher.core.clock import london_date
from voucher.core.db import transaction
from voucher.core.errors import Invalid
from voucher.ledger.models import AccountKind as Kind
from voucher.ledger.queries import balances
from voucher.payments.books.models import BooksDocument, BooksReport
from voucher.payments.books.operations import (
    claim_from_funder,
    close_year,
    differences,
    keep_accruals,
    keep_statement,
)
from voucher.payments.books.queries.accruals import accruals
from voucher.payments.books.queries.funder import funder_claim
from voucher.payments.books.queries.years import financial_year_figures
from voucher.payments.books.rules import Period, financial_year, month_named
from voucher.programmes.models import Programme
from voucher.programmes.operations import budget

JUNE, JULY = month_named("2026-06"), month_named("2026-07")
YEAR = financial_year(date(2026, 6, 15), 3)
LATER = AT + timedelta(days=400)


def table(figures, name):
    return next(one for one in figures.tables if one.name == name)


def spent(programme_rounds, until):
    ids = {one.id for one in programme_rounds}
    return sum(one.pence for one in balances(Kind.SPENT, until=until) if one.round_id in ids)


@pytest.fixture
def busy(session):
    return BusyScheme()


def test_the_funders_claim_is_the_change_of_what_was_spent(busy):
    rounds = (busy.round, busy.second)
    june, july = (funder_claim(busy.programme, month) for month in (JUNE, JULY))
    assert june.sums["defrayed"] == spent(rounds, JUNE.until) == 2 * PENCE
    assert july.sums["to date"] == spent(rounds, JULY.until)
    assert july.sums["defrayed"] == july.sums["to date"] - june.sums["to date"]
    for figures in (june, july):
        lines, rows = table(figures, "lines"), table(figures, "rounds")
        assert lines.total[-1] == sum(row[-1] for row in lines.rows) == rows.total[5]
        for row in rows.rows:
            assert row[2] + row[3] + row[4] == row[5]
            assert row[1] + row[5] == row[6]
    assert table(july, "rounds").total == (
        "All rounds",
        2 * PENCE,
        PENCE - 10_000,
        10_000,
        -30_000 - 10_000 - 5_000,
        PENCE - 45_000,
        3 * PENCE - 45_000,
    )
    facts = {label: value for label, value, _ in july.facts}
    assert facts["Of that, asked back and not back yet"] == 5_000
    assert facts["Of that, written off"] == 5_000


def test_another_programmes_money_is_in_no_line(busy):
    assert busy.rival.name not in str(funder_claim(busy.programme, JUNE).as_json())
    assert funder_claim(busy.other, JUNE).sums["defrayed"] == PENCE


def test_accruals_are_what_the_books_owe_and_what_was_claimed(session):
    programme = make_programme()
    round_ = make_round(programme)
    make_paid(round_, at=AT + timedelta(days=3))
    make_approved_claim(round_)
    make_confirmed_claim(round_)
    make_confirmed_claim(round_, status=ClaimStatus.DISPUTED)
    today = AT.date()
    figures = accruals(programme, today)
    # The paid claim was approved on that day, and transferred three days later.
    assert table(figures, "accrued").rows == ((round_.name, *_sums(2, 1, 3)),)
    assert table(figures, "promised").rows[0][1:] == _sums(0, 0, 1, 0)
    assert figures.sums == {"accrued": 3 * PENCE}
    assert accruals(programme, today + timedelta(days=3)).sums == {"accrued": 2 * PENCE}
    assert accruals(programme, today - timedelta(days=1)).sums == {"accrued": 0}


def _sums(*numbers):
    return tuple(number * PENCE for number in numbers)


def test_accruals_of_a_day_stay_when_a_claim_moves_on(session):
    programme = make_programme()
    claim = make_confirmed_claim(make_round(programme))
    before = accruals(programme, AT.date())
    approve(claim=claim, by=make_officer(Role.APPROVER).id, at=AT + timedelta(days=2), note="")
    after = accruals(programme, AT.date())
    assert after.sums == before.sums == {"accrued": PENCE}
    assert table(after, "claims").rows == table(before, "claims").rows


def test_accruals_of_a_day_stay_when_a_claim_is_amended(session, tmp_path):
    job = submitted(make_job(), tmp_path)
    programme, day = session.get(Programme, job.round_.programme_id), london_date(WORKED)
    before = accruals(programme, day)
    officer = make_officer(Role.CASEWORKER).id
    at = WORKED + timedelta(days=1)
    claims.return_to_provider(claim=job.claim, note="Too much.", by=officer, at=at)
    at = WORKED + timedelta(days=2)
    offer = claims.offer_less(
        claim=job.claim, net_price_pence=120_000, words="Less was done.", by=job.worker.id, at=at
    )
    claims.agree_amendment(claim=job.claim, offer_id=offer.id, by=job.owner.id, at=at)
    after = accruals(programme, day)
    assert after.sums == before.sums == {"accrued": 90_000}
    assert after.as_json() == before.as_json()
    in_question = table(accruals(programme, day + timedelta(days=1)), "promised").rows[0]
    assert in_question[2:4] == (0, 90_000)
    amended = table(accruals(programme, day + timedelta(days=2)), "promised").rows[0]
    assert amended[2:4] == (0, 60_000)


def test_a_year_begins_and_ends_as_the_books_say(busy):
    figures = financial_year_figures(busy.programme, YEAR)
    rounds = {busy.round.id, busy.second.id}
    for row in table(figures, "accounts").rows:
        assert row[2] + row[3] == row[4]
    closing = {}
    for one in balances(until=YEAR.until):
        if one.round_id in rounds and one.pence:
            closing[f"{one.kind.value}:{one.round_id}:{one.provider_id}"] = one.pence
    assert {name: pence for name, pence in figures.sums.items() if ":" in name} == closing
    following = financial_year(date(2027, 6, 1), 3)
    after = financial_year_figures(busy.programme, following)
    assert [row[2] for row in table(after, "accounts").rows] == [
        row[4] for row in table(figures, "accounts").rows
    ]


def cash(until):
    return sum(one.pence for one in balances(Kind.CASH_AT_STRIPE, until=until))


def test_a_year_shows_the_cash_at_stripe_as_the_ledger_has_it(busy):
    for year in (YEAR, financial_year(date(2027, 6, 1), 3)):
        figures = financial_year_figures(busy.programme, year)
        shown, was, now = table(figures, "cash"), cash(year.from_at), cash(year.until)
        assert shown.total[1:] == (was, now - was, now)
        assert figures.sums["cash_in_stripe"] == now != 0
        ours, others = shown.rows
        assert ours[3] == figures.sums["cash_of_these_rounds"] < 0
        # The rival's transfers are no cash that this programme's rounds moved.
        assert ours[3] + others[3] == now
        assert others[3] != 0


def test_a_year_that_was_closed_before_cash_was_shown_still_agrees(busy):
    closed = close(busy)
    old = {name: pence for name, pence in closed.figures["sums"].items() if "cash_" not in name}
    earlier = BooksReport(
        kind=closed.kind,
        from_on=closed.from_on,
        to_on=closed.to_on,
        programme_id=closed.programme_id,
        figures={**closed.figures, "sums": old},
    )
    assert differences(report=earlier) == {}


def close(busy, **values):
    given = {"programme": busy.programme, "ends_on": YEAR.last, "by": 1, "at": LATER} | values
    given["by"] = make_officer(Role.FINANCE).id
    return close_year(**given)


def test_a_closed_year_stays_as_it_was(busy):
    closed = close(busy)
    assert differences(report=closed) == {}
    make_paid(busy.round, busy.provider, at=LATER)
    # The claim of this payment was reserved, redeemed and approved in the closed year by its
    # factory: that is what an entry with an old moment would look like.
    found = differences(report=closed)
    assert found["entries"][1] > found["entries"][0]
    assert "accrued" in found


def test_money_that_moves_later_leaves_a_closed_year_alone(busy):
    closed = close(busy)
    source = make_programme()
    budget.reserve(round_id=busy.round.id, pence=5_000, source=source, at=LATER, by=None)
    assert differences(report=closed) == {}


@pytest.mark.parametrize(
    ("ends_on", "at", "words"),
    [
        (date(2027, 3, 30), LATER, "not the end"),
        (date(2028, 3, 31), LATER, "ended at least a day"),
        (YEAR.last, YEAR.until + timedelta(hours=23), "ended at least a day"),
    ],
)
def test_only_a_year_that_is_over_is_closed(busy, ends_on, at, words):
    with pytest.raises(Invalid, match=words) as refused:
        close(busy, ends_on=ends_on, at=at)
    assert refused.value.field == "year"


def test_years_are_closed_once_and_in_order(busy):
    close(busy)
    with pytest.raises(Invalid, match="closed already"):
        close(busy)
    much_later = LATER + timedelta(days=900)
    with pytest.raises(Invalid, match="before it first"):
        close(busy, ends_on=date(2029, 3, 31), at=much_later)
    close(busy, ends_on=date(2028, 3, 31), at=much_later)


def test_a_year_whose_end_was_moved_is_shorter_and_leaves_no_gap(busy):
    close(busy)
    busy.programme.year_end_month = 12
    later = LATER + timedelta(days=900)
    shorter = close(busy, ends_on=date(2027, 12, 31), at=later)
    assert (shorter.from_on, shorter.to_on) == (date(2027, 4, 1), date(2027, 12, 31))
    assert close(busy, ends_on=date(2028, 12, 31), at=later).from_on == date(2028, 1, 1)


def claim(busy, period, at=LATER):
    return claim_from_funder(
        programme=busy.programme, period=period, by=make_officer(Role.FINANCE).id, at=at
    )


def test_claims_to_the_funder_follow_each_other(busy):
    claim(busy, JUNE)
    for first in (date(2026, 6, 30), date(2026, 7, 2), date(2026, 6, 1)):
        with pytest.raises(Invalid, match="begins on 1 July 2026") as refused:
            claim(busy, Period(first, JULY.last))
        assert refused.value.field == "first"
    assert claim(busy, JULY).figures["sums"]["to date"] == 3 * PENCE - 45_000


def test_a_period_that_is_not_over_is_not_claimed(busy):
    with pytest.raises(Invalid, match="ended at least a day") as refused:
        claim(busy, JUNE, at=JUNE.until)
    assert refused.value.field == "last"


def test_accruals_are_kept_of_a_day_that_is_over(busy):
    values = {"programme": busy.programme, "by": make_officer(Role.FINANCE).id, "at": AT}
    with pytest.raises(Invalid, match="day that is over"):
        keep_accruals(day=AT.date(), **values)
    kept = keep_accruals(day=AT.date() - timedelta(days=1), **values)
    assert kept.figures["sums"] == {"accrued": 0}


def test_the_same_statement_is_kept_once(busy, session):
    values = {"provider": busy.provider, "period": JUNE, "by": None}
    first = keep_statement(at=LATER, **values)
    assert keep_statement(at=LATER + timedelta(days=1), **values).id == first.id
    assert session.query(BooksDocument).count() == 1
    with pytest.raises(Invalid, match="has begun"):
        keep_statement(provider=busy.provider, period=JULY, by=None, at=AT)


@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id + 1", "DELETE FROM {}"])
@pytest.mark.parametrize(
    "name", ["books_report", "ledger_journal", "ledger_entry", "ledger_account"]
)
def test_the_books_refuse_raw_changes(session, statement, name):
    with transaction():
        provider = make_provider()
        make_paid(provider=provider)
        keep_statement(provider=provider, period=JUNE, by=None, at=LATER)
    assert session.execute(text(f"SELECT count(*) FROM {name}")).scalar_one()
    with pytest.raises(Exception, match="append-only"):
        session.execute(text(statement.format(name)))
    session.rollback()
    assert session.query(BooksReport).count() == 1
