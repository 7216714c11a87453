"""How fast the most used pages are, as ratios to a floor measured in the same run.

    make bench
    .venv/bin/python -m bench.pages [--applications 10000] [--requests 60] [--database postgres]

The floor is a signed-in page in the same layout with one indexed query, asked for in turn with each
page, so that what else the machine does slows both alike. For each page: SQL statements, requests a
second, p50 and p95 as multiples of the floor's. Then a web worker's cold start and memory.
Statements are counted again on a tenth of the rows, to see that none grow.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask, render_template_string
from flask.testing import FlaskClient
from sqlalchemy import event

from bench.population import Population, populate
from tests.databases import (
    KINDS,
    PostgresServer,
    make_application,
    migrate,
    settings_for_tests,
)
from tests.page import PageClient
from voucher.accounts.permissions import Permission
from voucher.core.db import db, transaction
from voucher.programmes.queries import round_by_id
from voucher.web.access import requires

FLOOR = "/bench/floor"
FLOOR_PAGE = """{% extends "layouts/staff.html" %}{% set heading = "Floor" %}
{% block content %}<p class="govuk-body">{{ name }}</p>{% endblock %}"""
WARM_UP = 5


def pages(population: Population) -> list[tuple[str, Any, str]]:
    """Name, person and address of the twelve most used pages, after the floor."""
    cast = population.cast
    return [
        ("floor", cast.caseworker, FLOOR),
        ("home", None, "/"),
        ("pre-check", None, "/check"),
        ("business: home", population.business, "/business/"),
        ("business: voucher", population.business, f"/business/vouchers/{population.live_voucher}"),
        ("provider: home", population.provider, "/provider/"),
        ("provider: where is my money", population.provider, "/provider/money/"),
        ("staff: queue", cast.caseworker, "/staff/"),
        ("staff: queue, searched", cast.caseworker, "/staff/?q=bookings"),
        ("staff: case", cast.caseworker, f"/staff/cases/{population.application}"),
        ("staff: claims", cast.approver, "/staff/claims/"),
        ("staff: payments", cast.finance, "/staff/payments/"),
        ("staff: event log", cast.auditor, "/staff/audit/"),
    ]


def make_bench(folder: Path, url: str, applications: int) -> tuple[Flask, Population]:
    """An application with the floor page on it, over a populated database at `url`."""
    app = make_application(settings_for_tests(folder, url))
    migrate(app)
    with app.app_context(), transaction():
        population = populate(applications)

    @app.get(FLOOR)
    @requires(Permission.CASE_READ)
    def floor() -> str:
        return render_template_string(FLOOR_PAGE, name=round_by_id(1).name)

    return app, population


@contextmanager
def counting(app: Flask) -> Iterator[list[str]]:
    """The SQL statements sent inside the block."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA", "SAVEPOINT", "ROLLBACK")):
            seen.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def statements(app: Flask, person: Any, address: str) -> int:
    """How many statements the page takes."""
    client = visitor(app, person)
    client.get(address)
    with counting(app) as seen:
        answer = client.get(address)
    if answer.status_code != 200:
        raise SystemExit(f"{address} answered {answer.status_code}")
    return len(seen)


def visitor(app: Flask, person: Any) -> Any:
    """A plain client (no checking of pages, which would be measured too), signed in."""
    signed = PageClient(app, app.response_class)
    if person is not None:
        signed.sign_in(person)
    plain = FlaskClient(app, app.response_class)
    plain._cookies = signed._cookies
    return plain


def timings(app: Flask, asked: Sequence[tuple[Any, str]], requests: int) -> list[list[float]]:
    """Seconds of each request for each person and address, asked for in turn after a warm-up."""
    clients = [visitor(app, person) for person, _ in asked]
    taken: list[list[float]] = [[] for _ in asked]
    for number in range(WARM_UP + requests):
        for client, (_, address), times in zip(clients, asked, taken, strict=True):
            start = time.perf_counter()
            client.get(address).get_data()
            if number >= WARM_UP:
                times.append(time.perf_counter() - start)
    return taken


def quantile(values: list[float], share: float) -> float:
    """The value below which `share` of `values` lie."""
    return statistics.quantiles(values, n=100, method="inclusive")[int(share * 100) - 1]


@contextmanager
def addresses(kind: str, folder: Path) -> Iterator[Callable[[str], str]]:
    """Gives addresses of empty databases of `kind` by name, while the block runs."""
    if kind == "sqlite":
        yield lambda name: f"sqlite:///{folder / name}.sqlite"
        return
    server = PostgresServer()
    try:
        yield server.create
    finally:
        server.close()


def report_pages(kind: str, applications: int, requests: int) -> None:
    """Print the table of pages."""
    with tempfile.TemporaryDirectory() as name, addresses(kind, Path(name)) as address:
        small_app, small = make_bench(
            Path(name) / "small", address("small"), max(applications // 10, 200)
        )
        few = [statements(small_app, person, at) for _, person, at in pages(small)]
        app, population = make_bench(Path(name) / "whole", address("whole"), applications)
        measure(app, population, few, requests)
        for each in (small_app, app):
            with each.app_context():
                db.engine.dispose()


def measure(app: Flask, population: Population, few: list[int], requests: int) -> None:
    """Print one line a page; `few` are the statements each took on fewer rows."""
    asked = pages(population)
    print(f"{'page':32}{'SQL':>5}{'SQL at a tenth':>16}{'req/s':>8}{'p50 ×':>8}{'p95 ×':>8}")
    for (title, person, at), before in zip(asked, few, strict=True):
        floor, taken = timings(app, [asked[0][1:], (person, at)], requests)
        count = statements(app, person, at)
        rate = 1 / statistics.mean(taken)
        ratio50, ratio95 = (
            quantile(taken, share) / quantile(floor, share) for share in (0.5, 0.95)
        )
        print(f"{title:32}{count:5}{before:16}{rate:8.0f}{ratio50:8.2f}{ratio95:8.2f}")


COLD = """
import json, sys, time
from pathlib import Path
start = time.perf_counter()
from wsgi import app
app.test_client().get("/accessibility-statement")
taken = time.perf_counter() - start
heavy = ("stripe", "weasyprint", "matplotlib", "numpy", "scipy", "alembic", "bm25s")
print(json.dumps({
    "seconds": taken,
    "megabytes": int(Path("/proc/self/status").read_text().split("VmRSS:")[1].split()[0]) / 1024,
    "heavy": [name for name in heavy if name in sys.modules],
}))
"""


def report_cold_start() -> None:
    """Print a web worker's time to its first page, its memory, and unwanted heavy imports."""
    runs = []
    for _ in range(3):
        done = subprocess.run(
            [sys.executable, "-c", COLD], check=True, capture_output=True, text=True
        )
        runs.append(json.loads(done.stdout.splitlines()[-1]))
    best = min(run["seconds"] for run in runs)
    most = max(run["megabytes"] for run in runs)
    heavy = ", ".join(runs[0]["heavy"]) or "none"
    print(f"cold start to the first page: {best:.2f} s (target 2.5)")
    print(f"memory of a worker after it: {most:.0f} MB (target 130)")
    print(f"heavy libraries imported: {heavy}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--applications", type=int, default=10_000)
    parser.add_argument("--requests", type=int, default=60)
    parser.add_argument("--database", choices=KINDS, default="sqlite")
    options = parser.parse_args()
    print(f"{options.applications:,} applications on {options.database}")
    report_pages(options.database, options.applications, options.requests)
    report_cold_start()


if __name__ == "__main__":
    main()
