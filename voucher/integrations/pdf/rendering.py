"""HTML to PDF/UA-1: tagged, with language and title, and the same bytes from the same input."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from voucher.integrations.pdf.furniture import mark_furniture_as_artifacts

VARIANT = "pdf/ua-1"
PRINT_FLAG = 1 << 2
FONT_TIME = "SOURCE_DATE_EPOCH"
PRINT_FLAG = 4


class PdfFailed(Exception):
    """The document could not be made: a file it names is missing or not allowed, or no Pango."""


@dataclass(frozen=True)
class PdfAttachment:
    """A file inside the PDF, such as a figure's data; `name` tells its type ("flow.csv")."""

    name: str
    content: bytes
    description: str


def render_pdf(
    html: str,
    *,
    title: str,
    created_at: datetime,
    assets: Path | None = None,
    attachments: Sequence[PdfAttachment] = (),
) -> bytes:
    """Render a whole HTML document (with `<html lang=…>`) as a PDF/UA-1 file.

    `title` and `created_at` (aware) become the document's own, whatever the HTML says; there is no
    other source of time, so the same arguments give the same bytes on the same fonts. Relative
    addresses are resolved in the folder `assets`, and nothing outside it is read; `data:` is
    allowed, the network never is. Alternative text of inline SVG is its `<title>`.

    Raises ValueError for a missing language, an empty title or a naive `created_at`, and PdfFailed
    when something the document names can't be had.
    """
    if not title.strip():
        raise ValueError("a document needs a title")
    if created_at.tzinfo is None:
        raise ValueError("created_at has no time zone")
    weasyprint = _weasyprint()
    source = weasyprint.HTML(
        string=html,
        base_url=None if assets is None else _folder_url(assets),
        url_fetcher=_restricted_fetcher(assets),
    )
    if not source.etree_element.get("lang"):
        raise ValueError('a document needs a language: <html lang="en-GB">')
    stamp = created_at.astimezone(UTC)
    return _write(weasyprint, source, title, stamp, attachments)


def _write(
    weasyprint: Any,
    source: Any,
    title: str,
    stamp: datetime,
    attachments: Sequence[PdfAttachment],
) -> bytes:
    try:
        with _font_time(stamp):
            return _written(weasyprint, source, title, stamp, attachments)
    except weasyprint.urls.FatalURLFetchingError as error:
        raise PdfFailed(f"{error}: {error.__cause__}") from error


def _written(
    weasyprint: Any,
    source: Any,
    title: str,
    stamp: datetime,
    attachments: Sequence[PdfAttachment],
) -> bytes:
    document = source.render(pdf_variant=VARIANT)
    document.metadata.title = title
    document.metadata.created = document.metadata.modified = f"{stamp:%Y-%m-%dT%H:%M:%SZ}"
    content: bytes = document.write_pdf(
        pdf_variant=VARIANT,
        pdf_identifier=True,
        finisher=_print_links,
        attachments=[_attachment(weasyprint, each, stamp) for each in attachments],
    )
    return content


def _print_links(_document: Any, pdf: Any) -> None:
    """Set the print flag of every link, as PDF/UA asks of annotations (ISO 14289-1, 7.18.1)."""
    for each in pdf.objects:
        if isinstance(each, dict) and each.get("Subtype") == "/Link":
            each["F"] = PRINT_FLAG


@contextmanager
def _font_time(stamp: datetime) -> Iterator[None]:
    """Have font subsets carry `stamp`: the font library writes the present time into them.

    It reads the variable that reproducible builds use (reproducible-builds.org/specs); there is no
    other way in.
    """
    before = os.environ.get(FONT_TIME)
    os.environ[FONT_TIME] = str(int(stamp.timestamp()))
    try:
        yield
    finally:
        if before is None:
            del os.environ[FONT_TIME]
        else:
            os.environ[FONT_TIME] = before


def _weasyprint() -> Any:
    try:
        import weasyprint
        import weasyprint.urls
    except OSError as error:  # the package is there but a system library is not
        raise PdfFailed(
            "making a PDF needs the system library Pango: "
            "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
        ) from error
    mark_furniture_as_artifacts()
    return weasyprint


def _folder_url(folder: Path) -> str:
    return folder.resolve().as_uri() + "/"


def _attachment(weasyprint: Any, attachment: PdfAttachment, stamp: datetime) -> Any:
    return weasyprint.Attachment(
        file_obj=BytesIO(attachment.content),
        name=attachment.name,
        description=attachment.description,
        created=stamp,
        modified=stamp,
        relationship="Data",
    )


def _restricted_fetcher(assets: Path | None) -> Callable[..., Any]:
    """A fetcher for `data:` and for files under `assets`; anything else stops the rendering.

    A picture that is missing from a report about public money is a fault, not a warning.
    """
    from weasyprint.urls import URLFetcher

    root = None if assets is None else assets.resolve()

    class Restricted(URLFetcher):
        def fetch(self, url: str, headers: Any = None) -> Any:
            parts = urlsplit(url)
            if parts.scheme == "file" and not _inside(root, Path(unquote(parts.path))):
                raise ValueError("outside the folder of assets")
            return super().fetch(url, headers)

    return Restricted(allowed_protocols={"data", "file"}, fail_on_errors=True)


def _inside(root: Path | None, path: Path) -> bool:
    return root is not None and path.resolve().is_relative_to(root)
