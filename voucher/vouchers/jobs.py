"""What the worker does with vouchers: expire them, and give back choices of providers gone."""

import logging
from datetime import datetime

from voucher.core.clock import london_date
from voucher.core.db import reading, session
from voucher.core.turns import in_turn
from voucher.vouchers.models import Voucher
from voucher.vouchers.operations.departure import leave_gone_provider
from voucher.vouchers.operations.life import expire
from voucher.vouchers.queries import choices_of_gone, expired_on

logger = logging.getLogger("voucher.vouchers")


def expire_vouchers(at: datetime) -> int:
    """Expire the vouchers that are due, see `in_turn`; how many were.

    Run hourly: the page and the redemption go by the date alone, so nobody gains by the delay.
    """
    with reading():
        due = expired_on(london_date(at))
        session.rollback()
    return in_turn(due, lambda id_: _expire(id_, at), what="voucher", logger=logger)


def _expire(voucher_id: int, at: datetime) -> bool:
    return expire(voucher=session.get_one(Voucher, voucher_id), at=at)


def leave_gone_providers(at: datetime) -> int:
    """End the choices of providers that have gone, see `in_turn`; how many.

    Run every minute: nobody should wait for a provider that will not come.
    """
    with reading():
        due = choices_of_gone(london_date(at))
        session.rollback()
    return in_turn(
        due, lambda id_: leave_gone_provider(match_id=id_, at=at), what="choice", logger=logger
    )
