"""Money that the funder has put into the programme's Stripe balance."""

from datetime import datetime

from sqlalchemy import select

from voucher.core.db import explain_constraint, session, translating_constraints
from voucher.payments.models import TopUp
from voucher.programmes.operations.budget import record_top_up

_ONCE = "This top-up has been entered already."
explain_constraint("uq_top_up_stripe_topup_id", _ONCE)
explain_constraint("top_up.stripe_topup_id", _ONCE)


def enter_top_up(*, stripe_topup_id: str, pence: int, arrived_at: datetime, at: datetime) -> bool:
    """Enter a top-up once, in its own row and in the books; False when it is known.

    Two workers at the same moment: the second gets Conflict, and nothing is entered twice.
    """
    known = select(TopUp.id).where(TopUp.stripe_topup_id == stripe_topup_id)
    if session.execute(known).first() is not None:
        return False
    top_up = TopUp(
        stripe_topup_id=stripe_topup_id,
        amount_pence=pence,
        arrived_at=arrived_at,
        noticed_at=at,
    )
    with translating_constraints():
        session.add(top_up)
        session.flush()
    record_top_up(pence=pence, source=top_up, at=at, by=None)
    return True
