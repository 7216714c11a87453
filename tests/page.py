"""What every page must be, checked on every answer a test is given; and a client that sees pages.

A page is checked as HTML (parse errors), as a document (one h1, a title that starts with it, unique
ids, headings in order), as a form (every control labelled, a token in every POST form) and against
our content security policy (nothing inline).
"""

import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urljoin
from xml.etree.ElementTree import Element

import html5lib
from flask import Flask, has_app_context
from flask.testing import FlaskClient
from flask_login.utils import _create_identifier
from werkzeug.test import TestResponse

from voucher.accounts.models import User
from voucher.accounts.operations import begin_session
from voucher.core import clock
from voucher.core.db import session, transaction
from voucher.web.sessions import KEY

CONTROLS = ("input", "select", "textarea")
UNLABELLED_TYPES = ("hidden", "submit", "button", "reset", "image")
REFERENCES = ("for", "aria-describedby", "aria-labelledby", "aria-controls", "headers", "list")
TOKEN = re.compile(r'(?<=name="csrf_token")[^>]*')
_passed: set[str] = set()
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
SHOWN_BY_POST = frozenset(
    {
        "/account/app",
        "/account/recovery-codes",
        "/provider/api-keys/new",
        "/provider/api-keys/replace",
        "/staff/official-figures/new",
    }
)
"""Secrets that are shown once, by the very answer that makes them: a page one could come back to
would show them again. And what a file holds, before anything of it is kept: the page is the only
place that has it."""


class PageProblem(AssertionError):
    """A page is not as it must be; the message lists every reason."""


class Page:
    """A parsed page: elements by name and attributes, text, forms."""

    def __init__(self, html: str) -> None:
        parser = html5lib.HTMLParser(namespaceHTMLElements=False)
        self.html = html
        self.root: Element = parser.parse(html)
        self.parse_errors = [f"{code} at {position}" for position, code, _ in parser.errors]
        self._elements = [each for each in self.root.iter() if isinstance(each.tag, str)]

    @cached_property
    def _parents(self) -> dict[Element, Element]:
        return {child: parent for parent in self.root.iter() for child in parent}

    def elements(self, *names: str, **attributes: str) -> list[Element]:
        """Every element of one of `names` (all, if none) that has these attribute values."""
        found = self._elements
        if names:
            found = [element for element in found if element.tag in names]
        for name, value in attributes.items():
            wanted = name.replace("_", "-")
            found = [element for element in found if element.get(wanted) == value]
        return list(found)

    def ancestors(self, element: Element) -> Iterator[Element]:
        """The elements around `element`, from the inside out."""
        while (parent := self._parents.get(element)) is not None:
            yield parent
            element = parent

    @property
    def heading(self) -> str:
        """The text of the h1."""
        return text_of(self.elements("h1")[0])

    @property
    def text(self) -> str:
        """The visible text of the page, white space collapsed."""
        body = self.elements("body")
        return text_of(body[0]) if body else ""

    @property
    def errors(self) -> list[str]:
        """The sentences of the error summary, in order; none when there is no summary."""
        summaries = [e for e in self.elements() if "govuk-error-summary" in classes(e)]
        return [text_of(item) for summary in summaries for item in summary.iter("li")]

    def link(self, words: str) -> str:
        """Where the link with the text `words` leads. Raises PageProblem when there is none."""
        for element in self.elements("a"):
            if text_of(element) == words and element.get("href"):
                return element.attrib["href"]
        raise PageProblem(f"no link {words!r} on the page {self.heading!r}")

    def form(self, button: str | None = None) -> Element:
        """The POST form whose submit button says `button`; the only POST form without one."""
        forms = [f for f in self.elements("form") if f.get("method", "").lower() == "post"]
        if button is None:
            forms = [f for f in forms if not is_in_furniture(self, f)]
        else:
            forms = [f for f in forms if any(text_of(b) == button for b in f.iter("button"))]
        if len(forms) != 1:
            raise PageProblem(f"{len(forms)} forms for {button!r} on the page {self.heading!r}")
        return forms[0]


