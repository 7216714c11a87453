"""The demonstration's small documents are real PDF files."""

from pypdf import PdfReader

from voucher.files.rules import HEAD_BYTES, TAIL_BYTES, Ends, FileKind, kind_of
from voucher.sandbox.seed.papers import paper


def test_a_paper_can_be_opened_and_read():
    read = PdfReader(paper("Invoice (7)", ("To A\\B & Co", "£ 100.00")), strict=True)
    text = read.pages[0].extract_text()
    assert "Invoice (7)" in text
    assert "To A\\B & Co" in text
    assert "£ 100.00" in text
    assert "Fictional document" in text


def test_a_paper_is_accepted_as_evidence():
    content = paper("Proof", ("A line",)).getvalue()
    assert kind_of(Ends(content[:HEAD_BYTES], content[-TAIL_BYTES:])) is FileKind.PDF
