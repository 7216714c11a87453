"""A report up to a moment is the same, byte for byte, whatever has happened since."""

from datetime import timedelta
from functools import partial

import pytest

from tests.factories.cases import make_officer
from tests.factories.evaluation import make_baseline, make_paid, make_redeemed
from tests.factories.scheme import AT, make_round
from voucher.accounts.roles import Role
from voucher.claims.models import Claim
from voucher.cli.rendering import render
from voucher.evaluation.provider_kinds import KINDS
from voucher.evaluation.queries.round_data import round_data
from voucher.evaluation.reports.cases import build_case_summary
from voucher.evaluation.reports.providers import build_provider_summary
from voucher.evaluation.reports.rounds import build_round_report
from voucher.providers.models import Provider
from voucher.providers.operations.due_diligence import correct_vat

CUT = AT + timedelta(days=1)
LATER = AT + timedelta(days=2)


def put_right(provider, at=LATER):
    """Take the registration for VAT away, or give it, as an officer does."""
    registered = not provider.vat_registered
    correct_vat(
        provider=provider,
        registered=registered,
        number="GB 123 4567 82" if registered else "",
        reason="HMRC’s register says so.",
        by=make_officer(Role.PROGRAMME_MANAGER).id,
        at=at,
    )


def kinds(round_id, cut_at):
    return {case.provider_kind for case in round_data(round_id, cut_at).cases}


def test_a_provider_is_of_the_kind_it_was_at_the_cut(session):
    redemption = make_redeemed()
    provider = session.get(Provider, redemption.provider_id)
    is_company, was = provider.company_number is not None, provider.vat_registered
    for day in (2, 3, 4):
        put_right(provider, AT + timedelta(days=day))
    told = [KINDS[is_company, vat] for vat in (was, not was, was, not was)]
    for day, kind in enumerate(told, 1):
        cut_at = AT + timedelta(days=day, hours=1)
        assert kinds(redemption.round_id, cut_at) == {kind}


@pytest.mark.long
@pytest.mark.slow
def test_every_kind_of_report_is_the_same_when_rebuilt(session):
    round_ = make_round()
    redemptions = [make_redeemed(round_) for _ in range(5)]
    first = redemptions[0]
    make_baseline(first.application_id, round_.id)
    builders = (
        partial(build_round_report, round_id=round_.id),
        partial(build_provider_summary, provider_id=first.provider_id),
        partial(build_case_summary, voucher_id=first.voucher_id),
    )
    before = [build(data_cut_at=CUT, render=render) for build in builders]
    for each in redemptions:
        put_right(session.get(Provider, each.provider_id))
    again = [build(data_cut_at=CUT, render=render) for build in builders]
    for one, other in zip(before, again, strict=True):
        assert one.page
        assert one == other


@pytest.mark.slow
def test_a_case_summary_tells_nothing_that_came_after_its_cut(session):
    redemption = make_redeemed()
    build = partial(build_case_summary, voucher_id=redemption.voucher_id, render=render)
    before = build(data_cut_at=CUT)
    payment = make_paid(redemption)
    session.get(Claim, payment.claim_id).submitted_at = LATER
    payment.paid_at = LATER
    session.flush()
    assert build(data_cut_at=CUT) == before
    told = build(data_cut_at=LATER).page
    assert "claimed on" in told
    assert "paid on" in told
