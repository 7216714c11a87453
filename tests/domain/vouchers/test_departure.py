"""A provider insolvent or gone: what becomes of choices, vouchers, claims, and of the books."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.factories.cases import CODE_KEY, make_officer
from tests.factories.scheme import AT, make_offering, make_provider
from tests.factories.work import LATER, accept, agree, choose, confirmed, make_job, redeemed
from voucher.accounts.roles import Role
from voucher.claims import operations as claims
from voucher.claims.models import ClaimStatus
from voucher.core.db import transaction
from voucher.core.errors import Conflict, Invalid, NotPermitted
from voucher.ledger.models import AccountKind
from voucher.ledger.queries import total
from voucher.matching import operations as matching
from voucher.matching.models import MatchStatus
from voucher.payments.queries.left import left_by
from voucher.providers.models import Departure, OfferingStatus, ProviderStatus
from voucher.providers.operations import mark_gone, reinstate, suspend
from voucher.providers.queries import open_offerings
from voucher.vouchers.jobs import leave_gone_providers
from voucher.vouchers.models import VoucherStatus
from voucher.vouchers.operations import leave_gone_provider, redeem
from voucher.vouchers.queries import code_of

DAY = timedelta(days=1)
WORDS = "Notice of its administrator."


def gone(provider, *, by=None, at=AT, departure=Departure.INSOLVENT, reason=WORDS):
    officer = by or make_officer()
    mark_gone(provider=provider, departure=departure, reason=reason, by=officer.id, at=at)


def books(job):
    kinds = (AccountKind.RESERVED, AccountKind.COMMITTED, AccountKind.PAYABLE, AccountKind.FUND)
    return tuple(total(kind, round_id=job.round_.id) for kind in kinds)


def test_its_offerings_vanish_and_nothing_goes_on_with_it(session):
    chosen, accepted, agreed = choose(make_job()), accept(make_job()), agree(make_job())
    for job in (chosen, accepted, agreed):
        gone(job.provider)
    assert open_offerings(AT.date()) == []
    with pytest.raises(Conflict):
        matching.accept(match=chosen.match, start_on=AT.date(), by=chosen.worker.id, at=AT)
    with pytest.raises(Conflict):
        matching.agree(match=accepted.match, voucher=accepted.voucher, by=accepted.owner.id, at=AT)
    with pytest.raises(Conflict):
        redeem(
            code=code_of(voucher=agreed.voucher, code_key=CODE_KEY),
            provider_id=agreed.provider.id,
            by=agreed.worker.id,
            at=AT,
            code_key=CODE_KEY,
        )
    assert (agreed.provider.status, agreed.provider.gone_as) == (
        ProviderStatus.SUSPENDED,
        Departure.INSOLVENT,
    )


@pytest.mark.parametrize("step", [choose, accept, agree])
def test_the_business_has_its_choice_and_its_lost_days_back(session, step):
    job, other = step(make_job()), make_offering(make_provider())
    last_day, before = job.voucher.expires_on, books(job)
    gone(job.provider, at=AT + 12 * DAY)
    assert leave_gone_provider(match_id=job.match.id, at=AT + 12 * DAY)
    assert not leave_gone_provider(match_id=job.match.id, at=AT + 12 * DAY)
    assert job.match.status is MatchStatus.WITHDRAWN
    assert (job.voucher.expires_on, job.voucher.lost_days) == (last_day + 12 * DAY, 12)
    assert job.voucher.extended_at is None
    assert books(job) == before == (100_000, 0, 0, job.round_.budget_pence - 100_000)
    matching.make_shortlist(application=job.application, voucher=job.voucher, at=AT + 12 * DAY)
    again = matching.choose(voucher=job.voucher, offering=other, by=job.owner.id, at=AT + 12 * DAY)
    assert again.status is MatchStatus.OFFERED


def test_only_choices_of_who_is_gone_are_given_back_and_none_of_ended_vouchers(app):
    with app.app_context():
        with transaction():
            officer = make_officer()
            left, suspended, used, stale = (
                agree(make_job()),
                agree(make_job()),
                redeemed(make_job()),
                agree(make_job()),
            )
            suspend(provider=suspended.provider, reason="Insurance", by=officer.id, at=AT)
            for job in (left, used, stale):
                gone(job.provider, by=officer)
            stale.voucher.expires_on = AT.date() - DAY
        assert leave_gone_providers(AT) == 1
        assert leave_gone_providers(AT) == 0


def test_redeemed_and_unfinished_is_cancelled_and_its_commitment_released(session):
    job = redeemed(make_job())
    gone(job.provider)
    assert books(job) == (0, 90_000, 0, job.round_.budget_pence - 90_000)
    found = left_by(job.provider.id)
    assert [row[0].id for row in found.begun] == [job.redemption.id]
    claims.abandon(voucher=job.voucher, reason=WORDS, by=make_officer(Role.APPROVER).id, at=LATER)
    assert job.voucher.status is VoucherStatus.CANCELLED
    assert books(job) == (0, 0, 0, job.round_.budget_pence)
    assert left_by(job.provider.id).nothing


def test_a_confirmed_claim_waits_for_a_person_and_is_paid_once_the_suspension_ends(
    session, tmp_path
):
    job, officer = confirmed(make_job(), tmp_path), make_officer(Role.APPROVER)
    gone(job.provider)
    with pytest.raises(Conflict, match="suspended"):
        claims.approve(claim=job.claim, by=officer.id, at=LATER)
    assert [row[0].id for row in left_by(job.provider.id).claims] == [job.claim.id]
    assert books(job)[1:3] == (90_000, 0)
    reinstate(provider=job.provider, by=officer.id, at=LATER)
    assert job.provider.gone_as is None
    assert job.offering.status is OfferingStatus.PAUSED
    assert open_offerings(LATER.date()) == []
    claims.approve(claim=job.claim, by=officer.id, at=LATER)
    assert books(job)[:3] == (0, 0, 90_000)


def test_a_claim_of_who_is_gone_can_be_rejected(session, tmp_path):
    job, officer = confirmed(make_job(), tmp_path), make_officer(Role.APPROVER)
    gone(job.provider)
    claims.reject(claim=job.claim, note="Nothing is owed.", by=officer.id, at=LATER)
    assert job.claim.status is ClaimStatus.REJECTED
    assert books(job) == (0, 0, 0, job.round_.budget_pence)


def test_who_may_say_so_and_when(session):
    job = agree(make_job())
    with pytest.raises(NotPermitted):
        gone(job.provider, by=job.worker)
    with pytest.raises(Invalid) as caught:
        gone(job.provider, reason=" ")
    assert caught.value.field == "reason"
    gone(job.provider)
    with pytest.raises(Conflict, match="already"):
        gone(job.provider)
    with pytest.raises(Conflict, match="approved"):
        gone(make_provider(status=ProviderStatus.SUBMITTED))


def test_a_suspended_provider_can_turn_out_to_be_gone(session):
    job = agree(make_job())
    suspend(provider=job.provider, reason="Insurance", by=make_officer().id, at=AT)
    gone(job.provider, departure=Departure.UNREACHABLE, reason="Three calls.")
    assert job.provider.suspension_reason == "Three calls."
    assert leave_gone_provider(match_id=job.match.id, at=AT)


def test_it_stands_in_the_event_log(session):
    from voucher.audit.models import AuditEvent

    job = agree(make_job())
    gone(job.provider, at=AT + DAY)
    leave_gone_provider(match_id=job.match.id, at=AT + DAY)
    query = select(AuditEvent).where(AuditEvent.action.like("%gone")).order_by(AuditEvent.id)
    first, second = session.execute(query).scalars().all()
    assert (first.action, first.details) == ("provider.gone", {"gone_as": "insolvent"})
    assert (second.action, second.details["lost_days"]) == ("match.provider_gone", 1)