def is_in_furniture(page: Page, element: Element) -> bool:
    """Whether `element` belongs to the header, navigation or footer and not to the page itself."""
    return not any(around.tag == "main" for around in page.ancestors(element))


def text_of(element: Element) -> str:
    """All text in `element`, white space collapsed."""
    return " ".join("".join(element.itertext()).split())


def classes(element: Element) -> list[str]:
    """The class names of `element`."""
    return element.get("class", "").split()


def values_of(form: Element) -> dict[str, list[str]]:
    """What a browser would send of `form` as it stands, without the button (HTML, 4.10.21.4)."""
    found: dict[str, list[str]] = {}
    for control in form.iter():
        name = control.get("name")
        if control.tag in CONTROLS and name and control.get("disabled") is None:
            found.setdefault(name, []).extend(_values(control))
    return found


def _values(control: Element) -> list[str]:
    if control.tag == "textarea":
        return ["".join(control.itertext()).removeprefix("\n")]
    if control.tag == "select":
        return _selected(control)
    kind = control.get("type", "text")
    if kind in ("checkbox", "radio"):
        return [control.get("value", "on")] if control.get("checked") is not None else []
    return [] if kind in (*UNLABELLED_TYPES[1:], "file") else [control.get("value", "")]


def _selected(control: Element) -> list[str]:
    options = list(control.iter("option"))
    chosen = [option for option in options if option.get("selected") is not None]
    if not chosen and control.get("multiple") is None:
        chosen = options[:1]
    return [option.get("value", text_of(option)) for option in chosen]


def check_page(html: str, where: str = "page") -> Page:
    """Parse `html` and raise PageProblem with everything that is wrong with it."""
    page = Page(html)
    problems = [
        problem
        for check in (
            _parse_errors,
            _document,
            _headings,
            _ids,
            _labels,
            _inline,
            _images,
            _tables,
            _forms,
            _leaks,
        )
        for problem in check(page)
    ]
    if problems:
        raise PageProblem(f"{where}:\n" + "\n".join(f"- {problem}" for problem in problems))
    return page


def _parse_errors(page: Page) -> list[str]:
    return [f"HTML: {error}" for error in page.parse_errors[:10]]


def _document(page: Page) -> Iterator[str]:
    if not page.root.get("lang"):
        yield "the html element has no lang"
    headings = [text_of(each) for each in page.elements("h1")]
    titles = [text_of(each) for each in page.elements("title") if not _in_svg(page, each)]
    if len(headings) != 1 or not headings[0]:
        yield f"{len(headings)} h1 elements instead of one with words in it: {headings}"
    if len(titles) != 1:
        yield f"{len(titles)} title elements instead of one"
    elif headings and not titles[0].removeprefix("Error: ").startswith(headings[0]):
        yield f"the title {titles[0]!r} does not start with the h1 {headings[0]!r}"
    if page.errors and not (titles and titles[0].startswith("Error: ")):
        yield "the title of a page with errors does not start with 'Error: '"


def _in_svg(page: Page, element: Element) -> bool:
    return any("svg" in str(around.tag) for around in page.ancestors(element))


def _headings(page: Page) -> Iterator[str]:
    depth = 1
    for element in page.elements(*HEADINGS):
        level = int(element.tag[1])
        if level > depth + 1:
            yield f"the heading {text_of(element)!r} is an h{level} after an h{depth}"
        depth = level


def _ids(page: Page) -> Iterator[str]:
    ids = Counter(each.attrib["id"] for each in page.elements() if "id" in each.attrib)
    yield from (
        f"the id {name!r} is given {count} times" for name, count in ids.items() if count > 1
    )
    for element in page.elements():
        for attribute in REFERENCES:
            for name in element.get(attribute, "").split():
                if name not in ids:
                    yield f"{attribute}={name!r} on <{element.tag}> points at nothing"
    for element in page.elements("a"):
        target = element.get("href", "")
        if target.startswith("#") and len(target) > 1 and target[1:] not in ids:
            yield f"the link {target!r} points at nothing"


