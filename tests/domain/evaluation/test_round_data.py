"""The rows of a report: where everything stood at the data cut, whatever came after."""

from datetime import timedelta

import pytest

from tests.factories.applications import make_draft, make_submitted
from tests.factories.cases import make_case, make_officer, make_refused, make_voucher
from tests.factories.evaluation import (
    FOLLOW_UP,
    make_baseline,
    make_claim,
    make_paid,
    make_redeemed,
    make_survey,
)
from tests.factories.scheme import AT, make_round, stored
from voucher.allocation.models import Arm
from voucher.applications.models import ApplicationStatus, CorrectionRequest
from voucher.applications.operations.submit import withdraw
from voucher.claims.models import ClaimStatus
from voucher.evaluation.figures import LEAVES, STEPS
from voucher.evaluation.models import Wave
from voucher.evaluation.operations import answer
from voucher.evaluation.queries.round_data import round_data
from voucher.evaluation.reports.descriptive import assemble_round_figures
from voucher.vouchers.operations import cancel, expire

SOON = AT + timedelta(days=1)


@pytest.fixture
def round_(session):
    """An open round."""
    return make_round()


def leaves(round_, at=SOON):
    return sorted(case.leaf for case in round_data(round_.id, at).cases)


def test_every_application_is_counted_where_it_stands(session, round_):
    make_draft(None, round_)
    make_case(round_)
    make_case(round_, status=ApplicationStatus.RETURNED)
    make_case(round_, status=ApplicationStatus.PROPOSED)
    make_case(round_, status=ApplicationStatus.COMPARISON)
    make_refused(round_)
    make_voucher(round_)
    cancel(voucher=make_voucher(round_), reason="Back", by=make_officer().id, at=AT)
    make_redeemed(round_)
    make_paid(make_redeemed(round_))
    make_claim(make_redeemed(round_), ClaimStatus.DISPUTED)
    make_claim(make_redeemed(round_), ClaimStatus.REJECTED)
    make_voucher(make_round())
    once = {"not_sent", "comparison", "refused", "live", "cancelled", "not_claimed", "paid"}
    once |= {"claim_waiting", "claim_rejected"}
    assert leaves(round_) == sorted([*once, "waiting", "waiting", "waiting"])


@pytest.mark.parametrize("status", ApplicationStatus)
def test_an_application_counts_somewhere_wherever_it_stands(session, round_, status):
    """Every status has its place in the flow, and the flow adds up."""
    case = make_voucher(round_) if status is ApplicationStatus.AWARDED else make_case(round_)
    if status is not ApplicationStatus.AWARDED:
        case.status = status
        session.flush()
    (leaf,) = leaves(round_)
    assert leaf in LEAVES
    assert sum(leaf in step.parts for step in STEPS) == 1


def test_withdrawn_before_and_after_sending_are_told_apart(session, round_):
    draft, sent = make_draft(None, round_), make_submitted(None, round_)
    for each in (draft, sent):
        withdraw(application=each, by=each.started_by_id, at=AT)
    assert leaves(round_) == ["withdrawn_after", "withdrawn_before"]


def test_a_redeemed_voucher_that_was_cancelled_stays_in_the_flow(session, round_):
    redemption = make_redeemed(round_)
    from tests.factories.evaluation import voucher_of

    cancel(
        voucher=voucher_of(redemption),
        reason="Provider gone",
        by=make_officer().id,
        at=AT,
        claimed=False,
    )
    assert leaves(round_) == ["cancelled_after"]


def test_the_past_is_read_as_it_was(session, round_):
    voucher = make_voucher(round_)
    later = AT + timedelta(days=91)
    expire(voucher=voucher, at=later)
    assert leaves(round_, later) == ["expired"]
    assert leaves(round_, later - timedelta(days=1)) == ["live"]
    assert leaves(round_, AT - timedelta(seconds=1)) == []
    (case,) = round_data(round_.id, later).cases
    assert case.lapse_reason == "nothing_chosen"
    before = round_data(round_.id, later - timedelta(days=1)).spending
    after = round_data(round_.id, later).spending
    assert (before.reserved_pence, after.reserved_pence) == (100_000, 0)
    assert after.free_pence == round_.budget_pence


