"""The worker: a plain loop over jobs whose durable truth is rows in the database.

Each job finds its own due rows, claims them with a lease, and owns its transactions; so several
workers may run at once, and one that dies leaves nothing that another can't take up. Mail, Stripe
and the registers are called from here alone, between transactions.

Jobs come in groups, so that a second worker can build reports, which takes seconds each, while the
first one pays and writes. A stop waits for the job under way, but breaks a report off.
"""

import logging
import signal
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event

import click
from flask import current_app
from flask.cli import with_appcontext

from voucher.core import clock
from voucher.core.db import session
from voucher.integrations.services import Services

logger = logging.getLogger("voucher.worker")
IDLE_SECONDS = 1.0
GROUP_NAMES = ("records", "money", "surveys", "reports", "messages")
"""The groups of `voucher.cli.jobs.GROUPS`, which is imported late."""


class BrokenOff(BaseException):
    """A stop in the middle of a job that may be broken off. No job's `except` takes it for its own
    failure."""


@dataclass(frozen=True)
class Job:
    """One thing the worker does: its name, how often, and the function it calls.

    `broken_off`: it takes long, and what it had begun is taken up again; so a stop need not wait.
    `drains`: it takes up a batch and says how many it moved on; if any, it is due again at once.
    """

    name: str
    every: timedelta
    run: Callable[[Services, datetime], object]
    broken_off: bool = False
    drains: bool = False


class Worker:
    """Runs the due jobs, one after the other; a job that fails never stops the others."""

    def __init__(self, services: Services, jobs: tuple[Job, ...]) -> None:
        self.services = services
        self.jobs = jobs
        self.next_run: dict[str, datetime] = {}
        self.failures = 0
        self.stopping = Event()
        self.under_way: Job | None = None

    def run_due(self, at: datetime) -> bool:
        """Run every job whose time has come; none is begun once a stop was asked for.

        Whether one of them has more to do at once.
        """
        more = False
        for job in self.jobs:
            if self.stopping.is_set():
                return False
            if self.next_run.get(job.name, at) <= at:
                self.next_run[job.name] = at + job.every
                if self._run(job, at) and job.drains:
                    self.next_run[job.name] = at
                    more = True
        return more

    def run_until_stopped(self) -> None:
        """Run until `stop`; the job under way is finished first, unless it may be broken off."""
        try:
            while not self.stopping.is_set():
                if not self.run_due(clock.now()):
                    self.stopping.wait(IDLE_SECONDS)
        except BrokenOff:
            logger.info("a job was broken off; it will be taken up again")

    def stop(self) -> None:
        """Ask for the end; for a signal's handler, which runs in the middle of the job under way.

        Raises BrokenOff into a job that may be broken off, once.
        """
        if self.stopping.is_set():
            return
        self.stopping.set()
        if self.under_way is not None and self.under_way.broken_off:
            raise BrokenOff

    def _run(self, job: Job, at: datetime) -> object:
        self.under_way = job
        try:
            return job.run(self.services, at)
        except Exception:
            self.failures += 1
            logger.exception("the job %r failed; it will be tried again", job.name)
            return None
        finally:
            self.under_way = None
            session.remove()


def jobs_of(*, only: tuple[str, ...], leave: tuple[str, ...]) -> tuple[Job, ...]:
    """The jobs of the groups in `only` (all, if empty) that are not in `leave`."""
    from voucher.cli.jobs import GROUPS  # imported late: the jobs bring in what the web never needs

    chosen = [name for name in GROUP_NAMES if (not only or name in only) and name not in leave]
    return tuple(job for name in chosen for job in GROUPS[name])


_GROUP = click.Choice(GROUP_NAMES)


@click.command("worker")
@click.option("--once", is_flag=True, help="Run every job once and stop (exit 1 if one failed).")
@click.option("--only", multiple=True, type=_GROUP, help="Only this group of jobs (repeatable).")
@click.option("--except", "leave", multiple=True, type=_GROUP, help="All but this group.")
@with_appcontext
def worker(once: bool, only: tuple[str, ...], leave: tuple[str, ...]) -> None:
    """Run the background work: checks, payments, webhooks, surveys, reports, messages."""
    if only and leave:
        raise click.UsageError("Give --only or --except, not both.")
    running = Worker(current_app.extensions["services"], jobs_of(only=only, leave=leave))
    if once:
        running.run_due(clock.now())
        raise SystemExit(1 if running.failures else 0)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: running.stop())
    click.echo("The worker is running.")
    running.run_until_stopped()
