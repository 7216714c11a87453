"""Run the emulator: `python -m voucher.sandbox.stripe_emulator --port 0 --data DIRECTORY`.

Prints `stripe emulator: ADDRESS` once it listens (port 0 takes a free one) and ends cleanly on
SIGTERM or SIGINT. Webhook secrets may also come from the environment, out of sight of `ps`.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import threading
from pathlib import Path

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from voucher.core import clock
from voucher.sandbox.stripe_emulator.app import Emulator, Endpoint, create_emulator


class QuietHandler(WSGIRequestHandler):
    """Serves without a line for every request; errors are still logged."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


def read_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="stripe_emulator", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--secret-key", default=os.environ.get("STRIPE_EMULATOR_SECRET_KEY"))
    parser.add_argument("--payout-delay", type=int, default=4, help="seconds until paid")
    recording = bool(os.environ.get("STRIPE_EMULATOR_RECORD"))
    parser.add_argument(
        "--record", action="store_true", default=recording, help="write every exchange to a file"
    )
    for side in ("platform", "connect"):
        secret = os.environ.get(f"STRIPE_EMULATOR_{side.upper()}_SECRET")
        parser.add_argument(f"--{side}-webhook", metavar="URL")
        parser.add_argument(f"--{side}-secret", default=secret)
    return parser.parse_args(arguments)


def endpoints_from(chosen: argparse.Namespace) -> tuple[Endpoint, ...]:
    """The two webhook endpoints, those of them that were given."""
    given = (
        ("we_sandbox_platform", chosen.platform_webhook, chosen.platform_secret, False),
        ("we_sandbox_connect", chosen.connect_webhook, chosen.connect_secret, True),
    )
    for _, url, secret, _ in given:
        if url and not secret:
            raise SystemExit("A webhook address needs its secret.")
    return tuple(Endpoint(*one) for one in given if one[1])


def serve(emulator: Emulator, server: BaseWSGIServer) -> None:
    """Serve until SIGTERM or SIGINT, then stop taking requests and finish the courier's parcel."""
    asked_to_stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked_to_stop.set())
    emulator.courier.start()
    serving = threading.Thread(target=server.serve_forever, name="server")
    serving.start()
    print(f"stripe emulator: http://{server.host}:{server.port}", flush=True)
    asked_to_stop.wait()
    emulator.holds.release()
    server.shutdown()
    serving.join()
    emulator.courier.stop()


def main() -> None:
    """Entry point."""
    chosen = read_arguments()
    logging.basicConfig(level=logging.WARNING)
    clock.follow(os.environ.get("CLOCK_FILE", ""))
    emulator = create_emulator(
        chosen.data,
        secret_key=chosen.secret_key,
        payout_delay=chosen.payout_delay,
        endpoints=endpoints_from(chosen),
        record=chosen.record,
    )
    server = make_server(
        chosen.host, chosen.port, emulator.app, threaded=True, request_handler=QuietHandler
    )
    serve(emulator, server)


if __name__ == "__main__":
    main()
