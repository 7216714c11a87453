"""The demonstration: one command that runs all of it, and the one that makes its programme."""

import os
import time
from datetime import datetime, timedelta
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from voucher.cli.database import is_up_to_date, upgrade_database
from voucher.core import clock
from voucher.core.db import session
from voucher.sandbox import cast
from voucher.sandbox.household import Household, alone_in, flask_command
from voucher.sandbox.material.companies import write_companies
from voucher.sandbox.seed.levers import Levers
from voucher.sandbox.supervisor import FIRST_PORT, CannotRun, Ports, Supervisor
from voucher.web.configuration import settings

UNFINISHED = "being-made"
MADE_BY_SEED = ("voucher.sqlite", "voucher.sqlite-wal", "voucher.sqlite-shm", "companies.json")
FOLDERS_OF_SEED = ("stripe", "files", "mailbox")


@click.command("demonstration")
@click.option(
    "--port",
    type=click.IntRange(1024, 65532),
    default=FIRST_PORT,
    envvar="PORT",
    show_default=True,
    help="The first of four ports in a row.",
)
@click.option("--size", type=float, default=1.0, help="Under 1: fewer cases; 0: a bare programme.")
@with_appcontext
def demonstration(port: int, size: float) -> None:
    """Run the demonstration until Ctrl-C: web server, worker and stand-ins, on loopback."""
    household = Household(settings().data_dir, Ports.starting_at(port))
    try:
        with alone_in(household.data_dir):
            _run_until_asked(household, size)
    except CannotRun as reason:
        click.secho(str(reason), fg="red", err=True)
        raise SystemExit(1) from reason
    click.echo("Stopped. Everything is kept; the next start takes it up.")


def _run_until_asked(household: Household, size: float) -> None:
    supervisor = Supervisor(household.environment(os.environ), household.logs)
    supervisor.listen_for_signals()
    try:
        bring_up(household, supervisor, size=size)
        click.echo(welcome(household))
        supervisor.watch()
        click.echo("\nStopping …")
    finally:
        household.take_card_in()
        supervisor.stop()


def bring_up(household: Household, supervisor: Supervisor, *, size: float = 1.0) -> None:
    """Start everything and return when it is ready. Raises CannotRun."""
    if settings().is_production:
        raise CannotRun("This is a production installation (APP_ENV): no demonstration here.")
    household.ports.require_free()
    household.data_dir.mkdir(parents=True, exist_ok=True)
    _clear_unfinished(household.data_dir)
    if not household.companies.exists():
        write_companies(household.companies, clock.today())
    secrets = settings().stripe_platform_secrets[0], settings().stripe_connect_secrets[0]
    if is_made(household.data_dir):
        supervisor.start((*household.stand_ins(*secrets), *household.application()))
    else:
        supervisor.start(household.stand_ins(*secrets))
        supervisor.run_to_end(flask_command("make-demonstration", "--size", str(size)))
        supervisor.start(household.application())
    household.hang_out_card()


def is_made(data_dir: Path) -> bool:
    """Whether tables and programme are there, so that a start need not look any closer.

    Our own settings speak of one directory only. Any other is the new one of a rehearsal, and what
    stands in ours says nothing about it.
    """
    from voucher.sandbox.seed.programme import is_empty

    return data_dir == settings().data_dir and is_up_to_date() and not is_empty()


def _clear_unfinished(data_dir: Path) -> None:
    """Throw away a programme whose making was broken off: half of one is nobody's demonstration."""
    import shutil

    database = data_dir / MADE_BY_SEED[0]
    if not (data_dir / UNFINISHED).exists() and database.exists():
        return
    if settings().database_url and not (data_dir / UNFINISHED).exists():
        return
    for name in MADE_BY_SEED:
        (data_dir / name).unlink(missing_ok=True)
    for name in FOLDERS_OF_SEED:
        shutil.rmtree(data_dir / name, ignore_errors=True)


