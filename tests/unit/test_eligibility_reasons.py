"""Failing rules as a business is told them."""

from voucher.eligibility.default_rule_set import DEFAULT_RULE_SET
from voucher.eligibility.reasons import reasons_in, stored_results
from voucher.eligibility.rules import Facts, RuleSet, check

RULES = RuleSet.from_dict(DEFAULT_RULE_SET)


def codes(found):
    return [result.code for result in found]


def test_far_outside_is_not_also_on_the_edge():
    reasons = reasons_in(check(Facts(area_share_bps=0, trading_months=1), RULES).results)
    assert codes(reasons.against) == ["in_the_north"]
    assert codes(reasons.to_look_at) == ["trading_time"]
    assert codes(reasons.everything) == ["in_the_north", "trading_time"]


def test_on_the_edge_a_person_looks():
    reasons = reasons_in(check(Facts(area_share_bps=5_000), RULES).results)
    assert (codes(reasons.against), codes(reasons.to_look_at)) == ([], ["surely_in_the_north"])


def test_what_is_only_recorded_is_no_reason():
    assert reasons_in(check(Facts(already_uses_technology=True), RULES).results).everything == ()


def test_a_stored_check_says_the_same():
    results = check(Facts(headcount=300, connected_to_provider=True), RULES).results
    stored = [result.to_dict() for result in results]
    assert stored_results(stored) == list(results)
    assert reasons_in(stored_results(stored)) == reasons_in(results)
