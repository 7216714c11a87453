"""Charts: words beside every mark, the same characters each time, nothing heavy early."""

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from voucher.evaluation.charts import Bar, Change, change_chart, flow_chart, money_chart

BARS = [Bar("Applications sent", 80, "80"), Bar("Vouchers paid", None, "withheld")]
MONEY = [Bar(name, pence, "£1") for name, pence in zip("abcd", (4, 3, 2, 1), strict=True)]
CHANGES = [
    Change("Hours", "hours", 9.2, 4.1, 31),
    Change("Adoption", "%", 20, 62, 31),
    Change("Same", "1 to 5", 3, 3, 31),
]


def made():
    return (flow_chart(BARS), money_chart(MONEY), change_chart(CHANGES, "6 months after"))


@pytest.fixture(scope="module")
def charts():
    return made()


def title_of(chart):
    return ElementTree.fromstring(chart).find("{http://www.w3.org/2000/svg}title").text


def test_each_says_in_words_what_it_shows(charts):
    flow, money, change = charts
    assert "Applications sent: 80; Vouchers paid: withheld" in title_of(flow)
    assert "a: £1; b: £1" in title_of(money)
    assert "Hours: 9.2 before, 4.1 after (hours, 31 businesses)" in title_of(change)


def test_the_same_figures_give_the_same_characters(charts):
    assert made() == charts


def test_nothing_in_them_loads_or_runs(charts):
    for chart in charts:
        assert "<script" not in chart
        assert "<metadata" not in chart
        assert 'href="http' not in chart


def test_an_empty_round_can_be_drawn():
    assert "<svg" in flow_chart([Bar("Applications sent", 0, "0")])
    assert "<svg" in money_chart([Bar(name, 0, "£0") for name in "abcd"])


@pytest.mark.slow
def test_importing_reports_and_jobs_loads_neither_charts_nor_pdf_libraries():
    code = (
        "import sys, voucher.evaluation.reports, voucher.evaluation.jobs, voucher.cli.jobs;"
        "heavy = {'matplotlib', 'weasyprint', 'numpy'} & set(sys.modules);"
        "sys.exit(', '.join(heavy) or None)"
    )
    root = Path(__file__).parents[3]
    ran = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
