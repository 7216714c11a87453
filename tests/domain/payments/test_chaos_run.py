"""A small run of `flask voucher chaos`: real processes, real faults, and a proof at the end."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from config import ROOT

CLAIMS = "30"
SECONDS = 600
WORKERS = {"sqlite": "1", "postgres": "2"}


def chaos(kind, folder, *words):
    """The command as a process, with everything temporary in `folder`."""
    options = ["--claims", CLAIMS, "--database", kind, "--workers", WORKERS[kind], *words]
    return subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "wsgi", "voucher", "chaos", *options],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(folder), "DATA_DIR": str(folder / "outer")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def processes_in(folder):
    """Ids of the processes that were started with something of this folder."""
    return [
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and _mentions(entry, str(folder).encode())
    ]


def _mentions(process, text):
    try:
        return text in (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
    except OSError:
        return False


@pytest.fixture
def folder():
    """A folder of our own: the database server may run as another user, who may enter it."""
    made = Path(tempfile.mkdtemp(prefix="voucher-tests-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.mark.long
def test_fault_24_random_faults_and_kill_9_over_many_claims(database_kind, folder):
    run = chaos(database_kind, folder, "--seed", "4")
    said, _ = run.communicate(timeout=SECONDS)
    assert run.returncode == 0, said
    assert said.startswith("OK: seed 4, 30 claims"), said
    paid = re.search(r"(\d+) paid", said)
    assert paid, said
    assert int(paid[1]) > int(CLAIMS) // 2
    assert processes_in(folder) == []


@pytest.mark.long
def test_a_run_that_is_broken_off_leaves_no_process_behind(folder):
    run = chaos("sqlite", folder, "--seed", "5")
    waiting = iter(lambda: list(folder.glob("voucher-chaos-*/logs/worker-1.log")), None)
    next(found for found in waiting if found or run.poll() is not None)
    run.send_signal(signal.SIGINT)
    run.communicate(timeout=60)
    assert run.returncode not in (0, None)
    assert processes_in(folder) == []
