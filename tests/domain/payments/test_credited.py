"""A credit note that comes between approval and payout: what is too much never reaches the bank."""

import io

import pytest

from tests.domain.payments.test_clawback import C, Desk
from tests.domain.payments.world import PENCE
from tests.factories.work import PDF
from voucher.accounts.models import Membership
from voucher.claims import operations
from voucher.core.db import session, transaction
from voucher.integrations.storage.store import ContentStore
from voucher.ledger.models import AccountKind
from voucher.payments.clawbacks.operations import deciding
from voucher.payments.models import PaymentStatus

P = PaymentStatus
LESS = 30_000


@pytest.fixture
def desk(world):
    return Desk(world)


def credit(world, payment_id, folder, voucher_less=LESS):
    """Half of every price is the voucher's, so twice that is credited."""
    with transaction():
        claim = world.claim_of(payment_id)
        by = session.query(Membership).filter_by(provider_id=claim.provider_id).first()
        operations.enter_credit(
            claim=claim,
            credit=operations.CreditNote(
                "CN-1", 2 * voucher_less, "Less.", io.BytesIO(PDF), "Note.pdf"
            ),
            content_store=ContentStore(folder),
            by=by.user_id,
            at=world.at,
        )


def paid_out(world, payment_id):
    world.pay_out()
    world.bank_day()
    world.follow()
    return world.status(payment_id) is P.PAID


def test_the_payout_waits_until_the_difference_is_asked_back(world, desk, tmp_path):
    payment_id = world.transferred()
    credit(world, payment_id, tmp_path)
    assert not paid_out(world, payment_id)
    assert "credit note" in world.payment(payment_id).status_note
    desk.approved(payment_id, LESS)
    desk.work()
    assert paid_out(world, payment_id)
    assert world.books(AccountKind.SETTLED) == PENCE - LESS


def test_it_goes_on_when_a_second_person_refuses_but_not_when_the_first_withdraws(
    world, desk, tmp_path
):
    payment_id = world.transferred()
    credit(world, payment_id, tmp_path)
    desk.do(deciding.withdraw, desk.ask(payment_id, LESS), by=desk.asker)
    assert not paid_out(world, payment_id)
    refused = desk.ask(payment_id, LESS)
    desk.do(deciding.refuse, refused, words="Already settled between us.")
    assert desk.status(refused) is C.REFUSED
    assert paid_out(world, payment_id)


def test_a_part_asked_back_is_not_enough(world, desk, tmp_path):
    payment_id = world.transferred()
    credit(world, payment_id, tmp_path)
    desk.approved(payment_id, LESS - 1)
    desk.work()
    assert not paid_out(world, payment_id)


def test_a_note_entered_before_the_transfer_holds_the_payout_too(world, tmp_path):
    payment_id = world.queue()
    credit(world, payment_id, tmp_path)
    world.send()
    assert world.status(payment_id) is P.TRANSFERRED
    assert not paid_out(world, payment_id)
