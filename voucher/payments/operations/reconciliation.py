"""Keeping a comparison of the books, as it was found."""

import secrets
from datetime import datetime

from voucher.audit.operations import record
from voucher.core.db import session
from voucher.core.references import make_reference
from voucher.payments.differences.operations.noting import note_differences
from voucher.payments.models import Reconciliation
from voucher.payments.reconciling import Difference


def keep_reconciliation(
    *,
    stripe_balance_pence: int,
    ledger_balance_pence: int,
    matched: int,
    under_way: int,
    differences: tuple[Difference, ...],
    by: int | None,
    at: datetime,
) -> Reconciliation:
    """Store one comparison, and its differences as items that last from night to night.

    It changes nothing in the books: a difference is for a person.
    """
    made = Reconciliation(
        reference=make_reference("REC", secrets.token_bytes(8)),
        run_at=at,
        run_by_id=by,
        stripe_balance_pence=stripe_balance_pence,
        ledger_balance_pence=ledger_balance_pence,
        matched=matched,
        under_way=under_way,
        differences=[difference.as_json() for difference in differences],
    )
    fresh = note_differences(found=differences, at=at)
    session.add(made)
    session.flush()
    record(
        action="books.reconciled",
        subject=made,
        at=at,
        by=by,
        details={"matched": matched, "differences": len(differences), "fresh": fresh},
    )
    return made
