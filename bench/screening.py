"""How long it takes to read, keep and look names up in a sanctions list of full size.

    .venv/bin/python -m bench.screening [--lines 20000] [--claims 40] [--database postgres]

The list is made up: fictional names in the columns of the UK Sanctions List, three lines and two
addresses a target, with a statement of reasons as long as real ones. Floors, in the same run: for
reading, the csv module alone over the same file; for looking up, one bare call of rapidfuzz for
each name over all names of the list, without any rule. "Cold" is a claim whose names were not
looked up before, "again" one that is checked a second time. Memory is what the process grew by.
"""

import argparse
import csv
import gc
import io
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from sqlalchemy import select

from tests.databases import KINDS, PostgresServer, make_application, migrate, settings_for_tests
from tests.factories.screening import UK_COLUMNS, uk_file, uk_line
from voucher.core import clock
from voucher.core.db import session, transaction
from voucher.screening.list_file import read_list
from voucher.screening.matching import Index, Listed, Subject, hits
from voucher.screening.models import SanctionsEntry, SanctionsList
from voucher.screening.operations.lists import import_list
from voucher.screening.queries import index_of

SYLLABLES = (
    *("ba", "do", "fi", "gu", "ka", "lo", "mi", "nu", "pra", "qui", "ro", "sta", "tve", "ule"),
    *("vor", "wi", "xan", "yel", "zim", "och", "ern", "ald"),
)
TRADES = ("Shipping", "Trading", "Holdings", "Works", "Bank", "Foundry", "Transport", "Metals")
COMMON = ("Fictimed", "Fictimad", "Abdulfic", "Ficali", "Hasfic", "Ivanfic", "Alexafic", "Kimfic")
LONGEST_NAME = 200
REASONS = "Fictional reasons, as long as those that are published with a real listing. " * 6


def word(dice: random.Random) -> str:
    """A made-up name of two to four syllables."""
    return "".join(dice.choices(SYLLABLES, k=dice.randint(2, 4))).capitalize()


def make_list(lines: int, dice: random.Random) -> bytes:
    """A list of so many lines: seven of ten targets are people, three organisations."""
    made: list[str] = []
    while len(made) < lines:
        number = f"FIC{len(made):05d}"
        if dice.random() < 0.7:
            first, last = word(dice), word(dice)
            names = [(last, first), (word(dice), first), (last, f"{first} {word(dice)}")]
            born = f"{dice.randint(1, 28):02d}/{dice.randint(1, 12):02d}/{dice.randint(1940, 2000)}"
            kind = "Individual"
        else:
            stem, born, kind = f"{word(dice)} {word(dice)}", "", "Entity"
            names = [(f"{stem} {trade}", "") for trade in dice.sample(TRADES, 3)]
        made += [
            uk_line(number, last, first, kind=kind, births=born, reasons=REASONS)
            for last, first in names
        ]
    return uk_file(*made[:lines])


def people_of_claims(claims: int, dice: random.Random) -> list[tuple[Subject, ...]]:
    """For every claim: two organisations under two names each, and four officers of each."""
    return [
        tuple(
            one
            for _ in range(2)
            for one in (
                Subject(f"{word(dice)} {word(dice)} Ltd", "provider", False),
                Subject(f"{word(dice)} {word(dice)} Services", "provider", False),
                *(
                    Subject(
                        f"{word(dice).upper()}, {word(dice)} {word(dice)}", "x", True, "1970-01"
                    )
                    for _ in range(4)
                ),
            )
        )
        for _ in range(claims)
    ]


