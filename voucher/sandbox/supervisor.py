"""Runs the demonstration's processes together: starts them, watches over them, ends them.

Six of them, on loopback: web server, worker, a worker for reports alone, Stripe emulator, stand-in
for Companies House, mail server. Each is a process of its own with its own log; nothing is ever
restarted behind anybody's back. On Linux a child also ends when its parent dies, however it dies.
"""

import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path
from types import FrameType
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from config import ROOT

HOST = "127.0.0.1"
FIRST_PORT = 8000
READY_SECONDS = 120.0
STOP_SECONDS = 8.0
GLANCE_SECONDS = 0.1
LAST_LINES = 15


class CannotRun(Exception):
    """The demonstration can't be started or go on; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where everybody listens."""

    web: int
    stripe: int
    register: int
    mail: int

    @classmethod
    def starting_at(cls, first: int) -> "Ports":
        """Four ports in a row."""
        return cls(*range(first, first + 4))

    @classmethod
    def free(cls) -> "Ports":
        """Four ports that nobody uses at this moment."""
        listening = [socket.create_server((HOST, 0)) for _ in range(4)]
        chosen = [each.getsockname()[1] for each in listening]
        for each in listening:
            each.close()
        return cls(*chosen)

    def require_free(self) -> None:
        """Raise CannotRun, naming them, when some are taken."""
        taken = [port for port in astuple(self) if not _is_free(port)]
        if taken:
            named = ", ".join(str(port) for port in taken)
            raise CannotRun(
                f"Something listens on port {named} already. End it, or choose others: "
                f"PORT=8100 make run takes four ports from 8100 on."
            )


def _is_free(port: int) -> bool:
    try:
        socket.create_server((HOST, port)).close()
    except OSError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Child:
    """One process: its name for people, its command line, and how to tell that it is ready."""

    name: str
    command: tuple[str, ...]
    ready: Callable[[], bool]


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Let a Ctrl-C that comes meanwhile count afterwards. Signals reach the main thread alone."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    held: list[FrameType | None] = []
    usual = signal.signal(signal.SIGINT, lambda _number, frame: held.append(frame))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
    if held and callable(usual):
        usual(signal.SIGINT, held[0])


class Supervisor:
    """Holds the children of one demonstration, whose logs go to `logs`."""

    def __init__(self, environment: Mapping[str, str], logs: Path) -> None:
        self.environment = dict(environment)
        self.logs = logs
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.stop_asked = False
        logs.mkdir(parents=True, exist_ok=True)

    def listen_for_signals(self) -> None:
        """Let Ctrl-C and SIGTERM ask for an orderly end."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)

    def _ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stop_asked = True

    def start(self, children: Iterable[Child]) -> None:
        """Start the children and wait until each is ready. Raises CannotRun."""
        begun = list(children)
        for child in begun:
            self._begin(child.name, child.command, self._log_of(child.name))
        deadline = time.monotonic() + READY_SECONDS
        for child in begun:
            self._await(child, deadline)

    def run_to_end(self, command: tuple[str, ...]) -> None:
        """Run a command in our own terminal until it ends. Raises CannotRun when it fails."""
        process = self._begin("set-up", command, None)
        while process.poll() is None:
            if self.stop_asked:
                raise CannotRun("Stopped before the demonstration was ready.")
            self._require_alive(but="set-up")
            time.sleep(GLANCE_SECONDS)
        del self.running["set-up"]
        if process.returncode:
            raise CannotRun("The set-up of the demonstration failed; see above.")

    def watch(self) -> None:
        """Return when somebody asks to stop. Raises CannotRun when a child ends by itself."""
        while not self.stop_asked:
            self._require_alive()
            time.sleep(GLANCE_SECONDS)

    def stop(self) -> None:
        """End all children, the last started first; those that don't go in time are killed."""
        for process in reversed(self.running.values()):
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in self.running.values():
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.running.clear()

    def _begin(
        self, name: str, command: tuple[str, ...], log: Path | None
    ) -> subprocess.Popen[bytes]:
        """Start a process and know it: a Ctrl-C between the two would leave it behind."""
        with interrupts_held():
            self.running[name] = self._spawn(command, log)
        return self.running[name]

    def _spawn(self, command: tuple[str, ...], log: Path | None) -> subprocess.Popen[bytes]:
        output = log.open("wb") if log else None
        try:
            return subprocess.Popen(
                (*_dying_with_parent(), *command),
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT if output else None,
                # Ctrl-C in the terminal reaches us alone, so that the end is in order.
                start_new_session=True,
            )
        finally:
            if output:
                output.close()

    def _await(self, child: Child, deadline: float) -> None:
        while not child.ready():
            self._require_alive()
            if self.stop_asked:
                raise CannotRun("Stopped before the demonstration was ready.")
            if time.monotonic() > deadline:
                words = f"The {child.name} was not ready within {READY_SECONDS:.0f} seconds."
                raise CannotRun(words + self._last_lines(child.name))
            time.sleep(GLANCE_SECONDS / 2)

    def _require_alive(self, *, but: str = "") -> None:
        for name, process in self.running.items():
            if name != but and process.poll() is not None:
                words = f"The {name} ended by itself (exit {process.returncode})."
                raise CannotRun(words + self._last_lines(name))

    def _log_of(self, name: str) -> Path:
        return self.logs / f"{name.replace(' ', '-')}.log"

    def _last_lines(self, name: str) -> str:
        log = self._log_of(name)
        lines = log.read_text(errors="replace").splitlines()[-LAST_LINES:] if log.exists() else []
        return "\n".join((f" The end of {log}:", *(f"    {line}" for line in lines)))


def _dying_with_parent() -> tuple[str, ...]:
    """What to put before a command so that it ends when we die; nothing where there is no way."""
    found = shutil.which("setpriv")
    return (found, "--pdeathsig", "TERM", "--") if found and sys.platform == "linux" else ()


def answers(url: str) -> Callable[[], bool]:
    """Whether an HTTP server on this machine answers at `url` with a success.

    A proxy of the environment must not stand between us and it.
    """
    opener = build_opener(ProxyHandler({}))

    def ask() -> bool:
        try:
            with opener.open(url, timeout=2) as response:
                return bool(response.status == 200)
        except (URLError, OSError):
            return False

    return ask


def listens(port: int) -> Callable[[], bool]:
    """Whether anything accepts connections on the port."""

    def ask() -> bool:
        try:
            socket.create_connection((HOST, port), timeout=1).close()
        except OSError:
            return False
        return True

    return ask


def says(log: Path, words: str) -> Callable[[], bool]:
    """Whether a child without a port has written `words` to its log."""
    return lambda: log.exists() and words in log.read_text(errors="replace")
