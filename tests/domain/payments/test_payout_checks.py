"""The checks before paying, asked again while the money rests in the provider's Stripe account."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.domain.payments.test_clawback import C, Desk
from tests.domain.payments.test_transfer import suspend
from tests.domain.payments.world import PENCE
from tests.factories.cases import make_officer
from tests.factories.screening import listed_line, sanctions_file
from voucher.accounts.roles import Role
from voucher.claims.operations.doubts import answer
from voucher.core.db import session, transaction
from voucher.core.errors import NotPermitted
from voucher.ledger.models import AccountKind
from voucher.payments.models import PaymentStatus
from voucher.screening.list_file import read_list
from voucher.screening.models import Gate, Outcome, Referral, ReferralStatus, ScreeningCheck, Stage
from voucher.screening.operations.lists import import_list
from voucher.screening.queries import latest_checks, party_record

P = PaymentStatus
HOUR = timedelta(hours=1)


def list_the_director(world):
    """A director of the provider turns up on a new sanctions list."""
    with transaction():
        record = party_record("provider", world.provider_id)
        record.officers = [{"name": "EXAMPLOV, Pyotr", "role": "director", "born": "1960-02"}]
        content = sanctions_file(listed_line("77001", "Examplov", "Pyotr"), updated="10/06/2026")
        import_list(content=read_list(content), file_name="new.csv", by=None, at=world.at)


def doubt_of(world, payment_id):
    query = select(Referral).where(Referral.claim_id == world.claim_of(payment_id).id)
    return session.execute(query).scalar_one()


def say(world, payment_id, clears, by=None):
    with transaction():
        answer(
            claim=world.claim_of(payment_id),
            referral=doubt_of(world, payment_id),
            clears=clears,
            note="Looked at the passport.",
            by=by or make_officer(Role.APPROVER).id,
            at=world.at,
        )


def payouts(world, payment_id):
    account = world.payment(payment_id).stripe_account_id
    since = world.at - timedelta(days=1)
    return world.stripe.find_payouts(account_id=account, created_since=since)


@pytest.fixture
def held(world):
    """A payment whose money rests at the provider's Stripe account, with a director listed."""
    payment_id = world.transferred()
    list_the_director(world)
    assert world.pay_out() == 0
    return payment_id


def test_a_payee_who_turns_up_on_the_list_is_not_paid_out(world, held):
    payment = world.payment(held)
    assert payment.status is P.TRANSFERRED
    assert "EXAMPLOV, Pyotr" in payment.status_note
    assert payment.next_step_at == world.at + HOUR
    assert payouts(world, held) == []
    check = latest_checks(payment.claim_id)[Gate.SANCTIONS]
    assert (check.stage, check.outcome) == (Stage.PAYOUT, Outcome.REFER)
    assert doubt_of(world, held).status is ReferralStatus.OPEN


def test_every_check_of_a_payout_is_kept_once_however_often_it_waits(world, held):
    kept = select(ScreeningCheck.gate).where(ScreeningCheck.stage == Stage.PAYOUT)
    assert sorted(session.execute(kept).scalars()) == sorted(Gate)
    world.later(hours=1)
    assert world.pay_out() == 0
    assert sorted(session.execute(kept).scalars()) == sorted(Gate)


def test_two_people_who_clear_the_doubt_let_the_payout_go(world, held):
    first = make_officer(Role.APPROVER).id
    session.commit()
    say(world, held, clears=True, by=first)
    world.later(hours=1)
    assert world.pay_out() == 0
    with pytest.raises(NotPermitted):
        say(world, held, clears=True, by=first)
    say(world, held, clears=True)
    world.later(hours=1)
    assert world.pay_out() == 1
    assert world.status(held) is P.IN_TRANSIT


def test_a_founded_doubt_is_never_paid_out_and_its_money_is_taken_back(world, held):
    say(world, held, clears=False)
    world.later(hours=1)
    assert world.pay_out() == 0
    desk = Desk(world)
    taken_back = desk.approved(held)
    desk.work()
    assert desk.status(taken_back) is C.REVERSED
    assert world.status(held) is P.REVERSED
    assert desk.reversals(held) == [PENCE]
    assert world.books(AccountKind.AT_PROVIDER) == 0
    world.later(days=1)
    assert world.pay_out() == 0
    assert payouts(world, held) == []


def test_a_provider_suspended_in_the_hold_is_not_paid_out_until_it_is_not(world):
    payment_id = world.transferred()
    suspend(world)
    assert world.pay_out() == 0
    assert world.payment(payment_id).status_note == "The provider is suspended."
    assert payouts(world, payment_id) == []
    suspend(world, suspended=False)
    world.later(hours=1)
    assert world.pay_out() == 1
    assert world.status(payment_id) is P.IN_TRANSIT


def test_a_company_dissolved_in_the_hold_is_not_paid_out(world):
    payment_id = world.transferred()
    with transaction():
        party_record("provider", world.provider_id).company_status = "dissolved"
    assert world.pay_out() == 0
    assert "dissolved" in world.payment(payment_id).status_note


@pytest.mark.parametrize("leg", ["transfer", "payout"])
def test_what_was_asked_for_without_an_answer_is_not_sent_again_after_a_hit(world, leg):
    """The first request was lost before Stripe worked; then the director turned up on the list."""
    payment_id = world.queue() if leg == "transfer" else world.transferred()
    step = world.send if leg == "transfer" else world.pay_out
    world.fault("dropped_before", path=f"/v1/{leg}s", times=3)
    step()
    assert world.status(payment_id) in (P.UNKNOWN, P.PAYOUT_UNKNOWN)
    world.calm()
    list_the_director(world)
    world.later(hours=2)
    step()
    assert world.status(payment_id) in (P.UNKNOWN, P.PAYOUT_UNKNOWN)
    made = world.transfers(payment_id) if leg == "transfer" else payouts(world, payment_id)
    assert made == []
