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

SMALL = 0.12
"""How large the programme is that a rehearsal makes for itself."""


@click.command("rehearse")
@click.option("--problem", help="The problem, in the business's own words.")
@click.option("--area", type=click.Choice(list(OutcomeArea)), help="Where technology could help.")
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
        wishes = wished(problem=problem, area=area, company=company, postcode=postcode)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    try:
        with _demonstration() as household:
            if offerings:
                _import(household, offerings, price_from, price_to)
            _play(household, wishes)
            _check(household)
    except CannotRun as reason:
        click.secho(str(reason), fg="red", err=True)
        raise SystemExit(1) from reason
    click.secho("\nThe rehearsal went through.", fg="green")


@contextmanager
def _demonstration() -> Iterator[Household]:
    """The demonstration that runs, or a small one of our own that ends with us."""
    running = running_in(settings().data_dir)
    if running:
        click.echo(f"On the demonstration at {running.address}\n")
        yield running
        return
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as folder:
        household = Household(Path(folder), Ports.free())
        supervisor = Supervisor(household.environment(_without_database()), household.logs)
        supervisor.listen_for_signals()
        try:
            click.echo("No demonstration runs here, so a small one is made for the rehearsal.")
            bring_up(household, supervisor, size=SMALL)
            yield household
        finally:
            supervisor.stop()


def _without_database() -> dict[str, str]:
    """The environment without a database of somebody else's."""
    return {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}


def _import(household: Household, offerings: Path, price_from: str, price_to: str) -> None:
    command = flask_command(
        "import-offerings",
        str(offerings.resolve()),
        *("--price-from", price_from, "--price-to", price_to),
        *("--vetted", "Catalogue of the rehearsal"),
    )
    _run(household, command, f"{offerings} could not be imported")


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


def _check(household: Household) -> None:
    click.echo("\nChecks")
    _run(household, flask_command("reconcile"), "The books differ from Stripe's.")
    _run(household, flask_command("verify-audit"), "The audit chain is broken.")


def _run(household: Household, command: tuple[str, ...], failure: str) -> None:
    environment = household.environment(os.environ)
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False)
    if done.returncode:
        raise CannotRun(failure)
