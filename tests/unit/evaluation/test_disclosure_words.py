"""That words and p-values do not tell what is withheld beside them."""

import json
import math
from copy import deepcopy
from dataclasses import replace

import pytest

from tests.factories.trials import simulated_set, trial_plan
from tests.unit.evaluation.test_disclosure import findings, outcome, whys
from voucher.evaluation.analysis.design import BALANCE_NOT_MEASURED
from voucher.evaluation.analysis.set import findings as found_by_the_engine
from voucher.evaluation.disclosure import GIVES_AWAY, protect_findings
from voucher.evaluation.disclosure_words import LOWERED, UNTOLD, coarse, significant

EFFECTS = ("itt", "relative", "users", "lee")


def refused(made, **reasons):
    """The outcome with these effects not given, and the lines the engine writes about it."""
    for effect, reason in reasons.items():
        made[effect], made[f"{effect}_refused"] = None, reason
    return [f"adoption (month_6), {effect}: {reason}" for effect, reason in reasons.items()]


def with_known(rows, values):
    follow = {wave: dict(columns) for wave, columns in rows.follow_up.items()}
    follow["month_6"]["adoption"] = tuple(values)
    return replace(rows, follow_up=follow)


def test_the_engine_does_not_say_that_one_answered():
    rows = simulated_set(60)
    values, seen = [], 0
    known = rows.follow_up["month_6"]["adoption"]
    for value, offered in zip(known, rows.offered, strict=True):
        seen += not offered and not math.isnan(value)
        values.append(value if offered or seen <= 1 else math.nan)
    made = found_by_the_engine(
        with_known(rows, values), trial_plan(estimator="difference", covariates=())
    )
    assert "only 1" in json.dumps(made)
    found = protect_findings(made).content
    assert "only 1" not in json.dumps(found)
    assert found["outcomes"][0]["itt_refused"] == UNTOLD
    assert UNTOLD in found["refusals"][0]
    assert found["refusals"][0].startswith(made["refusals"][0].split(":")[0])
    assert found["design"]["not_rated"] == (f"The primary outcome could not be estimated: {UNTOLD}")
    assert protect_findings(found).content == found


@pytest.mark.parametrize("estimator", ["difference", "stratified", "ancova"])
def test_the_engine_does_not_say_that_nobody_in_a_small_group_adopted(estimator):
    rows = simulated_set(24)
    rows = replace(
        with_known(rows, [0.0] * len(rows)),
        baseline={**rows.baseline, "adoption": (1.0,) * len(rows)},
    )
    covariates = ("hours_lost_week",) if estimator == "ancova" else ()
    made = found_by_the_engine(rows, trial_plan(estimator=estimator, covariates=covariates))
    found = protect_findings(made).content
    first = found["outcomes"][0]
    told = [first[f"{effect}_refused"] for effect in EFFECTS]
    assert first["mean_offered"] is first["mean_comparison"] is None
    assert all(each is None or each == UNTOLD or each.startswith("Withheld") for each in told)
    assert "Nobody" not in json.dumps(found["refusals"])
    line = next(each for each in found["baseline"] if each["code"] == "adoption")
    assert line["refused"].startswith("Withheld")


def test_what_is_said_of_another_outcome_stays():
    first = outcome(n=(37, 30), drawn=(40, 40))
    second = outcome("hours", "secondary", share=False, n=(30, 30), yes=(60, 60), drawn=(40, 40))
    lines = refused(first, users="the offer moved 2 of them", lee="none of 3 can be left out")
    second["users"], second["users_refused"] = None, "the offer moved 2 of them"
    kept = "hours (month_6), users: the offer moved 2 of them"
    unlike = "adoption (month_6), itt: something else"
    made = findings(first, second, refusals=[*lines, kept, unlike])
    made["design"]["downgrades"] = [{"reason": "Something else."}]
    found = protect_findings(made).content
    assert found["outcomes"][0]["users_refused"] == UNTOLD
    assert found["outcomes"][1]["users_refused"] == "the offer moved 2 of them"
    assert found["refusals"] == [
        f"adoption (month_6), users: {UNTOLD}",
        f"adoption (month_6), lee: {UNTOLD}",
        kept,
        unlike,
    ]
    assert found["design"]["downgrades"] == [{"reason": "Something else."}]


