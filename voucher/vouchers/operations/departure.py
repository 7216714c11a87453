"""A business's choice of a provider that has gone: given back, with the days that were lost.

Lock order: voucher → application → match. The money stays reserved for the voucher.
"""

from datetime import datetime, timedelta

from sqlalchemy import select

from voucher.applications.models import Application
from voucher.audit.operations import record
from voucher.core.clock import london_date
from voucher.core.db import lock, session
from voucher.core.status import transition
from voucher.matching.models import MATCH_MOVES, Match, MatchStatus
from voucher.providers.models import Provider
from voucher.vouchers.models import Voucher, VoucherStatus
from voucher.vouchers.queries import LIVE_CHOICE
from voucher.vouchers.rules import is_expired


def leave_gone_provider(*, match_id: int, at: datetime) -> bool:
    """End a choice whose provider has gone before the voucher was redeemed; False if not so.

    After: the match is WITHDRAWN, the business can choose again, and its voucher lasts longer by
    the days since it made the choice. That is no extension: one can still be given.
    """
    known = session.get_one(Match, match_id)
    voucher: Voucher = lock(Voucher, known.voucher_id)
    application: Application = lock(Application, known.application_id)
    match: Match = lock(Match, match_id)
    query = select(Provider.gone_as).where(Provider.id == match.provider_id)
    gone = session.execute(query).scalar_one()
    today = london_date(at)
    live = voucher.status is VoucherStatus.ISSUED and not is_expired(voucher.expires_on, today)
    if gone is None or not live or match.status not in LIVE_CHOICE:
        return False
    lost = max(0, (today - london_date(match.chosen_at)).days)
    was = voucher.expires_on
    if lost:
        voucher.expires_on = was + timedelta(days=lost)
        voucher.lost_days += lost
        voucher.restored_at = at
    transition(match, MatchStatus.WITHDRAWN, moves=MATCH_MOVES, at=at, by=None)
    record(
        action="match.provider_gone",
        subject=match,
        at=at,
        by=None,
        case=application.reference,
        details={
            "provider": match.provider_id,
            "lost_days": lost,
            "from": was.isoformat(),
            "to": voucher.expires_on.isoformat(),
        },
    )
    return True
