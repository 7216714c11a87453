"""The web process loads no statistics, plots or PDF library: they cost seconds and memory."""

import subprocess
import sys

import pytest

CODE = """
import sys
{}
print(sorted({{"numpy", "scipy", "statsmodels", "matplotlib", "pandas", "weasyprint"}}
    & set(sys.modules)))
"""


PAGES = "import voucher.web.staff, voucher.web.public, voucher.web.business, voucher.web.provider"
PLANNER = """
from tests.unit.evaluation.plans.plans import ON_A_SHARE, ON_AN_AVERAGE
from voucher.evaluation.plans.sizes import plan_figures
for plan in (ON_A_SHARE, ON_AN_AVERAGE):
    assert plan_figures(plan)["compared"]["detectable"]
"""


@pytest.mark.slow
@pytest.mark.parametrize("work", [PAGES, PLANNER], ids=["pages", "planner"])
def test_pages_load_no_heavy_library(work):
    run = subprocess.run(
        [sys.executable, "-c", CODE.format(work)], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"
