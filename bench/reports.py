"""How long each kind of report takes to build, against WeasyPrint on the same HTML.

    .venv/bin/python -m bench.reports [--businesses 400] [--summaries 500] [--permutations 100000]

The reports are those of a simulated round (`flask voucher simulate`) in a temporary SQLite file.
The analysis of a trial takes longer with its businesses, while the pages stay as many: the ratio of
the review grows with them.
Each kind is built in a process of its own: the first time, with everything that has to be imported,
and the best of three times after it. The floor is WeasyPrint alone, with the same variant of PDF,
on the very HTML that was rendered for the report: best of three, in the same process. Ratios are of
processor time, which other work on the machine doesn't lengthen; memory is the most that the
process held. Then: case summaries asked for and built by two of the worker's processes, and a test
by permutations. Exits 1 where the review of a round takes more than one and a half times its floor,
or the permutations more than five seconds of the processor.
"""

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any

ROUNDS = 3
MOST_RATIO = 1.5
MOST_SECONDS = 5
ROWS = 2_000
EFFECT = 0.08
KEY = b"key of the simulated round of a bench"
KINDS = ("what-works review", "descriptive report", "provider summary", "case summary")


@dataclass(frozen=True)
class Spent:
    """Seconds of the processor and of the clock."""

    cpu: float
    wall: float


@dataclass(frozen=True)
class Measured:
    """One kind of report: first, warm, and WeasyPrint alone; megabytes at most; bytes made."""

    kind: str
    first: Spent
    warm: Spent
    floor: Spent
    memory: float
    size: int


def timed(work: Callable[[], Any]) -> tuple[Spent, Any]:
    """What some work took, and what it gave."""
    cpu, wall = time.process_time(), time.perf_counter()
    given = work()
    return Spent(time.process_time() - cpu, time.perf_counter() - wall), given


def best(work: Callable[[], Any]) -> Spent:
    """The best of three, by the processor."""
    return min((timed(work)[0] for _ in range(ROUNDS)), key=lambda spent: spent.cpu)


def application(folder: Path) -> Any:
    """The application on the simulated database of the folder."""
    from tests.databases import make_application, settings_for_tests

    return make_application(settings_for_tests(folder, f"sqlite:///{folder / 'bench.sqlite'}"))


