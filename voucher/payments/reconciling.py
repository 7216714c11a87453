"""The comparison of our books with Stripe's. Pure: both sides come in as plain values, in pence."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class DifferenceKind(StrEnum):
    """In what the two books differ."""

    ONLY_THEIRS = "only_theirs"
    ONLY_OURS = "only_ours"
    AMOUNT = "amount"
    BALANCE = "balance"
    PROVIDER_BALANCE = "provider_balance"
    ROUND = "round"
    SUSPENSE = "suspense"
    INVARIANT = "invariant"


@dataclass(frozen=True)
class Movement:
    """One movement of the programme's balance: Stripe's type and id, pence in (+) or out (−)."""

    kind: str
    reference: str
    pence: int


@dataclass(frozen=True)
class Difference:
    """One thing that does not agree; what a side does not have is None."""

    kind: DifferenceKind
    what: str
    theirs_pence: int | None
    ours_pence: int | None

    def as_json(self) -> dict[str, Any]:
        """As it is stored."""
        return asdict(self)

    def sentence(self) -> str:
        """As it is printed."""
        theirs, ours = (_pounds(one) for one in (self.theirs_pence, self.ours_pence))
        return f"{self.kind.value}: {self.what}: theirs {theirs}, ours {ours}"


def _pounds(pence: int | None) -> str:
    if pence is None:
        return "nothing"
    return f"{'-' if pence < 0 else ''}£{abs(pence) // 100:,}.{abs(pence) % 100:02d}"


@dataclass(frozen=True)
class Comparison:
    """How many movements agree, and every difference."""

    matched: int
    differences: tuple[Difference, ...]


def compare_movements(
    theirs: Collection[Movement], ours: Collection[Movement], *, under_way: Collection[str] = ()
) -> Comparison:
    """Match movement by movement, by Stripe's id.

    `under_way`: ids of transfers that a worker is just entering; they are left out of it.
    """
    their, our = ({one.reference: one for one in side} for side in (theirs, ours))
    matched, differences = 0, []
    for reference in sorted(their.keys() | our.keys()):
        one, other = their.get(reference), our.get(reference)
        if one is not None and other is not None and one.pence == other.pence:
            matched += 1
        elif not (other is None and reference in under_way):
            differences.append(_difference(one, other))
    return Comparison(matched, tuple(differences))


def _difference(theirs: Movement | None, ours: Movement | None) -> Difference:
    named = theirs or ours
    what = f"{named.kind} {named.reference}" if named else ""
    if theirs is None:
        kind = DifferenceKind.ONLY_OURS
    else:
        kind = DifferenceKind.ONLY_THEIRS if ours is None else DifferenceKind.AMOUNT
    return Difference(
        kind,
        what,
        None if theirs is None else theirs.pence,
        None if ours is None else ours.pence,
    )


def compare_sums(
    kind: DifferenceKind, theirs: Mapping[str, int], ours: Mapping[str, int]
) -> tuple[Difference, ...]:
    """Every named sum that differs; a name that one side lacks counts there as nothing."""
    names = sorted(theirs.keys() | ours.keys())
    return tuple(
        Difference(kind, name, theirs.get(name, 0), ours.get(name, 0))
        for name in names
        if theirs.get(name, 0) != ours.get(name, 0)
    )
