"""The processes of a run: web server, workers, emulator; killed with -9 and started again.

Every process is a session of its own, started by us; none is ever looked for by its name.
"""

import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from voucher.sandbox.household import WORKER_READY, flask_command, python_module
from voucher.sandbox.stripe_emulator.control_client import Controls
from voucher.sandbox.supervisor import HOST, Child, Ports, Supervisor, answers, says

WEB, EMULATOR = "web server", "Stripe emulator"
WEB_THREADS = 8
PAYOUT_SECONDS = 3600
"""Of the shared clock, which is moved on by minutes and hours."""
NOBODY_LISTENS = f"http://{HOST}:9"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run keeps its things, its database, and where it listens."""

    folder: Path
    database_url: str
    ports: Ports

    @property
    def web_address(self) -> str:
        """The address of the home page."""
        return f"http://{HOST}:{self.ports.web}"

    @property
    def stripe_address(self) -> str:
        """The address of the emulator."""
        return f"http://{HOST}:{self.ports.stripe}"

    @property
    def clock_file(self) -> Path:
        """The seconds by which everybody's clock is ahead."""
        return self.folder / "clock"

    def environment(self, inherited: Mapping[str, str]) -> dict[str, str]:
        """The environment of every process, and of our own application."""
        return {
            **inherited,
            "APP_ENV": "demonstration",
            "DATA_DIR": str(self.folder),
            "DATABASE_URL": self.database_url,
            "BASE_URL": self.web_address,
            "STRIPE_API_BASE": self.stripe_address,
            "COMPANIES_HOUSE_BASE": NOBODY_LISTENS,
            "CLOCK_FILE": str(self.clock_file),
            "PYTHONUNBUFFERED": "1",
        }


class Crew(Supervisor):
    """The processes of one run."""

    def __init__(
        self, place: Place, environment: Mapping[str, str], workers: int, secrets: tuple[str, str]
    ) -> None:
        super().__init__(environment, place.folder / "logs")
        self.place = place
        self.kills: dict[str, int] = {}
        self._starts: dict[str, int] = {}
        members = [
            _emulator(place, secrets),
            _web(place),
            *(self._worker(number) for number in range(1, workers + 1)),
        ]
        self.members = {child.name: child for child in members}
        self.controls = Controls(place.stripe_address)

    def _worker(self, number: int) -> Child:
        name = f"worker {number}"
        command = flask_command("worker", "--only", "records", "--only", "money")
        return Child(name, command, says(self._log_of(name), WORKER_READY))

    @property
    def workers(self) -> list[str]:
        """The names of the workers."""
        return [name for name in self.members if name.startswith("worker")]

    def begin(self, *names: str) -> None:
        """Start those of the members that don't run, without waiting for them."""
        for name in names:
            if name not in self.running:
                self._put_log_aside(name)
                command = self.members[name].command
                self._begin(name, command, self._log_of(name))

    def begin_all(self) -> None:
        """Start everybody who does not run."""
        self.begin(*self.members)

    def await_ready(self, *names: str) -> None:
        """Wait until members are ready. Raises CannotRun."""
        self.begin(*names)
        deadline = time.monotonic() + PATIENCE_SECONDS
        for name in names:
            self._await(self.members[name], deadline)

    def kill(self, *names: str) -> None:
        """`kill -9` of members, with the processes that they made; they stay dead."""
        for name in names:
            process = self.running.pop(name, None)
            if process is not None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                kind = name.split()[0]
                self.kills[kind] = self.kills.get(kind, 0) + 1

    def end(self, *names: str) -> None:
        """Ask members to end, and wait for them."""
        leaving = [self.running.pop(name) for name in names if name in self.running]
        for process in leaving:
            process.terminate()
        for process in leaving:
            process.wait()

    def require_alive(self) -> None:
        """Raise CannotRun if a member has ended by itself."""
        self._require_alive()

    def _put_log_aside(self, name: str) -> None:
        """The log of a new life is empty: so readiness is that of this life."""
        self._starts[name] = self._starts.get(name, 0) + 1
        log = self._log_of(name)
        if log.exists():
            log.rename(log.with_suffix(f".{self._starts[name] - 1}.log"))


PATIENCE_SECONDS = 60.0


def _emulator(place: Place, secrets: tuple[str, str]) -> Child:
    hooks = f"{place.web_address}/webhooks/stripe"
    command = python_module(
        "voucher.sandbox.stripe_emulator",
        *("--port", str(place.ports.stripe), "--data", str(place.folder / "stripe")),
        *("--payout-delay", str(PAYOUT_SECONDS)),
        *("--platform-webhook", f"{hooks}/platform", "--platform-secret", secrets[0]),
        *("--connect-webhook", f"{hooks}/connect", "--connect-secret", secrets[1]),
    )
    return Child(EMULATOR, command, answers(f"{place.stripe_address}/_control/health"))


def _web(place: Place) -> Child:
    command = python_module(
        "gunicorn",
        *("wsgi:app", "--preload", "--worker-class", "gthread", "--no-control-socket"),
        *("--workers", "1", "--threads", str(WEB_THREADS)),
        *("--bind", f"{HOST}:{place.ports.web}", "--graceful-timeout", "5"),
    )
    return Child(WEB, command, answers(f"{place.web_address}/account/sign-in"))
