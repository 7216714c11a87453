"""Kinds of provider, and how many vouchers were used with each, as a report publishes it. Pure.

Counts from 1 to 4, and what would give them back beside the number redeemed, are None.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from voucher.evaluation.exposure import hidden_safely
from voucher.evaluation.rules import Sum

KINDS = {
    (True, True): "Companies registered for VAT",
    (True, False): "Companies not registered for VAT",
    (False, True): "Sole traders and partnerships registered for VAT",
    (False, False): "Sole traders and partnerships not registered for VAT",
}


def kind_of(company_number: str | None, vat_registered: bool) -> str:
    """The kind of a provider, of what was known of it at the data cut."""
    return KINDS[company_number is not None, vat_registered]


def kinds_used(kinds: Sequence[str | None], *, hide: bool) -> list[dict[str, Any]]:
    """Vouchers redeemed by kind of provider: [{"code", "count"}], in the order of `KINDS`.

    `hide`: every count, where how many were redeemed is itself withheld.
    """
    counts = Counter(kind for kind in kinds if kind is not None)
    if not counts:
        return []
    whole = {"": sum(counts.values()), **counts}
    hidden = hidden_safely(whole, [Sum("", tuple(counts))], kept=("",))
    return [
        {"code": kind, "count": None if hide or kind in hidden else counts[kind]}
        for kind in KINDS.values()
        if kind in counts
    ]
