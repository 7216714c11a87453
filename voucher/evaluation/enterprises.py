"""Which businesses are one enterprise: those that share a company, charity or tax number. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Row as Record

from voucher.allocation.rules import NUMBERS, facts_of


def arm_of(drawn: Record[Any]) -> str:
    """The code of the arm that a business was drawn into, as plans name it."""
    return str(drawn.arm_code or drawn.arm.value)


def at_the_draw(drawn: Record[Any]) -> Mapping[str, Any]:
    """What a business was when the list was frozen, or is where that was not kept.

    `drawn`: a row with `facts`, and with the columns that `allocation.rules.facts_of` reads.
    """
    frozen: Mapping[str, Any] | None = drawn.facts
    return frozen if frozen is not None else facts_of(drawn)


def enterprises(
    drawn: Iterable[tuple[int, Mapping[str, str | None]]], others: Iterable[Record[Any]]
) -> dict[int, int]:
    """Business → one business of its enterprise: those that share a number are one.

    `drawn`: business and its numbers as they were frozen; `others`: rows with a `business_id` and
    the columns `NUMBERS`, such as those who redeemed or were awarded a voucher.
    """
    known: list[tuple[int, Mapping[str, str | None]]] = list(drawn)
    known += [
        (each.business_id, {name: getattr(each, name) for name in NUMBERS}) for each in others
    ]
    group: dict[int, int] = {business_id: business_id for business_id, _ in known}
    first: dict[tuple[str, str], int] = {}
    for business_id, numbers in known:
        for kind in NUMBERS:
            if numbers[kind]:
                other = first.setdefault((kind, numbers[kind] or ""), business_id)
                group[_root(group, business_id)] = _root(group, other)
    return {business_id: _root(group, business_id) for business_id in group}


def _root(group: Mapping[int, int], member: int) -> int:
    while group[member] != member:
        member = group[member]
    return member
