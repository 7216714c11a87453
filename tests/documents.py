"""PDFs as others see them: what people can read in them, and what checkers find wrong."""

import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pypdf

LISTENER = "from outloud.cli import main; main()"
PATIENCE_SECONDS = 120


def text_of(document: bytes) -> str:
    """The words of all pages, in their order, with single spaces."""
    reader = pypdf.PdfReader(BytesIO(document))
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def check_pdf(document: bytes, path: Path) -> None:
    """Fail if a checker of PDF/UA, of the file's structure or a reader finds anything wrong.

    The document is left at `path`.
    """
    path.write_bytes(document)
    for checker in (
        [sys.executable, "-c", LISTENER, "--fail-on", "warning", str(path)],
        ["qpdf", "--check", str(path)],
    ):
        _ran(checker)
    facts = _ran(["pdfinfo", str(path)])
    assert not facts.stderr, facts.stderr
    assert "Tagged:          yes" in facts.stdout, facts.stdout


def _ran(command: list[str]) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    assert done.returncode == 0, done.stdout + done.stderr
    return done
