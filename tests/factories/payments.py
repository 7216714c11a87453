"""Approved claims, through the real operations of redemption and approval. Names are fictional."""

from datetime import date, timedelta
from typing import Any

from tests.factories.cases import CODE_KEY, make_match, make_officer, make_voucher
from tests.factories.scheme import (
    AT,
    make_member,
    make_offering,
    make_provider,
    make_round,
    next_number,
    reference,
    stored,
)
from voucher.accounts.roles import Role
from voucher.claims.models import Claim, ClaimStatus
from voucher.claims.operations.review import approve
from voucher.payments.models import Payment
from voucher.payments.operations.queueing import queue_claim
from voucher.vouchers.operations import code_of, redeem


def make_confirmed_claim(round_: Any = None, provider: Any = None, **values: Any) -> Claim:
    """A claim for £900 of an £1,800 price that the business has confirmed."""
    provider = provider or make_provider()
    voucher = make_voucher(round_ or make_round())
    match = make_match(voucher, make_offering(provider))
    person = make_member(Role.PROVIDER, provider=provider)
    redemption = redeem(
        code=code_of(voucher=voucher, code_key=CODE_KEY),
        provider_id=match.provider_id,
        by=person.id,
        at=AT,
        code_key=CODE_KEY,
    )
    number = next_number()
    defaults: dict[str, Any] = {
        "reference": reference("CLM", number),
        "status": ClaimStatus.CONFIRMED,
        "invoice_number": f"INV-{number}",
        "invoice_on": date(2026, 6, 14),
        "net_price_pence": redemption.net_price_pence,
        "vat_rate_bps": redemption.vat_rate_bps,
        "vat_pence": redemption.vat_pence,
        "voucher_pence": redemption.voucher_pence,
        "contribution_pence": redemption.contribution_pence,
        "work_done": "Set up and trained.",
        "evidence_level": "light",
        "started_at": AT,
        "submitted_at": AT,
        "submitted_by_id": person.id,
        "pay_by_on": date(2026, 6, 22),
    }
    return stored(
        Claim(
            redemption_id=redemption.id,
            application_id=redemption.application_id,
            provider_id=redemption.provider_id,
            business_id=redemption.business_id,
            round_id=redemption.round_id,
            **{**defaults, **values},
        )
    )


def make_approved_claim(round_: Any = None, provider: Any = None, **values: Any) -> Claim:
    """The same, approved by an officer: the books owe the provider £900."""
    claim = make_confirmed_claim(round_, provider, **values)
    officer = make_officer(Role.APPROVER)
    approve(claim=claim, by=officer.id, at=AT - timedelta(hours=1), note="")
    return claim


def make_payment(claim: Claim | None = None, **values: Any) -> Payment:
    """The queued payment of an approved claim; `values` are set on it as they are."""
    claim = claim or make_approved_claim()
    payment = queue_claim(claim_id=claim.id, at=AT)
    assert payment is not None
    for name, value in values.items():
        setattr(payment, name, value)
    return stored(payment)
