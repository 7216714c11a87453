"""Writing journals. Nothing here is ever changed or deleted; a correction is another journal."""

from collections.abc import Iterable, Sequence, Set
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from voucher.core.db import explain_constraint, session, translating_constraints
from voucher.ledger.models import LedgerAccount, LedgerEntry, LedgerJournal
from voucher.ledger.rules import Account, Move

_NAME = (LedgerAccount.kind, LedgerAccount.round_id, LedgerAccount.provider_id)
_TWICE = "This has been entered in the books already."
explain_constraint("uq_ledger_journal_source_kind_source_id_effect", _TWICE)
explain_constraint("ledger_journal.source_kind, ledger_journal.source_id", _TWICE)


def post(
    *, source: Any, effect: str, moves: Iterable[Move], at: datetime, by: int | None
) -> LedgerJournal:
    """Write one journal: `effect` of the stored row `source`, as `moves` in pence.

    A source has each effect once: a second try raises Conflict and changes nothing. The journal
    sums to zero by construction, because every move has its two accounts.
    """
    session.flush()
    journal = LedgerJournal(
        source_kind=source.__tablename__,
        source_id=source.id,
        effect=effect,
        at=at,
        by_user_id=by,
    )
    with translating_constraints():
        session.add(journal)
        session.flush()
    listed = list(moves)
    keys = _account_ids({account for move in listed for account in (move.debit, move.credit)})
    entries = [
        {
            "journal_id": journal.id,
            "debit_account_id": keys[move.debit],
            "credit_account_id": keys[move.credit],
            "amount_pence": move.pence,
        }
        for move in listed
    ]
    if entries:
        session.execute(insert(LedgerEntry), entries)
    return journal


def _account_ids(accounts: Set[Account]) -> dict[Account, int]:
    """The keys of the accounts, which are opened first where there is none yet."""
    found = _find(accounts)
    if missing := accounts - found.keys():
        found |= _open(sorted(missing, key=lambda one: (one.kind, one.round_id, one.provider_id)))
    if beaten := accounts - found.keys():
        found |= _find(beaten)
    if accounts - found.keys():
        raise LookupError(f"accounts could not be opened: {accounts - found.keys()}")
    return found


def _find(accounts: Set[Account]) -> dict[Account, int]:
    wanted = [(one.kind, one.round_id, one.provider_id) for one in accounts]
    query = select(LedgerAccount.id, *_NAME).where(tuple_(*_NAME).in_(wanted))
    return {Account(*row[1:]): row[0] for row in session.execute(query)}


def _open(accounts: Sequence[Account]) -> dict[Account, int]:
    """Insert the accounts, in their order; those that nobody else has just inserted, with keys."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    rows = [
        {"kind": one.kind, "round_id": one.round_id, "provider_id": one.provider_id}
        for one in accounts
    ]
    opening = dialect.insert(LedgerAccount.__table__).on_conflict_do_nothing()
    opened = session.execute(opening.returning(LedgerAccount.id, *_NAME), rows)
    return {Account(*row[1:]): row[0] for row in opened}
