"""Events that never arrived: fetched from Stripe's list, put into the inbox like webhooks."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from voucher.core.db import transaction
from voucher.core.errors import Invalid
from voucher.integrations.stripe.answers import EventSeen
from voucher.integrations.stripe.errors import StripeRejected
from voucher.integrations.stripe.gateway import StripeGateway
from voucher.payments.jobs.sending import read
from voucher.payments.operations.inbox import keep
from voucher.payments.queries.work import accounts_with_money, known_events

LOOK_BACK = timedelta(days=3)
"""As long as Stripe itself tries to deliver a webhook."""
LISTED = timedelta(days=30)
"""How long Stripe lists an event."""
AT_ONCE = 500


def fill_gaps(stripe: StripeGateway, at: datetime, since: datetime | None = None) -> int:
    """Put every event since `since` (three days ago) that never arrived into the inbox; how many.

    Those of the programme's account, and of every connected account that money is under way to or
    was paid out from in the last two weeks. The worker acts on them like on any other.
    """
    since = since or at - LOOK_BACK
    kept = _keep_all(stripe.list_events(created_since=since), None, at)
    for account_id in read(lambda: accounts_with_money(at)):
        try:
            events = list(stripe.list_events(created_since=since, account_id=account_id))
        except StripeRejected:
            continue  # the account has left us, so nothing that happens in it is ours
        kept += _keep_all(iter(events), account_id, at)
    return kept


def _keep_all(events: Iterator[EventSeen], account_id: str | None, at: datetime) -> int:
    """Listed under our key, an event is of our mode. In an account's list it does not name it."""
    kept, listed = 0, list(reversed(list(events)))
    for start in range(0, len(listed), AT_ONCE):
        some = listed[start : start + AT_ONCE]
        known = _known(some)
        for seen in some:
            if seen.event_id not in known:
                kept += _keep(seen, account_id or seen.account_id, at)
    return kept


def _known(listed: Sequence[EventSeen]) -> frozenset[str]:
    return frozenset(read(lambda: known_events([seen.event_id for seen in listed])))


def _keep(seen: EventSeen, whose: str | None, at: datetime) -> bool:
    event = replace(seen, account_id=whose)
    endpoint = "connect" if whose else "platform"
    try:
        with transaction():
            made = keep(endpoint=endpoint, seen=event, livemode=event.livemode, at=at)
    except Invalid:
        return False  # no webhook with such an id would be kept either
    return made is not None
