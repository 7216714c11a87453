"""A page as a person without JavaScript meets it: heading, words, links, forms, complaints."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

_SKIPPED = frozenset({"script", "style", "svg", "template"})
_VOID = frozenset({"input", "br", "img", "meta", "link", "hr", "source"})
_ADDED = frozenset({"checkbox", "radio", "submit", "button", "image", "reset", "file"})


class NotThere(Exception):
    """The page does not have what a person would need to go on."""


@dataclass(slots=True)
class Form:
    """A form: where it goes, what is filled in, what may be chosen, which buttons it has."""

    address: str
    method: str
    words: str = ""
    values: dict[str, list[str]] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)
    """Name, value and words of each button."""

    @property
    def names(self) -> set[str]:
        """The names of everything that can be filled in."""
        return {*self.values, *self.choices, *self.files}


@dataclass(slots=True)
class Page:
    """One answer of the server that is a page."""

    address: str
    status: int
    title: str = ""
    heading: str = ""
    words: str = ""
    main: str = ""
    """The words of the page's main part, without navigation and footer."""
    links: list[tuple[str, str]] = field(default_factory=list)
    """Words and address of each link."""
    forms: list[Form] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    cards: list[list[str]] = field(default_factory=list)
    """The lines of each card of a list: heading, paragraphs, points."""
    facts: dict[str, str] = field(default_factory=dict)
    """What the page sums up, by its label."""
    codes: list[str] = field(default_factory=list)
    """What is set as a code: to be typed or read out."""

    def form(
        self, *, to: str = "", button: str = "", having: str = "", method: str = "post"
    ) -> Form:
        """The form whose address contains `to`, with a button that says `button`, and a field
        called `having`; of `method`. Raises NotThere."""
        for form in self.forms:
            said = [words for _, _, words in form.buttons]
            fits = to in form.address and (not having or having in form.names)
            if form.method == method and fits and any(button in words for words in said):
                return form
        known = [(form.address, [words for _, _, words in form.buttons]) for form in self.forms]
        raise NotThere(f"no form to {to!r} with {button!r} and {having!r}; there are {known}")

    def choices(self, name: str) -> list[str]:
        """What may be chosen in the first field called `name`; nothing where there is none."""
        return next((form.choices[name] for form in self.forms if name in form.choices), [])

    def link(self, *, to: str = "", words: str = "") -> str:
        """The address of the first link that leads to `to` and says `words`. Raises NotThere."""
        for said, address in self.links:
            if to in address and words in said:
                return address
        raise NotThere(f"no link to {to!r} that says {words!r}")

    def has_link(self, *, to: str) -> bool:
        """Whether a link leads to an address that contains `to`."""
        return any(to in address for _, address in self.links)


def read_page(text: str, address: str, status: int) -> Page:
    """Read the HTML of one page."""
    page = Page(address, status)
    reader = _Reader(page)
    reader.feed(text)
    reader.close()
    page.words = " ".join(" ".join(reader.words).split())
    for form in page.forms:
        form.words = " ".join(form.words.split())
    return page


