"""What the worker does with vouchers: expire them, and give back choices of providers gone."""

import logging
from datetime import datetime

from voucher.core.clock import london_date
from voucher.core.db import session, transaction
from voucher.core.errors import DomainError
from voucher.vouchers.models import Voucher
from voucher.vouchers.operations.departure import leave_gone_provider
from voucher.vouchers.operations.life import expire
from voucher.vouchers.queries import choices_of_gone, expired_on

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


def leave_gone_providers(at: datetime) -> int:
    """End every choice of a provider that has gone, each in a transaction of its own; how many.

    Run every minute: nobody should wait for a provider that will not come.
    """
    done = 0
    with transaction():
        due = choices_of_gone(london_date(at))
    for match_id in due:
        try:
            with transaction():
                done += leave_gone_provider(match_id=match_id, at=at)
        except DomainError:
            logger.exception("choice %s could not be ended; it will be tried again", match_id)
    return done
