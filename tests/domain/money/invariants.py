"""The ten invariants of the scheme, asked after every step of the machine.

2 to 6, 9 and 10 are asked of the database whole; 1, 7 and 8 are a matter of requests, and are asked
by making one.
"""

from sqlalchemy import func, select

from voucher.applications.models import Application
from voucher.claims.models import Claim
from voucher.core.db import session
from voucher.files.models import StoredFile
from voucher.ledger.models import AccountKind, LedgerJournal
from voucher.ledger.queries import balances
from voucher.payments.models import Payment, PaymentAttempt, PaymentStatus
from voucher.payments.queries.invariants import broken_invariants
from voucher.programmes.models import Round
from voucher.providers.models import Provider, ProviderStatus
from voucher.vouchers.models import Redemption, Voucher, VoucherStatus

FINAL = {
    Voucher: (VoucherStatus.CANCELLED, VoucherStatus.EXPIRED),
    Payment: (PaymentStatus.CANCELLED,),
}


def money():
    """Every balance there is: what a refused request must leave as it was."""
    sums = session.execute(
        select(Round.id, Round.reserved_pence, Round.committed_pence, Round.spent_pence)
    ).all()
    return [tuple(row) for row in sums], [
        (one.kind, one.round_id, one.provider_id, one.pence) for one in balances()
    ]


def require_sums():
    """2, and 10 for a reversal: the round's sums are the ledger's, to the penny."""
    totals = {}
    for one in balances():
        totals[one.kind] = totals.get(one.kind, 0) + one.pence
    round_ = session.execute(select(Round)).scalars().one()
    assert round_.reserved_pence + round_.committed_pence + round_.spent_pence <= (
        round_.budget_pence
    )
    of = totals.get
    assert round_.reserved_pence == of(AccountKind.RESERVED, 0)
    owed = of(AccountKind.COMMITTED, 0) + of(AccountKind.PAYABLE, 0)
    assert round_.committed_pence == owed
    assert round_.spent_pence == of(AccountKind.SPENT, 0)
    free = round_.budget_pence - round_.reserved_pence - owed - round_.spent_pence
    assert of(AccountKind.FUND, 0) == free


def require_trace():
    """10: every paid pound leads to a decision, a redemption, evidence, an entry and a person."""
    sent = select(Payment.claim_id, Payment.id).where(Payment.stripe_transfer_id.is_not(None))
    for claim_id, payment_id in session.execute(sent):
        claim = session.get(Claim, claim_id)
        voucher = session.execute(
            select(Voucher)
            .join(Redemption, Redemption.voucher_id == Voucher.id)
            .where(Redemption.id == claim.redemption_id)
        ).scalar_one()
        assert voucher.award_id
        assert claim.approved_by_id or claim.submitted_by_id
        evidence = select(func.count(StoredFile.id)).where(
            StoredFile.subject_kind == "claim", StoredFile.subject_id == claim_id
        )
        assert session.execute(evidence).scalar_one() > 0
        entry = select(LedgerJournal.id).where(
            LedgerJournal.source_kind == "payment",
            LedgerJournal.source_id == payment_id,
            LedgerJournal.effect == "transferred",
        )
        assert session.execute(entry).scalar_one()


def stopped():
    """6: the payments and redemptions that must not move just now, and how far they have come."""
    held = session.execute(
        select(Payment.id, func.max(PaymentAttempt.last_sent_at), func.count(PaymentAttempt.id))
        .join(Claim, Claim.id == Payment.claim_id)
        .join(Application, Application.id == Claim.application_id)
        .join(Provider, Provider.id == Payment.provider_id)
        .outerjoin(PaymentAttempt, PaymentAttempt.payment_id == Payment.id)
        .where(
            Application.held_at.is_not(None) | (Provider.status != ProviderStatus.APPROVED)
        )
        .group_by(Payment.id)
    ).all()  # fmt: skip
    redeemed = session.execute(
        select(func.count(Redemption.id))
        .join(Application, Application.id == Redemption.application_id)
        .join(Provider, Provider.id == Redemption.provider_id)
        .where(
            Application.held_at.is_not(None) | (Provider.status != ProviderStatus.APPROVED)
        )
    ).scalar_one()  # fmt: skip
    return {row[0]: (row[1], row[2]) for row in held}, redeemed


def final():
    """9: everything that is cancelled or lapsed."""
    return {
        (model.__tablename__, row)
        for model, statuses in FINAL.items()
        for row in session.execute(select(model.id).where(model.status.in_(statuses))).scalars()
    }


def require_all():
    """Those that the database whole can answer: 2, 3, 4, 5, 6, 9, 10."""
    assert broken_invariants() == ()
    require_sums()
    require_trace()
