"""Journals: each effect of a source once, never changed, never deleted, never out of balance."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from tests.factories.scheme import AT, make_programme
from voucher.core.db import transaction
from voucher.core.errors import Conflict
from voucher.ledger.models import AccountKind as Kind
from voucher.ledger.models import LedgerAccount, LedgerEntry, LedgerJournal
from voucher.ledger.operations import post
from voucher.ledger.queries import accounts_named, balances, journals_of, moved_into, total
from voucher.ledger.rules import Account, Move

CASH, DUE = Account(Kind.CASH_AT_STRIPE), Account(Kind.GRANT_DUE)
FUND, RESERVED = Account(Kind.FUND, 7), Account(Kind.RESERVED, 7)


def enter(source, *moves, effect="tried"):
    return post(source=source, effect=effect, moves=moves, at=AT, by=None)


def test_a_journal_moves_money_between_accounts(session):
    source = make_programme()
    enter(source, Move(DUE, FUND, 500), Move(FUND, RESERVED, 200))
    assert total(Kind.GRANT_DUE) == 500
    assert total(Kind.FUND, round_id=7) == 300
    assert total(Kind.RESERVED, round_id=7) == 200
    assert total(Kind.RESERVED, round_id=8) == 0
    assert total(Kind.RESERVED, provider_id=1) == 0


def test_balances_are_whole_numbers(session):
    enter(make_programme(), Move(DUE, FUND, 2**53 + 1))
    assert [(one.kind, one.pence) for one in balances(Kind.GRANT_DUE)] == [
        (Kind.GRANT_DUE, 2**53 + 1)
    ]
    assert all(type(one.pence) is int for one in balances())


def test_an_account_without_entries_is_empty(session):
    enter(make_programme(), Move(DUE, FUND, 1))
    session.add(LedgerAccount(kind=Kind.FEES))
    session.flush()
    assert total(Kind.FEES) == 0


def test_a_source_has_each_effect_once(session):
    source = make_programme()
    enter(source, Move(DUE, FUND, 1))
    enter(source, Move(DUE, FUND, 2), effect="another")
    with pytest.raises(Conflict):
        enter(source, Move(DUE, FUND, 1))


def test_two_sources_may_have_the_same_effect(session):
    enter(make_programme(), Move(DUE, FUND, 1))
    enter(make_programme(), Move(DUE, FUND, 1))
    assert total(Kind.FUND) == 2


def test_what_a_source_put_into_an_account(session):
    source = make_programme()
    enter(source, Move(FUND, RESERVED, 50), effect="in")
    enter(make_programme(), Move(FUND, RESERVED, 500))
    assert moved_into(Kind.RESERVED, source) == 50
    enter(source, Move(RESERVED, FUND, 50), effect="out")
    assert moved_into(Kind.RESERVED, source) == 0
    assert moved_into(Kind.CASH_AT_STRIPE, source) == 0


def test_journals_are_found_by_their_source(session):
    source = make_programme()
    first = enter(source, Move(DUE, FUND, 1), effect="first")
    second = enter(source, Move(DUE, FUND, 2), effect="second")
    session.expire_all()
    found = journals_of("programme", [source.id])
    assert [journal.id for journal in found] == [first.id, second.id]
    entry = found[1].entries[0]
    named = accounts_named({entry.debit_account_id, entry.credit_account_id})
    assert named == {entry.debit_account_id: DUE, entry.credit_account_id: FUND}


@pytest.mark.parametrize("model", [LedgerAccount, LedgerEntry, LedgerJournal])
def test_nothing_is_ever_changed_or_deleted(session, model):
    with transaction():
        enter(make_programme(), Move(DUE, FUND, 100))
    for statement in (update(model).values(id=model.id + 1), delete(model)):
        with pytest.raises(DBAPIError, match="append-only"):
            session.execute(statement)
        session.rollback()
    assert session.execute(select(func.count()).select_from(model)).scalar_one() > 0


@pytest.mark.parametrize(("pence", "same"), [(0, False), (-5, False), (5, True)])
def test_the_database_refuses_what_the_rules_refuse(session, pence, same):
    journal = enter(make_programme(), Move(DUE, FUND, 1))
    ids = session.execute(select(LedgerAccount.id).order_by(LedgerAccount.id)).scalars().all()
    session.add(
        LedgerEntry(
            journal_id=journal.id,
            debit_account_id=ids[0],
            credit_account_id=ids[0] if same else ids[1],
            amount_pence=pence,
        )
    )
    with pytest.raises(IntegrityError):
        session.flush()


def test_many_at_once_open_an_account_once(app, session):
    with transaction():
        sources = [make_programme().id for _ in range(8)]
    together = Barrier(8)

    def work(source_id):
        from voucher.programmes.models import Programme

        with app.app_context():
            together.wait()
            with transaction():
                source = session.get_one(Programme, source_id)
                enter(source, Move(DUE, FUND, 10))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, sources))
    assert total(Kind.FUND) == 80
    assert session.execute(select(func.count()).select_from(LedgerAccount)).scalar_one() == 2
