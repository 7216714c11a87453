"""What every fault has at hand: processes, levers, officers, clock, and the claims fed so far."""

import os
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from voucher.claims.models import Claim
from voucher.core import clock
from voucher.core.db import session, transaction
from voucher.core.errors import DomainError
from voucher.payments.models import Payment, PaymentStatus
from voucher.payments.operations.queueing import queue_claim
from voucher.sandbox.chaos.crew import EMULATOR, Crew
from voucher.sandbox.chaos.ground import Ground
from voucher.sandbox.seed.stage import Stage
from voucher.sandbox.stripe_emulator.control_client import Controls

GLANCE_SECONDS = 0.05
TRANSFERS, PAYOUTS = "/v1/transfers", "/v1/payouts"


@dataclass(slots=True)
class Field:
    """One run while it goes on. `claims` are the references of fed claims, by number.

    `wrong` collects what a fault met that must never be, in words. `mending` are things to put
    right later, with the number of beats to wait.
    """

    crew: Crew
    ground: Ground
    stage: Stage
    claims: dict[int, str] = field(default_factory=dict)
    struck: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    mending: list[tuple[int, Callable[[], object]]] = field(default_factory=list)
    moved_on: timedelta = timedelta(0)
    dry_beats: int = 0
    by_hand: int = 0
    ending: bool = False
    missed: int = 0

    @property
    def at(self) -> datetime:
        """Now, by the clock that everybody follows."""
        return clock.now()

    def tell(self, words: str) -> None:
        """Write a line into the log of the run, beside those of the processes."""
        with (self.crew.logs / "run.log").open("a") as log:
            log.write(f"{time.monotonic():10.2f} {self.at:%d %H:%M:%S} {words}\n")

    @property
    def levers(self) -> Controls:
        """The emulator's levers; it is waited for if it was killed."""
        self.crew.await_ready(EMULATOR)
        return self.crew.controls

    def forward(self, span: timedelta) -> None:
        """Move everybody's clock on (or back)."""
        self.moved_on += span
        arriving = self.crew.place.clock_file.with_suffix(".arriving")
        arriving.write_text(str(self.moved_on.total_seconds()))
        os.replace(arriving, self.crew.place.clock_file)

    def breathe(self, seconds: float) -> None:
        """Let the processes work for so many real seconds. Raises CannotRun if one has ended."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.crew.require_alive()
            time.sleep(GLANCE_SECONDS)

    def restart(self, *names: str) -> None:
        """`kill -9` and start anew."""
        self.crew.kill(*names)
        self.crew.begin(*names)

    def mend_later(self, act: Callable[[], object], beats: int = 2) -> None:
        """Put something right after some beats, at the latest when all comes to rest."""
        self.mending.append((beats, act))

    def mend_due(self, *, everything: bool = False) -> None:
        """Put right what is due."""
        waiting, self.mending = self.mending, []
        for beats, act in waiting:
            if everything or beats <= 1:
                act()
            else:
                self.mending.append((beats - 1, act))

    def attempt(self, act: Callable[[], object]) -> bool:
        """An act of a person in a transaction of its own; whether it was allowed."""
        try:
            with transaction():
                act()
        except DomainError:
            return False
        finally:
            session.remove()
        return True

    def payment(self, number: int) -> Payment | None:
        """The payment of a claim, queued now if the worker has not come to it yet."""
        reference = self.claims.get(number)
        with transaction():
            query = select(Claim.id).where(Claim.reference == reference)
            claim_id = session.execute(query).scalar_one_or_none()
            if claim_id is not None:
                queue_claim(claim_id=claim_id, at=self.at)
        return _read(select(Payment).where(Payment.claim_id == claim_id), lambda _count: 0)

    def payment_in(self, chance: float, *statuses: PaymentStatus) -> Payment | None:
        """One of the payments in these statuses, chosen by `chance` (0 to 1)."""
        query = select(Payment).where(Payment.status.in_(statuses)).order_by(Payment.id)
        return _read(query, lambda count: int(chance * count))

    def await_held(self) -> bool:
        """Whether a request waits at the emulator before long; else the fault found nobody."""
        held = bool(self.levers.pull(f"held?seconds={HELD_SECONDS}", "GET")["held"])
        self.missed += not held
        return held


HELD_SECONDS = 1.5


def _read(query: Any, choose: Callable[[int], int]) -> Payment | None:
    """One of the payments, as it is now, and nothing kept open: on SQLite nobody else could write.

    `choose` gives its place among so many.
    """
    session.rollback()
    found = session.execute(query).scalars().all()
    chosen: Payment | None = found[choose(len(found))] if found else None
    session.expunge_all()
    session.rollback()
    return chosen
