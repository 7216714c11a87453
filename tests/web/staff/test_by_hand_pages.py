"""The pages of what was done by hand at Stripe: movement, clawback, the provider’s money."""

from datetime import UTC, datetime

import pytest

from tests.factories.cases import make_officer
from tests.factories.scheme import make_member, make_provider
from voucher.accounts.roles import Role
from voucher.core.db import session
from voucher.payments.clawbacks.models import Clawback, ClawbackReason, ClawbackStatus
from voucher.payments.differences.models import MovementStatus, Outcome, UnexplainedMovement

AT = datetime(2026, 7, 1, 9, tzinfo=UTC)


@pytest.fixture
def debt(arrange):
    """A transfer by mistake that two people say is owed, and that Stripe could not take back."""
    with arrange():
        provider = make_provider()
        first, second = (make_officer(Role.FINANCE) for _ in range(2))
        movement = UnexplainedMovement(
            reference="SUS-TEST-0001",
            stripe_id="tr_by_hand",
            kind="transfer",
            net_pence=-50_000,
            status=MovementStatus.CLEARED,
            outcome=Outcome.OWED,
            note="Typed into the dashboard for the wrong account.",
            provider_id=provider.id,
            happened_at=AT,
            noticed_at=AT,
            proposed_by_id=first.id,
            proposed_at=AT,
            cleared_by_id=second.id,
            cleared_at=AT,
        )
        session.add(movement)
        session.flush()
        session.add(
            Clawback(
                reference="CLB-TEST-0001",
                movement_id=movement.id,
                provider_id=provider.id,
                pence=50_000,
                reason=ClawbackReason.OTHER,
                note=movement.note,
                status=ClawbackStatus.SHORTFALL,
                requested_at=AT,
                requested_by_id=first.id,
                decided_at=AT,
                decided_by_id=second.id,
                next_step_at=AT,
            )
        )
        people = {"finance": second, "provider": make_member(Role.PROVIDER, provider=provider)}
        session.flush()
        for one in (*people.values(), provider):
            session.refresh(one)
            session.expunge(one)
    return {**people, "name": provider.name}


def test_staff_find_the_debt_from_the_movement_and_can_end_it(client, debt):
    client.sign_in(debt["finance"])
    page = client.get("/staff/money/suspense/SUS-TEST-0001").page
    assert "/staff/clawbacks/CLB-TEST-0001" in page.html
    page = client.get("/staff/clawbacks/CLB-TEST-0001").page
    assert "/staff/money/suspense/SUS-TEST-0001" in page.html
    assert "of no payment and no round" in page.text
    assert "It was transferred by mistake" in page.text
    for way in ("net-off", "invoice", "write-off"):
        assert f"/staff/clawbacks/CLB-TEST-0001/{way}" in page.html
    listed = client.get("/staff/clawbacks/").page
    assert "/staff/money/suspense/SUS-TEST-0001" in listed.html
    assert debt["name"] in listed.text


def test_the_provider_reads_what_it_owes_and_why(client, debt):
    client.sign_in(debt["provider"])
    page = client.get("/provider/money/").page
    assert "A transfer made by mistake. Typed into the dashboard" in page.text
    assert "£500.00" in page.text
