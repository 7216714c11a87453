"""Eligibility: each kind of rule at its edges, unknown facts, verdicts, and rule sets as data."""

import json
from copy import deepcopy
from dataclasses import fields, replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voucher.eligibility.default_rule_set import DEFAULT_RULE_SET
from voucher.eligibility.rules import (
    KINDS,
    NOT_FOUND,
    PUBLIC_FACTS,
    Facts,
    InvalidRuleSet,
    Result,
    RuleSet,
    Severity,
    Unknown,
    Verdict,
    check,
    full_months_between,
    pre_check,
    pre_check_facts,
)

RULES = RuleSet.from_dict(DEFAULT_RULE_SET)
GOOD = Facts(
    outcode="M1",
    local_authority_code="E08000003",
    area_share_bps=10_000,
    legal_form="company",
    headcount=12,
    trading_months=60,
    register_status="active",
    sector="food",
    sic_codes=("10710",),
    problem_text="Orders come by telephone and are copied twice by hand. " * 3,
    signatory_has_authority=True,
    holds_live_voucher=False,
    connected_to_provider=False,
    already_uses_technology=False,
    mfa_headroom_pence=31_500_000,
    award_pence=200_000,
)


def one_rule(kind, severity="refuse", **parameters):
    rule = {
        "code": "it",
        "kind": kind,
        "severity": severity,
        "parameters": parameters,
        "reason": "Because.",
        "what_to_do": "Do that.",
    }
    return RuleSet.from_dict({"version": 3, "rules": [rule]})


def result_of(facts, rule_set):
    (found,) = check(facts, rule_set).results
    return found.result


def test_a_business_that_meets_every_rule_is_eligible():
    outcome = check(GOOD, RULES)
    assert outcome.verdict is Verdict.ELIGIBLE
    assert {found.result for found in outcome.results} == {Result.PASSED}
    assert outcome.failures == ()
    assert outcome.rule_set_version == 1


AREAS = {"outcodes": ["CH1"], "postcode_areas": ["M"], "local_authorities": ["E08000003"]}
SECTORS = {"excluded_sectors": ["gambling"], "excluded_sic_prefixes": ["92"]}


@pytest.mark.parametrize(
    ("kind", "parameters", "known", "result"),
    [
        ("area_listed", AREAS, {"outcode": "M60"}, "passed"),
        ("area_listed", AREAS, {"outcode": "CH1", "local_authority_code": ""}, "passed"),
        ("area_listed", AREAS, {"outcode": "CH11", "local_authority_code": ""}, "failed"),
        ("area_listed", AREAS, {"outcode": "ME1", "local_authority_code": ""}, "failed"),
        ("area_listed", AREAS, {"outcode": "SK1"}, "passed"),
        ("area_listed", {**AREAS, "local_authorities": []}, {"outcode": "SK1"}, "failed"),
        ("area_share", {"least_bps": 9_950}, {"area_share_bps": 9_950}, "passed"),
        ("area_share", {"least_bps": 9_950}, {"area_share_bps": 9_949}, "failed"),
        ("headcount", {"most": 249}, {"headcount": 249}, "passed"),
        ("headcount", {"most": 249}, {"headcount": 250}, "failed"),
        ("trading_time", {"least_months": 6}, {"trading_months": 6}, "passed"),
        ("trading_time", {"least_months": 6}, {"trading_months": 5}, "failed"),
        ("legal_form", {"allowed": ["charity"]}, {"legal_form": "charity"}, "passed"),
        ("legal_form", {"allowed": ["charity"]}, {"legal_form": "company"}, "failed"),
        ("sector", SECTORS, {"sector": "food", "sic_codes": ("10920",)}, "passed"),
        ("sector", SECTORS, {"sector": "gambling", "sic_codes": ()}, "failed"),
        ("sector", SECTORS, {"sector": "food", "sic_codes": ("10710", "92000")}, "failed"),
        ("sector", SECTORS, {"sector": "food", "sic_codes": ()}, "passed"),
        (
            "sector",
            {"excluded_sectors": [], "excluded_sic_prefixes": []},
            {"sector": Unknown.PENDING, "sic_codes": Unknown.PENDING},
            "passed",
        ),
        ("problem_described", {"least_characters": 5}, {"problem_text": " ab\n\n cd "}, "passed"),
        ("problem_described", {"least_characters": 6}, {"problem_text": "ab      cd"}, "failed"),
        ("signatory", {}, {"signatory_has_authority": False}, "failed"),
        ("subsidy_headroom", {"least_pence": 1}, {"mfa_headroom_pence": 1}, "passed"),
        ("subsidy_headroom", {"least_pence": 1}, {"mfa_headroom_pence": 0}, "failed"),
        ("subsidy_award", {}, {"mfa_headroom_pence": 200_000}, "passed"),
        ("subsidy_award", {}, {"mfa_headroom_pence": 199_999}, "failed"),
        ("no_live_voucher", {}, {"holds_live_voucher": True}, "failed"),
        ("no_connection", {}, {"connected_to_provider": True}, "failed"),
        ("new_technology", {}, {"already_uses_technology": True}, "failed"),
    ],
)
def test_each_kind_of_rule_at_its_edge(kind, parameters, known, result):
    assert result_of(replace(GOOD, **known), one_rule(kind, **parameters)) == result


