"""QR codes as SVG."""

import xml.etree.ElementTree as ElementTree

import pytest

from voucher.integrations.qr import qr_svg

SVG = "{http://www.w3.org/2000/svg}"


def test_it_carries_its_title_safely():
    drawn = ElementTree.fromstring(qr_svg("https://voucher.example/v", title='Voucher <"A & B">'))
    assert drawn.tag == f"{SVG}svg"
    assert drawn[0].tag == f"{SVG}title"
    assert drawn[0].text == 'Voucher <"A & B">'


def test_it_scales_by_its_view_box():
    drawn = ElementTree.fromstring(qr_svg("A", module_millimetres=2))
    modules = 21 + 2 * 4  # version 1 and the quiet zone
    assert drawn.get("width") == f"{modules * 2}mm"
    assert drawn.get("viewBox") == f"0 0 {modules * 2} {modules * 2}"


def test_the_same_text_gives_the_same_drawing():
    assert qr_svg("ABCD-EFGH") == qr_svg("ABCD-EFGH")
    assert qr_svg("ABCD-EFGH") != qr_svg("ABCD-EFGJ")


@pytest.mark.parametrize(("text", "title"), [("", "Code"), ("x" * 1001, "Code"), ("x", " ")])
def test_it_refuses_what_no_one_could_use(text, title):
    with pytest.raises(ValueError, match="QR code"):
        qr_svg(text, title=title)