def _labels(page: Page) -> Iterator[str]:
    labelled = {each.get("for") for each in page.elements("label") if text_of(each)}
    for control in page.elements(*CONTROLS):
        if control.get("type") in UNLABELLED_TYPES:
            continue
        if control.get("aria-label") or control.get("aria-labelledby"):
            continue
        if control.get("id") not in labelled and not _inside_label(page, control):
            yield f"the {control.tag} {control.get('name')!r} has no label"
    for button in page.elements("button", "a"):
        if not text_of(button) and not button.get("aria-label") and not _has_alt(button):
            yield f"a <{button.tag}> has no words"


def _inside_label(page: Page, control: Element) -> bool:
    return any(around.tag == "label" and text_of(around) for around in page.ancestors(control))


def _has_alt(element: Element) -> bool:
    return any(image.get("alt") for image in element.iter("img"))


def _inline(page: Page) -> Iterator[str]:
    for element in page.elements():
        if element.tag == "style" or "style" in element.attrib:
            yield f"inline style on <{element.tag}>"
        if (
            element.tag == "script"
            and not element.get("src")
            and "json" not in element.get("type", "")
        ):
            yield "inline script"
        for name in element.attrib:
            if str(name).startswith("on"):
                yield f"inline handler {name} on <{element.tag}>"
        if re.match(r"\s*(javascript|data):", element.get("href", ""), re.IGNORECASE):
            yield f"a link runs a script: {element.get('href')!r}"


def _images(page: Page) -> Iterator[str]:
    for image in page.elements("img"):
        if image.get("alt") is None:
            yield f"the image {image.get('src')!r} has no alt"


def _tables(page: Page) -> Iterator[str]:
    for cell in page.elements("th"):
        if cell.get("scope") not in ("col", "row", "colgroup", "rowgroup"):
            yield f"the header cell {text_of(cell)!r} has no scope"
        if not text_of(cell):
            yield "a header cell has no words: use <td>"


def _forms(page: Page) -> Iterator[str]:
    for form in page.elements("form"):
        posts = form.get("method", "get").lower() == "post"
        controls = list(form.iter("input"))
        if posts and not any(each.get("name") == "csrf_token" for each in controls):
            yield f"the form to {form.get('action')!r} has no token against forgery"
        uploads = any(each.get("type") == "file" for each in controls)
        if uploads and form.get("enctype") != "multipart/form-data":
            yield f"the form to {form.get('action')!r} takes a file but is not multipart"


def _leaks(page: Page) -> Iterator[str]:
    for element in page.elements():
        for text in (element.text, *(child.tail for child in element)):
            words = (text or "").strip()
            if words in ("None", "Undefined") or "{{" in words or "{%" in words:
                yield f"the page says {words[:40]!r} in <{element.tag}>"


def session_of(app: Flask, person: Any, identifier: str) -> dict[str, Any]:
    """The session of somebody who signed in just now from the browser called `identifier`."""
    token = token_urlsafe(32)
    return {
        "_user_id": _begin(app, person, token),
        KEY: token,
        "_id": identifier,
        "_fresh": True,
        "fs_cc": "set",
        "fs_paa": time.time(),
    }


def _begin(app: Flask, person: Any, token: str) -> str:
    """Store the session on the service's side; what the cookie calls the person.

    In the transaction of `arrange`, where a test signs somebody in inside it.
    """
    if has_app_context():
        return _begin_here(person, token)
    with app.app_context(), transaction():
        return _begin_here(person, token)


def _begin_here(person: Any, token: str) -> str:
    user = session.get_one(User, getattr(person, "user_id", None) or person.id)
    begin_session(user=user, token=token, at=clock.now())
    return user.fs_uniquifier