def welcome(household: Household) -> str:
    """What is printed when everything runs: the address, and how to sign in as whom."""
    width = max(len(player.email) for player in cast.CAST)
    people = [f"  {player.email:<{width}}  {player.label}: {player.plays}" for player in cast.CAST]
    return "\n".join(
        (
            "",
            f"The demonstration runs at {household.address}",
            "Everybody and everything in it is fictional. Stop it with Ctrl-C.",
            "",
            f"Sign in with the password {cast.PASSWORD}",
            *people,
            "",
            "Staff are asked for a code after the password. The page shows it; in an authenticator",
            f"app enter the key {cast.TOTP_SECRET}. Now it is {cast.code_at(clock.now())}.",
            f"Messages that the service has sent: {household.address}/demonstration/messages",
            f"Stripe's stand-in: {household.stripe_address}   Logs: {household.logs}",
        )
    )


@click.command("make-demonstration")
@click.option("--size", type=float, default=1.0)
@with_appcontext
def make_demonstration(size: float) -> None:
    """Bring the tables up to date and, where there is no programme yet, make the fictional one.

    The stand-ins must be running. Part of `flask voucher demonstration`.
    """
    from voucher.sandbox.seed.programme import is_empty, make_programme

    upgrade_database()
    if not is_empty():
        return
    began, now = time.monotonic(), clock.now()
    services = current_app.extensions["services"]
    unfinished = services.settings.data_dir / UNFINISHED
    unfinished.touch()
    click.echo("Making a fictional programme in the middle of its life (one to four minutes) …")
    made = make_programme(
        services=services,
        sign_in=sign_in_of_the_cast(),
        levers=Levers(services.settings.stripe_api_base),
        jobs=Evenings(now).work,
        now=now,
        size=size,
    )
    unfinished.unlink()
    took = time.monotonic() - began
    click.echo(
        f"Made: {made.businesses} businesses, {made.actions} acts of people and {made.evenings} "
        f"evenings of the worker in {took:.0f} seconds."
    )


def sign_in_of_the_cast() -> object:
    """The one password and the one app secret of the cast, as the web's sign-in stores them."""
    from flask_security import hash_password

    from voucher.sandbox.seed.stage import SignIn

    totp = current_app.extensions["security"].totp_factory
    return SignIn(hash_password(cast.PASSWORD), totp.seal(cast.TOTP_SECRET))


RARELY = {
    "read connected accounts": timedelta(days=120),
    "notice top-ups": timedelta(days=30),
    "reconcile": timedelta(days=90),
    "follow payouts": timedelta(days=4),
    "ask the register before paying": timedelta(days=3),
    "check claims anew": timedelta(days=7),
    "notice movements of others": timedelta(days=30),
    "make equality tables": timedelta(days=150),
    "ask for a synthesis of new reports": timedelta(days=600),
}
"""Jobs that ask Stripe about everything or take seconds: while a year is played, not every evening.
Everything is done on the last."""
LETTERS = frozenset(
    {
        "write messages",
        "remind of vouchers",
        "remind of deadlines",
        "remind of surveys",
        "tell officers of silence",
        "send messages",
    }
)
LETTERS_SINCE = timedelta(days=21)
"""Only the last weeks' letters are written and sent: nobody reads the fictional ones of a year."""


class Evenings:
    """The worker's round of an evening: every job once, as of a moment in the past."""

    def __init__(self, last: datetime) -> None:
        self.last = last
        self.next_run: dict[str, datetime] = {}

    def work(self, at: datetime) -> None:
        """Run the jobs; the last evening all of them. One that fails stops the making."""
        from voucher.cli.jobs import JOBS

        services = current_app.extensions["services"]
        for job in JOBS:
            if self._may_wait(job.name, at):
                continue
            self.next_run[job.name] = at + RARELY.get(job.name, timedelta())
            job.run(services, at)
            session.remove()

    def _may_wait(self, name: str, at: datetime) -> bool:
        if name in LETTERS and at < self.last - LETTERS_SINCE:
            return True
        return at < self.next_run.get(name, at) and at != self.last