TRADING = one_rule("trading", registered_forms=["company"], accepted_statuses=["active"])


@pytest.mark.parametrize(
    ("legal_form", "status", "result"),
    [
        ("company", "active", Result.PASSED),
        ("company", "dissolved", Result.FAILED),
        ("company", "liquidation", Result.FAILED),
        ("company", NOT_FOUND, Result.FAILED),
        ("company", Unknown.PENDING, Result.PENDING),
        ("company", Unknown.NOT_ASKED, Result.NOT_ASKED),
        ("sole_trader", Unknown.NOT_ASKED, Result.PASSED),
        ("sole_trader", Unknown.PENDING, Result.PASSED),
        (Unknown.NOT_ASKED, "active", Result.NOT_ASKED),
    ],
)
def test_trading_is_asked_of_the_register_for_those_who_are_on_it(legal_form, status, result):
    assert (
        result_of(replace(GOOD, legal_form=legal_form, register_status=status), TRADING) is result
    )


def test_a_register_that_is_down_leaves_the_check_pending_and_fails_nothing():
    facts = replace(GOOD, register_status=Unknown.PENDING, sic_codes=Unknown.PENDING)
    outcome = check(facts, RULES)
    assert outcome.verdict is Verdict.PENDING
    assert [found.code for found in outcome.which(Result.PENDING)] == ["trading", "sector"]
    assert outcome.failures == ()


def test_every_failing_reason_is_given_at_once():
    facts = replace(
        GOOD, area_share_bps=0, headcount=900, trading_months=1, already_uses_technology=True
    )
    outcome = check(facts, RULES)
    assert outcome.verdict is Verdict.REFUSED
    assert [found.code for found in outcome.failures] == [
        "in_the_north",
        "surely_in_the_north",
        "size",
        "trading_time",
    ]
    assert all(found.reason and found.what_to_do for found in outcome.failures)
    assert [found.code for found in outcome.which(Result.FAILED)][-1] == "new_technology"


def test_a_district_across_the_border_goes_to_a_person():
    outcome = check(replace(GOOD, area_share_bps=5_202), RULES)
    assert outcome.verdict is Verdict.REFER
    assert [found.code for found in outcome.failures] == ["surely_in_the_north"]


@pytest.mark.parametrize(
    ("severity", "verdict"),
    [("refuse", Verdict.REFUSED), ("refer", Verdict.REFER), ("record", Verdict.ELIGIBLE)],
)
def test_the_severity_decides_what_a_failed_rule_does(severity, verdict):
    facts = replace(GOOD, headcount=900)
    assert check(facts, one_rule("headcount", severity, most=249)).verdict is verdict