class PageResponse:
    """What a PageClient is answered: also the page, parsed when it is asked for."""

    @cached_property
    def page(self: Any) -> Page:
        """The page; an answer that is no HTML has none."""
        if self.mimetype != "text/html":
            raise AttributeError("page")
        return Page(self.get_data(as_text=True))


class PageClient(FlaskClient):
    """A client that checks every HTML answer, signs people in, and fills in real forms."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.response_wrapper = type("Answer", (PageResponse, self.response_wrapper), {})

    def open(self, *arguments: Any, **options: Any) -> TestResponse:
        """Send a request; every HTML answer is checked and parsed as `response.page`.

        Answer and request are read whole and closed, as by a server: no open file stays behind.
        A page that differs from one seen before by its token alone is not checked again.
        """
        response = super().open(*arguments, **{"buffered": True, **options})
        for each in (*response.history, response):
            each.request.environ["wsgi.input"].close()
        has_page = response.request.method not in ("HEAD", "OPTIONS")
        redirects = response.status_code in (301, 302, 303, 307, 308)
        if response.mimetype == "text/html" and has_page and not redirects:
            where = f"{response.request.method} {response.request.path} → {response.status_code}"
            html = response.get_data(as_text=True)
            known = TOKEN.sub("", html)
            if known not in _passed:
                response.page = check_page(html, where)  # type: ignore[attr-defined]
                _passed.add(known)
            _require_redirect(response, where)
        return response

    def sign_in(self, person: Any) -> "PageClient":
        """Be `person` (a User, or of the cast) from now on, freshly signed in."""
        with self.application.test_request_context(environ_base=self.environ_base):
            identifier = _create_identifier()
        signed_in = session_of(self.application, person, identifier)
        with self.session_transaction() as cookie:
            cookie.clear()
            cookie.update(signed_in)
        return self

    def sign_out(self) -> "PageClient":
        """Be nobody from now on."""
        with self.session_transaction() as cookie:
            cookie.clear()
        return self

    def submit(
        self,
        address: str,
        values: Mapping[str, Any] | None = None,
        *,
        button: str | None = None,
        follow: bool = True,
    ) -> TestResponse:
        """Open the page at `address`, fill `values` into its form, and press its button.

        As a browser: every control keeps what it shows unless `values` names it, hidden fields and
        the token go along, and the answer's redirects are followed unless `follow` is False. A name
        that is not in the form raises PageProblem, so a test can't fill in what nobody can see.
        `button` is the button's words, needed where the page has several forms.
        """
        shown = self.get(address, follow_redirects=True)
        page: Page = shown.page  # type: ignore[attr-defined]
        form = page.form(button)
        names = {each.get("name") for each in form.iter() if each.get("name")}
        given = dict(values or {})
        if unknown := set(given) - names:
            raise PageProblem(f"the form on {page.heading!r} has no {sorted(unknown)}: {names}")
        data = {**values_of(form), **given, **_pressed(form, button)}
        return self.open(
            urljoin(shown.request.path, form.get("action") or shown.request.full_path),
            method="POST",
            data={name: value for name, value in data.items() if value not in ([], None)},
            content_type=form.get("enctype"),
            follow_redirects=follow,
        )


def _require_redirect(response: TestResponse, where: str) -> None:
    """What a POST did leads to a page of its own, so that going back never sends it again."""
    shown = response.request.method == "POST" and response.status_code == 200
    if shown and response.request.path not in SHOWN_BY_POST and not _page_of(response).errors:
        raise PageProblem(f"{where}: answered with a page instead of a redirect to one")


def _page_of(response: TestResponse) -> Page:
    page: Page = response.page  # type: ignore[attr-defined]
    return page


def _pressed(form: Element, button: str | None) -> dict[str, str]:
    for each in form.iter("button"):
        if each.get("name") and (button is None or text_of(each) == button):
            return {each.attrib["name"]: each.get("value", "")}
    return {}
