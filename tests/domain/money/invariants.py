"""The invariants of the scheme that the database whole can answer, asked after every step.

2 to 6, 9 and 10. 1, 7 and 8 are a matter of requests, and the machine makes them.
"""

from sqlalchemy import and_, exists, func, or_, select

from voucher.applications.models import Application
from voucher.claims.models import Claim
from voucher.core.db import session
from voucher.files.models import StoredFile
from voucher.ledger.models import AccountKind, LedgerJournal
from voucher.ledger.queries import balances
from voucher.notifications.models import Message
from voucher.payments.models import Payment, PaymentAttempt, PaymentStatus
from voucher.payments.queries.invariants import broken_invariants
from voucher.programmes.models import Round
from voucher.providers.models import Provider, ProviderStatus
from voucher.vouchers.models import Redemption, Voucher, VoucherStatus

ENDED = (VoucherStatus.CANCELLED, VoucherStatus.EXPIRED)
REMINDERS = ("voucher_reminder", "claim_due", "confirmation_due")


def money():
    """Every balance there is: what a refused request must leave as it was."""
    sums = session.execute(
        select(Round.id, Round.reserved_pence, Round.committed_pence, Round.spent_pence)
    ).all()
    return [tuple(row) for row in sums], [
        (one.kind, one.round_id, one.provider_id, one.pence) for one in balances()
    ]


def require_sums(known):
    """2, and 10 for a reversal: the round's sums are the ledger's, to the penny."""
    [(round_id, reserved, committed, spent)], balanced = known
    totals = {}
    for kind, _, _, pence in balanced:
        totals[kind] = totals.get(kind, 0) + pence
    budget = session.execute(select(Round.budget_pence).where(Round.id == round_id)).scalar_one()
    assert reserved + committed + spent <= budget
    of = totals.get
    assert reserved == of(AccountKind.RESERVED, 0)
    assert committed == of(AccountKind.COMMITTED, 0) + of(AccountKind.PAYABLE, 0)
    assert spent == of(AccountKind.SPENT, 0)
    assert of(AccountKind.FUND, 0) == budget - reserved - committed - spent


def require_trace():
    """10: every paid pound leads to a decision, a redemption, evidence, an entry and a person."""
    evidence = exists().where(
        StoredFile.subject_kind == "claim", StoredFile.subject_id == Payment.claim_id
    )
    entry = exists().where(
        LedgerJournal.source_kind == "payment",
        LedgerJournal.source_id == Payment.id,
        LedgerJournal.effect == "transferred",
    )
    person = and_(Claim.submitted_by_id.is_not(None), Voucher.award_id.is_not(None))
    whole = (
        select(Payment.id)
        .join(Claim, Claim.id == Payment.claim_id)
        .join(Redemption, Redemption.id == Claim.redemption_id)
        .join(Voucher, Voucher.id == Redemption.voucher_id)
        .where(Payment.stripe_transfer_id.is_not(None), person, evidence, entry)
    )
    sent = select(Payment.id).where(Payment.stripe_transfer_id.is_not(None))
    ids = session.execute(whole).scalars().all()
    assert sorted(ids) == sorted(session.execute(sent).scalars())


def stopped():
    """6: the payments and redemptions that must not move just now, and how far they have come."""
    halted = or_(Application.held_at.is_not(None), Provider.status != ProviderStatus.APPROVED)
    held = session.execute(
        select(Payment.id, func.max(PaymentAttempt.last_sent_at), func.count(PaymentAttempt.id))
        .join(Claim, Claim.id == Payment.claim_id)
        .join(Application, Application.id == Claim.application_id)
        .join(Provider, Provider.id == Payment.provider_id)
        .outerjoin(PaymentAttempt, PaymentAttempt.payment_id == Payment.id)
        .where(halted)
        .group_by(Payment.id)
    ).all()  # fmt: skip
    redeemed = session.execute(
        select(Application.id, Redemption.id)
        .join(Voucher, Voucher.application_id == Application.id)
        .outerjoin(Redemption, Redemption.voucher_id == Voucher.id)
        .outerjoin(Provider, Provider.id == Redemption.provider_id)
        .where(halted)
    ).all()
    moved = {("payment", row[0]): (row[1], row[2]) for row in held}
    return moved | {("case", row[0]): row[1] for row in redeemed}


def final():
    """9: everything that is cancelled or lapsed."""
    vouchers = select(Voucher.id).where(Voucher.status.in_(ENDED))
    payments = select(Payment.id).where(Payment.status == PaymentStatus.CANCELLED)
    return {("voucher", row) for row in session.execute(vouchers).scalars()} | {
        ("payment", row) for row in session.execute(payments).scalars()
    }


def reminded_in_vain(message_ids):
    """9: the reminders among these messages that are about a voucher that has ended."""
    query = (
        select(Message.id)
        .join(Voucher, Voucher.id == Message.voucher_id)
        .where(Message.id.in_(message_ids), Message.kind.in_(REMINDERS), Voucher.status.in_(ENDED))
    )
    return session.execute(query).scalars().all()


def require_all(known):
    """Those that the database whole can answer; `known`: its balances now."""
    assert broken_invariants() == ()
    require_sums(known)
    require_trace()