def test_the_money_is_that_of_the_ledger(session, round_):
    make_voucher(round_)
    make_redeemed(round_)
    make_paid(make_redeemed(round_), days=2)
    now = round_data(round_.id, AT + timedelta(days=2)).spending
    assert (now.reserved_pence, now.committed_pence, now.spent_pence) == (100_000, 90_000, 90_000)
    owed = round_data(round_.id, AT + timedelta(days=1)).spending
    assert (owed.committed_pence, owed.spent_pence) == (180_000, 0)
    session.refresh(round_)
    assert now.spent_pence == round_.spent_pence
    assert now.committed_pence == round_.committed_pence
    assert now.free_pence == round_.free_pence


def test_clocks_count_working_days_without_the_time_of_corrections(session, round_):
    case, decision = make_refused(round_)
    decision.decided_at = AT + timedelta(days=14)
    (before,) = round_data(round_.id, AT + timedelta(days=13)).cases
    (plain,) = round_data(round_.id, AT + timedelta(days=14)).cases
    assert (before.decision_days, plain.decision_days) == (None, 10)
    stored(
        CorrectionRequest(
            application_id=case.id,
            items=[],
            asked_by_id=make_officer().id,
            asked_at=AT + timedelta(days=1),
            answered_at=AT + timedelta(days=8),
        )
    )
    (stopped,) = round_data(round_.id, AT + timedelta(days=14)).cases
    assert stopped.decision_days == 5


def test_a_decision_that_needs_two_counts_from_the_second(session, round_):
    _, decision = make_refused(round_)
    decision.needs_second = True
    assert round_data(round_.id, SOON).cases[0].decision_days is None
    second = make_officer().id
    decision.second_at, decision.second_agreed = AT + timedelta(days=1), True
    decision.second_by_id = second
    session.flush()
    assert round_data(round_.id, SOON).cases[0].decision_days == 1


def test_payment_counts_from_the_confirmation(session, round_):
    make_paid(make_redeemed(round_), days=7)
    (case,) = round_data(round_.id, AT + timedelta(days=7)).cases
    assert case.payment_days == 5
    (earlier,) = round_data(round_.id, AT + timedelta(days=6)).cases
    assert earlier.payment_days is None


def test_answers_count_once_they_were_sent(session, round_):
    redemption = make_redeemed(round_)
    make_baseline(redemption.application_id, round_.id)
    response = make_survey(redemption)
    at = response.asked_at
    answer(response=response, arm=Arm.VOUCHER, answers={"staff": 2}, sending=False, at=at)
    (case,) = round_data(round_.id, at).cases
    assert set(case.answers) == {Wave.BASELINE}
    assert Wave.MONTH_3 in case.asked
    later = at + timedelta(days=1)
    answer(response=response, arm=Arm.VOUCHER, answers=FOLLOW_UP, sending=True, at=later)
    assert set(round_data(round_.id, later).cases[0].answers) == {Wave.BASELINE, Wave.MONTH_3}
    assert set(round_data(round_.id, at).cases[0].answers) == {Wave.BASELINE}


def test_a_survey_asked_after_the_cut_is_not_counted(session, round_):
    response = make_survey(make_redeemed(round_))
    (case,) = round_data(round_.id, response.asked_at - timedelta(seconds=1)).cases
    assert case.asked == frozenset()


def test_an_award_whose_voucher_is_not_there_yet_waits(session, round_):
    make_case(round_, status=ApplicationStatus.AWARDED)
    assert leaves(round_) == ["approved_waiting"]


def test_figures_are_put_together_for_the_round(session, round_):
    for _ in range(6):
        make_paid(make_redeemed(round_))
    found = assemble_round_figures(round_.id, AT + timedelta(days=10))
    assert found["round"] == round_.reference
    assert found["flow"]["counts"]["paid"] == 6
    assert found["prices"]["voucher_pence"] == 90_000
    assert found["clocks"]["payment"]["median"] == 3
    assert len(found["code"]) == 12


def test_the_reads_do_not_grow_with_the_applications(session, round_):
    from sqlalchemy import event

    statements = []
    listener = lambda *arguments: statements.append(arguments[2])  # noqa: E731
    make_paid(make_redeemed(round_))
    session.commit()
    event.listen(session.get_bind(), "before_cursor_execute", listener)
    try:
        round_data(round_.id, SOON)
        few, statements[:] = len(statements), []
        for _ in range(5):
            make_paid(make_redeemed(round_))
        session.commit()
        statements[:] = []
        round_data(round_.id, SOON)
    finally:
        event.remove(session.get_bind(), "before_cursor_execute", listener)
    assert len(statements) == few <= 16