def prepare(folder: Path, businesses: int) -> tuple[int, datetime]:
    """Play a round into the folder's database: its id and its data cut."""
    from tests.databases import migrate
    from voucher.core.db import transaction
    from voucher.sandbox.simulation.running import Wish, play_round

    app = application(folder)
    migrate(app)
    with app.app_context(), transaction():
        simulated = play_round(Wish(businesses, businesses // 2, EFFECT, seed=1), KEY)
    return simulated.round_id, simulated.data_cut_at


def builder(kind: str, round_id: int, cut_at: datetime) -> Callable[..., Any]:
    """The function that builds a kind of report; it takes `render`."""
    from functools import partial

    from sqlalchemy import func, select

    from voucher.core.db import session
    from voucher.evaluation.reports import cases, providers, rounds
    from voucher.providers.models import Provider
    from voucher.vouchers.models import Redemption

    of_round = {"round_id": round_id, "data_cut_at": cut_at}
    if kind == "what-works review":
        return partial(rounds.build_round_report, **of_round)
    if kind == "descriptive report":
        return partial(descriptive_alone, **of_round)
    if kind == "provider summary":
        provider_id = session.execute(select(func.min(Provider.id))).scalar_one()
        return partial(
            providers.build_provider_summary, provider_id=provider_id, data_cut_at=cut_at
        )
    voucher_id = session.execute(select(func.min(Redemption.voucher_id))).scalar_one()
    return partial(cases.build_case_summary, voucher_id=voucher_id, data_cut_at=cut_at)


def descriptive_alone(*, round_id: int, data_cut_at: datetime, render: Any) -> Any:
    """The report that the same round would have without a comparison."""
    from voucher.evaluation.disclosure import protect_descriptive
    from voucher.evaluation.models import ReportKind
    from voucher.evaluation.reports import descriptive, rounds
    from voucher.evaluation.reports.naming import round_names, with_areas
    from voucher.programmes.queries import round_by_id

    described = descriptive.assemble_round_figures(round_id, data_cut_at)
    figures = {"kind": descriptive.KIND, **protect_descriptive(described).content}
    round_ = round_by_id(round_id)
    names = with_areas(round_names(round_, ReportKind.ROUND, data_cut_at), figures)
    return rounds.written(round_, {**figures, "names": names}, render)


def measure(folder: Path, kind: str, round_id: int, cut_at: datetime) -> Measured:
    """Build one kind of report in this process: first, warm, and the floor under it."""
    app = application(folder)
    rendered: list[str] = []

    def render(template: str, context: Any) -> str:
        from voucher.cli.rendering import render as rendering

        rendered.append(rendering(template, context))
        return rendered[-1]

    with app.app_context():
        build = builder(kind, round_id, cut_at)
        first, built = timed(lambda: build(render=render))
        whole = next(each for each in rendered if "<html" in each)
        warm = best(lambda: build(render=render))
        floor = best(lambda: weasyprint_alone(whole))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Measured(kind, first, warm, floor, memory, len(built.document))


def weasyprint_alone(html: str) -> bytes:
    """The document of some HTML, by WeasyPrint and nothing else."""
    import weasyprint

    made: bytes = weasyprint.HTML(string=html).write_pdf(pdf_variant="pdf/ua-1")
    return made


def ask_for_summaries(folder: Path, most: int, cut_at: datetime) -> int:
    """Ask for the case summaries of up to `most` redeemed vouchers; how many."""
    from sqlalchemy import select

    from voucher.core.db import session, transaction
    from voucher.evaluation.operations import ask_report
    from voucher.programmes.models import Round
    from voucher.vouchers.models import Voucher

    with application(folder).app_context(), transaction():
        query = select(Voucher).where(Voucher.redeemed_at.is_not(None)).limit(most)
        vouchers = session.execute(query).scalars().all()
        for voucher in vouchers:
            round_ = session.get_one(Round, voucher.round_id)
            ask_report(round_=round_, voucher=voucher, by=None, at=cut_at)
        return len(vouchers)


def build_all(folder: Path, cut_at: datetime) -> int:
    """Build what waits as the worker does, until nothing does; how many."""
    from voucher.cli.rendering import render
    from voucher.evaluation.jobs import build_reports

    app = application(folder)
    store, made = app.extensions["services"].store, 0
    with app.app_context():
        while ready := build_reports(store, render, cut_at):
            made += ready
    return made


def permute(permutations: int) -> Spent:
    """A test by so many permutations of 2,000 rows."""
    import numpy as np

    from voucher.evaluation.estimators.randomisation import randomisation
    from voucher.evaluation.estimators.trial import Trial

    chance = np.random.default_rng(1)
    rows = Trial(chance.normal(size=ROWS), chance.random(ROWS) < 0.5)
    return timed(lambda: randomisation(rows, permutations=permutations, seed=1))[0]


def aside(work: Callable[..., Any], *words: Any) -> Any:
    """Do some work in a process that takes its memory with it."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, *words).result()


def said(found: Measured) -> None:
    """Print one line of the table."""
    print(
        f"{found.kind:20}{found.first.cpu:8.2f}{found.first.wall:8.2f}{found.warm.cpu:8.2f}"
        f"{found.warm.wall:8.2f}{found.floor.cpu:9.2f}{found.warm.cpu / found.floor.cpu:8.2f}"
        f"{found.memory:8.0f}{found.size / 1000:8.0f}",
        flush=True,
    )


def summaries(most: int) -> None:
    """Print how long two processes take for the case summaries of a round large enough."""
    with tempfile.TemporaryDirectory(prefix="bench-summaries-") as name:
        folder = Path(name)
        _, cut_at = aside(prepare, folder, 3 * most + 100)
        asked = aside(ask_for_summaries, folder, most, cut_at)
        with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
            start = time.perf_counter()
            made = [pool.submit(build_all, folder, cut_at) for _ in range(2)]
            counts = [each.result() for each in made]
    seconds = time.perf_counter() - start
    print(
        f"\n{sum(counts)} of {asked} case summaries by two processes: {seconds:.0f} s,"
        f" {sum(counts) / seconds:.1f} a second (the processes' start included)"
    )


def measured(arguments: argparse.Namespace) -> bool:
    """Print every measurement; whether everything is within its bounds."""
    with tempfile.TemporaryDirectory(prefix="bench-reports-") as name:
        folder = Path(name)
        round_id, cut_at = aside(prepare, folder, arguments.businesses)
        print(f"A simulated round of {arguments.businesses:,} businesses. Seconds, MB, kB.\n")
        print(
            f"{'':20}{'first':>8}{'(wall)':>8}{'warm':>8}{'(wall)':>8}{'floor':>9}"
            f"{'ratio':>8}{'memory':>8}{'size':>8}"
        )
        found = [aside(measure, folder, kind, round_id, cut_at) for kind in KINDS]
        for each in found:
            said(each)
    if arguments.summaries:
        summaries(arguments.summaries)
    spent = aside(permute, arguments.permutations)
    print(
        f"\n{arguments.permutations:,} permutations of {ROWS:,} rows: {spent.cpu:.2f} s of the"
        f" processor, {spent.wall:.2f} s"
    )
    ratio = found[0].warm.cpu / found[0].floor.cpu
    return ratio <= MOST_RATIO and spent.cpu <= MOST_SECONDS


def main() -> int:
    """Measure, and exit 1 where something is out of its bounds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--businesses", type=int, default=400)
    parser.add_argument("--summaries", type=int, default=500)
    parser.add_argument("--permutations", type=int, default=100_000)
    return 0 if measured(parser.parse_args()) else 1


if __name__ == "__main__":
    sys.exit(main())