def seconds(act: Callable[[], object]) -> float:
    """How long the act takes."""
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def megabytes() -> float:
    """The memory that this process has now, as Linux counts it."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def bare_look_up(subjects: Sequence[Subject], names: Sequence[str]) -> None:
    """The floor: one call of the library for each name."""
    from rapidfuzz import fuzz, process

    for subject in subjects:
        process.extract(subject.name, names, scorer=fuzz.ratio, score_cutoff=85, limit=None)


def measure_reading(content: bytes) -> None:
    """Read the file, and print it with its floor."""

    def floor() -> None:
        for _ in csv.reader(io.TextIOWrapper(io.BytesIO(content), "utf-8", newline="")):
            pass

    bare = statistics.median(seconds(floor) for _ in range(3))
    before = megabytes()
    found = read_list(content)
    grown = megabytes() - before
    taken = statistics.median(seconds(lambda: read_list(content)) for _ in range(3))
    print(
        f"read {len(content) / 1e6:.0f} MB, {len(found.targets):,} targets: {taken:.2f} s,"
        f" {taken / bare:.1f} x the csv module, {grown:.0f} MB more memory"
    )


def measure_keeping(content: bytes) -> None:
    """Keep the list in the database, whose write lock is held for so long."""
    found = read_list(content)

    def keep() -> None:
        with transaction():
            import_list(content=found, file_name="bench.csv", by=None, at=clock.now())

    print(f"keep {len(found.targets):,} targets: {seconds(keep):.2f} s with the write lock")


def measure_looking_up(claims: int, dice: random.Random) -> None:
    """Look the names of claims up, and print median and worst, and the floor."""
    gc.collect()
    before, start = megabytes(), time.perf_counter()
    index: Index = index_of(session.execute(select(SanctionsList)).scalar_one())
    print(f"index: {time.perf_counter() - start:.2f} s once, {megabytes() - before:.0f} MB more")
    rows = session.execute(select(SanctionsEntry.names)).scalars()
    names = [one["name"] for row in rows for one in row]
    asked = people_of_claims(claims, dice)
    hits(asked[0], index)
    bare_look_up(asked[0], names)
    cold = [seconds(lambda one=one: hits(one, index)) for one in asked[1:]]
    again = [seconds(lambda one=one: hits(one, index)) for one in asked[1:]]
    floor = [seconds(lambda one=one: bare_look_up(one, names)) for one in asked[1:]]
    ratio = statistics.median(cold) / statistics.median(floor)
    print(
        f"{len(asked[0])} names of a claim in {len(names):,}: {_both(cold)} cold, "
        f"{_both(again)} again; floor {_both(floor)}, ratio {ratio:.1f}"
    )


def measure_worst(dice: random.Random) -> None:
    """The dearest name to look up: as long as may be, of words that stand in the list, many of them
    in hundreds of names, as real first names do. A provider chooses its own name."""
    entries = session.execute(select(SanctionsEntry).where(SanctionsEntry.target == "individual"))
    people = [
        Listed(
            row.group_id,
            row.target,
            tuple(f"{dice.choice(COMMON)} {dice.choice(COMMON)} {word(dice)}" for _ in row.names),
            (),
            row.regime,
        )
        for row in entries.scalars()
    ]
    index = Index(people)
    words = [one for listed in people for name in listed.names for one in name.split()]
    names = [" ".join(dice.sample(words, 25))[:LONGEST_NAME] for _ in range(20)]
    taken = [seconds(lambda one=one: hits((Subject(one, "x", None),), index)) for one in names]
    print(f"a name of {LONGEST_NAME} letters, all of listed words: {_both(taken)}")


def _both(times: Sequence[float]) -> str:
    return f"{statistics.median(times) * 1000:.1f} ms (worst {max(times) * 1000:.1f})"


def main() -> None:
    """Measure, on a database of its own."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, default=20_000)
    parser.add_argument("--claims", type=int, default=40)
    parser.add_argument("--database", choices=KINDS, default="sqlite")
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    dice = random.Random(wanted.seed)
    with tempfile.TemporaryDirectory() as folder:
        server = PostgresServer() if wanted.database == "postgres" else None
        url = server.create("bench") if server else f"sqlite:///{folder}/bench.sqlite"
        app = make_application(settings_for_tests(Path(folder), url))
        migrate(app)
        with app.app_context():
            content = make_list(wanted.lines, dice)
            print(f"{wanted.lines:,} lines, {len(UK_COLUMNS)} columns, {wanted.database}")
            measure_reading(content)
            measure_keeping(content)
            measure_looking_up(wanted.claims, dice)
            measure_worst(dice)
            session.rollback()


if __name__ == "__main__":
    main()
