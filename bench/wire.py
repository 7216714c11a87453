"""A wire of a given length: a process that passes bytes on, and answers on only after a while.

A real Stripe is a few hundred kilometres and some computers away; the emulator is next door.

    .venv/bin/python -m bench.wire ADDRESS MILLISECONDS
"""

import asyncio
import subprocess
import sys
from urllib.parse import urlsplit

CHUNK = 65_536


class Wire:
    """The running wire to `address`; `self.address` is where it begins."""

    def __init__(self, address: str, milliseconds: int) -> None:
        command = [sys.executable, "-m", "bench.wire", address, str(milliseconds)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        self.address = self.process.stdout.readline().strip()

    def close(self) -> None:
        """Cut it."""
        self.process.terminate()
        self.process.communicate()


async def pass_on(source: asyncio.StreamReader, target: asyncio.StreamWriter, seconds: float):
    """Pass bytes on, each `seconds` after they came, until the source ends."""
    loop = asyncio.get_running_loop()
    while data := await source.read(CHUNK):
        loop.call_later(seconds, target.write, data)
    loop.call_later(seconds, target.close)


async def serve(address: str, seconds: float) -> None:
    """Listen on a free port of this machine and print the address."""
    far = urlsplit(address)

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_far, to_far = await asyncio.open_connection(far.hostname, far.port)
        await asyncio.gather(pass_on(reader, to_far, 0), pass_on(from_far, writer, seconds))

    server = await asyncio.start_server(meet, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2]) / 1000))