class _Reader(HTMLParser):
    """Collects what a `Page` holds, in one pass."""

    def __init__(self, page: Page) -> None:
        super().__init__(convert_charrefs=True)
        self.page = page
        self.words: list[str] = []
        self.form: Form | None = None
        self.heard: list[list[str]] = []
        self.open: list[tuple[str, dict[str, str]]] = []
        self.silent = 0
        self.select = ""
        self.label = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.silent += tag in _SKIPPED
        starter = getattr(self, f"_start_{tag}", None)
        if starter:
            starter(given)
        if tag not in _VOID:
            self.open.append((tag, given))
            self.heard.append([])

    def handle_endtag(self, tag: str) -> None:
        if all(tag != known for known, _ in self.open):
            return
        while self.open:
            ended, given = self.open.pop()
            words = " ".join(" ".join(self.heard.pop()).split())
            if self.heard:
                self.heard[-1].append(words)
            self.silent -= ended in _SKIPPED
            closer = getattr(self, f"_end_{ended}", None)
            if closer:
                closer(given, words)
            if ended == tag:
                return

    def handle_data(self, data: str) -> None:
        if self.silent or not data.strip():
            return
        if self.heard:
            self.heard[-1].append(data)
        self.words.append(data)
        if self.form is not None:
            self.form.words += f" {data}"

    def _start_form(self, given: dict[str, str]) -> None:
        address = urljoin(self.page.address, given.get("action") or self.page.address)
        self.form = Form(address, given.get("method", "get").lower())
        self.page.forms.append(self.form)

    def _end_form(self, _given: dict[str, str], _words: str) -> None:
        self.form = None

    def _start_input(self, given: dict[str, str]) -> None:
        name, kind = given.get("name", ""), given.get("type", "text")
        if self.form is None or not name:
            return
        if kind == "file":
            self.form.files.append(name)
        elif kind in ("radio", "checkbox"):
            self._choice(name, given.get("value", "on"), chosen="checked" in given)
        elif kind in ("submit", "button"):
            self.form.buttons.append((name, given.get("value", ""), given.get("value", "")))
        elif kind not in _ADDED:
            self.form.values.setdefault(name, []).append(given.get("value", ""))

    def _choice(self, name: str, value: str, *, chosen: bool) -> None:
        if self.form is None:
            return
        self.form.choices.setdefault(name, []).append(value)
        if chosen:
            self.form.values.setdefault(name, []).append(value)

    def _start_select(self, given: dict[str, str]) -> None:
        self.select = given.get("name", "")

    def _end_select(self, _given: dict[str, str], _words: str) -> None:
        name, self.select = self.select, ""
        if self.form is not None and name and name not in self.form.values:
            self.form.values[name] = self.form.choices.get(name, [])[:1]

    def _end_option(self, given: dict[str, str], words: str) -> None:
        if self.select:
            self._choice(self.select, given.get("value", words), chosen="selected" in given)

    def _end_textarea(self, given: dict[str, str], words: str) -> None:
        if self.form is not None and given.get("name"):
            self.form.values.setdefault(given["name"], []).append(words)

    def _end_button(self, given: dict[str, str], words: str) -> None:
        if self.form is not None:
            self.form.buttons.append((given.get("name", ""), given.get("value", ""), words))

    def _end_a(self, given: dict[str, str], words: str) -> None:
        if "href" in given:
            self.page.links.append((words, urljoin(self.page.address, given["href"])))

    def _end_main(self, _given: dict[str, str], words: str) -> None:
        self.page.main = words

    def _end_title(self, _given: dict[str, str], words: str) -> None:
        self.page.title = self.page.title or words

    def _end_h1(self, _given: dict[str, str], words: str) -> None:
        self.page.heading = self.page.heading or words

    def _end_p(self, given: dict[str, str], words: str) -> None:
        self._note_on_card(words)
        if "error-message" in given.get("class", ""):
            self.page.complaints.append(words)

    def _start_li(self, given: dict[str, str]) -> None:
        if "scheme-card" in given.get("class", ""):
            self.page.cards.append([])

    def _end_li(self, given: dict[str, str], words: str) -> None:
        if "scheme-card" not in given.get("class", ""):
            self._note_on_card(words)

    def _end_h2(self, _given: dict[str, str], words: str) -> None:
        self._note_on_card(words)

    def _note_on_card(self, words: str) -> None:
        if any("scheme-card" in given.get("class", "") for _, given in self.open):
            self.page.cards[-1].append(words)

    def _end_dt(self, _given: dict[str, str], words: str) -> None:
        self.label = words

    def _end_dd(self, _given: dict[str, str], words: str) -> None:
        self.page.facts.setdefault(self.label, words)

    def _end_span(self, given: dict[str, str], words: str) -> None:
        if "scheme-code" in given.get("class", ""):
            self.page.codes.append(words)

    def _end_div(self, given: dict[str, str], words: str) -> None:
        if "error-summary" in given.get("class", "").split(" ")[0]:
            self.page.complaints.append(words)
