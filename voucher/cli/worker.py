"""The worker: a plain loop over jobs whose durable truth is rows in the database.

Each job finds its own due rows, claims them with a lease, and owns its transactions; so several
workers may run at once, and one that dies leaves nothing that another can't take up. Mail, Stripe
and the registers are called from here alone, between transactions.
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


@dataclass(frozen=True)
class Job:
    """One thing the worker does: its name, how often, and the function it calls."""

    name: str
    every: timedelta
    run: Callable[[Services, datetime], object]


class Worker:
    """Runs the due jobs, one after the other; a job that fails never stops the others."""

    def __init__(self, services: Services, jobs: tuple[Job, ...]) -> None:
        self.services = services
        self.jobs = jobs
        self.next_run: dict[str, datetime] = {}
        self.failures = 0

    def run_due(self, at: datetime, stopping: Event | None = None) -> None:
        """Run every job whose time has come; none is begun once `stopping` is set."""
        for job in self.jobs:
            if stopping and stopping.is_set():
                return
            if self.next_run.get(job.name, at) <= at:
                self.next_run[job.name] = at + job.every
                self._run(job, at)

    def run_until(self, stopping: Event) -> None:
        """Run until `stopping` is set; the job under way is finished first."""
        while not stopping.is_set():
            self.run_due(clock.now(), stopping)
            stopping.wait(IDLE_SECONDS)

    def _run(self, job: Job, at: datetime) -> None:
        try:
            job.run(self.services, at)
        except Exception:
            self.failures += 1
            logger.exception("the job %r failed; it will be tried again", job.name)
        finally:
            session.remove()


@click.command("worker")
@click.option("--once", is_flag=True, help="Run every job once and stop (exit 1 if one failed).")
@with_appcontext
def worker(once: bool) -> None:
    """Run the background work: checks, payments, webhooks, surveys, reports, messages."""
    from voucher.cli.jobs import JOBS  # imported late: the jobs bring in what the web never needs

    running = Worker(current_app.extensions["services"], JOBS)
    if once:
        running.run_due(clock.now())
        raise SystemExit(1 if running.failures else 0)
    stopping = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    click.echo("The worker is running.")
    running.run_until(stopping)
