"""The figures of the fairness report: demand and supply, providers, waits, gaps. Pure.

Counts are whole. Shares are basis points, rounded half up. Waits are whole seconds.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from voucher.businesses.outcome_areas import OutcomeArea
from voucher.matching.models import MatchStatus
from voucher.matching.ranking.catalogue import REMOTE
from voucher.matching.ranking.parts import places_of
from voucher.vouchers.fairness.standing import GAPS, Need, Offer, Standing, standing_of

WHOLE_BPS = 10_000


@dataclass(frozen=True, slots=True)
class Market:
    """Needs and offerings that have something in common: an outcome area, or a district.

    `needs`: all of the round; `looking`: those with a live voucher and no provider yet;
    `offerings`: on offer today; `free`: their free places in thirty days.
    """

    name: str
    needs: int
    looking: int
    offerings: int
    free: int
    council: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """How often one provider stood on lists: `needs` different ones; `best_places` is the sum over
    them of its best place; `kept`: how many times on a place that is kept for newcomers."""

    needs: int = 0
    best_places: int = 0
    lines: int = 0
    kept: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderLine:
    """One provider: how often it was shown, what came of it, and what it could have done.

    The choices of it are `accepted`, `declined`, `unanswered`, `waiting` or `taken_back`.
    """

    provider_id: int
    shown: Shown
    accepted: int
    declined: int
    unanswered: int
    waiting: int
    taken_back: int
    redeemed: int
    capacity: int
    shown_bps: int
    redeemed_bps: int
    capacity_bps: int

    @property
    def choices(self) -> int:
        """How many times it was chosen."""
        answered = self.accepted + self.declined + self.unanswered
        return answered + self.waiting + self.taken_back

    @property
    def mean_place(self) -> float | None:
        """Its best place on a need's lists, on average; None where it was never shown."""
        return self.shown.best_places / self.shown.needs if self.shown.needs else None


@dataclass(frozen=True, slots=True)
class Concentration:
    """The Herfindahl-Hirschman index of shares (0 to 10,000) and the equal holders it stands for.

    `index` is None where there is nothing to share.
    """

    holders: int
    index: int | None

    @property
    def equal_holders(self) -> float | None:
        """How many holders with equal shares would give the index: 10,000 ÷ index."""
        return WHOLE_BPS / self.index if self.index else None


@dataclass(frozen=True, slots=True)
class Wait:
    """How long from award to an event, or, where it has not happened, how long without it so far
    (`happened` False: until now, or until the voucher ended)."""

    seconds: int
    happened: bool


@dataclass(frozen=True, slots=True)
class Waits:
    """A quantile is None where too many have not had the event for it to be known."""

    happened: int
    still_waiting: int
    ended_without: int
    median: int | None
    p90: int | None


@dataclass(frozen=True)
class Fairness:
    """The whole report. `standings`: every standing with its number of needs; they add up to
    `needs`. `gaps_ended`: by gap, how many of them belong to a voucher that has expired."""

    needs: int
    standings: Mapping[Standing, int]
    gaps_ended: Mapping[Standing, int]
    gap_areas: Mapping[Standing, Mapping[str, int]]
    areas: Sequence[Market]
    districts: Sequence[Market]
    remote: Market
    providers: Sequence[ProviderLine]
    shown: Concentration
    redeemed: Concentration
    capacity: Concentration
    kept_bps: int
    kept_lines: int
    lines: int
    first_list: Waits
    first_yes: Waits
    unmatched: Mapping[Standing, Sequence[Need]] = field(default_factory=dict)