@pytest.mark.parametrize("unknown", Unknown)
@pytest.mark.parametrize("severity", Severity)
def test_only_a_rule_that_just_records_may_stay_unanswered(severity, unknown):
    facts = replace(GOOD, headcount=unknown)
    outcome = check(facts, one_rule("headcount", severity.value, most=249))
    expected = Verdict.ELIGIBLE if severity is Severity.RECORD else Verdict.PENDING
    assert outcome.verdict is expected
    assert outcome.results[0].result.value == unknown.value


def test_a_refusal_does_not_wait_for_a_source_that_is_down():
    facts = replace(GOOD, headcount=900, register_status=Unknown.PENDING)
    assert check(facts, RULES).verdict is Verdict.REFUSED


def test_a_referral_waits_for_a_source_that_is_down():
    facts = replace(GOOD, trading_months=1, register_status=Unknown.PENDING)
    assert check(facts, RULES).verdict is Verdict.PENDING


def test_nobody_is_eligible_by_not_being_asked():
    assert check(Facts(), RULES).verdict is Verdict.PENDING


def test_the_pre_check_answers_from_what_was_asked():
    facts = pre_check_facts(
        area_share_bps=10_000, legal_form="sole_trader", headcount=3, trading_months=24
    )
    outcome = pre_check(facts, RULES)
    assert outcome.verdict is Verdict.ELIGIBLE
    assert "problem_described" in [found.code for found in outcome.which(Result.NOT_ASKED)]
    assert pre_check(replace(facts, headcount=300), RULES).verdict is Verdict.REFUSED
    assert pre_check(replace(facts, trading_months=2), RULES).verdict is Verdict.REFER


def test_the_pre_check_asks_nothing_that_names_a_business():
    assert {field.name for field in fields(Facts)} >= PUBLIC_FACTS
    with pytest.raises(TypeError, match="register_status"):
        pre_check_facts(register_status="active")


def test_facts_and_results_can_be_stored_and_read_again():
    facts = replace(GOOD, register_status=Unknown.PENDING, sector=Unknown.NOT_ASKED)
    stored = json.loads(json.dumps(facts.to_dict()))
    assert stored["register_status"] == {"unknown": "pending"}
    assert Facts.from_dict(stored) == facts
    assert Facts.from_dict({"headcount": 5, "a_fact_of_old": 1}) == Facts(headcount=5)
    results = json.loads(json.dumps([found.to_dict() for found in check(facts, RULES).results]))
    assert results[0] == {
        "code": "in_the_north",
        "kind": "area_share",
        "severity": "refuse",
        "result": "passed",
        "reason": RULES.rules[0].reason,
        "what_to_do": RULES.rules[0].what_to_do,
    }


def test_a_rule_set_is_data():
    assert RuleSet.from_dict(json.loads(json.dumps(RULES.to_dict()))) == RULES
    assert RULES.to_dict() == DEFAULT_RULE_SET


def test_the_default_rules_use_every_kind_but_the_list_of_areas():
    assert {rule.kind for rule in RULES.rules} == KINDS.keys() - {"area_listed"}


