"""How fast claims are paid, against the time of the requests to Stripe themselves.

    make bench
    .venv/bin/python -m bench.payments [--claims 200] [--milliseconds 100] [--full]

Approved claims on a PostgreSQL whose commits reach the disk; the workers are the real ones
(`flask voucher worker --only money`), as processes; Stripe is the emulator's process over HTTP:
next door, and then at the end of a wire that takes `--milliseconds` for each answer, as a real
Stripe does. Counted is a claim whose payout is on its way to the bank: the worker's part is done.

The clock runs from the moment the first payment is made to the moment the last payout is on its
way. Before that, and not counted, each worker starts, pays its first claims (which loads Stripe's
library and prepares every statement) and does what it does once an hour, reconciliation above all.
So the figure is that of a worker that runs already; its processor time is counted in the same span.

The floor is the same four requests for each claim (look the transfer up, make it, look the payout
up, make it) by the gateway alone, one after the other, at an emulator of its own; half of them
before the worker's run and half after it. Memory is that of the first worker, after a tenth of the
claims and after all. `--full` pays 20,000 with one worker, next door.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select

from bench.claims import PENCE, approve_claims, approve_the_rest, make_payees
from bench.wire import Wire
from tests.contract.wire import EmulatorProcess
from tests.databases import make_application, migrate, settings_for_tests
from voucher.core import clock
from voucher.core.db import db, session
from voucher.integrations.stripe.gateway import StripeGateway
from voucher.payments.models import (
    InboxStatus,
    Payment,
    PaymentStatus,
    Reconciliation,
    StripeEvent,
)
from voucher.payments.rules import LOOK_BACK
from voucher.sandbox.postgres import PostgresServer

SECRET_KEY = "sk_test_bench"
FULL = 20_000
CLAIMS_EACH = 100
"""How many claims a provider has: more payouts in a day than anybody will make."""
FIRST = 10
"""How many claims for each worker are paid before the clock runs."""
BARE = 200
SENT = (PaymentStatus.IN_TRANSIT, PaymentStatus.PAID)
LONGEST_WAIT = 120.0
"""Seconds in which at least one claim must be paid, or the run has failed."""
LONGEST_START = 90.0
"""Seconds that a worker may take until it is ready."""


@dataclass(frozen=True)
class Run:
    """What one run came to: seconds, the seconds of processor time that the workers took of it, and
    the first worker's memory in MB at two moments."""

    claims: int
    seconds: float
    processor: float
    memory_early: float
    memory_late: float


class Payments:
    """A migrated database, before an emulator of its own at the end of a wire."""

    def __init__(self, folder: Path, server: PostgresServer, name: str, distance: int) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.distance = distance
        self.emulator = EmulatorProcess(folder / "stripe", record=False)
        self.url = server.create(name)
        self.app: Flask = make_application(settings_for_tests(folder, self.url))
        migrate(self.app)
        self.stripe = StripeGateway(SECRET_KEY, self.emulator.address)
        self.wire = Wire(self.emulator.address, distance) if distance else None

    def begin(self, claims: int, first: int) -> None:
        """Providers that can be paid, and their claims, of which the workers pay `first` now.

        Over when these are paid and nothing else is left to do.
        """
        with self.app.app_context():
            payees = make_payees(self.stripe, self.emulator, payees_for(claims))
            approve_claims(payees, claims + first, first=first)
        wait_until(lambda: self.on_their_way() >= first and self._at_rest(), "No worker is ready.")

    def _at_rest(self) -> bool:
        """Whether the books were compared, and every event that this brought to light was read."""
        waiting = select(func.count(StripeEvent.id)).where(StripeEvent.status == InboxStatus.NEW)
        with self.app.app_context():
            compared = session.execute(select(func.count(Reconciliation.id))).scalar_one()
            left = session.execute(waiting).scalar_one()
            session.rollback()
        return bool(compared) and not left

    def approve(self) -> int:
        """Approve the other claims, all at one moment; how many."""
        with self.app.app_context():
            return approve_the_rest()

    def close(self) -> None:
        """Let go of the database and stop the emulator."""
        with self.app.app_context():
            session.remove()
            db.engine.dispose()
        if self.wire:
            self.wire.close()
        self.emulator.stop()

    def on_their_way(self) -> int:
        """How many claims' payouts have been made."""
        query = select(func.count(Payment.id)).where(Payment.status.in_(SENT))
        with self.app.app_context():
            found = session.execute(query).scalar_one()
            session.rollback()
        return found

    def standing(self) -> list[tuple[str, str | None, int]]:
        """How many payments there are by status and what was noted on them."""
        kinds = (Payment.status, Payment.status_note)
        with self.app.app_context():
            rows = session.execute(select(*kinds, func.count()).group_by(*kinds)).all()
            session.rollback()
        return [(status.value, words, count) for status, words, count in rows]

    def start_worker(self, number: int) -> subprocess.Popen:
        """One real worker, for money alone."""
        environment = {
            **os.environ,
            "APP_ENV": "test",
            "DATABASE_URL": self.url,
            "DATA_DIR": str(self.folder),
            "STRIPE_SECRET_KEY": SECRET_KEY,
            "STRIPE_API_BASE": (self.wire or self.emulator).address,
        }
        command = [sys.executable, "-m", "flask", "--app", "wsgi"]
        log = (self.folder / f"worker-{number}.log").open("wb")
        with log:
            return subprocess.Popen(
                [*command, "voucher", "worker", "--only", "money"],
                env=environment,
                stdout=log,
                stderr=log,
            )

    @contextmanager
    def workers(self, count: int) -> Iterator[list[subprocess.Popen]]:
        """`count` workers, stopped at the end of the block."""
        started = [self.start_worker(number) for number in range(count)]
        try:
            yield started
        finally:
            for worker in started:
                worker.terminate()
            for worker in started:
                worker.wait(timeout=60)