def fairness(
    needs: Sequence[Need],
    offers: Collection[Offer],
    shown: Mapping[int, Shown],
    now: datetime,
) -> Fairness:
    """The report. `shown`: by provider. `now`: until when those who wait have waited."""
    by_id = {offer.offering_id: offer for offer in offers}
    standings = [(need, standing_of(need, by_id)) for need in needs]
    counts = Counter(standing for _, standing in standings)
    providers = _providers(needs, offers, shown)
    lines = sum(each.lines for each in shown.values())
    kept = sum(each.kept for each in shown.values())
    gaps = [(need, standing) for need, standing in standings if standing in GAPS]
    return Fairness(
        needs=len(needs),
        standings={each: counts[each] for each in Standing},
        gaps_ended=Counter(each for need, each in gaps if need.ended_at is not None),
        gap_areas=_gap_areas(gaps),
        areas=_areas(standings, offers),
        districts=_districts(standings, offers),
        remote=_remote(offers),
        providers=providers,
        shown=concentration([line.shown.needs for line in providers]),
        redeemed=concentration([line.redeemed for line in providers]),
        capacity=concentration([line.capacity for line in providers]),
        kept_bps=_share(kept, lines),
        kept_lines=kept,
        lines=lines,
        first_list=_waits(needs, [need.first_list_at for need in needs], now),
        first_yes=_waits(needs, [need.first_yes_at for need in needs], now),
        unmatched={each: [need for need, gap in gaps if gap is each] for each in GAPS},
    )


# --- demand and supply ---------------------------------------------------------------------------


def _looks(need: Need, standing: Standing) -> bool:
    return standing in GAPS and need.ended_at is None


def _areas(
    standings: Sequence[tuple[Need, Standing]], offers: Collection[Offer]
) -> tuple[Market, ...]:
    needs = Counter(area for need, _ in standings for area in set(need.areas))
    looking = Counter(
        area for need, each in standings if _looks(need, each) for area in set(need.areas)
    )
    offerings = Counter(area for offer in offers for area in set(offer.areas))
    free: Counter[str] = Counter()
    for offer in offers:
        free.update(dict.fromkeys(set(offer.areas), offer.free))
    return tuple(
        Market(area.value, needs[area], looking[area], offerings[area], free[area])
        for area in OutcomeArea
    )


def _districts(
    standings: Sequence[tuple[Need, Standing]], offers: Collection[Offer]
) -> tuple[Market, ...]:
    """Districts with needs: first where somebody looks, the scarcest of them first.

    Supply: work done on site there.
    """
    serving: dict[str, list[Offer]] = {}
    for offer in offers:
        for place in set(offer.places) - {REMOTE}:
            serving.setdefault(place, []).append(offer)
    needs = Counter((need.outcode, need.council) for need, _ in standings)
    looking = Counter(
        (need.outcode, need.council) for need, each in standings if _looks(need, each)
    )
    found = []
    for (outcode, council), count in needs.items():
        there = {
            offer.offering_id: offer.free
            for place in places_of(outcode, council)
            for offer in serving.get(place, ())
        }
        waiting = looking[(outcode, council)]
        found.append(
            Market(outcode, count, waiting, len(there), sum(there.values()), council=council)
        )

    def scarcity(market: Market) -> tuple[bool, int, str]:
        return (not market.looking, market.free - market.looking, market.name)

    return tuple(sorted(found, key=scarcity))


def _remote(offers: Iterable[Offer]) -> Market:
    afar = [offer for offer in offers if REMOTE in offer.places]
    return Market(REMOTE, 0, 0, len(afar), sum(offer.free for offer in afar))


def _gap_areas(gaps: Iterable[tuple[Need, Standing]]) -> dict[Standing, Counter[str]]:
    found: dict[Standing, Counter[str]] = {each: Counter() for each in GAPS}
    for need, standing in gaps:
        found[standing].update(set(need.areas))
    return found


# --- providers -----------------------------------------------------------------------------------


