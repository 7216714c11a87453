"""Statement and export after everything that can happen to money, made by the real operations."""

import csv
from datetime import timedelta
from io import StringIO

import pytest
from sqlalchemy import select

from tests.domain.books.test_ledger_export import bean_check, export
from tests.domain.payments.test_by_hand import explain, gone_from_the_account
from tests.domain.payments.test_clawback import Desk
from tests.domain.payments.test_unexplained import by_hand
from tests.domain.payments.world import World
from voucher.core.clock import london_date
from voucher.core.db import session, transaction
from voucher.ledger.models import AccountKind, LedgerJournal
from voucher.ledger.queries import balances
from voucher.payments.books.queries.statements import COLUMNS, statement
from voucher.payments.books.rules import month_of
from voucher.payments.clawbacks import jobs
from voucher.payments.clawbacks.models import Clawback
from voucher.payments.clawbacks.operations import owing
from voucher.payments.differences.models import Outcome
from voucher.payments.jobs.reconciling import reconcile
from voucher.payments.jobs.unexplained import notice_unexplained
from voucher.payments.models import Payment, PaymentStatus
from voucher.payments.operations.queueing import retry
from voucher.providers.models import Provider
from voucher.web.books_files import table_as_csv

KINDS = {"claim", "payment", "clawback", "clawback_netting", "unexplained_movement", "top_up"}


@pytest.fixture
def lived(session, emulator):
    """A month of one provider: a payout that failed and then arrived, money taken back in part, a
    debt set off and another repaid and written off, a transfer by mistake."""
    world = World(emulator)
    desk = Desk(world)
    emulator.control("payouts/outcome", outcome="failed", failure_code="account_closed")
    failed = world.in_transit()
    world.bank_day()
    world.follow()
    assert world.status(failed) is PaymentStatus.PAYOUT_FAILED
    emulator.control("payouts/outcome", outcome="paid")
    with transaction():
        retry(payment=session.get(Payment, failed), by=desk.asker, at=world.at)
    world.pay_out()
    world.bank_day()
    world.follow()
    assert world.status(failed) is PaymentStatus.PAID
    owed = desk.owed(failed, 10_000)
    lost = desk.owed(world.paid(), 3_000)
    repay(desk, lost)
    part = world.transferred()
    desk.approved(part, 20_000)
    desk.work()
    world.pay_out()
    world.bank_day()
    world.follow()
    by_hand(world, 500)
    gone_from_the_account(world)
    notice_unexplained(world.stripe, world.at)
    explain(world, Outcome.OWED)
    desk.work()
    mistake = session.execute(select(Clawback.id).where(Clawback.payment_id.is_(None))).scalar_one()
    for one in (owed, mistake):
        desk.do(owing.net_off, one)
    world.queue()
    jobs.set_off_debts(world.at)
    world.send()
    yield world
    world.calm()
    assert reconcile(world.stripe, world.at).differences == []


def repay(desk, clawback_id):
    """A third comes back on an invoice, the rest is written off."""
    today = london_date(desk.world.at)
    desk.do(owing.invoice, clawback_id, number="INV-1", due_on=today + timedelta(days=30))
    desk.do(owing.receive, clawback_id, pence=1_000, received_on=today, bank_reference="a third")
    desk.do(owing.choose_again, clawback_id)
    desk.do(owing.ask_write_off, clawback_id, by=desk.asker, words="The provider is gone.")
    desk.do(owing.write_off, clawback_id)


def figures_of(world):
    session.rollback()
    provider = session.get_one(Provider, world.provider_id)
    return statement(provider, month_of(london_date(world.at)))


def test_the_lines_of_a_statement_add_up_to_the_books_in_plain_words(lived):
    figures = figures_of(lived)
    lines = figures.tables[0]
    for place, (kind, _) in enumerate(COLUMNS, start=-len(COLUMNS)):
        books = sum(one.pence for one in balances(kind) if one.provider_id == lived.provider_id)
        assert lines.rows[0][place] == 0
        assert sum(row[place] for row in lines.rows) == lines.total[place] == books
    said = {row[1] for row in lines.rows}
    assert said >= {
        "Claim approved",
        "Transferred to the Stripe account",
        "Paid to the bank",
        "Taken back from the Stripe account",
        "Asked back",
        "Set off against a debt",
        "Repaid by bank transfer",
        "Written off",
        "Paid by mistake, asked back",
    }
    assert not [words for words in said if "_" in words]


def test_the_file_of_a_statement_comes_to_the_same(app, lived):
    figures = figures_of(lived)
    lines = figures.tables[0]
    with app.test_request_context():
        answer = table_as_csv(figures.as_json(), lines.name, "STATEMENT")
        text = answer.get_data(as_text=True).removeprefix("\ufeff")
    rows = list(csv.reader(StringIO(text)))
    assert [row[:5] for row in rows[1:-1]] == [list(row[:5]) for row in lines.rows]
    for place in range(-len(COLUMNS), 0):
        pence = [int(row[place].replace(".", "")) for row in rows[1:]]
        assert sum(pence[:-1]) == pence[-1] == lines.total[place]


def test_bean_check_accepts_an_export_with_every_kind_of_row(app, lived, tmp_path):
    session.rollback()
    assert set(session.execute(select(LedgerJournal.source_kind)).scalars()) >= KINDS
    text = export(app)
    assert bean_check(text, tmp_path) == (0, "")
    used = {one.kind for one in balances() if one.used}
    assert used >= set(AccountKind) - {AccountKind.FEES}
