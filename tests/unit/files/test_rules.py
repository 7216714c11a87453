"""What a file is, under which name it is kept, and who may read it."""

import pytest

from voucher.accounts.roles import Role
from voucher.accounts.rules import Member
from voucher.files.rules import Ends, FileKind, kept_name, kind_of, may_read

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 20
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00"
PNG_END = b"\x00\x00\x00\x00IEND\xaeB`\x82"


@pytest.mark.parametrize(
    ("head", "tail", "kind"),
    [
        (b"%PDF-1.4\n", b"trailer\n%%EOF\n", FileKind.PDF),
        (PNG, PNG_END, FileKind.PNG),
        (JPEG, b"\x00\xff\xd9", FileKind.JPEG),
        (b"%PDF-1.4\n", b"cut off", None),
        (PNG, b"cut off", None),
        (JPEG, b"cut off", None),
        (b"junk %PDF-1.4\n", b"%%EOF", None),
        (b"", b"", None),
        (b"GIF89a" + b"\x00" * 20, b"\x00;", None),
        (b"PK\x03\x04", b"PK\x05\x06", None),
        (b"<!doctype html><script>", b"</html>", None),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>", b"</svg>", None),
        (b"MZ" + b"\x00" * 60, b"%%EOF", None),
    ],
)
def test_a_kind_is_told_by_both_ends(head, tail, kind):
    assert kind_of(Ends(head, tail)) is kind


@pytest.mark.parametrize(
    ("name", "kind", "kept"),
    [
        ("Invoice 7.PDF", FileKind.PDF, "Invoice 7.pdf"),
        ("C:\\papers\\tax return.pdf", FileKind.PDF, "tax return.pdf"),
        ("../../etc/passwd", FileKind.PDF, "passwd.pdf"),
        ("photo.jpeg", FileKind.JPEG, "photo.jpeg"),
        ("photo.png", FileKind.JPEG, "photo.png.jpg"),
        ("invoice.pdf.exe", FileKind.PDF, "invoice.pdf.exe.pdf"),
        ("", FileKind.PNG, "document.png"),
        (".pdf", FileKind.PDF, "document.pdf"),
        ("a\r\nb\x00c\u202egpj.pdf", FileKind.PDF, "abcgpj.pdf"),
        ('say "hello".pdf', FileKind.PDF, "say hello.pdf"),
        ("x" * 300 + ".pdf", FileKind.PDF, "x" * 120 + ".pdf"),
        ("Großhändler – März.pdf", FileKind.PDF, "Großhändler – März.pdf"),
    ],
)
def test_the_kept_name_has_no_tricks_and_its_own_ending(name, kind, kept):
    assert kept_name(name, kind) == kept


def member(role, **owner):
    return Member(1, "one", frozenset({role}), **owner)


STAFF = Member(1, "staff", frozenset({Role.AUDITOR}))
EVALUATOR = Member(1, "staff", frozenset({Role.EVALUATOR}))


@pytest.mark.parametrize(
    ("reader", "business_id", "provider_id", "allowed"),
    [
        (member(Role.BUSINESS, business_id=7), 7, None, True),
        (member(Role.BUSINESS, business_id=7), 8, None, False),
        (member(Role.BUSINESS, business_id=7), None, 7, False),
        (member(Role.BUSINESS, business_id=7), None, None, False),
        (member(Role.PROVIDER, provider_id=7), None, 7, True),
        (member(Role.PROVIDER, provider_id=7), 7, None, False),
        (member(Role.PROVIDER, provider_id=7), None, None, False),
        (STAFF, 7, None, True),
        (STAFF, None, None, True),
        (EVALUATOR, 7, None, False),
    ],
)
def test_a_file_is_read_by_its_owner_and_by_staff_with_the_permission(
    reader, business_id, provider_id, allowed
):
    assert may_read(reader, business_id, provider_id) is allowed
