"""Run the mailbox: an SMTP server on loopback that writes what it receives to a folder.

Prints one line with its address when it accepts connections, and ends cleanly on SIGTERM or Ctrl-C.
"""

import argparse
import asyncio
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP

from voucher.sandbox.mailbox.shelf import store_message

LARGEST = 30 * 1024 * 1024
OWN_NAME = "mailbox.example"
"""Said to whoever connects. Without it the system would be asked for its name at every letter."""


class Keeper:
    """What the SMTP server does with a message: keep it, unless its recipient is to be refused.

    Addresses that start with `refused@` and `later@` are turned away for good (550) and for now
    (450), so that the treatment of refusals can be tried by hand.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        """Accept the recipient, or turn the two special ones away."""
        if address.startswith("refused@"):
            return "550 5.1.1 no such mailbox"
        if address.startswith("later@"):
            return "450 4.2.1 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Store the message."""
        await asyncio.to_thread(store_message, self._folder, envelope.content)
        return "250 OK: kept"


async def serve(host: str, port: int, folder: Path) -> None:
    """Receive into `folder` (which exists) until SIGTERM or SIGINT. `port` 0 takes any free one."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    keeper = Keeper(folder)
    server = await loop.create_server(
        lambda: SMTP(
            keeper, hostname=OWN_NAME, enable_SMTPUTF8=True, data_size_limit=LARGEST, loop=loop
        ),
        host=host,
        port=port,
    )
    actual = server.sockets[0].getsockname()[1]
    print(f"mailbox: listening on {host}:{actual}, keeping in {folder}", flush=True)
    async with server:
        await stop.wait()


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m voucher.sandbox.mailbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True, help="0 takes any free port")
    parser.add_argument("--data", type=Path, required=True, help="folder of the messages")
    given = parser.parse_args(arguments)
    given.data.mkdir(parents=True, exist_ok=True)
    asyncio.run(serve(given.host, given.port, given.data))


if __name__ == "__main__":
    main()