def test_withheld_take_up_takes_the_reason_of_the_effect_on_users():
    first = outcome("hours", share=False, n=(30, 30), yes=(60, 60), drawn=(40, 40))
    first["users"], first["users_refused"] = None, "only 2 used it"
    first["itt"]["n_offered"] = 30
    first["relative"], first["relative_refused"] = None, "no ratio of hours"
    found = protect_findings(findings(first, received=(3, 0))).content["outcomes"][0]
    assert found["users_refused"] == UNTOLD
    assert found["relative_refused"] == "no ratio of hours"


def support(comparison, number):
    line = {"unit": "%", "offered": 0.3, "n_offered": 30}
    return {"similar_support": {**line, "comparison": comparison, "n_comparison": number}}


@pytest.mark.parametrize(("share", "number", "stays"), [(4 / 15, 15, False), (0.5, 30, True)])
def test_similar_support_of_a_small_group_is_not_told_in_words(share, number, stays):
    made = findings(outcome(), contamination=support(share, number))
    words = f"{share:.0%} of the comparison had similar support elsewhere (more than 20%)."
    made["design"]["downgrades"] = [{"reason": words}]
    found = protect_findings(made).content["design"]["downgrades"]
    assert found == [{"reason": words if stays else LOWERED}]


@pytest.mark.parametrize(("mean", "stays"), [(1 / 12, False), (0.5, True)])
def test_an_imbalance_of_a_withheld_line_is_not_told_in_words(mean, stays):
    line = {"code": "crm", "label": "Uses a CRM", "unit": "%", "is_share": True}
    line |= {"mean_offered": mean, "n_offered": 12, "mean_comparison": 0.5, "n_comparison": 30}
    line |= {"standardised": 0.6, "refused": None}
    made = findings(outcome(), baseline=[line])
    words = "The arms differ before the draw by more than 0.25 standard deviations in: Uses a CRM."
    made["design"]["downgrades"] = [{"reason": words}, {"reason": "Something else."}]
    found = protect_findings(made).content["design"]["downgrades"]
    assert [each["reason"] for each in found] == [words if stays else LOWERED, "Something else."]


@pytest.mark.parametrize(("mean", "stays"), [(1 / 12, False), (0.5, True)])
def test_a_note_on_a_withheld_line_goes(mean, stays):
    line = {"code": "crm", "label": "Uses a CRM", "unit": "%", "is_share": True}
    line |= {"mean_offered": mean, "n_offered": 12, "mean_comparison": 0.5, "n_comparison": 30}
    made = findings(outcome(), baseline=[line | {"standardised": 0.6, "refused": None}])
    notes = [{"reason": "The arms differ before the draw in: Uses a CRM. No level is taken."}]
    made["design"]["notes"] = notes
    assert protect_findings(made).content["design"]["notes"] == (notes if stays else [])


def test_that_so_few_answered_that_balance_is_unknown_is_not_told():
    line = {"code": "crm", "label": "Uses a CRM", "unit": "%", "is_share": True}
    line |= {"mean_offered": 1.0, "n_offered": 1, "mean_comparison": 0.5, "n_comparison": 30}
    made = findings(outcome(), baseline=[line | {"standardised": None, "refused": "only 1 row"}])
    made["design"]["downgrades"] = [{"reason": BALANCE_NOT_MEASURED}]
    assert protect_findings(made).content["design"]["downgrades"] == [{"reason": LOWERED}]


