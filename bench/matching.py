"""How long a draw and an exact assignment take, and how that grows.

    .venv/bin/python -m bench.matching [--sizes 1000,3000,10000,30000,100000] [--plot FOLDER]

The commands are run whole, as somebody at a terminal runs them: start of Python, reading, work,
printing. With `--plot` the growth is drawn into FOLDER/matching-growth.png. Seconds are of the
processor (`cpu`) and of the clock (`wall`, which other work on the
machine lengthens); memory is the most that the process held. The floor, in the same run: for the
draw, one keyed hash for each reference and one sort of the list; for the assignment, reading the
file with the json module alone. Assignments are measured on scores of four kinds, because equal
ones are hardest: random, the offering's quality and a bit of chance, two decimals, all equal.
Each need has twenty options, offerings are a twentieth of the needs, each with room for twenty.
"""

import argparse
import hmac
import json
import math
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SEED = bytes(range(32))
OPTIONS, ROOM = 20, 20
MEASURABLE = 0.1
AREAS = ("Cheshire", "Cumbria", "Humber", "Lancashire", "Tees Valley", "Tyne and Wear")
SCORES: dict[str, Callable[[random.Random, float], float]] = {
    "random": lambda dice, quality: dice.random(),
    "quality": lambda dice, quality: 0.7 * quality + 0.3 * dice.random(),
    "two decimals": lambda dice, quality: round(dice.random(), 2),
    "all equal": lambda dice, quality: 1.0,
}


@dataclass(frozen=True)
class Measured:
    """One command at one size: seconds, and megabytes at most."""

    task: str
    size: int
    floor: float
    cpu: float
    wall: float
    memory: float


def write_list(size: int, file: Path) -> Path:
    """A list of fictional references in six areas."""
    dice = random.Random(size)
    rows = (f"APP-{number:06},{dice.choice(AREAS)}\n" for number in range(size))
    file.write_text("reference,area\n" + "".join(rows), encoding="utf-8")
    return file


def write_market(size: int, kind: str, file: Path) -> Path:
    """Needs with twenty options each."""
    dice = random.Random(size)
    offerings = [f"offering-{number:05}" for number in range(max(OPTIONS, size // ROOM))]
    quality = {name: dice.random() for name in offerings}
    needs = [
        {
            "id": f"need-{number:06}",
            "options": [
                {"offering": name, "score": SCORES[kind](dice, quality[name])}
                for name in dice.sample(offerings, OPTIONS)
            ],
        }
        for number in range(size)
    ]
    file.write_text(json.dumps({"needs": needs, "capacity": dict.fromkeys(offerings, ROOM)}))
    return file


def prepare(make: Callable[..., Path], *words: Any, floor: Callable[[Path], Any]) -> float:
    """Write a file and time the floor on it, in a process that takes its memory with it.

    A child's highest memory counts from what its parent held, so this one must stay small.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as aside:
        file = aside.submit(make, *words).result()
        return aside.submit(seconds, floor, file).result()


def seconds(work: Callable[[Path], Any], file: Path) -> float:
    """The processor time of some work on a file."""
    start = time.process_time()
    work(file)
    return time.process_time() - start


def read_floor(file: Path) -> None:
    """What no assignment of a file can leave out."""
    json.loads(file.read_bytes())


def draw_floor(file: Path) -> None:
    """What no draw by this rule can leave out."""
    lines = sorted(file.read_text(encoding="utf-8").splitlines()[1:])
    sorted(hmac.digest(SEED, line.partition(",")[0].encode(), "sha256") for line in lines)


def measure(task: str, size: int, floor: float, *words: str) -> Measured:
    """Run a tool as a process of its own."""
    command = [sys.executable, "-m", "flask", "voucher", *words, "--json"]
    start = time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT, env={}, stdout=subprocess.DEVNULL) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - start
    if process.returncode:
        raise SystemExit(f"{' '.join(words)} failed")
    return Measured(task, size, floor, used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024)


def measurements(sizes: list[int], folder: Path) -> Iterator[Measured]:
    """Every task at every size."""
    for size in sizes:
        file = folder / "list.csv"
        floor = prepare(write_list, size, file, floor=draw_floor)
        options = ("--places", str(size // 3), "--seed", SEED.hex(), "--stratum", "area")
        yield measure("draw", size, floor, "draw", str(file), *options)
    for kind in SCORES:
        for size in sizes:
            file = folder / "market.json"
            floor = prepare(write_market, size, kind, file, floor=read_floor)
            yield measure(f"assign, {kind}", size, floor, "assign", str(file))


def growth(found: list[Measured], task: str) -> float:
    """By which power of the size the time beyond start-up grows, from the size where it first can
    be told (the smallest size is start-up) to the largest. Not a number where it never can."""
    own = [one for one in found if one.task == task]
    later = [one for one in own if one.cpu - own[0].cpu >= MEASURABLE]
    if len(later) < 2:
        return math.nan
    times = (later[0].cpu - own[0].cpu, later[-1].cpu - own[0].cpu)
    return math.log(times[1] / times[0]) / math.log(later[-1].size / later[0].size)


def plot(found: list[Measured], folder: Path) -> Path:
    """Processor time against size, both by powers of ten, with the line of growth in proportion."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4.5), layout="constrained")
    for task in dict.fromkeys(one.task for one in found):
        own = [one for one in found if one.task == task]
        axes.loglog([one.size for one in own], [one.cpu for one in own], "o-", label=task)
    sizes = sorted({one.size for one in found})
    largest = max(one.cpu for one in found if one.size == sizes[-1])
    even = [largest * size / sizes[-1] for size in sizes]
    axes.loglog(sizes, even, "--", color="grey", label="in proportion to the size")
    axes.set(xlabel="references or needs", ylabel="processor seconds, whole command")
    axes.set_title("Draw and exact assignment: how the time grows")
    axes.legend()
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "matching-growth.png"
    figure.savefig(file, dpi=150)
    pyplot.close(figure)
    return file


def main() -> None:
    """Measure, print a table, draw the growth."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="1000,3000,10000,30000,100000")
    parser.add_argument("--plot", type=Path)
    chosen = parser.parse_args()
    sizes = sorted(int(size) for size in chosen.sizes.split(","))
    found: list[Measured] = []
    print(f"{'':22}{'size':>8}{'cpu s':>8}{'wall s':>8}{'MB':>7}{'floor s':>9}{'× floor':>9}")
    with tempfile.TemporaryDirectory() as folder:
        for one in measurements(sizes, Path(folder)):
            found.append(one)
            ratio = one.cpu / one.floor if one.floor else math.inf
            print(
                f"{one.task:22}{one.size:8}{one.cpu:8.2f}{one.wall:8.2f}{one.memory:7.0f}"
                f"{one.floor:9.3f}{ratio:9.1f}",
                flush=True,
            )
    for task in dict.fromkeys(one.task for one in found):
        if len(sizes) > 2:
            print(f"{task}: time beyond start-up grows with size to the {growth(found, task):.2f}")
    if chosen.plot:
        print(f"drawn: {plot(found, chosen.plot)}")


if __name__ == "__main__":
    main()
