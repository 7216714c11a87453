"""What is approved for a provider that has gone is not sent until a person has decided."""

from tests.domain.payments.world import PENCE
from tests.factories.cases import make_officer
from voucher.accounts.roles import Role
from voucher.core.db import session, transaction
from voucher.ledger.models import AccountKind
from voucher.ledger.queries import total
from voucher.payments.models import PaymentStatus
from voucher.payments.queries.left import left_by
from voucher.providers.models import Departure, Provider
from voucher.providers.operations import mark_gone, reinstate


def test_an_unsent_payment_is_held_with_the_reason_and_goes_once_a_person_lets_it(world):
    payment_id = world.queue()
    with transaction():
        officer = make_officer(Role.APPROVER).id
        mark_gone(
            provider=session.get_one(Provider, world.provider_id),
            departure=Departure.INSOLVENT,
            reason="Notice of its administrator.",
            by=officer,
            at=world.at,
        )
    assert world.send() == 0
    payment = world.payment(payment_id)
    assert payment.status is PaymentStatus.ON_HOLD
    assert "gone (insolvent" in payment.status_note
    assert world.transfers(payment_id) == []
    assert [each.id for each in left_by(world.provider_id).payments] == [payment_id]
    assert total(AccountKind.PAYABLE, round_id=world.round_id) == PENCE
    assert world.release() == 0
    with transaction():
        provider = session.get_one(Provider, world.provider_id)
        reinstate(provider=provider, by=officer, at=world.at)
    assert world.release() == 1
    assert world.send() == 1
    assert total(AccountKind.PAYABLE, round_id=world.round_id) == 0