def precise(made):
    """The same outcome with p-values of many digits."""
    made["itt"]["p_value"], made["users"]["p_value"] = 0.0123456, 0.0323456
    made["randomisation"]["p_value"] = 0.0145678
    made["holm"], made["benjamini_hochberg"] = 0.0246912, 0.0185184
    return made


def test_p_values_beside_a_hidden_number_have_one_digit():
    first = precise(outcome(n=(37, 30), yes=(18, 12), drawn=(40, 40)))
    found = protect_findings(findings(first))
    each = found.content["outcomes"][0]
    assert each["itt"]["p_value"] == 0.02
    assert each["users"]["p_value"] == 0.04
    assert each["randomisation"]["p_value"] == 0.02
    assert each["randomisation"]["monte_carlo_error"] is None
    assert "outcomes.adoption at month_6.monte_carlo_error" in whys(found)


def test_effects_that_are_not_there_need_no_rounding():
    first = outcome(n=(37, 30), yes=(18, 12), drawn=(40, 40))
    first["users"] = first["randomisation"] = None
    found = protect_findings(findings(first)).content["outcomes"][0]
    assert found["users"] is found["randomisation"] is None


def test_adjusted_p_values_of_all_are_coarse_where_one_is_hidden():
    first = outcome(n=(30, 30), drawn=(40, 40))
    hidden = precise(outcome("renewed", "secondary", n=(37, 30), yes=(18, 12), drawn=(40, 40)))
    other = precise(outcome("hours", "secondary", share=False, n=(30, 30), drawn=(40, 40)))
    found = protect_findings(findings(first, hidden, other)).content["outcomes"]
    for each in found[1:]:
        assert (each["holm"], each["benjamini_hochberg"]) == (0.03, 0.02)
    assert found[2]["itt"]["p_value"] == 0.0123456
    assert all(each["holm"] >= each["itt"]["p_value"] for each in found[1:])


def test_what_the_trial_could_find_goes_with_the_number_of_answers():
    made = findings(outcome(n=(37, 30), yes=(18, 12), drawn=(40, 40)))
    made["design"]["achieved_detectable"] = 0.19957
    found = protect_findings(made)
    assert found.content["design"]["achieved_detectable"] is None
    assert whys(found)["design.achieved_detectable"] == GIVES_AWAY
    whole = findings(outcome())
    whole["design"]["achieved_detectable"] = 0.19957
    assert protect_findings(whole).content == whole


def test_the_cost_of_an_adopter_goes_with_the_number_of_answers():
    made = findings(outcome(n=(37, 30), yes=(18, 12), drawn=(40, 40)), received=(30, 0))
    found = protect_findings(made)
    cost = found.content["cost"]
    assert cost["per_adopter_pence"] is cost["per_adopter_low_pence"] is None
    assert cost["per_adopter_high_pence"] is None
    assert cost["per_voucher_pence"] == 90000
    assert whys(found)["cost.per_adopter_pence"] == GIVES_AWAY


def test_why_an_adopter_has_no_cost_does_not_tell_of_a_withheld_effect():
    made = findings(outcome(n=(12, 40), yes=(0, 12), drawn=(22, 50)), drawn=(22, 50))
    made["cost"].update(per_adopter_pence=None, why="The interval holds nothing.")
    assert protect_findings(made).content["cost"]["why"] == UNTOLD
    whole = findings(outcome())
    whole["cost"].update(per_adopter_pence=None, why="The interval holds nothing.")
    assert protect_findings(deepcopy(whole)).content == whole


@pytest.mark.parametrize(
    ("exact", "told"),
    [(0.0, 0.0), (1e-9, 0.001), (0.0012, 0.002), (0.041, 0.05), (0.07, 0.07), (0.95, 1.0), (1, 1)],
)
def test_a_coarse_p_value_is_rounded_up_and_stays(exact, told):
    assert coarse(exact) == told
    assert coarse(coarse(exact)) == told


def test_nothing_stays_nothing():
    assert coarse(None) is significant(None) is None
    assert significant(123.4) == 120
