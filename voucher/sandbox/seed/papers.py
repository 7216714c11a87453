"""Small documents for the demonstration, as the one-page PDF files that people would upload."""

from collections.abc import Sequence
from io import BytesIO

_NOTICE = "Fictional document of a demonstration. It proves nothing."


def paper(title: str, lines: Sequence[str]) -> BytesIO:
    """A PDF of one A4 page in Helvetica (ISO 32000-1, 7.5: header, objects, table, trailer).

    Characters outside Latin-1 become question marks.
    """
    text = [f"BT /F1 18 Tf 60 770 Td ({_quoted(title)}) Tj /F1 11 Tf"]
    text += [f"0 -22 Td ({_quoted(line)}) Tj" for line in (*lines, "", _NOTICE)]
    content = "\n".join([*text, "ET"]).encode("latin-1", "replace")
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    )
    return BytesIO(_assembled(objects))


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def _assembled(objects: Sequence[bytes]) -> bytes:
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\n" % (len(objects) + 1)
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % start)
