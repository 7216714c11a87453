"""When a rating may be given and changed, and when it is shown. Pure."""

from datetime import datetime, timedelta

from voucher.claims.models import ClaimStatus

LONGEST_WORDS = 1_000
LONGEST_NOTE = 500
GIVE_WITHIN = timedelta(days=60)
"""After the work was confirmed: while it is remembered."""
SEALED_FOR = timedelta(days=14)
"""Unless the other side rates before: time to change it, and for the other to say its own."""
RATED = (ClaimStatus.CONFIRMED, ClaimStatus.APPROVED, ClaimStatus.PAID)
"""Work of which the business, or an officer for it, has said that it was done."""


def rating_problem(status: ClaimStatus, confirmed_at: datetime | None, at: datetime) -> str | None:
    """Why the work of a claim can't be rated now, in words; None where it can."""
    if status not in RATED or confirmed_at is None:
        return "Work can be rated once it has been confirmed as done."
    if at > confirmed_at + GIVE_WITHIN:
        return f"Work can be rated for {GIVE_WITHIN.days} days after it was confirmed."
    return None


def mean(count: int, total: int) -> float | None:
    """The mean of `count` ratings that sum to `total`, to one decimal; None of none."""
    return round(total / count, 1) if count else None
