"""`flask voucher chaos`: pay many claims while everything goes wrong, and prove the books."""

import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import click
from flask.cli import with_appcontext

from voucher.cli.database import upgrade_database
from voucher.cli.demonstration import sign_in_of_the_cast
from voucher.core import clock
from voucher.core.db import db
from voucher.core.money import Money
from voucher.sandbox.chaos.crew import Place
from voucher.sandbox.chaos.plan import FAULTS
from voucher.sandbox.chaos.running import Outcome, Wish, run
from voucher.sandbox.postgres import PostgresServer
from voucher.sandbox.supervisor import CannotRun, Ports
from voucher.web.configuration import settings

FAILURES_SHOWN = 20
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Seeds(click.ParamType):
    """One seed, or from one to another: 7, 1-20."""

    name = "seeds"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> range:
        """The seeds."""
        if isinstance(value, range):
            return value
        first, _, last = str(value).partition("-")
        try:
            return range(int(first), int(last or first) + 1)
        except ValueError:
            self.fail(f"{value!r} is neither a number nor two with a hyphen", param, ctx)


@click.command("chaos")
@click.option("--claims", type=click.IntRange(1, 100_000), default=500, show_default=True)
@click.option("--seed", "seeds", type=Seeds(), default="7", show_default=True, help="7, or 1-20.")
@click.option("--workers", type=click.IntRange(1, 8), default=2, show_default=True)
@click.option("--database", type=click.Choice(["postgres", "sqlite"]), default="postgres")
@click.option("--keep", is_flag=True, help="Keep data and logs of a run that went well, too.")
@with_appcontext
def chaos(claims: int, seeds: range, workers: int, database: str, keep: bool) -> None:
    """Pay many claims while web, workers and Stripe are hindered and killed; prove the books.

    Exits 1 naming what failed.
    """
    if settings().is_production:
        raise click.ClickException("This is a production installation (APP_ENV): no chaos here.")
    failed = 0
    with _stopped_by_signals(), _databases(database) as (address_in, said):
        for seed in seeds:
            folder = Path(tempfile.mkdtemp(prefix=f"voucher-chaos-{seed}-"))
            outcome = run_in(folder, address_in(folder), Wish(claims, seed, workers))
            (folder / "logs" / "database.log").write_text(said())
            _report(outcome, database, brief=len(seeds) > 1)
            failed += bool(outcome.failures)
            if keep or outcome.failures:
                click.echo(f"  data and logs: {folder}")
            else:
                shutil.rmtree(folder)
    if failed:
        raise SystemExit(1)


def run_in(folder: Path, database_url: str, wish: Wish) -> Outcome:
    """Run `wish` with its things in `folder`, on an empty database."""
    from config import load_settings
    from voucher import create_app

    place = Place(folder, database_url, Ports.free())
    place.clock_file.write_text("0")
    environment = place.environment(os.environ)
    app = create_app(load_settings(environment))
    try:
        with app.app_context():
            upgrade_database()
            services = app.extensions["services"]
            try:
                return run(services, sign_in_of_the_cast(), place, environment, wish)
            finally:
                db.session.remove()
                db.engine.dispose()
    finally:
        clock.follow("")


@contextmanager
def _databases(kind: str) -> Iterator[tuple[Callable[[Path], str], Callable[[], str]]]:
    """Two functions: the address of a new, empty database, and what its server has said so far."""
    if kind == "sqlite":
        yield lambda folder: f"sqlite:///{folder / 'voucher.sqlite'}", lambda: ""
        return
    server = PostgresServer("voucher-chaos-")
    try:
        yield lambda _folder: server.create("chaos"), server.said
    finally:
        server.close()


@contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """Ctrl-C, SIGTERM and SIGHUP end a run in order, leaving no process behind."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {one: signal.signal(one, stop) for one in SIGNALS}
    try:
        yield
    except CannotRun as reason:
        raise click.ClickException(str(reason)) from reason
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _report(outcome: Outcome, database: str, *, brief: bool) -> None:
    wish, proof = outcome.wish, outcome.proof
    good = "OK" if not outcome.failures else "FAILED"
    struck = sum(outcome.struck.values())
    click.echo(
        f"{good}: seed {wish.seed}, {wish.claims} claims, {database}, {wish.workers} workers: "
        f"{struck} faults, {sum(outcome.kills.values())} killed, {outcome.seconds:.0f} seconds "
        f"({outcome.resting_seconds:.0f} of them to come to rest)"
    )
    if not brief:
        for number, times in outcome.struck.items():
            click.echo(f"  {times:>4} × {number:>2} {FAULTS[number]}")
        click.echo(f"  {outcome.missed} of them found nothing to strike")
        kills = ", ".join(f"{name} {times} times" for name, times in outcome.kills.items())
        click.echo(f"  killed: {kills}; the clock was moved on by {outcome.moved_on}")
        if proof:
            ends = ", ".join(f"{count} {name}" for name, count in sorted(proof.ends.items()))
            click.echo(f"  payments: {ends}; {Money(proof.transferred_pence)} transferred")
            click.echo(
                f"  {proof.matched} movements agree with Stripe’s to the penny; "
                f"{proof.in_suspense} made by hand are in suspense"
            )
        for words, times in outcome.troubles.items():
            click.echo(f"  {times:>4} × tried again after {words}")
    for words in outcome.failures[:FAILURES_SHOWN]:
        click.echo(f"  {words}", err=True)
    if len(outcome.failures) > FAILURES_SHOWN:
        click.echo(f"  and {len(outcome.failures) - FAILURES_SHOWN} more", err=True)
