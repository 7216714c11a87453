"""A kept report as a web page with a list of its contents. Pure.

The page was written by our own templates and is kept as it was published; what is added here, an
id for each heading and the list that leads to them, changes none of its words.
"""

import re
import unicodedata
from dataclasses import dataclass
from html import unescape

HEADING = re.compile(r"<h2>(.*?)</h2>", re.DOTALL)
TAG = re.compile(r"<[^>]+>")
FEWEST = 3
"""With fewer headings there is no list: the page is seen at a glance."""


@dataclass(frozen=True)
class ReportPage:
    """`content`: HTML; `contents`: (id, words) of its main headings in order, or none."""

    content: str
    contents: tuple[tuple[str, str], ...] = ()


def report_page(kept: str) -> ReportPage:
    """The kept page with an id for each main heading, and the list of them."""
    contents: list[tuple[str, str]] = []

    def with_id(heading: re.Match[str]) -> str:
        words = " ".join(unescape(TAG.sub("", heading.group(1))).split())
        name = _free(_id_of(words), {used for used, _ in contents})
        contents.append((name, words))
        return f'<h2 id="{name}">{heading.group(1)}</h2>'

    content = HEADING.sub(with_id, kept)
    return ReportPage(content, tuple(contents)) if len(contents) >= FEWEST else ReportPage(kept)


def _id_of(words: str) -> str:
    """The words as an id: plain letters and digits, joined by hyphens."""
    plain = unicodedata.normalize("NFKD", words.replace("’", "")).encode("ascii", "ignore").decode()
    return "part-" + ("-".join(re.findall(r"[a-z0-9]+", plain.lower())) or "of-the-report")


def _free(name: str, used: set[str]) -> str:
    number, found = 2, name
    while found in used:
        found, number = f"{name}-{number}", number + 1
    return found