def memory_of(process: subprocess.Popen) -> float:
    """What a process holds in memory, in MB."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def payees_for(claims: int) -> int:
    """How many providers there are."""
    return max(claims // CLAIMS_EACH, 4)


def processor_of(processes: list[subprocess.Popen]) -> float:
    """The processor time that the processes have taken so far, in seconds."""
    ticks = 0
    for process in processes:
        fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])  # in user mode and in the kernel
    return ticks / os.sysconf("SC_CLK_TCK")


def pay_all(payments: Payments, workers: int, claims: int) -> Run:
    """Let the workers pay every claim. Raises SystemExit when they come to a halt."""
    first = FIRST * workers
    with payments.workers(workers) as running:
        payments.begin(claims, first)
        taken = processor_of(running)
        claims = payments.approve()
        begun = first_made(payments, first)
        early = wait_for(payments, first + claims // 10, claims, running)
        late = wait_for(payments, first + claims, claims, running)
        return Run(claims, time.time() - begun, processor_of(running) - taken, early, late)


def wait_for(
    payments: Payments, wanted: int, claims: int, running: list[subprocess.Popen]
) -> float:
    """Wait until so many payouts are on their way; the first worker's memory then, in MB."""
    done, heard = 0, time.perf_counter()
    while done < wanted:
        time.sleep(0.1 if claims < FULL else 1)
        before, done = done, payments.on_their_way()
        heard = time.perf_counter() if done > before else heard
        if time.perf_counter() - heard > LONGEST_WAIT:
            raise SystemExit(f"No more claims are paid: {payments.standing()}")
    return memory_of(running[0])


def first_made(payments: Payments, first: int) -> float:
    """Wait for the first payment after the `first` ones; when it was made."""
    query = select(Payment.created_at).order_by(Payment.id).offset(first).limit(1)
    found: list[float] = []

    def made() -> bool:
        with payments.app.app_context():
            at = session.execute(query).scalar_one_or_none()
            session.rollback()
        if at:
            found.append(at.timestamp())
        return bool(found)

    wait_until(made, "No worker has begun.")
    return found[0]


def wait_until(done: Callable[[], bool], words: str) -> None:
    """Ask until it is so. Raises SystemExit with `words` after a while."""
    until = time.perf_counter() + LONGEST_START
    while not done():
        if time.perf_counter() > until:
            raise SystemExit(words)
        time.sleep(0.02)


