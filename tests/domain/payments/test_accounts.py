"""A provider's account at Stripe: made once, read back, doubted when Stripe says so."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.factories.scheme import AT, make_provider
from voucher.audit.models import AuditEvent
from voucher.core.db import session, transaction
from voucher.core.errors import Conflict, NotFound
from voucher.integrations.stripe.answers import AccountState
from voucher.integrations.stripe.errors import StripeRejected, StripeUnreachable
from voucher.integrations.stripe.gateway import StripeGateway
from voucher.payments.jobs.following import refresh_account, refresh_accounts
from voucher.payments.jobs.onboarding import open_account, read_again
from voucher.payments.operations.accounts import keep_account, order_account
from voucher.payments.queries.work import account_of
from voucher.providers.models import ConnectedAccount, Provider, ProviderStatus


@pytest.fixture
def newcomer(session):
    """An approved provider without anything at Stripe; its id."""
    with transaction():
        provider = make_provider(payable=False)
        session.query(ConnectedAccount).filter_by(provider_id=provider.id).delete()
        return provider.id


def begin(stripe, provider_id, *, email="money@provider.example", at=AT):
    return open_account(
        stripe, provider_id=provider_id, email=email, environment="test", by=None, at=at
    )


@pytest.fixture
def stripe(emulator):
    return StripeGateway("sk_test_domain", emulator.address)


def fault(emulator, kind, times=3):
    emulator.control("faults", kind=kind, method="POST", path="/v1/accounts", times=times)


def test_an_account_is_made_once(stripe, newcomer):
    first = begin(stripe, newcomer)
    assert begin(stripe, newcomer) == first
    assert not account_of(newcomer).payable


@pytest.mark.parametrize("kind", ["malformed_after", "rate_limited", "dropped_before"])
def test_a_lost_answer_makes_no_second_account(emulator, stripe, newcomer, kind):
    fault(emulator, kind)
    with pytest.raises(StripeUnreachable):
        begin(stripe, newcomer)
    emulator.control("faults", "DELETE")
    made = begin(stripe, newcomer, email="changed@provider.example", at=AT + timedelta(hours=1))
    assert account_of(newcomer).stripe_account_id == made
    assert account_of(newcomer).creation_attempt == 1


def test_after_a_day_it_is_asked_anew(emulator, stripe, newcomer):
    fault(emulator, "dropped_before")
    with pytest.raises(StripeUnreachable):
        begin(stripe, newcomer)
    emulator.control("faults", "DELETE")
    begin(stripe, newcomer, at=AT + timedelta(hours=21))
    assert account_of(newcomer).creation_attempt == 2


def test_a_refusal_is_followed_by_a_new_request(monkeypatch, stripe, newcomer):
    def refuse(self, **_asked):
        raise StripeRejected("email_invalid", "That is no address.")

    with monkeypatch.context() as patch:
        patch.setattr(StripeGateway, "create_account", refuse)
        with pytest.raises(StripeRejected):
            begin(stripe, newcomer)
    assert begin(stripe, newcomer)
    assert account_of(newcomer).creation_attempt == 2


@pytest.mark.parametrize("status", [ProviderStatus.DRAFT, ProviderStatus.REFUSED])
def test_nobody_sets_up_payment_before_the_registration_is_sent(stripe, newcomer, status):
    with transaction():
        session.get(Provider, newcomer).status = status
    with pytest.raises(Conflict):
        begin(stripe, newcomer)
    assert account_of(newcomer) is None


def test_there_is_no_account_for_nobody(session):
    with pytest.raises(NotFound):
        order_account(provider_id=0, email="x@example.org", environment="test", at=AT)


def test_coming_back_unfinished_is_not_payable_and_finished_is(emulator, stripe, newcomer):
    account_id = begin(stripe, newcomer)
    asked = {"provider_id": newcomer, "account_id": account_id, "at": AT}
    assert not read_again(stripe, **asked)
    emulator.control(f"accounts/{account_id}/onboard")
    assert read_again(stripe, **asked)
    assert len(account_of(newcomer).bank_last4) == 4


def state(**changed):
    values = {
        "account_id": "acct_1",
        "transfers_active": True,
        "payouts_enabled": True,
        "past_due": (),
        "bank_last4": "1234",
        "bank_fingerprint": "first",
        "details_submitted": True,
    }
    return AccountState(**{**values, **changed})


def keep(provider_id, at=AT, **changed):
    return keep_account(provider_id=provider_id, state=state(**changed), by=None, at=at)


def test_only_a_changed_bank_account_starts_the_cooling(newcomer):
    order_account(provider_id=newcomer, email="x@example.org", environment="test", at=AT)
    assert keep(newcomer).bank_changed_at is None
    assert keep(newcomer).bank_changed_at is None
    assert keep(newcomer, bank_fingerprint=None, bank_last4=None).bank_changed_at is None
    later = AT + timedelta(hours=1)
    assert keep(newcomer, later, bank_fingerprint="second").bank_changed_at == later
    assert (
        keep(newcomer, later + timedelta(hours=1), bank_fingerprint="second").bank_changed_at
        == later
    )


def test_a_changed_bank_account_is_in_the_record_once(newcomer):
    order_account(provider_id=newcomer, email="x@example.org", environment="test", at=AT)
    for fingerprint in ("first", None, "first", "second", "second"):
        account = keep(newcomer, bank_fingerprint=fingerprint)
    query = select(AuditEvent).where(AuditEvent.action == "account.bank_changed")
    [event] = session.execute(query).scalars().all()
    assert (event.record_kind, event.record_id) == ("connected_account", account.id)
    assert event.details == {"provider": newcomer}


def test_a_provider_keeps_its_account(newcomer):
    order_account(provider_id=newcomer, email="x@example.org", environment="test", at=AT)
    keep(newcomer)
    with pytest.raises(Conflict):
        keep(newcomer, account_id="acct_2")


def test_an_account_that_left_us_can_not_be_paid(stripe, newcomer):
    with transaction():
        order_account(provider_id=newcomer, email="x@example.org", environment="test", at=AT)
        keep(newcomer, account_id="acct_gone")
    assert refresh_account(stripe, "acct_gone", AT)
    session.rollback()
    assert not account_of(newcomer).payable
    assert not refresh_account(stripe, "acct_of_nobody", AT)


def test_accounts_are_read_daily_and_sooner_where_money_waits(world):
    assert refresh_accounts(world.stripe, world.at + timedelta(hours=2)) == 0
    payment_id = world.transferred()
    assert refresh_accounts(world.stripe, world.at + timedelta(minutes=10)) == 0
    assert refresh_accounts(world.stripe, world.at + timedelta(minutes=16)) == 1
    world.pay_out()
    world.bank_day()
    world.follow()
    assert world.payment(payment_id).paid_at
    assert refresh_accounts(world.stripe, world.at + timedelta(hours=2)) == 0
    assert refresh_accounts(world.stripe, world.at + timedelta(hours=26)) == 1
