"""Starting, watching and ending processes: real ones."""

import os
import signal
import socket
import subprocess
import sys
import time
from http.server import HTTPServer, SimpleHTTPRequestHandler
from pathlib import Path
from threading import Thread

import pytest

from voucher.sandbox.household import Household, alone_in, running_in
from voucher.sandbox.supervisor import CannotRun, Child, Ports, Supervisor, answers, listens, says

ROOT = Path(__file__).parents[2]
SLEEPER = "import time; print('up', flush=True); time.sleep(60)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "print('up', flush=True); time.sleep(60)"
)


@pytest.fixture
def supervisor(tmp_path):
    made = Supervisor(os.environ, tmp_path)
    yield made
    made.stop()


def child(tmp_path, name, code, ready=None):
    log = tmp_path / f"{name}.log"
    return Child(name, (sys.executable, "-c", code), ready or says(log, "up"))


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_children_run_until_they_are_stopped(supervisor, tmp_path):
    supervisor.start([child(tmp_path, "one", SLEEPER), child(tmp_path, "two", SLEEPER)])
    pids = [process.pid for process in supervisor.running.values()]
    assert all(alive(pid) for pid in pids)
    supervisor.stop()
    assert not any(alive(pid) for pid in pids)


class Interrupted(Supervisor):
    """Somebody presses Ctrl-C while a process is being started."""

    def _spawn(self, command, log):
        process = super()._spawn(command, log)
        os.kill(os.getpid(), signal.SIGINT)
        return process


@pytest.fixture
def heeded():
    """Ctrl-C counts here, though tests begun in the background may have it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeded")
def test_an_interrupt_while_a_child_starts_leaves_none_behind(tmp_path):
    interrupted = Interrupted(os.environ, tmp_path)
    with pytest.raises(KeyboardInterrupt):
        interrupted.start([child(tmp_path, "one", SLEEPER)])
    (process,) = interrupted.running.values()
    interrupted.stop()
    assert not alive(process.pid)


def test_a_child_that_ends_by_itself_is_named_with_its_last_words(supervisor, tmp_path):
    code = "print('up', flush=True); import sys; sys.exit('the roof fell in')"

    def run():
        supervisor.start([child(tmp_path, "one", code)])
        supervisor.watch()

    with pytest.raises(CannotRun, match=r"(?s)one ended by itself \(exit 1\).*the roof fell in"):
        run()


def test_a_child_that_is_never_ready_is_given_up(supervisor, tmp_path, monkeypatch):
    monkeypatch.setattr("voucher.sandbox.supervisor.READY_SECONDS", 0.3)
    with pytest.raises(CannotRun, match="was not ready"):
        supervisor.start([child(tmp_path, "one", SLEEPER, ready=lambda: False)])


def test_a_child_that_will_not_go_is_killed(supervisor, tmp_path, monkeypatch):
    monkeypatch.setattr("voucher.sandbox.supervisor.STOP_SECONDS", 0.3)
    supervisor.start([child(tmp_path, "one", STUBBORN)])
    pid = supervisor.running["one"].pid
    supervisor.stop()
    assert not alive(pid)


def test_a_failed_set_up_stops_the_start(supervisor):
    with pytest.raises(CannotRun, match="set-up"):
        supervisor.run_to_end((sys.executable, "-c", "raise SystemExit(3)"))
    supervisor.run_to_end((sys.executable, "-c", "pass"))


@pytest.mark.skipif(sys.platform != "linux", reason="children die with their parent on Linux alone")
def test_children_end_when_their_parent_is_killed(tmp_path):
    parent = (
        "import os, sys, time\n"
        "from pathlib import Path\n"
        "from voucher.sandbox.supervisor import Child, Supervisor, says\n"
        f"folder = Path({str(tmp_path)!r})\n"
        "made = Supervisor(os.environ, folder)\n"
        f"made.start([Child('one', (sys.executable, '-c', {SLEEPER!r}),"
        " says(folder / 'one.log', 'up'))])\n"
        "print(made.running['one'].pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", parent], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    with process:
        pid = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while alive(pid) and time.monotonic() < deadline:
        os.sched_yield()
    assert not alive(pid)


def test_taken_ports_are_named():
    ports = Ports.free()
    ports.require_free()
    with socket.create_server(("127.0.0.1", ports.register)):
        assert listens(ports.register)()
        with pytest.raises(CannotRun, match=rf"(?s){ports.register}.*PORT="):
            ports.require_free()


def test_a_proxy_of_the_environment_is_not_asked(monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with HTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler) as server:
        thread = Thread(target=server.handle_request)
        thread.start()
        there = answers(f"http://127.0.0.1:{server.server_port}/")()
        if not there:
            listens(server.server_port)()  # so that the thread ends
        thread.join()
    assert there


def test_a_data_directory_has_one_demonstration_at_a_time(tmp_path):
    def enter():
        with alone_in(tmp_path / "var"):
            pass

    with (
        alone_in(tmp_path / "var"),
        pytest.raises(CannotRun, match=r"runs on .*var already.*PORT="),
    ):
        enter()
    enter()


def test_a_data_directory_that_can_not_be_made_is_named(tmp_path):
    (tmp_path / "var").write_text("a file")
    with pytest.raises(CannotRun, match=r"can't be written.*var"), alone_in(tmp_path / "var"):
        pass


def test_four_ports_in_a_row():
    assert Ports.starting_at(8100) == Ports(web=8100, stripe=8101, register=8102, mail=8103)


def test_every_member_is_told_the_same_addresses(tmp_path):
    household = Household(tmp_path, Ports.starting_at(8100))
    environment = household.environment({"PATH": "/bin", "BASE_URL": "http://elsewhere"})
    assert environment["BASE_URL"] == "http://127.0.0.1:8100"
    assert environment["STRIPE_API_BASE"] == "http://127.0.0.1:8101"
    assert environment["SMTP_PORT"] == "8103"
    assert environment["PATH"] == "/bin"
    assert environment["MPLCONFIGDIR"] == str(tmp_path / "matplotlib")
    elsewhere = household.environment({"MPLCONFIGDIR": "/var/cache/charts"})
    assert elsewhere["MPLCONFIGDIR"] == "/var/cache/charts"


def test_a_demonstration_that_does_not_answer_is_not_running(tmp_path):
    assert running_in(tmp_path) is None
    Household(tmp_path, Ports.free()).hang_out_card()
    assert running_in(tmp_path) is None
    (tmp_path / "demonstration.json").write_text("no card")
    assert running_in(tmp_path) is None
