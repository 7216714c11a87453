"""The rehearsal: one taster played over HTTP from pre-check to paid payout, and checked."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from flask.cli import with_appcontext

from config import ROOT
from voucher.businesses.outcome_areas import OutcomeArea
from voucher.cli.demonstration import bring_up
from voucher.sandbox.household import Household, flask_command, running_in
from voucher.sandbox.supervisor import CannotRun, Ports, Supervisor
from voucher.web.configuration import settings

SMALL, BARE = 0.12, 0.0
"""How large the programme is that a rehearsal makes for itself: with a file of offerings to play on
it has no businesses, providers and offerings of its own."""
AREAS = [area.value for area in OutcomeArea]


@click.command("rehearse")
@click.option("--problem", help="The problem, in the business's own words.")
@click.option("--better", help="What good would look like.")
@click.option("--area", type=click.Choice(AREAS), help="Where technology could help.")
@click.option("--company", help="A company number; the stand-in register is told of it.")
@click.option("--postcode", help="Where the business is.")
@click.option(
    "--offerings",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file of offerings (JSON lines) to import first.",
)
@click.option("--price-from", default="300", show_default=True, help="For lines without a price.")
@click.option("--price-to", default="1800", show_default=True, help="For lines without a price.")
@with_appcontext
def rehearse(
    problem: str | None,
    better: str | None,
    area: str | None,
    company: str | None,
    postcode: str | None,
    offerings: Path | None,
    price_from: str,
    price_to: str,
) -> None:
    """Play one taster as the people in it, over HTTP, and check books, record and PDFs.

    Against the demonstration that runs on the data directory, or one that is started for it.
    """
    from voucher.sandbox.rehearsal.wishes import wished

    try:
        wishes = wished(
            problem=problem,
            better=better,
            area=area,
            company=company,
            postcode=postcode,
            catalogue=offerings is not None,
        )
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    try:
        with _demonstration(BARE if offerings else SMALL) as (household, environment):
            if offerings:
                _import(environment, offerings, price_from, price_to)
            before = _differences(environment)
            _play(household, wishes)
            _check(environment, before)
    except CannotRun as reason:
        click.secho(str(reason), fg="red", err=True)
        raise SystemExit(1) from reason
    click.secho("\nThe rehearsal went through.", fg="green")


@contextmanager
def _demonstration(size: float) -> Iterator[tuple[Household, dict[str, str]]]:
    """The demonstration that runs, or a small one of our own that ends with us; its environment."""
    running = running_in(settings().data_dir)
    if running:
        click.echo(f"On the demonstration at {running.address}\n")
        yield running, running.environment(os.environ)
        return
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as folder:
        household = Household(Path(folder), Ports.free())
        environment = household.environment(_without_database())
        supervisor = Supervisor(environment, household.logs)
        supervisor.listen_for_signals()
        try:
            click.echo("No demonstration runs here, so a small one is made for the rehearsal.")
            bring_up(household, supervisor, size=size)
            yield household, environment
        finally:
            supervisor.stop()


def _without_database() -> dict[str, str]:
    """The environment without a database of somebody else's."""
    return {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}


def _import(environment: dict[str, str], offerings: Path, price_from: str, price_to: str) -> None:
    command = flask_command(
        "import-offerings",
        str(offerings.resolve()),
        *("--price-from", price_from, "--price-to", price_to),
        *("--vetted", "Catalogue of the rehearsal"),
    )
    _run(environment, command, f"{offerings} could not be imported")


def _play(household: Household, wishes: object) -> None:
    from voucher.sandbox.rehearsal.browser import Stuck
    from voucher.sandbox.rehearsal.page import NotThere
    from voucher.sandbox.rehearsal.performance import perform
    from voucher.sandbox.rehearsal.troupe import Troupe

    troupe = Troupe(household, wishes, click.echo)
    try:
        troupe.enter_in_register()
        perform(troupe)
    except (Stuck, NotThere) as error:
        raise CannotRun(f"\nThe rehearsal is stuck. {error}") from error


def _differences(environment: dict[str, str]) -> frozenset[str]:
    """In what our books and Stripe's differ, a line each. Raises CannotRun."""
    done = subprocess.run(
        flask_command("reconcile"),
        cwd=ROOT,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode not in (0, 1):
        raise CannotRun(f"The books could not be compared with Stripe's. {done.stderr}")
    return frozenset(line for line in done.stderr.splitlines() if line[:1].strip())


def _check(environment: dict[str, str], before: frozenset[str]) -> None:
    """The books agree as they did before, and the record is whole."""
    click.echo("\nChecks")
    found = _differences(environment)
    if found - before:
        raise CannotRun("\n".join(("The books differ from Stripe's.", *sorted(found - before))))
    known = f", but for {len(found)} known before" if found else ""
    click.echo(f"The books agree with Stripe's{known}.")
    _run(environment, flask_command("verify-audit"), "The audit chain is broken.")


def _run(environment: dict[str, str], command: tuple[str, ...], failure: str) -> None:
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False)
    if done.returncode:
        raise CannotRun(failure)
