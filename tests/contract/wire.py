"""Real processes and real sockets: the emulator, a listening wire to it, a webhook receiver."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from tests.contract.openapi import Exchange, event_faults, faults_of
from voucher.sandbox.stripe_emulator.control_client import Controls

PASSED_ON = (
    "Authorization", "Content-Type", "Idempotency-Key", "Stripe-Account", "Stripe-Version",
)  # fmt: skip

NOT_PASSED_BACK = ("Date", "Server", "Connection", "Content-Length", "Transfer-Encoding")


class EmulatorProcess:
    """The emulator as its own process on a free port, over a directory."""

    def __init__(self, directory, *, record=True) -> None:
        command = [sys.executable, "-m", "voucher.sandbox.stripe_emulator"]
        options = ["--port", "0", "--data", str(directory), "--payout-delay", "4"]
        if record:  # what `faults` judges; it costs time and memory
            options.append("--record")
        self.process = subprocess.Popen(
            command + options, stdout=subprocess.PIPE, text=True, env=dict(os.environ)
        )
        line = self.process.stdout.readline()
        self.address = line.partition(": ")[2].strip()

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait for the end; the exit code."""
        self.process.send_signal(number)
        code = self.process.wait(timeout=15)
        self.process.stdout.close()
        return code

    def faults(self) -> list[str]:
        """What Stripe's description has against the exchanges, and the events, since last time."""
        return faults_at(self.address)

    def control(self, lever: str, method: str = "POST", /, **body):
        """Pull a lever under `/_control/`."""
        status, _, answer = speak(
            self.address,
            method,
            f"/_control/{lever}",
            json.dumps(body).encode() if method == "POST" else b"",
            {"Content-Type": "application/json"},
        )
        assert status == 200, answer
        return json.loads(answer)


def faults_at(address: str) -> list[str]:
    """What Stripe's description has against all that went to an emulator, and its events.

    The emulator must have been started with `--record`; each exchange is judged once.
    """
    controls = Controls(address)
    recorded = controls.pull("exchanges", "GET")["exchanges"]
    found = [fault for one in recorded for fault in faults_of(Exchange(headers={}, **one))]
    for event in controls.objects("event"):
        found += [f"{event['type']}: {fault.message[:300]}" for fault in event_faults(event)]
    return found


def speak(address: str, method: str, target: str, body: bytes, headers: dict):
    """One HTTP request on a connection of its own: status, headers, body."""
    parts = urlsplit(address)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=30)
    try:
        connection.request(method, target, body, headers)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


class QuietHandler(BaseHTTPRequestHandler):
    """A request handler without log lines."""

    def log_message(self, *_) -> None:
        """Say nothing."""

    def body(self) -> bytes:
        """What was sent."""
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))


class LocalServer:
    """A threaded server on a free loopback port, stopped at the end of its `with` block."""

    def __init__(self, handler) -> None:
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


class Wire(LocalServer):
    """Passes requests on to the emulator and keeps every exchange that was answered."""

    def __init__(self, emulator: str) -> None:
        self.exchanges: list[Exchange] = []
        self.requests = 0
        wire = self

        class PassOn(QuietHandler):
            def pass_on(self) -> None:
                wire.requests += 1
                body = self.body()
                headers = {name: self.headers[name] for name in PASSED_ON if self.headers[name]}
                try:
                    answered = speak(emulator, self.command, self.path, body, headers)
                except (HTTPException, OSError):
                    self.close_connection = True  # hung up on: hang up too
                    return
                wire.keep(self.command, self.path, body, answered)
                self.give_back(*answered)

            def give_back(self, status: int, headers: dict, answer: bytes) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    if name not in NOT_PASSED_BACK:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_POST = do_DELETE = pass_on

        super().__init__(PassOn)

    def keep(self, method: str, target: str, body: bytes, answered: tuple) -> None:
        """Remember an exchange whose answer is JSON."""
        status, headers, answer = answered
        parts = urlsplit(target)
        try:
            content = json.loads(answer)
        except ValueError:
            return
        self.exchanges.append(
            Exchange(method, parts.path, parts.query, body.decode(), status, content, headers)
        )


class Receiver(LocalServer):
    """A webhook receiver: answers with the next of `statuses`, then 200, and queues what came."""

    def __init__(self) -> None:
        self.received: queue.Queue = queue.Queue()
        self.statuses: list[int] = []
        receiver = self

        class Receive(QuietHandler):
            def do_POST(self) -> None:
                payload = self.body()
                status = receiver.statuses.pop(0) if receiver.statuses else 200
                self.send_response(status)
                self.end_headers()
                receiver.received.put((payload, self.headers["Stripe-Signature"]))

        super().__init__(Receive)

    def next(self, seconds: float = 10):
        """The next webhook: payload and signature header. Fails if none comes in time."""
        return self.received.get(timeout=seconds)
