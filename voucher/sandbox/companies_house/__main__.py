"""Runs the stand-in until it is told to stop (SIGTERM or Ctrl-C)."""

import argparse
import signal
import sys
import threading
from pathlib import Path

from voucher.sandbox.companies_house.register import load_register
from voucher.sandbox.companies_house.server import StandIn


def main(arguments: list[str] | None = None) -> int:
    """Serve until a signal comes; 0 after a clean stop. Prints the address once it listens."""
    options = _read_options(arguments)
    register = load_register(options.data)
    server = StandIn(("127.0.0.1", options.port), register, options.slow_seconds)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
    print(f"register of companies (stand-in) on {server.base}", flush=True)
    stopping.wait()
    server.close()
    return 0


def _read_options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m voucher.sandbox.companies_house")
    parser.add_argument("--port", type=int, required=True, help="0 for any free port")
    parser.add_argument("--data", type=Path, help="JSON file of fictional companies")
    parser.add_argument("--slow-seconds", type=float, default=30.0, help="how slow slow is")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
