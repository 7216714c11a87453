"""The programme of the demonstration and its rounds: one over, one open, two being set up."""

from datetime import timedelta

from voucher.eligibility.default_rule_set import DEFAULT_RULE_SET
from voucher.programmes.models import (
    AllocationMethod,
    Programme,
    ReleaseMethod,
    Round,
    RuleSet,
    StratumBasis,
    Terms,
)
from voucher.programmes.operations import rounds
from voucher.programmes.rules import RoundSettings
from voucher.sandbox.seed.stage import (
    CLOSES_IN_DAYS,
    LAST_YEAR_BEGAN_DAYS_AGO,
    LAST_YEAR_CLOSED_DAYS_AGO,
    OPENED_DAYS_AGO,
    Stage,
)

LAST_YEAR_BUDGET_PENCE = 6_000_000
BUDGET_PENCE = 15_000_000
CAP_PENCE = 100_000
SHARE_BPS = 5_000
SECOND_FROM_PENCE = 80_000
SECOND_RELEASE_PENCE = 40_000
"""From here a release takes two: what is paid of one voucher is mostly below, of two above."""

SUMMARY = (
    "Vouchers that pay half the price of trying a technology, for small businesses in the north of "
    "England. A fictional programme: this is a demonstration."
)
TERMS = (
    "The voucher pays its share of the agreed price without VAT, up to its maximum. You pay the "
    "rest, and the VAT, to the provider.\n\n"
    "No work may begin before the voucher has been issued and all three parties have agreed. You "
    "confirm, or dispute, that the work was done.\n\n"
    "You answer short surveys after 3, 6 and 12 months. You keep your record of this support for "
    "three years, as the Subsidy Control Act 2022 asks.\n\n"
    "These are fictional terms of a demonstration."
)
DATA_NOTICE = (
    "We use what you tell us to decide on your application, to pay the provider, to find fraud and "
    "to learn whether the programme works, for which we may ring you and may use official figures "
    "of your turnover and staff. Named people in the programme see it; providers see "
    "only what they need for the work. Published figures never name a business.\n\n"
    "This is a fictional notice of a demonstration."
)


def set_up_programme(stage: Stage) -> None:
    """Create the programme, and the round of last year, which opens."""
    by = stage.people["manager"]
    at = stage.moment(455, 11)
    programme = rounds.create_programme(
        name="Northern Tech Tasters",
        summary=SUMMARY,
        contact_email="tasters@scheme.example",
        by=by,
        at=at,
    )
    rules = rounds.add_rule_set(
        programme=programme, content=DEFAULT_RULE_SET, note="The first rules", by=by, at=at
    )
    terms = rounds.add_terms(
        programme=programme, terms_text=TERMS, data_notice_text=DATA_NOTICE, by=None, at=at
    )
    made = _create(stage, programme, rules, terms, _last_year(stage), days_ago=455)
    stage.rounds["last_year"] = made.id


def _create(
    stage: Stage,
    programme: Programme,
    rules: RuleSet,
    terms: Terms,
    settings: RoundSettings,
    *,
    days_ago: int,
) -> Round:
    return rounds.create_round(
        programme=programme,
        settings=settings,
        rule_set=rules,
        terms=terms,
        by=stage.people["manager"],
        at=stage.moment(days_ago, 11),
    )


def open_last_year(stage: Stage) -> None:
    """Open last year's round."""
    at = stage.moment(LAST_YEAR_BEGAN_DAYS_AGO, 8)
    rounds.open_round(round_=stage.round("last_year"), by=stage.people["manager"], at=at)


def close_last_year(stage: Stage) -> None:
    """Close last year's round to new applications."""
    at = stage.moment(LAST_YEAR_CLOSED_DAYS_AGO, 18)
    rounds.close_round(round_=stage.round("last_year"), by=stage.people["manager"], at=at)


def open_present(stage: Stage) -> None:
    """Open the present round."""
    at = stage.moment(OPENED_DAYS_AGO, 8)
    rounds.open_round(round_=stage.round("now"), by=stage.people["manager"], at=at)


def set_up_present(stage: Stage) -> None:
    """Set up the present round."""
    last = stage.round("last_year")
    programme, rules, terms = last.programme, last.rule_set, last.terms
    made = _create(stage, programme, rules, terms, _present(stage), days_ago=OPENED_DAYS_AGO + 12)
    stage.rounds["now"] = made.id


def begin_next(stage: Stage) -> None:
    """Begin on the next two rounds, which stay drafts: one to be drawn by lot, one by scores."""
    present = stage.round("now")
    programme, rules, terms = present.programme, present.rule_set, present.terms
    for name, settings in (("next", _next(stage)), ("after_next", _after_next(stage))):
        made = _create(stage, programme, rules, terms, settings, days_ago=OPENED_DAYS_AGO - 20)
        stage.rounds[name] = made.id


def _last_year(stage: Stage) -> RoundSettings:
    opens = stage.day(LAST_YEAR_BEGAN_DAYS_AGO)
    return RoundSettings(
        name=f"First round, {opens:%B %Y}",
        opens_on=opens,
        closes_on=stage.day(LAST_YEAR_CLOSED_DAYS_AGO),
        budget_pence=LAST_YEAR_BUDGET_PENCE,
        value_cap_pence=CAP_PENCE,
        share_bps=SHARE_BPS,
        second_approver_from_pence=SECOND_FROM_PENCE,
        full_evidence_from_pence=60_000,
    )


def _present(stage: Stage) -> RoundSettings:
    opens = stage.day(OPENED_DAYS_AGO)
    return RoundSettings(
        name=f"Second round, {opens:%B %Y}",
        opens_on=opens,
        closes_on=stage.today + timedelta(days=CLOSES_IN_DAYS),
        budget_pence=BUDGET_PENCE,
        value_cap_pence=CAP_PENCE,
        share_bps=SHARE_BPS,
        second_approver_from_pence=SECOND_FROM_PENCE,
        full_evidence_from_pence=60_000,
        release_method=ReleaseMethod.BY_FINANCE,
        second_release_pence=SECOND_RELEASE_PENCE,
    )


def _next(stage: Stage) -> RoundSettings:
    opens = stage.today + timedelta(days=CLOSES_IN_DAYS + 30)
    return RoundSettings(
        name=f"Third round, {opens:%B %Y}",
        opens_on=opens,
        closes_on=opens + timedelta(days=90),
        budget_pence=20_000_000,
        value_cap_pence=150_000,
        share_bps=SHARE_BPS,
        allocation_method=AllocationMethod.RANDOM,
        draw_stratum=StratumBasis.PLACE,
        second_approver_from_pence=100_000,
        release_method=ReleaseMethod.BY_FINANCE,
        second_release_pence=SECOND_RELEASE_PENCE,
    )


def _after_next(stage: Stage) -> RoundSettings:
    opens = stage.today + timedelta(days=CLOSES_IN_DAYS + 210)
    return RoundSettings(
        name=f"Fourth round, {opens:%B %Y}",
        opens_on=opens,
        closes_on=opens + timedelta(days=90),
        budget_pence=20_000_000,
        value_cap_pence=150_000,
        share_bps=SHARE_BPS,
        allocation_method=AllocationMethod.SCORED,
        second_approver_from_pence=100_000,
        release_method=ReleaseMethod.BY_FINANCE,
        second_release_pence=SECOND_RELEASE_PENCE,
    )
