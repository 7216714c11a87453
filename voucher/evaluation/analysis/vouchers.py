"""What the drawn businesses redeemed, in whatever round: reads, and whose each voucher was.

A business counts as having used a voucher if its enterprise redeemed any of the scheme's since the
draw: a comparison that found its way to a voucher elsewhere is no comparison as planned.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row as Record
from sqlalchemy import and_, select

from voucher.allocation.rules import NUMBERS
from voucher.businesses.models import Business
from voucher.core.clock import london_date
from voucher.core.db import session
from voucher.vouchers.models import Redemption, Voucher

Uses = Mapping[int, Sequence[Record[Any]]]
"""Application → the redemptions that are its own, first to last."""


def redemptions(since: datetime, cut_at: datetime) -> Sequence[Record[Any]]:
    """Every redemption of the scheme from `since` to the cut, with its business's numbers.

    Numbers under which an award was given never change, so these are as they were then.
    `cancelled_at` is None unless the voucher was cancelled by the cut.
    """
    query = (
        select(
            Redemption.application_id,
            Redemption.business_id,
            Redemption.redeemed_at,
            Redemption.voucher_pence,
            Voucher.cancelled_at,
            *(getattr(Business, name) for name in NUMBERS),
        )
        .join(Business, Business.id == Redemption.business_id)
        .outerjoin(
            Voucher, and_(Voucher.id == Redemption.voucher_id, Voucher.cancelled_at <= cut_at)
        )
        .where(Redemption.redeemed_at >= since, Redemption.redeemed_at <= cut_at)
        .order_by(Redemption.redeemed_at, Redemption.id)
    )
    return session.execute(query).all()


def used_by_enterprise(
    used: Iterable[Record[Any]], groups: Mapping[int, int]
) -> dict[int, list[Record[Any]]]:
    """Enterprise → what it redeemed, first to last."""
    found: dict[int, list[Record[Any]]] = defaultdict(list)
    for each in used:
        found[groups[each.business_id]].append(each)
    return found


def paid_for(
    drawn: Sequence[Record[Any]], used: Iterable[Record[Any]], groups: Mapping[int, int]
) -> Uses:
    """The redemptions that count as the cost of each drawn application, each of them once.

    Its own, then its business's, then those of another entry of its enterprise: the first drawn.
    """
    by_application = {each.application_id: each.application_id for each in drawn}
    by_business: dict[int, int] = {}
    by_group: dict[int, int] = {}
    for each in drawn:
        by_business.setdefault(each.business_id, each.application_id)
        by_group.setdefault(groups[each.business_id], each.application_id)
    found: dict[int, list[Record[Any]]] = defaultdict(list)
    for each in used:
        owner = (
            by_application.get(each.application_id)
            or by_business.get(each.business_id)
            or by_group.get(groups[each.business_id])
        )
        if owner is not None:
            found[owner].append(each)
    return found


def is_used_by(used: Iterable[Record[Any]], since: datetime, until: date | None = None) -> bool:
    """Whether any was redeemed from the moment `since` on, up to the London day `until`."""
    return any(
        each.redeemed_at >= since and (until is None or london_date(each.redeemed_at) <= until)
        for each in used
    )


def pence_of(used: Iterable[Record[Any]], since: datetime, until: date | None = None) -> list[int]:
    """What each voucher redeemed in that time pays, without those cancelled since."""
    return [
        each.voucher_pence
        for each in used
        if each.cancelled_at is None and is_used_by([each], since, until)
    ]
