"""The rehearsal in a real Chromium, and a real demonstration for it to play on."""

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Locator
from playwright.sync_api import Page as Tab

from tests.browser import DESKTOP, Visitor
from tests.contract.wire import faults_at
from voucher.sandbox.household import Household, running_in
from voucher.sandbox.rehearsal.browser import Browser, File, Stuck
from voucher.sandbox.rehearsal.page import Form, Page, read_page

ROOT = Path(__file__).parents[1]
START_SECONDS = 600


class InChromium(Browser):
    """One person's browser, with the rehearsal's words for using it; every page is looked at."""

    def __init__(
        self,
        home: str,
        name: str,
        say: Callable[[str], None],
        *,
        chromium: Chromium,
        pictures: Path | None,
    ) -> None:
        super().__init__(home, name, say)
        context = chromium.new_context(locale="en-GB", viewport=DESKTOP, reduced_motion="reduce")
        self.visitor = Visitor(None, context, home, pictures)  # type: ignore[arg-type]
        self.tab: Tab = self.visitor.page
        self.pages_seen = 0

    def open(self, address: str) -> Page:
        """Open an address and look at the page."""
        answer = self.tab.goto(urljoin(self.home, address))
        if answer is not None and answer.status >= 400:
            raise Stuck(f"{self.name}: {self.tab.url} answered {answer.status}")
        return self._look()

    def fetch(self, address: str) -> bytes:
        """Fetch something that is no page, with the same cookies."""
        answer = self.tab.context.request.get(urljoin(self.home, address))
        if answer.status != 200:
            raise Stuck(f"{self.name}: {address} answered {answer.status}")
        return answer.body()

    def _look(self) -> Page:
        shown = read_page(self.tab.content(), self.tab.url, 200)
        if (shown.address, shown.words) != (self.page.address, self.page.words):
            self.visitor.look()
            self.pages_seen += 1
        self.page = shown
        return shown

    def _press(
        self, form: Form, values: Mapping[str, Any], button: str, files: Mapping[str, File]
    ) -> Page:
        shown = self.tab.locator("form").nth(self.page.forms.index(form))
        for name, value in values.items():
            _enter(shown, name, value)
        for name, (file_name, content, kind) in files.items():
            upload = {"name": file_name, "mimeType": kind, "buffer": content}
            shown.locator(f'[name="{name}"]').set_input_files(upload)  # type: ignore[arg-type]
        words = next(said for _, _, said in form.buttons if button in said)
        pressed = shown.get_by_role("button", name=words).first
        with self.tab.expect_navigation():
            pressed.click()
        return self._look()


def _enter(form: Locator, name: str, value: Any) -> None:
    boxes = form.locator(f'[name="{name}"]')
    kind = boxes.first.evaluate("box => box.type || box.tagName.toLowerCase()")
    if kind in ("radio", "checkbox"):
        for each in value if isinstance(value, list) else [value]:
            chosen = form.locator(f'[name="{name}"][value="{each}"]')
            chosen.check()
    elif kind.startswith("select"):
        boxes.first.select_option(value)
    elif kind != "hidden":
        boxes.first.fill(value)


@contextmanager
def demonstration(folder: Path, *, size: float) -> Iterator[Household]:
    """A demonstration of its own under `folder`, started by its command, until the block ends.

    Whatever was said to the Stripe emulator meanwhile is judged by Stripe's own description.
    """
    command = (
        *(sys.executable, "-m", "flask", "--app", "wsgi", "voucher", "demonstration"),
        *("--port", str(_four_free_ports()), "--size", str(size)),
    )
    environment = {**os.environ, "DATA_DIR": str(folder / "data"), "APP_ENV": "demonstration"}
    environment["STRIPE_EMULATOR_RECORD"] = "1"
    environment.pop("DATABASE_URL", None)
    with (folder / "output.txt").open("w") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            household = _running(process, folder)
            yield household
            assert faults_at(household.stripe_address) == []
        finally:
            process.terminate()
            assert process.wait(timeout=30) == 0, (folder / "output.txt").read_text()


def _running(process: subprocess.Popen[bytes], folder: Path) -> Household:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        found = running_in(folder / "data")
        if found:
            return found
        try:
            process.wait(timeout=0.3)
        except subprocess.TimeoutExpired:
            continue
        break
    raise AssertionError(f"no demonstration:\n{(folder / 'output.txt').read_text()}")


def _four_free_ports() -> int:
    """The first of four ports in a row that nobody uses at this moment.

    Below those that Linux gives away by itself (from 32,768), so that nobody is given one of them
    before the demonstration has come to listen.
    """
    while True:
        first = 20_000 + secrets.randbelow(12_000)
        if all(_is_free(port) for port in range(first, first + 4)):
            return first


def _is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True
