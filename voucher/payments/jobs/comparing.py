"""Comparing the books when somebody has asked for it."""

import logging
from datetime import datetime, timedelta

from voucher.core.db import transaction
from voucher.integrations.stripe.errors import StripeFailure, StripeMisconfigured
from voucher.integrations.stripe.gateway import StripeGateway
from voucher.payments.jobs.reconciling import reconcile
from voucher.payments.operations.comparing import end_in_failure, take_up
from voucher.payments.queries.comparing import waiting_request

logger = logging.getLogger("voucher.payments")
LONGEST = timedelta(minutes=15)
NO_ANSWER = "Stripe gave no clear answer. Ask again in a few minutes."
KEY_REFUSED = "Stripe refuses our key. Tell the operator."
NOT_COMPARED = "The books could not be compared. Ask again; if it fails again, tell the operator."


def compare_as_asked(stripe: StripeGateway, at: datetime) -> bool:
    """Compare the books if somebody has asked for it; whether that led to a comparison.

    A worker that dies leaves the request to be taken up again after 15 minutes. A failure is told
    to whoever asked, and logged; the nightly comparison comes all the same.
    """
    taken = _take(at)
    if taken is None:
        return False
    request_id, by = taken
    try:
        reconcile(stripe, at, by, request_id=request_id)
    except StripeFailure as failure:
        logger.warning("the books were not compared as asked: %s", failure)
        words = KEY_REFUSED if isinstance(failure, StripeMisconfigured) else NO_ANSWER
        return _failed(request_id, words, at)
    except Exception:
        logger.exception("the books could not be compared as asked")
        return _failed(request_id, NOT_COMPARED, at)
    return True


def _take(at: datetime) -> tuple[int, int] | None:
    before = at - LONGEST
    with transaction():
        waiting = waiting_request(before)
        request = waiting and take_up(request_id=waiting, taken_before=before, at=at)
        return (request.id, request.requested_by_id) if request else None


def _failed(request_id: int, words: str, at: datetime) -> bool:
    with transaction():
        end_in_failure(request_id=request_id, words=words, at=at)
    return False
