"""One person's browser: cookies, pages, forms filled in and sent. Every step can be printed."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import requests

from voucher.sandbox.rehearsal.page import Form, NotThere, Page, read_page

TIMEOUT_SECONDS = 30
LONGEST_PATH = 60
File = tuple[str, bytes, str]
"""Name, content and type of a file that is uploaded."""


class Stuck(Exception):
    """The rehearsal can't go on; the message says who was stuck, where, and what the page said."""


class Browser:
    """What one person has open. `name` is for the messages."""

    def __init__(self, home: str, name: str, say: Callable[[str], None]) -> None:
        self.home = home
        self.name = name
        self.say = say
        self.http = requests.Session()
        self.http.trust_env = False
        self.page: Page = Page(home, 0)

    def open(self, address: str) -> Page:
        """Open an address (or a path on the service). Raises Stuck for anything but a page."""
        return self._arrived(self._ask("GET", urljoin(self.home, address)))

    def fetch(self, address: str) -> bytes:
        """Fetch something that is no page, such as a PDF. Raises Stuck unless it is there."""
        answer = self._ask("GET", urljoin(self.home, address))
        if answer.status_code != 200:
            raise Stuck(f"{self.name}: {answer.url} answered {answer.status_code}")
        return answer.content

    def click(self, *, to: str = "", words: str = "") -> Page:
        """Follow a link of the page."""
        return self.open(self._found(lambda: self.page.link(to=to, words=words)))

    def send(
        self,
        values: Mapping[str, Any] | None = None,
        *,
        to: str = "",
        button: str = "",
        files: Mapping[str, File] | None = None,
        method: str = "post",
    ) -> Page:
        """Fill in the form to `to` and press the button that says `button`.

        `method` "get": one that only asks. `values` by field name: a text, a list for several
        ticks. Raises Stuck when the form has no such field, and when the page comes back with
        complaints.
        """
        having = next(iter({**(values or {}), **(files or {})}), "")
        form = self._found(
            lambda: self.page.form(to=to, button=button, having=having, method=method)
        )
        page = self._press(form, values or {}, button, files or {})
        if page.complaints:
            raise Stuck(f"{self.name} at {page.address}: {' / '.join(page.complaints)}")
        return page

    def _press(
        self, form: Form, values: Mapping[str, Any], button: str, files: Mapping[str, File]
    ) -> Page:
        data, uploads = self._filled(form, values, button), self._uploads(form, files)
        if form.method == "get":
            return self.open(f"{form.address}?{urlencode(data, doseq=True)}")
        came_from = {"Referer": self.page.address}
        answer = self._ask("POST", form.address, data=data, files=uploads, headers=came_from)
        return self._arrived(answer)

    def _filled(self, form: Form, values: Mapping[str, Any], button: str) -> dict[str, Any]:
        unknown = set(values) - form.names
        if unknown:
            raise Stuck(
                f"{self.name} at {self.page.address}: the form has no {sorted(unknown)}, "
                f"only {sorted(form.names)}"
            )
        pressed = next((each for each in form.buttons if button in each[2]), ("", "", ""))
        data: dict[str, Any] = {**form.values, **values}
        if pressed[0]:
            data[pressed[0]] = pressed[1]
        return data

    def _uploads(self, form: Form, files: Mapping[str, File]) -> Mapping[str, File] | None:
        unknown = set(files) - set(form.files)
        if unknown:
            raise Stuck(f"{self.name} at {self.page.address}: no upload called {sorted(unknown)}")
        empty = dict.fromkeys(form.files, ("", b"", "application/octet-stream"))
        return {**empty, **files} or None

    def _ask(self, method: str, address: str, **how: Any) -> requests.Response:
        try:
            return self.http.request(method, address, timeout=TIMEOUT_SECONDS, **how)
        except requests.RequestException as error:
            raise Stuck(f"{self.name}: {address} did not answer ({error})") from error

    def _arrived(self, answer: requests.Response) -> Page:
        kind = answer.headers.get("Content-Type", "")
        page = read_page(answer.text if "html" in kind else "", answer.url, answer.status_code)
        self.page = page
        if answer.status_code >= 400:
            words = " / ".join(page.complaints) or page.heading or page.words[:200]
            raise Stuck(f"{self.name} at {answer.url}: {answer.status_code}, {words}")
        return page

    def _found(self, look: Callable[[], Any]) -> Any:
        try:
            return look()
        except NotThere as missing:
            words = f"{self.name} at {self.page.address} (“{self.page.heading}”): {missing}"
            raise Stuck(words) from missing

    @property
    def path(self) -> str:
        """The path of the open page."""
        return urlsplit(self.page.address).path

    def tell(self, words: str) -> None:
        """Print one step and where it ended."""
        shown = self.path if len(self.path) <= LONGEST_PATH else f"{self.path[:LONGEST_PATH]}…"
        self.say(f"  {self.name:<17} {words:<58} {shown}")
