"""Less money left than a whole voucher: what is left is offered, and stays true to the end."""

import pytest

from tests.factories.cases import CODE_KEY, make_case, make_match, make_officer, make_voucher
from tests.factories.scheme import AT, make_member, make_offering, make_provider, make_round
from voucher.accounts.roles import Role
from voucher.applications.models import ApplicationStatus, DecisionOutcome
from voucher.applications.operations.decide import award_room, decide
from voucher.core.errors import Invalid
from voucher.subsidy.queries import latest_notice
from voucher.vouchers.operations import award_on_confirmation, code_of, redeem


def approve(case, pence):
    return decide(
        application=case,
        outcome=DecisionOutcome.APPROVE,
        award_pence=pence,
        reasons=["meets_rules"],
        note="",
        by=make_officer().id,
        at=AT,
    )


def test_what_is_left_of_a_round_is_awarded_redeemed_and_spent_to_the_penny(session):
    round_ = make_round(budget_pence=150_000, value_cap_pence=100_000)
    make_voucher(round_, award_pence=100_000)
    case, late = make_case(round_), make_case(round_)
    most = award_room(application=case, round_=round_, at=AT).most_pence
    assert most == 50_000
    approve(case, most)
    assert case.status is ApplicationStatus.APPROVED
    assert award_room(application=late, round_=round_, at=AT).most_pence == 0
    with pytest.raises(Invalid, match=r"£0\.00 left"):
        approve(late, 1)
    notice = latest_notice(case.id)
    assert notice.gross_pence == 50_000
    voucher = award_on_confirmation(
        notice=notice,
        text_version=notice.text_version,
        by=case.started_by_id,
        at=AT,
        code_key=CODE_KEY,
    )
    assert (voucher.cap_pence, round_.reserved_pence) == (50_000, 150_000)
    provider = make_provider()
    match = make_match(voucher, make_offering(provider))
    assert (match.voucher_pence, match.contribution_pence) == (50_000, 166_000)
    redemption = redeem(
        code=code_of(voucher=voucher, code_key=CODE_KEY),
        provider_id=provider.id,
        by=make_member(Role.PROVIDER, provider=provider).id,
        at=AT,
        code_key=CODE_KEY,
    )
    assert (redemption.voucher_pence, redemption.contribution_pence) == (50_000, 166_000)
    assert (round_.reserved_pence, round_.committed_pence) == (100_000, 50_000)