def broken(**changes):
    content = deepcopy(DEFAULT_RULE_SET)
    content["rules"] = content["rules"][3:5]
    content["rules"][0].update(changes)
    return content


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ({"version": 1}, "at least one"),
        ({"version": 1, "rules": []}, "at least one"),
        ({"version": 1, "rules": {}}, "at least one"),
        ({"version": 1, "rules": ["x"]}, "rule 1: must have code"),
        ({"version": 1, "rules": [{"code": "x"}]}, "rule 1: must have code"),
        ({**broken(), "version": 0}, "version"),
        ({**broken(), "version": "1"}, "version"),
        ({**broken(), "version": True}, "version"),
        (broken(code=" "), "code must be some text"),
        (broken(code=["size"]), "code must be some text"),
        (broken(reason=""), "reason must be some text"),
        (broken(what_to_do=None), "what_to_do must be some text"),
        (broken(severity="fatal"), "severity must be"),
        (broken(severity=None), "severity must be"),
        (broken(kind="astrology"), "no such kind"),
        (broken(kind=["headcount"]), "no such kind"),
        (broken(parameters=None), "parameters must be: most"),
        (broken(parameters={}), "parameters must be: most"),
        (broken(parameters={"most": 1, "least": 1}), "parameters must be: most"),
        (broken(parameters={"most": -1}), "most is of the wrong form"),
        (broken(parameters={"most": True}), "most is of the wrong form"),
        (broken(parameters={"most": 1.5}), "most is of the wrong form"),
        (broken(kind="signatory"), "parameters must be: none"),
        (broken(kind="legal_form", parameters={"allowed": "company"}), "allowed is of the wrong"),
        (broken(kind="legal_form", parameters={"allowed": [1]}), "allowed is of the wrong"),
        (broken(code="trading"), "another rule has this code"),
    ],
)
def test_a_faulty_rule_set_is_refused_with_its_fault(content, problem):
    with pytest.raises(InvalidRuleSet, match=problem):
        RuleSet.from_dict(content)


def test_every_fault_is_named_at_once():
    with pytest.raises(InvalidRuleSet) as refused:
        RuleSet.from_dict({**broken(kind="astrology", severity="fatal", reason=""), "version": 0})
    assert len(refused.value.problems) == 4


FACTS = st.builds(
    Facts,
    area_share_bps=st.integers(0, 10_000) | st.sampled_from(Unknown),
    legal_form=st.sampled_from(["company", "sole_trader", "charity", "other", *Unknown]),
    headcount=st.integers(0, 400) | st.sampled_from(Unknown),
    trading_months=st.integers(0, 24) | st.sampled_from(Unknown),
    register_status=st.sampled_from(["active", "dissolved", NOT_FOUND, *Unknown]),
    sic_codes=st.sampled_from([(), ("10710",), ("92000",), *Unknown]),
    problem_text=st.sampled_from(["short", "long " * 30, *Unknown]),
    signatory_has_authority=st.sampled_from([True, False, *Unknown]),
    holds_live_voucher=st.sampled_from([True, False, *Unknown]),
    connected_to_provider=st.sampled_from([True, False, *Unknown]),
    already_uses_technology=st.sampled_from([True, False, *Unknown]),
    mfa_headroom_pence=st.integers(0, 400_000) | st.sampled_from(Unknown),
    award_pence=st.integers(1, 400_000) | st.sampled_from(Unknown),
)


@given(FACTS)
def test_the_verdict_follows_from_the_results_whatever_the_facts(facts):
    outcome = check(facts, RULES)
    deciding = [found for found in outcome.results if found.severity is not Severity.RECORD]
    eligible = all(found.result is Result.PASSED for found in deciding)
    refused = any(
        found.result is Result.FAILED and found.severity is Severity.REFUSE for found in deciding
    )
    assert (outcome.verdict is Verdict.ELIGIBLE) == eligible
    assert (outcome.verdict is Verdict.REFUSED) == refused
    assert Facts.from_dict(json.loads(json.dumps(facts.to_dict()))) == facts


@given(FACTS, st.sampled_from([field.name for field in fields(Facts)]))
def test_losing_a_fact_never_adds_a_failure(facts, name):
    failed = {found.code for found in check(facts, RULES).which(Result.FAILED)}
    without = check(replace(facts, **{name: Unknown.PENDING}), RULES)
    assert {found.code for found in without.which(Result.FAILED)} <= failed


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        (date(2026, 1, 15), date(2026, 7, 14), 5),
        (date(2026, 1, 15), date(2026, 7, 15), 6),
        (date(2024, 12, 31), date(2026, 1, 1), 12),
        (date(2026, 7, 1), date(2026, 1, 1), 0),
    ],
)
def test_counts_whole_months(start, end, months):
    assert full_months_between(start, end) == months
