"""The version of the code that makes figures and pages, which every report and extract names."""

import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
TEMPLATES = FOLDER.parents[1] / "templates"
PAGES = (".html", ".css")
WORDS = ("applications/baseline.py", "applications/rules.py", "vouchers/rules.py")
"""Modules of other packages whose words stand on the pages."""


@cache
def code_version() -> str:
    """The first 12 hex digits of the SHA-256 over the sources that make figures and pages, in
    order: this package, the templates of reports, and what gives words to codes."""
    digest = hashlib.sha256()
    for name, path in _sources():
        digest.update(name.encode() + b"\x00" + path.read_bytes())
    return digest.hexdigest()[:12]


def _sources() -> Iterator[tuple[str, Path]]:
    for path in sorted(FOLDER.rglob("*.py")):
        yield str(path.relative_to(FOLDER)), path
    for path in sorted((TEMPLATES / "reports").rglob("*")):
        if path.suffix in PAGES:
            yield str(path.relative_to(TEMPLATES)), path
    for name in WORDS:
        yield name, FOLDER.parent / name
