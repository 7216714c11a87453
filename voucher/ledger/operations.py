"""Writing journals. Nothing here is ever changed or deleted; a correction is another journal."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from voucher.core.db import explain_constraint, session, translating_constraints
from voucher.ledger.models import LedgerAccount, LedgerEntry, LedgerJournal
from voucher.ledger.rules import Account, Move

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
    for move in moves:
        entry = LedgerEntry(
            journal_id=journal.id,
            debit_account_id=_account_id(move.debit),
            credit_account_id=_account_id(move.credit),
            amount_pence=move.pence,
        )
        session.add(entry)
    session.flush()
    return journal


def _account_id(account: Account) -> int:
    found = _find(account)
    if found is None:
        _open(account)
        found = _find(account)
    if found is None:
        raise LookupError(f"the account {account} could not be opened")
    return found


def _find(account: Account) -> int | None:
    query = select(LedgerAccount.id).where(
        LedgerAccount.kind == account.kind,
        LedgerAccount.round_id == account.round_id,
        LedgerAccount.provider_id == account.provider_id,
    )
    return session.execute(query).scalar_one_or_none()


def _open(account: Account) -> None:
    """Insert the account unless another transaction has just done so."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    insert = dialect.insert(LedgerAccount).values(
        kind=account.kind, round_id=account.round_id, provider_id=account.provider_id
    )
    session.execute(insert.on_conflict_do_nothing())
