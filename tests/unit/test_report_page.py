"""A kept report gets a list of its contents, and loses none of its words."""

import re

import pytest

from voucher.web.report_page import report_page

KEPT = (
    "<h2>Summary</h2><p>One &amp; all.</p><h3>Part</h3>"
    "<h2>What it cost,\n  for whom</h2><h2>The offer’s <em>effect</em> &amp; more</h2>"
    "<h2>Summary</h2><h2>–</h2>"
)


def test_every_main_heading_is_in_the_list_and_can_be_reached() -> None:
    page = report_page(KEPT)
    assert page.contents == (
        ("part-summary", "Summary"),
        ("part-what-it-cost-for-whom", "What it cost, for whom"),
        ("part-the-offers-effect-more", "The offer’s effect & more"),
        ("part-summary-2", "Summary"),
        ("part-of-the-report", "–"),
    )
    assert re.findall(r'<h2 id="([^"]+)">', page.content) == [name for name, _ in page.contents]


def test_nothing_else_is_changed() -> None:
    assert re.sub(r' id="[^"]+"', "", report_page(KEPT).content) == KEPT


@pytest.mark.parametrize("kept", ["", "<p>Nothing.</p>", "<h2>One</h2><h2>Two</h2>"])
def test_a_short_page_is_left_as_it_is(kept: str) -> None:
    page = report_page(kept)
    assert (page.content, page.contents) == (kept, ())
