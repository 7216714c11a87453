"""What the worker does with vouchers: let those whose last day is over lapse."""

import logging
from datetime import datetime

from voucher.core.clock import london_date
from voucher.core.db import session, transaction
from voucher.core.errors import DomainError
from voucher.vouchers.models import Voucher
from voucher.vouchers.operations.life import expire
from voucher.vouchers.queries import expired_on

logger = logging.getLogger("voucher.vouchers")


def expire_vouchers(at: datetime) -> int:
    """Expire every voucher that is due, each in a transaction of its own; how many were.

    Run hourly: the page and the redemption go by the date alone, so nobody gains by the delay. One
    that fails is logged and tried again; the others go on.
    """
    done = 0
    with transaction():
        due = expired_on(london_date(at))
    for voucher_id in due:
        try:
            with transaction():
                done += expire(voucher=session.get_one(Voucher, voucher_id), at=at)
        except DomainError:
            logger.exception("voucher %s could not expire; it will be tried again", voucher_id)
    return done
