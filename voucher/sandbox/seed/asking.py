"""Before the application: the business asks whether it would qualify, of which a count is kept."""

from datetime import datetime

from voucher.applications.queries.facts import place_facts
from voucher.businesses.places import place_of
from voucher.core.clock import london_date
from voucher.eligibility.operations import count_precheck
from voucher.eligibility.rules import RuleSet, full_months_between, pre_check, pre_check_facts
from voucher.programmes.queries import round_by_id
from voucher.sandbox.seed.case import Case
from voucher.subsidy.queries import thresholds
from voucher.subsidy.rules import threshold_on


def look_first(case: Case, at: datetime) -> None:
    """The public check, answered as the page answers it."""
    today, known = london_date(at), case.business
    outcode = known.address.postcode.split(" ")[0]
    facts = pre_check_facts(
        **place_facts(place_of(outcode), outcode),
        legal_form=known.legal_form,
        headcount=known.headcount,
        trading_months=full_months_between(known.trading_since_on, today),
        holds_live_voucher=False,
        mfa_headroom_pence=threshold_on(today, thresholds()),
    )
    rule_set = RuleSet.from_dict(round_by_id(case.round_id).rule_set.content)
    count_precheck(verdict=pre_check(facts, rule_set).verdict, on=today)
