"""Money in whole pence. No float comes in, none goes out; every rounding is named where it happens.

Columns and rules carry plain ints called `..._pence`, percentages are ints in basis points called
`..._bps` (10,000 = 100 %). `Money` is for the edges: reading what was typed, showing an amount.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

WHOLE_BPS = 10_000
LARGEST_TYPED_PENCE = 10_000_000_000
"""£100 million: more than any round of any programme; a longer number is a slip of the finger."""

_TYPED = re.compile(r"£?\s*([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.([0-9]{1,2}))?", re.ASCII)
_TOO_FINE = re.compile(r"£?\s*[0-9,]*\.[0-9]{3,}", re.ASCII)


class InvalidMoney(ValueError):
    """What was typed is not an amount; `str(error)` is a sentence for the person who typed it."""


class Rounding(StrEnum):
    """What happens to the fraction of a penny."""

    DOWN = "down"
    HALF_UP = "half_up"


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in whole pence; differences may be negative, typed amounts never are."""

    pence: int

    def __post_init__(self) -> None:
        """Refuse anything but an int (a float, a Decimal or a bool is a mistake): TypeError."""
        if type(self.pence) is not int:
            raise TypeError(f"money is whole pence in an int, not {type(self.pence).__name__}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "£1,000.50", "1000.5" or "1000"; raise InvalidMoney with a plain-English message.

        Refused: nothing, negatives, a third decimal, commas out of place, over £100 million.
        """
        typed = text.strip()
        if not typed:
            raise InvalidMoney("Enter an amount in pounds, like 1,000 or 1,000.50.")
        if typed.startswith(("-", "−", "£-", "£−", "(")):
            raise InvalidMoney("The amount must not be less than nothing.")
        if _TOO_FINE.fullmatch(typed):
            raise InvalidMoney("The amount must have no more than two figures after the point.")
        return cls(_read_pence(typed))

    def __add__(self, other: Self) -> Self:
        """The sum."""
        return type(self)(self.pence + other.pence) if isinstance(other, Money) else NotImplemented

    def __sub__(self, other: Self) -> Self:
        """The difference; may be negative."""
        return type(self)(self.pence - other.pence) if isinstance(other, Money) else NotImplemented

    def __bool__(self) -> bool:
        """False for nothing at all."""
        return self.pence != 0

    def formatted(self) -> str:
        """ "£1,000.50"; negative amounts as "-£1,000.50"."""
        pounds, pence = divmod(abs(self.pence), 100)
        return f"{'-' if self.pence < 0 else ''}£{pounds:,}.{pence:02d}"

    def __str__(self) -> str:
        """The same as `formatted()`."""
        return self.formatted()


def _read_pence(typed: str) -> int:
    found = _TYPED.fullmatch(typed)
    if found is None:
        raise InvalidMoney("Enter an amount in pounds, like 1,000 or 1,000.50.")
    pounds = found[1].replace(",", "").lstrip("0")
    if (
        len(pounds) > 12
    ):  # before int(): Python refuses thousands of digits with an error of its own
        raise InvalidMoney(_too_large())
    pence = int(pounds or "0") * 100 + int((found[2] or "").ljust(2, "0"))
    if pence > LARGEST_TYPED_PENCE:
        raise InvalidMoney(_too_large())
    return pence


def _too_large() -> str:
    return f"The amount must be {Money(LARGEST_TYPED_PENCE).formatted()} or less."


def share_of(pence: int, bps: int, *, rounding: Rounding) -> int:
    """`bps` of `pence`, in whole pence, rounded as named.

    VAT is rounded HALF_UP (to the nearest penny, as invoices do); the voucher's share is rounded
    DOWN, so that the programme never pays more than its share. Raises ValueError for a negative
    amount or a share outside 0 to 10,000 bps.
    """
    if pence < 0:
        raise ValueError("a share is taken of a positive amount")
    if not 0 <= bps <= WHOLE_BPS:
        raise ValueError("a share is between 0 and 10,000 basis points")
    half = WHOLE_BPS // 2 if rounding is Rounding.HALF_UP else 0
    return (pence * bps + half) // WHOLE_BPS


def split(total_pence: int, weights: Sequence[int]) -> list[int]:
    """Share `total_pence` out in proportion to `weights`, losing no penny (largest remainder).

    Each part is its exact share rounded down or up to a whole penny; pennies left over go to the
    largest remainders, the earlier part first on a tie. Raises ValueError for a negative total or
    weight, and when all weights are nothing.
    """
    if total_pence < 0 or any(weight < 0 for weight in weights):
        raise ValueError("only positive amounts and weights can be split")
    whole = sum(weights)
    if whole == 0:
        raise ValueError("there must be at least one weight above nothing")
    shares = [divmod(total_pence * weight, whole) for weight in weights]
    parts = [part for part, _ in shares]
    by_remainder = sorted(range(len(shares)), key=lambda index: (-shares[index][1], index))
    for index in by_remainder[: total_pence - sum(parts)]:
        parts[index] += 1
    return parts
