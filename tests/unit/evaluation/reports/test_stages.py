"""Which stages of equality monitoring a report leaves out."""

from tests.factories.findings import make_findings
from tests.unit.evaluation.test_figures import figures, paid
from voucher.evaluation.figures import Case
from voucher.evaluation.reports.rounds import withheld_stages


def test_a_description_without_small_counts_leaves_out_nothing() -> None:
    assert withheld_stages(figures(paid(20))) == frozenset()


def test_who_was_eligible_goes_with_a_withheld_exit() -> None:
    described = figures([*paid(20), Case("refused"), Case("withdrawn_after")])
    assert withheld_stages(described) == {"eligible"}


def test_a_stage_goes_with_its_number() -> None:
    described = figures([*paid(3), *[Case("refused")] * 9])
    assert withheld_stages(described) >= {"offered", "redeemed"}


def test_of_a_trial_its_own_flow_decides() -> None:
    described, found = figures(paid(20)), make_findings()
    assert withheld_stages(described, found) == frozenset()
    found["flow"]["received"]["comparison"] = None
    found["flow"]["excluded"][0]["count"] = found["flow"]["assessed"] = None
    assert withheld_stages(described, found) == {"applied", "eligible", "redeemed"}
