"""A real Chromium before a real server, with the checks that only a browser can make.

A page is looked at as people get it: axe's accessibility rules at desktop and phone width, nothing
wider than the screen, and nothing refused by our own content policy or failing in the console.

The accessibility rules are most of the cost, so what passed them is remembered while the tests run:
a page that differs from it only in its numbers and references (the same journey on the other
database, the page looked at a second time for its picture) isn't judged by them again.
"""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from flask_login.utils import _create_identifier
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from werkzeug.serving import make_server

from tests.page import session_of

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
AXE = Axe().axe_script
CHANGING = re.compile(
    r"\b[A-Z]{2,4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b"  # references
    r"|(?=[\w.-]*\d)[\w.-]{24,}"  # tokens
    r"|(?<![-!\d])(?<!<h)(?<!</h)\d+"  # numbers, but those of headings and of class names
)
TEXT = re.compile(r">[^<]+<")
FOLDED = ' aria-expanded="false" hidden=""'
"""Left on the button of the menu by having been narrow."""
_passed: set[tuple[str, str]] = set()


@contextmanager
def chromium() -> Iterator[Browser]:
    """The installed Chromium, headless, until the block ends."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    assert program, "Chromium is not installed: bash .setup/setup.sh test"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """Serve `app` on a free loopback port by threads; gives its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Visitor:
    """One person with a browser of their own: `page` is Playwright's, `look` checks it."""

    def __init__(
        self, app: Flask, context: BrowserContext, address: str, pictures: Path | None
    ) -> None:
        self._app, self._context, self._pictures = app, context, pictures
        self.address = address
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _hear(self, message: Any) -> None:
        # An answer of 4xx is a page like any other; Chromium calls it an error.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)

    def sign_in(self, person: Any) -> "Visitor":
        """Be `person` (a User, or of the cast) from now on, freshly signed in."""
        agent = self.page.evaluate("navigator.userAgent")
        with self._app.test_request_context(
            headers={"User-Agent": agent}, environ_base={"REMOTE_ADDR": "127.0.0.1"}
        ):
            identifier = _create_identifier()
        session = session_of(self._app, person, identifier)
        serializer = self._app.session_interface.get_signing_serializer(self._app)  # type: ignore[attr-defined]
        self._context.add_cookies(
            [
                {
                    "name": self._app.config["SESSION_COOKIE_NAME"],
                    "value": serializer.dumps(session),
                    "url": self.address,
                }
            ]
        )
        return self

    def go(self, path: str) -> "Visitor":
        """Open `path` and look at it."""
        answer = self.page.goto(self.address + path)
        assert answer is None or answer.status < 500, f"{path} answered {answer.status}"
        return self.look()

    def look(self, name: str | None = None) -> "Visitor":
        """Check the page shown, at desktop and at phone width.

        `name` is that of its two pictures, where pictures are wanted.
        """
        self.page.wait_for_load_state()
        where = self.page.url.removeprefix(self.address)
        for label, size in (("desktop", DESKTOP), ("phone", PHONE)):
            self.page.set_viewport_size(size)  # type: ignore[arg-type]
            problems = [*_accessibility(self.page, label), *_overflow(self.page), *self.complaints]
            assert not problems, f"{where} at {label} width:\n" + "\n".join(problems)
            if name and self._pictures:
                self._pictures.mkdir(parents=True, exist_ok=True)
                path = self._pictures / f"{name}-{label}.png"
                self.page.screenshot(path=path, full_page=True)
        self.page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
        return self


def skeleton(html: str) -> str:
    """`html` without what changes from one record to the next.

    References, tokens and numbers are gone from the text; in attributes, where two that are the
    same mean something, each is replaced by the order in which it first appears.
    """
    names: dict[str, str] = {}
    plain = TEXT.sub(lambda text: CHANGING.sub("#", text[0]), html)
    plain = plain.replace(FOLDED, ' hidden=""')
    return CHANGING.sub(lambda found: names.setdefault(found[0], f"#{len(names)}"), plain)


def _accessibility(page: Page, width: str) -> list[str]:
    known = (width, skeleton(page.content()))
    if known in _passed:
        return []
    options = {"runOnly": {"type": "tag", "values": AXE_TAGS}, "resultTypes": ["violations"]}
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found = page.evaluate("asked => axe.run(asked).then(results => results.violations)", options)
    if not found:
        _passed.add(known)
    return [
        f"- {rule['id']} ({rule['impact']}): {rule['help']}: {node['html'][:160]}"
        for rule in found
        for node in rule["nodes"][:5]
    ]


def _overflow(page: Page) -> list[str]:
    widths = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    content, screen = page.evaluate(widths)
    return [f"- the page is {content} px wide on {screen} px"] if content > screen else []
