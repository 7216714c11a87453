"""The members of the demonstration: their settings, their command lines, where they can be found.

Everything they keep lies under one data directory, so a demonstration is forgotten by removing it.
"""

import fcntl
import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from voucher.sandbox.supervisor import HOST, CannotRun, Child, Ports, answers, listens, says

WEB_PROCESSES = 2
WEB_THREADS = 8
WORKER_READY = "The worker is running."


@dataclass(frozen=True, slots=True)
class Household:
    """One demonstration: where it keeps its things and where it listens."""

    data_dir: Path
    ports: Ports

    @property
    def address(self) -> str:
        """The address of the home page."""
        return f"http://{HOST}:{self.ports.web}"

    @property
    def stripe_address(self) -> str:
        """The address of the Stripe emulator."""
        return f"http://{HOST}:{self.ports.stripe}"

    @property
    def companies(self) -> Path:
        """The stand-in register's data file."""
        return self.data_dir / "companies.json"

    @property
    def mailbox(self) -> Path:
        """The folder of received messages."""
        return self.data_dir / "mailbox"

    @property
    def logs(self) -> Path:
        """The folder of the processes' logs."""
        return self.data_dir / "logs"

    def environment(self, inherited: Mapping[str, str]) -> dict[str, str]:
        """The environment of every member: what is inherited, with our addresses on top."""
        return {
            # The charts' library keeps its list of fonts: among our things, if nowhere is named.
            "MPLCONFIGDIR": str(self.data_dir / "matplotlib"),
            **inherited,
            "APP_ENV": "demonstration",
            "DATA_DIR": str(self.data_dir),
            "BASE_URL": self.address,
            "STRIPE_API_BASE": self.stripe_address,
            "COMPANIES_HOUSE_BASE": f"http://{HOST}:{self.ports.register}",
            "SMTP_HOST": HOST,
            "SMTP_PORT": str(self.ports.mail),
            "PYTHONUNBUFFERED": "1",
        }

    def stand_ins(self, platform_secret: str, connect_secret: str) -> tuple[Child, ...]:
        """The outside services. The secrets are those that webhooks are signed with."""
        hooks = f"{self.address}/webhooks/stripe"
        stripe = python_module(
            "voucher.sandbox.stripe_emulator",
            *("--port", str(self.ports.stripe), "--data", str(self.data_dir / "stripe")),
            *("--platform-webhook", f"{hooks}/platform", "--platform-secret", platform_secret),
            *("--connect-webhook", f"{hooks}/connect", "--connect-secret", connect_secret),
        )
        register = python_module(
            "voucher.sandbox.companies_house",
            *("--port", str(self.ports.register), "--data", str(self.companies)),
        )
        mail = python_module(
            "voucher.sandbox.mailbox",
            *("--port", str(self.ports.mail), "--data", str(self.mailbox)),
        )
        health = f"http://{HOST}:{self.ports.register}/_control/health"
        return (
            Child("Stripe emulator", stripe, answers(f"{self.stripe_address}/_control/health")),
            Child("register of companies", register, answers(health)),
            Child("mail server", mail, listens(self.ports.mail)),
        )

    def application(self) -> tuple[Child, ...]:
        """The product itself: web server, worker, and the worker that builds reports."""
        web = python_module(
            "gunicorn",
            *("wsgi:app", "--preload", "--worker-class", "gthread", "--no-control-socket"),
            *("--workers", str(WEB_PROCESSES), "--threads", str(WEB_THREADS)),
            *("--bind", f"{HOST}:{self.ports.web}", "--graceful-timeout", "5"),
        )
        # Reports take seconds each: nobody's money or letter waits for one.
        worker = flask_command("worker", "--except", "reports")
        reports = flask_command("worker", "--only", "reports")
        return (
            Child("web server", web, answers(f"{self.address}/")),
            Child("worker", worker, says(self.logs / "worker.log", WORKER_READY)),
            Child("reports worker", reports, says(self.logs / "reports-worker.log", WORKER_READY)),
        )

    @property
    def card(self) -> Path:
        """The file by which others find a running demonstration."""
        return self.data_dir / "demonstration.json"

    def hang_out_card(self) -> None:
        """Say that we are running, and where."""
        content = {"pid": os.getpid(), "data_dir": str(self.data_dir), "ports": asdict(self.ports)}
        self.card.write_text(json.dumps(content), encoding="utf-8")

    def take_card_in(self) -> None:
        """Say nothing any more."""
        self.card.unlink(missing_ok=True)


@contextmanager
def alone_in(data_dir: Path) -> Iterator[None]:
    """Keep the data directory to ourselves until the block ends, made if it is not there.

    Two demonstrations on one directory would write each other's database and books. The lock goes
    with the process, however it ends. Raises CannotRun.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        lock = (data_dir / "demonstration.lock").open("w")
    except OSError as error:
        raise CannotRun(f"The data directory can't be written: {error}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CannotRun(_occupied(data_dir)) from error
        yield


def _occupied(data_dir: Path) -> str:
    found = running_in(data_dir)
    where = f"at {found.address}" if found else "and is just starting or stopping"
    return (
        f"A demonstration runs on {data_dir} already, {where}. Use that one, or start another "
        f"beside it: DATA_DIR=/tmp/another PORT=8100 make run"
    )


def running_in(data_dir: Path) -> Household | None:
    """The demonstration that runs on `data_dir`, or None."""
    try:
        card = json.loads((data_dir / "demonstration.json").read_text(encoding="utf-8"))
        household = Household(data_dir, Ports(**card["ports"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return household if answers(f"{household.address}/")() else None


def flask_command(*words: str) -> tuple[str, ...]:
    """The command line of `flask voucher …` with this interpreter."""
    return (sys.executable, "-m", "flask", "--app", "wsgi", "voucher", *words)


def python_module(module: str, *arguments: str) -> tuple[str, ...]:
    """The command line of `python -m module …` with this interpreter."""
    return (sys.executable, "-m", module, *arguments)
