"""PDFs made by the real WeasyPrint, opened by readers that had no part in making them."""

import hashlib
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO
from pathlib import Path

import pypdf
import pytest

from tests.documents import check_pdf
from voucher.integrations.pdf import PdfAttachment, PdfFailed, render_pdf
from voucher.integrations.qr import qr_svg

MADE_AT = datetime(2026, 11, 30, 9, 15, tzinfo=UTC)
PAGE = f"""<!doctype html><html lang="en-GB"><head><meta charset="utf-8"><title>Draft</title>
<style>@page {{ size: A4 }} body {{ font-family: "DejaVu Sans" }}</style></head><body>
<h1>Voucher for Aire &amp; Calder Joinery</h1><p>Worth up to £1,500.</p>
<figure>{qr_svg("https://voucher.example/v", title="QR code of the voucher")}</figure>
<table><thead><tr><td></td><th scope="col">Amount</th></tr></thead>
<tbody><tr><th scope="row">Net price</th><td>£900.00</td></tr></tbody></table>
</body></html>"""
FIGURES = PdfAttachment("flow.csv", b"stage,count\nassessed,12\n", "Counts of the flow diagram")


def made(**changed):
    given = {"title": "Voucher V-1", "created_at": MADE_AT, "attachments": [FIGURES]} | changed
    return render_pdf(given.pop("html", PAGE), **given)


@pytest.fixture(scope="module")
def document():
    return made()


def test_it_is_a_tagged_document_with_language_and_title(document):
    reader = pypdf.PdfReader(BytesIO(document))
    catalogue = reader.trailer["/Root"]
    assert catalogue["/Lang"] == "en-GB"
    assert catalogue["/MarkInfo"]["/Marked"]
    assert catalogue["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata.title == "Voucher V-1"
    assert reader.metadata.creation_date == MADE_AT
    assert b"pdfuaid" in catalogue["/Metadata"].get_data()
    assert "Worth up to £1,500." in reader.pages[0].extract_text()


def alternative_texts(element):
    """Every /Alt of the structure tree under `element`."""
    if isinstance(element, pypdf.generic.IndirectObject):
        element = element.get_object()
    if isinstance(element, list):
        return [text for each in element for text in alternative_texts(each)]
    if not isinstance(element, dict):
        return []
    own = [str(element["/Alt"])] if "/Alt" in element else []
    return own + alternative_texts(element.get("/K", []))


def test_its_pictures_have_alternative_texts(document):
    tree = pypdf.PdfReader(BytesIO(document)).trailer["/Root"]["/StructTreeRoot"]
    assert alternative_texts(tree) == ["QR code of the voucher"]


def test_it_carries_its_data(document):
    reader = pypdf.PdfReader(BytesIO(document))
    assert reader.attachments == {"flow.csv": [FIGURES.content]}


def test_checkers_find_nothing(document, tmp_path):
    check_pdf(document, tmp_path / "voucher.pdf")


def test_the_same_input_gives_the_same_bytes_in_another_process(document, tmp_path):
    script = tmp_path / "again.py"
    script.write_text(
        "import sys, hashlib, importlib.util as u\n"
        f"spec = u.spec_from_file_location('pages', {__file__!r})\n"
        "pages = u.module_from_spec(spec); spec.loader.exec_module(pages)\n"
        "print(hashlib.sha256(pages.made()).hexdigest())\n"
    )
    root = Path(__file__).parents[3]
    environment = os.environ | {
        "PYTHONHASHSEED": "4711",
        "PYTHONPATH": str(root),
        "TZ": "Asia/Tokyo",
    }
    again = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, env=environment, check=True
    )
    assert again.stdout.strip() == hashlib.sha256(document).hexdigest()


def test_its_moment_is_kept_in_utc(document):
    elsewhere = MADE_AT.astimezone(timezone(timedelta(hours=5)))
    assert made(created_at=elsewhere) == document


def test_it_reads_the_files_of_its_assets_and_no_others(tmp_path):
    assets = tmp_path / "assets"
    assets.mkdir()
    (assets / "mark.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
    )
    (tmp_path / "secret.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    page = '<html lang="en-GB"><title>x</title><h1>x</h1><img src="{}" alt="Mark"></html>'
    assert made(html=page.format("mark.svg"), assets=assets).startswith(b"%PDF-1.7")
    for address in (
        "../secret.svg",
        "%2e%2e/secret.svg",
        (tmp_path / "secret.svg").as_uri(),
        "missing.svg",
        "http://127.0.0.1:9/mark.svg",
        "ftp://127.0.0.1/mark.svg",
    ):
        with pytest.raises(PdfFailed):
            made(html=page.format(address), assets=assets)


def test_without_assets_it_reads_no_file_at_all():
    page = '<html lang="en-GB"><title>x</title><h1>x</h1><img src="file:///etc/hostname"></html>'
    with pytest.raises(PdfFailed):
        made(html=page)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"title": " "}, "title"),
        ({"created_at": datetime(2026, 11, 30)}, "time zone"),
        ({"html": "<html><title>x</title><h1>x</h1></html>"}, "language"),
    ],
)
def test_it_refuses_what_would_not_be_accessible_or_reproducible(changed, words):
    with pytest.raises(ValueError, match=words):
        made(**changed)


def test_importing_the_package_does_not_load_weasyprint():
    code = "import sys, voucher.integrations.pdf; sys.exit('weasyprint' in sys.modules)"
    root = Path(__file__).parents[3]
    assert subprocess.run([sys.executable, "-c", code], cwd=root).returncode == 0
