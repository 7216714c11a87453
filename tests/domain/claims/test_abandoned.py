"""A redeemed voucher that nobody claims on: its money comes back, and no claim can follow."""

import pytest

from tests.factories.cases import make_officer
from tests.factories.scheme import AT
from tests.factories.work import confirmed, drafted, make_job, redeemed, submitted
from voucher.accounts.operations import join_provider
from voucher.accounts.roles import Role
from voucher.claims import operations as claims
from voucher.claims.models import ClaimStatus
from voucher.core.errors import Conflict, Invalid, NotPermitted
from voucher.ledger.models import AccountKind
from voucher.ledger.queries import total
from voucher.subsidy.queries import headroom
from voucher.vouchers.models import VoucherStatus


def abandon(job, by=None, reason="The provider has closed"):
    officer = by or make_officer(Role.APPROVER)
    claims.abandon(voucher=job.voucher, reason=reason, by=officer.id, at=AT)


def test_without_a_claim_the_money_and_the_limit_are_free_again(session):
    job = make_job()
    room = headroom(job.business.id, AT.date())
    redeemed(job)
    abandon(job)
    session.expire_all()
    assert job.voucher.status is VoucherStatus.CANCELLED
    assert (job.round_.reserved_pence, job.round_.committed_pence) == (0, 0)
    assert total(AccountKind.COMMITTED, round_id=job.round_.id) == 0
    assert headroom(job.business.id, AT.date()) == room + job.voucher.cap_pence


def test_what_was_written_of_a_claim_can_not_be_sent_afterwards(session, tmp_path):
    job = drafted(make_job(), tmp_path)
    abandon(job)
    with pytest.raises(Conflict, match="cancelled"):
        claims.submit(claim=job.claim, by=job.worker.id, at=AT)
    assert job.claim.status is ClaimStatus.DRAFT


def test_a_claim_that_was_returned_and_not_sent_again_can_be_given_up(session, tmp_path):
    job = submitted(make_job(), tmp_path)
    officer = make_officer(Role.APPROVER)
    claims.return_to_provider(claim=job.claim, note="Sign it", by=officer.id, at=AT)
    abandon(job, by=officer)
    assert job.round_.committed_pence == 0


def test_a_claim_that_was_sent_is_settled_first(session, tmp_path):
    for so_far in (submitted, confirmed):
        job = so_far(make_job(), tmp_path)
        with pytest.raises(Conflict, match="Settle the claim"):
            abandon(job)
        assert job.voucher.status is VoucherStatus.REDEEMED


def test_it_needs_a_reason_a_redemption_and_somebody_else(session):
    job = redeemed(make_job())
    with pytest.raises(Invalid):
        abandon(job, reason=" ")
    officer = make_officer(Role.APPROVER)
    join_provider(user_id=officer.id, provider_id=job.provider.id, at=AT)
    with pytest.raises(NotPermitted):
        abandon(job, by=officer)
    with pytest.raises(Conflict, match="not been redeemed"):
        abandon(make_job())
    assert job.voucher.status is VoucherStatus.REDEEMED
