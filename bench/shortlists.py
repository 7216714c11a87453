"""How long a shortlist takes among many offerings, and how long keeping their index does.

    .venv/bin/python -m bench.shortlists [--sizes 1000,10000] [--needs 100]

Fictional offerings of about ninety words, drawn from the topics' vocabulary and invented words by
Zipf's law, three for each provider. Measured in one process, in processor seconds (`cpu`) and
seconds of the clock (`wall`, which other work on the machine lengthens): making the index; ranking
one need, with its ten places and their reasons (median and 95th of a hundred); one offering
changed, with the first ranking after it, which works out what it left; everything about one
offering that is not listed. The floor, in the same run: to build, finding and counting the letters'
runs and stems of all texts; to rank, one look at every number that the texts of the offerings have
in common with the need.
"""

import argparse
import itertools
import random
import resource
import time
from collections.abc import Callable
from datetime import date
from typing import Any

from voucher.matching.likeness.letters import letter_runs
from voucher.matching.likeness.topics import our_topics
from voucher.matching.likeness.words import stems_of, telling_words
from voucher.matching.ranking.catalogue import REMOTE, Catalogue, Offer, catalogue_of
from voucher.matching.ranking.order import Ranking, rank
from voucher.matching.ranking.parts import Need, Record, Today
from voucher.matching.ranking.why import why

SEED = b"a seed for measuring"
AREAS = tuple(f"area-{number}" for number in range(10))
DISTRICTS = ("M", "LS", "NE", "L", "S", "HX", "BD", "YO", "CA", "DH")
INVENTED = 12_000


class Writer:
    """Fictional texts."""

    def __init__(self) -> None:
        self.dice = random.Random(1)
        words = [*our_topics().by_phrase, *(self._invented() for _ in range(INVENTED))]
        self.dice.shuffle(words)
        self._words = words
        self._weights = list(itertools.accumulate(1 / (30 + n) ** 0.9 for n in range(len(words))))

    def text(self, length: int) -> str:
        """So many words."""
        return " ".join(self.dice.choices(self._words, cum_weights=self._weights, k=length))

    def offer(self, number: int) -> Offer:
        """One offering."""
        dice = self.dice
        return Offer(
            offering_id=number,
            provider_id=number // 3,
            title=self.text(5),
            text=self.text(90),
            outcome_areas=tuple(dice.sample(AREAS, 2)),
            places=(*dice.sample(DISTRICTS, 2), *((REMOTE,) if dice.random() < 0.6 else ())),
            net_price_pence=dice.randrange(30_000, 400_000),
            vat_rate_bps=2_000,
            days_to_start=dice.randrange(60),
            point=(53 + 2 * dice.random(), -3 + 2 * dice.random()),
            stamp=number,
        )

    def need(self, number: int) -> Need:
        """One need."""
        return Need(
            reference=f"APP-{number}",
            text=self.text(80),
            outcome_areas=tuple(self.dice.sample(AREAS, 3)),
            outcode=f"{self.dice.choice(DISTRICTS)}1",
            point=(53.8, -1.5),
        )

    def _invented(self) -> str:
        parts = (self.dice.choice("bcdfghklmnprstvw") + self.dice.choice("aeiou") for _ in range(3))
        return "".join(parts) + self.dice.choice(("", "n", "ing", "ed", "s"))


def timed(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """What some work gives, with its seconds of the processor and of the clock."""
    cpu, wall = time.process_time(), time.perf_counter()
    found = work()
    return found, time.process_time() - cpu, time.perf_counter() - wall


def show(name: str, cpu: float, wall: float, floor: float) -> None:
    """One line, in milliseconds."""
    ratio = f"{cpu / floor:9.1f}" if floor else " " * 9
    print(f"  {name:32}{cpu * 1e3:10.1f}{wall * 1e3:10.1f}{floor * 1e3:10.1f}{ratio}", flush=True)


def build_floor(offers: list[Offer]) -> None:
    """What no index of letters and words can leave out."""
    for offer in offers:
        letter_runs(offer.text).sort()
        stems_of(telling_words(offer.text))


def rank_floor(catalogue: Catalogue, need: Need) -> float:
    """Seconds for adding up every number that the letters of the need and the offers share."""
    import numpy as np

    space = catalogue.texts._parts.letters
    runs = np.unique(letter_runs(need.text))
    columns = space.columns[:, np.flatnonzero(np.isin(space.terms, runs))]
    _, cpu, _ = timed(lambda: np.bincount(columns.indices, columns.data))
    return cpu


def percentile(values: list[float], share: float) -> float:
    """The value that so large a share does not exceed."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def measure(size: int, needs: int) -> None:
    """Everything at one size."""
    writer = Writer()
    offers = [writer.offer(number) for number in range(size)]
    today = Today(
        on=date(2026, 6, 15),
        cap_pence=100_000,
        share_bps=5_000,
        on_offer=set(range(size)) - set(range(0, size, 20)),
        taken={number: number % 4 for number in range(0, size, 7)},
        conflicts={3: "same_person"},
        records={n: Record(n % 9, n % 5, n % 5 * 4) for n in range(0, size, 3)},
    )
    print(f"{size} offerings {'':20}cpu ms   wall ms  floor ms  × floor")
    _, floor, _ = timed(lambda: build_floor(offers))
    catalogue, cpu, wall = timed(lambda: catalogue_of(offers))
    show("index made", cpu, wall, floor)
    asked = [writer.need(number) for number in range(needs + 5)]

    def ranked(within: Catalogue, need: Need) -> Ranking:
        found = rank(need, within, today, SEED)
        assert found.shortlist
        return found

    for need in asked[:5]:
        ranked(catalogue, need)
    found = [timed(lambda need=need: ranked(catalogue, need)) for need in asked[5:]]
    floors = [rank_floor(catalogue, need) for need in asked[5:]]
    for name, share in (("one shortlist, median", 0.5), ("one shortlist, 95th", 0.95)):
        cpus, walls = [each[1] for each in found], [each[2] for each in found]
        show(name, percentile(cpus, share), percentile(walls, share), percentile(floors, share))
    later, cpu, wall = timed(lambda: catalogue.with_changes([writer.offer(size // 2)]))
    show("one offering changed", cpu, wall, 0)
    _, cpu, wall = timed(lambda: ranked(later, asked[0]))
    show("first shortlist after it", cpu, wall, 0)
    _, cpu, wall = timed(lambda: why(found[0][0], [size // 2, size // 3]))
    show("why not, two offerings", cpu, wall, 0)
    _, cpu, wall = timed(found[0][0].left_out)
    show("what is stored of those left out", cpu, wall, 0)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  most memory so far: {peak:.0f} MB")


def main() -> None:
    """Measure at each size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="1000,10000")
    parser.add_argument("--needs", type=int, default=100)
    chosen = parser.parse_args()
    for size in sorted(int(size) for size in chosen.sizes.split(",")):
        measure(size, chosen.needs)


if __name__ == "__main__":
    main()