class Floor:
    """The requests to Stripe that paying takes, without us."""

    def __init__(self, folder: Path, payees: int, distance: int) -> None:
        self.emulator = EmulatorProcess(folder, record=False)
        self.stripe = StripeGateway(SECRET_KEY, self.emulator.address)
        self.wire = Wire(self.emulator.address, distance) if distance else None
        self.accounts = [self._account(number) for number in range(payees)]
        self.emulator.control("funds", amount=10**12)
        if self.wire:
            self.stripe = StripeGateway(SECRET_KEY, self.wire.address)
        self.whole = self.looking = 0.0
        self.claims = 0

    def _account(self, number: int) -> str:
        made = self.stripe.create_account(
            email="money@provider.example", name="Floor", reference=f"{number}", key=f"{number}"
        )
        self.emulator.control(f"accounts/{made.account_id}/onboard")
        return made.account_id

    def pay(self, claims: int) -> None:
        """Pay so many more claims, and add up the seconds."""
        start = time.perf_counter()
        for number in range(self.claims, self.claims + claims):
            account = self.accounts[number % len(self.accounts)]
            self.looking += pay_bare(self.stripe, account, f"bare-{number}")
        self.whole += time.perf_counter() - start
        self.claims += claims

    def close(self) -> None:
        """Stop the emulator and cut the wire."""
        if self.wire:
            self.wire.close()
        self.emulator.stop()


def pay_bare(stripe: StripeGateway, account: str, group: str) -> float:
    """The four requests that a claim takes; the seconds of the two look-ups among them."""
    meta = {"payment": group, "attempt": group}
    start = time.perf_counter()
    stripe.find_transfers(transfer_group=group)
    looking = time.perf_counter() - start
    stripe.create_transfer(
        amount_pence=PENCE,
        destination=account,
        transfer_group=group,
        metadata=meta,
        key=f"{group}:t",
    )
    start = time.perf_counter()
    stripe.find_payouts(account_id=account, created_since=clock.now() - LOOK_BACK)
    looking += time.perf_counter() - start
    stripe.create_payout(account_id=account, amount_pence=PENCE, metadata=meta, key=f"{group}:p")
    return looking


def report_one(payments: Payments, claims: int) -> None:
    """Pay with one worker, between the two halves of the floor, and print what it came to."""
    floor = Floor(payments.folder / "floor", payees_for(claims), payments.distance)
    try:
        half = min(BARE, claims) // 2
        floor.pay(half)
        run = pay_all(payments, 1, claims)
        floor.pay(half)
    finally:
        floor.close()
    print_rate(run, 1)
    ours, theirs = run.seconds / run.claims, floor.whole / floor.claims
    moving = (floor.whole - floor.looking) / floor.claims
    print(f"the same requests alone: {theirs * 1000:.1f} ms a claim ({1 / theirs:.1f} a second)")
    print(f"time as a multiple of theirs: {ours / theirs:.2f} (target 1.3)")
    print(f"   of the two that move money alone, without look-ups: {ours / moving:.2f}")
    print(
        f"memory of the worker: {run.memory_early:.0f} MB after a tenth of the claims,"
        f" {run.memory_late:.0f} MB after all: {run.memory_late / run.memory_early:.2f} × as much"
    )


def print_rate(run: Run, workers: int) -> None:
    """One line: claims a second."""
    rate = run.claims / run.seconds
    whom = "one worker" if workers == 1 else f"{workers} workers"
    spent = run.processor / run.claims * 1000
    print(
        f"{whom}: {run.claims:,} claims in {run.seconds:.1f} s, {rate:.1f} a second,"
        f" {spent:.0f} ms of their processor a claim",
        flush=True,
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--claims", type=int, default=200)
    parser.add_argument("--milliseconds", type=int, default=100, help="of the wire to Stripe")
    parser.add_argument("--full", action="store_true", help=f"{FULL:,} claims with one worker")
    options = parser.parse_args()
    server = PostgresServer(durable=True)
    try:
        with tempfile.TemporaryDirectory() as folder:
            for distance in (0,) if options.full else (0, options.milliseconds):
                place = f"{distance} ms away" if distance else "next door"
                print(
                    f"\nPayments on PostgreSQL, every commit on disk, Stripe {place}:", flush=True
                )
                claims = FULL if options.full else options.claims // (2 if distance else 1)
                for workers in (1,) if options.full else (1, 4):
                    measure(Path(folder), server, claims, workers, distance)
    finally:
        server.close()


def measure(folder: Path, server: PostgresServer, claims: int, workers: int, distance: int) -> None:
    """One run on a database and an emulator of its own."""
    name = f"run_{workers}_{distance}"
    payments = Payments(folder / name, server, name, distance)
    try:
        if workers == 1:
            report_one(payments, claims)
        else:
            print_rate(pay_all(payments, workers, claims), workers)
    finally:
        payments.close()


if __name__ == "__main__":
    main()
