"""What a voucher is worth and how long it lives. Amounts in whole pence, dates in London."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from enum import StrEnum

from voucher.matching.rules import PriceBreakdown as PriceBreakdown
from voucher.matching.rules import price_breakdown as price_breakdown
from voucher.matching.rules import voucher_amount as voucher_amount

REMINDER_DAYS = (30, 14, 7, 1)


def expires_on(issued_on: date, life_days: int) -> date:
    """The last day on which a voucher issued on `issued_on` can be redeemed.

    Raises ValueError for a life of less than a day.
    """
    if life_days < 1:
        raise ValueError("a voucher lives for at least a day")
    return issued_on + timedelta(days=life_days)


def is_expired(expires: date, on: date) -> bool:
    """Whether a voucher whose last day is `expires` has expired on `on`. Its last day counts."""
    return on > expires


def reminder_due(
    expires: date,
    today: date,
    already_sent: Collection[int],
    *,
    issued_on: date | None = None,
    steps: Sequence[int] = REMINDER_DAYS,
) -> int | None:
    """Which reminder (`steps`: 30, 14, 7 or 1 days before the last day) is due today, or None.

    A reminder that was missed is sent late, but of several missed ones just the nearest, so nobody
    gets two letters at once. `already_sent` are the reminders sent *for this last day*: after an
    extension they begin anew. Reminders that would fall on the day of issue or before are left out.
    """
    if is_expired(expires, today):
        return None
    left = (expires - today).days
    life = (expires - issued_on).days if issued_on else None
    reached = [days for days in steps if left <= days and (life is None or days < life)]
    due = min(reached, default=None)
    if due is None or any(sent <= due for sent in already_sent):
        return None
    return due


class ExtensionRefusal(StrEnum):
    """Why a voucher's life may not be extended."""

    ALREADY_EXTENDED = "already_extended"
    ALREADY_EXPIRED = "already_expired"
    NOT_LATER = "not_later"
    TOO_LONG = "too_long"


def extension_refusals(
    *, expires: date, new_expires: date, today: date, extensions_so_far: int, longest_days: int
) -> tuple[ExtensionRefusal, ...]:
    """Every reason against moving the last day from `expires` to `new_expires`; empty if none.

    One extension, ever, of at most `longest_days`, and while the voucher is still alive: an expired
    one has already given its money back.
    """
    tests = (
        (extensions_so_far >= 1, ExtensionRefusal.ALREADY_EXTENDED),
        (is_expired(expires, today), ExtensionRefusal.ALREADY_EXPIRED),
        (new_expires <= expires, ExtensionRefusal.NOT_LATER),
        ((new_expires - expires).days > longest_days, ExtensionRefusal.TOO_LONG),
    )
    return tuple(refusal for found, refusal in tests if found)


EXTENSION_DAYS = 30
"""By how much the one extension moves a voucher's last day."""
CLAIM_DAYS = 28
"""Days after a voucher is redeemed, or the agreed work starts if that is later, to claim in."""


def claim_by(redeemed_on: date, start_on: date | None) -> date:
    """The last day for the provider's claim on a redemption."""
    return max(redeemed_on, start_on or redeemed_on) + timedelta(days=CLAIM_DAYS)


class LapseReason(StrEnum):
    """How far a voucher had come when it expired unused; `words` for officers and reports."""

    NOTHING_CHOSEN = "nothing_chosen"
    NO_PROVIDER_ACCEPTED = "no_provider_accepted"
    NOT_AGREED = "not_agreed"
    NOT_REDEEMED = "not_redeemed"

    @property
    def words(self) -> str:
        """A phrase for a list or a report."""
        return _LAPSE_WORDS[self]


_LAPSE_WORDS = {
    LapseReason.NOTHING_CHOSEN: "the business chose no offering",
    LapseReason.NO_PROVIDER_ACCEPTED: "no provider accepted the work",
    LapseReason.NOT_AGREED: "a provider accepted, but no agreement was made",
    LapseReason.NOT_REDEEMED: "the work was agreed, but the voucher was not redeemed",
}


def lapse_reason(*, chosen: bool, accepted: bool, agreed: bool) -> LapseReason:
    """How far it came, from whether any match was chosen, accepted, agreed."""
    if agreed:
        return LapseReason.NOT_REDEEMED
    if accepted:
        return LapseReason.NOT_AGREED
    return LapseReason.NO_PROVIDER_ACCEPTED if chosen else LapseReason.NOTHING_CHOSEN