def _providers(
    needs: Iterable[Need], offers: Iterable[Offer], shown: Mapping[int, Shown]
) -> tuple[ProviderLine, ...]:
    capacity: Counter[int] = Counter()
    for offer in offers:
        capacity[offer.provider_id] += offer.capacity
    outcomes: dict[int, Counter[str]] = {}
    for need in needs:
        for choice in need.choices:
            own = outcomes.setdefault(choice.provider_id, Counter())
            own[_OUTCOMES[choice.status] if not choice.said_yes_at else "accepted"] += 1
            own["redeemed"] += choice.redeemed
    all_shown = sum(each.needs for each in shown.values())
    all_redeemed = sum(own["redeemed"] for own in outcomes.values())
    lines = []
    for provider_id in {*capacity, *outcomes, *shown}:
        seen, own = shown.get(provider_id, Shown()), outcomes.get(provider_id, Counter())
        lines.append(
            ProviderLine(
                provider_id=provider_id,
                shown=seen,
                accepted=own["accepted"],
                declined=own["declined"],
                unanswered=own["unanswered"],
                waiting=own["waiting"],
                taken_back=own["taken_back"],
                redeemed=own["redeemed"],
                capacity=capacity[provider_id],
                shown_bps=_share(seen.needs, all_shown),
                redeemed_bps=_share(own["redeemed"], all_redeemed),
                capacity_bps=_share(capacity[provider_id], capacity.total()),
            )
        )
    return tuple(sorted(lines, key=lambda line: (-line.shown.needs, line.provider_id)))


_OUTCOMES = {
    MatchStatus.OFFERED: "waiting",
    MatchStatus.ACCEPTED: "accepted",
    MatchStatus.AGREED: "accepted",
    MatchStatus.DECLINED: "declined",
    MatchStatus.LAPSED: "unanswered",
    MatchStatus.WITHDRAWN: "taken_back",
}


def concentration(counts: Sequence[int]) -> Concentration:
    """How far a few hold most: the sum of squared shares, times 10,000, rounded half up.

    Herfindahl-Hirschman index: 10,000 ÷ n for n equal holders, 10,000 where one has all (A. O.
    Hirschman, "The Paternity of an Index", American Economic Review 54, 1964). Its reciprocal is
    the number of equal holders (M. A. Adelman, Review of Economics and Statistics 51, 1969).
    """
    total = sum(counts)
    if not total:
        return Concentration(len(counts), None)
    squares = sum(count * count for count in counts)
    return Concentration(len(counts), _half_up(WHOLE_BPS * squares, total * total))


def _share(part: int, whole: int) -> int:
    return _half_up(WHOLE_BPS * part, whole) if whole else 0


def _half_up(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)


# --- waits ---------------------------------------------------------------------------------------


def _waits(needs: Sequence[Need], events: Sequence[datetime | None], now: datetime) -> Waits:
    found, still = [], 0
    for need, event in zip(needs, events, strict=True):
        if need.issued_at is None:
            continue
        still += event is None and need.ended_at is None
        until = event or need.ended_at or now
        found.append(Wait(max(0, int((until - need.issued_at).total_seconds())), event is not None))
    happened = sum(wait.happened for wait in found)
    return Waits(
        happened=happened,
        still_waiting=still,
        ended_without=len(found) - happened - still,
        median=quantile(found, 5_000),
        p90=quantile(found, 9_000),
    )


def quantile(waits: Collection[Wait], bps: int) -> int | None:
    """The seconds after which a share of `bps` has had the event; None if that is not known yet.

    By the product-limit estimate (E. L. Kaplan and P. Meier, Journal of the American Statistical
    Association 53, 1958): whoever has not had it counts as waiting for as long as is known, and is
    not left out; so a few long waits are not hidden by those that were short. The least time at
    which the estimate of still waiting is at most 1 − share; whoever leaves at a moment counts
    among those who still waited at it.
    """
    ordered = sorted(waits, key=lambda wait: wait.seconds)
    at_risk, still = len(ordered), 1.0
    events = Counter(wait.seconds for wait in ordered if wait.happened)
    for seconds, leaving in sorted(Counter(wait.seconds for wait in ordered).items()):
        still *= 1 - events[seconds] / at_risk
        # The product is of fractions: one part in 10¹² is rounding, not a person.
        if events[seconds] and still <= 1 - bps / WHOLE_BPS + 1e-12:
            return seconds
        at_risk -= leaving
    return None
