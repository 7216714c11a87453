"""A report's content as that of a web page."""

from voucher.evaluation.reports.documents import web_page


def test_tables_and_charts_scroll_in_regions_of_different_names() -> None:
    body = "<svg>a</svg><table><caption>Flow</caption></table><p>x</p><svg>b</svg>"
    page = web_page(body)
    for label, inner in (
        ("Chart 1", "<svg>a</svg>"),
        ("Flow", "<table><caption>Flow</caption></table>"),
        ("Chart 2", "<svg>b</svg>"),
    ):
        assert f'role="region" tabindex="0" aria-label="{label}">{inner}</div>' in page
    assert "</div><p>x</p><div" in page
