"""What weakens a trial is told, the gravest first."""

from tests.factories.findings import by_arm, make_findings, make_outcome
from voucher.evaluation.reports.limitations import ALWAYS, limitations


def test_a_sound_trial_has_what_every_trial_has() -> None:
    found = make_findings(displacement={"custom_won_locally": by_arm("Won", 0.1, 0.1)})
    assert limitations(found) == ALWAYS


def test_everything_that_weakens_it_is_told() -> None:
    found = make_findings(plan=None)
    found["design"].update(underpowered=True, downgrades=[{"reason": "Out of balance."}])
    found["outcomes"] = [make_outcome(n_offered=60, n_comparison=50)]
    found["outcomes"][0]["itt"]["dropped_strata"] = ["S3"]
    found["flow"]["received"]["offered"] = 60
    told = limitations(found)
    assert told[0].startswith("Underpowered")
    for words in (
        "No analysis plan was locked",
        "Out of balance.",
        "Only 36.7% of those drawn answered",
        "only one group answered",
        "Only 40.0% of those offered a voucher used it",
        "nearby lost what these gained was not measured",
    ):
        assert any(words in each for each in told), words


def test_departures_and_a_design_that_is_not_rated_are_told() -> None:
    found = make_findings()
    found["plan"]["deviations"] = [{"at": "2026-06-01T00:00:00+00:00", "what": "x", "why": "y"}]
    found["design"].update(
        sms_level=None, not_rated="Nobody.", notes=[{"reason": "Staff differs."}]
    )
    told = limitations(found)
    assert told[0].startswith("The analysis departs from its plan in one point")
    assert told[1:3] == ("Nobody.", "Staff differs.")


def test_what_is_withheld_or_missing_makes_no_rate() -> None:
    found = make_findings()
    found["outcomes"] = [make_outcome(n_offered=None)]
    found["flow"]["received"]["offered"] = None
    assert not any(each.startswith("Only") for each in limitations(found))
