"""The figures of a provider's summary, from plain rows, as they are published. Pure.

Counts from 1 to 4, and what would give them away, are None. Amounts are whole pence.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from voucher.evaluation.exposure import hidden_safely
from voucher.evaluation.figures import FOLLOW_UPS, Case, follow_up_line, prices_of, replies_of
from voucher.evaluation.indicators import INDICATORS
from voucher.evaluation.models import Wave
from voucher.evaluation.rules import SMALLEST_COUNT, Sum


@dataclass(frozen=True)
class Taster:
    """One voucher redeemed with the provider, at the data cut.

    `confirmed`: True if the business confirmed the work, False if it ever disputed it, None if it
    has said nothing; `stars`: its rating, 1 to 5, if it is shown.
    """

    offering: str
    net_price_pence: int
    voucher_pence: int
    contribution_pence: int
    is_cancelled: bool = False
    is_claimed: bool = False
    is_paid: bool = False
    confirmed: bool | None = None
    stars: int | None = None
    answers: Mapping[Wave, Mapping[str, Any]] = field(default_factory=dict)
    asked: frozenset[Wave] = frozenset()

    def case(self) -> Case:
        """The same as a case of a round's report, for the figures both share."""
        return Case(
            leaf="paid" if self.is_paid else "not_claimed",
            net_price_pence=self.net_price_pence,
            voucher_pence=self.voucher_pence,
            contribution_pence=self.contribution_pence,
            answers=self.answers,
            asked=self.asked,
        )


WORK = Sum("redeemed", ("cancelled", "under_way", "claimed", "paid"))
SAID = Sum("said", ("confirmed", "disputed"))
HEARD = Sum("redeemed", ("said", "silent"))
"""How the counts of work, and of what businesses said of it, add up."""


def provider_figures(tasters: Sequence[Taster]) -> dict[str, Any]:
    """Every figure of the summary: work, prices, confirmations, ratings, what users report.

    Of fewer than five vouchers every count is withheld: that nobody of so few has disputed the
    work, say, would tell it of each.
    """
    counts = _counts(tasters)
    few = 0 < len(tasters) < SMALLEST_COUNT
    hidden = frozenset(counts) if few else hidden_safely(counts, [WORK, SAID, HEARD])
    cases = [taster.case() for taster in tasters]
    return {
        "work": {key: None if key in hidden else count for key, count in counts.items()},
        "prices": prices_of(cases, hide="redeemed" in hidden),
        "offerings": [] if few else _offerings(tasters),
        "ratings": _ratings([each.stars for each in tasters if each.stars is not None], few),
        "replies": {wave.value: replies_of([] if few else cases, wave) for wave in FOLLOW_UPS},
        "follow_up": {
            wave.value: [follow_up_line(each, cases, wave) for each in INDICATORS]
            for wave in FOLLOW_UPS
            if not few and any(wave in case.answers for case in cases)
        },
    }


def _counts(tasters: Sequence[Taster]) -> dict[str, int]:
    stood = Counter(_stand(taster) for taster in tasters)
    said = Counter(taster.confirmed for taster in tasters)
    return {
        **{part: stood[part] for part in WORK.parts},
        "redeemed": len(tasters),
        "confirmed": said[True],
        "disputed": said[False],
        "said": said[True] + said[False],
        "silent": said[None],
    }


def _stand(taster: Taster) -> str:
    if taster.is_cancelled:
        return "cancelled"
    if taster.is_paid:
        return "paid"
    return "claimed" if taster.is_claimed else "under_way"


def _offerings(tasters: Sequence[Taster]) -> list[dict[str, Any]]:
    """Each offering with how often it was redeemed and its mean net price, the commonest first.

    Together they make up all that was redeemed, so that a lone small one hides the next with it,
    and more where all that are hidden would still be fewer than five: the average price of all
    gives theirs.
    """
    counts = dict(Counter(taster.offering for taster in tasters))
    hidden = _hidden_offerings(counts)
    lines = []
    for title in sorted(counts, key=lambda title: (-counts[title], title)):
        prices = [each.net_price_pence for each in tasters if each.offering == title]
        shown = title not in hidden
        lines.append(
            {
                "code": title,
                "count": counts[title] if shown else None,
                "net_price_pence": _mean_pence(prices) if shown else None,
            }
        )
    return lines


def _hidden_offerings(counts: Mapping[str, int]) -> frozenset[str]:
    whole = Sum("", tuple(counts))
    hidden = hidden_safely({**counts, "": sum(counts.values())}, [whole], kept={""})
    while hidden and sum(counts[title] for title in hidden) < SMALLEST_COUNT:
        left = sorted(set(counts) - hidden, key=lambda title: (counts[title], title))
        if not left:
            break
        hidden |= {left[0]}
    return hidden


def _mean_pence(amounts: Sequence[int]) -> int:
    """The mean in whole pence, half a penny up."""
    return (2 * sum(amounts) + len(amounts)) // (2 * len(amounts))


def _ratings(stars: Sequence[int], few: bool) -> dict[str, Any]:
    """How many rated and the mean of their stars to one decimal; None below five ratings.

    `few`: of so few vouchers that not even "nobody rated" is told.
    """
    enough = len(stars) >= SMALLEST_COUNT
    return {
        "n": len(stars) if enough or not (stars or few) else None,
        "mean": round(sum(stars) / len(stars), 1) if enough else None,
    }
