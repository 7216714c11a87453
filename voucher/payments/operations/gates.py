"""What stands in the way of paying, read fresh inside the transaction that would pay."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from voucher.applications.models import Application
from voucher.claims.models import Claim, ClaimStatus
from voucher.claims.operations.screening import findings_on, screen
from voucher.claims.operations.screening import obstacle as obstacle_of
from voucher.claims.queries.amendments import credited_pence
from voucher.core.db import session
from voucher.ledger.models import AccountKind
from voucher.ledger.queries import moved_into
from voucher.payments.clawbacks.queries import asked_or_refused, is_being_asked_back
from voucher.payments.differences.queries import is_undone_by_hand
from voucher.payments.models import Payment
from voucher.payments.operations.steps import Locked
from voucher.payments.rules import (
    GATE_LOOK_AGAIN,
    PAYOUT_LOOK_AGAIN,
    ClaimFacts,
    cooling_until,
    payee_reason,
    stop_reason,
)
from voucher.providers.models import ConnectedAccount, Departure, Provider, ProviderStatus
from voucher.screening.models import Stage
from voucher.screening.operations.checks import standing
from voucher.vouchers.models import Redemption, Voucher, VoucherStatus
from voucher.vouchers.rules import voucher_amount

_FRESH = {"populate_existing": True}
ASKED_BACK_WORDS = "Money is being asked back, so the payout waits."
UNDONE_WORDS = "Its transfer was taken back by hand at Stripe, so the payout waits for an answer."
CREDITED_WORDS = (
    "A credit note has lowered what is due, so the payout waits until the difference is asked back."
)
PAYOUT_WAITS_WORDS = (ASKED_BACK_WORDS, UNDONE_WORDS, CREDITED_WORDS)


def claim_facts(payment: Payment) -> ClaimFacts:
    """What claim, redemption, voucher and books say about the amount to be paid."""
    claim, redeemed_pence, net_price_pence, cap_pence, share_bps, status = session.execute(
        select(
            Claim,
            Redemption.voucher_pence,
            Redemption.net_price_pence,
            Voucher.cap_pence,
            Voucher.share_bps,
            Voucher.status,
        )
        .join(Redemption, Redemption.id == Claim.redemption_id)
        .join(Voucher, Voucher.id == Redemption.voucher_id)
        .where(Claim.id == payment.claim_id),
        execution_options=_FRESH,
    ).one()
    return ClaimFacts(
        amount_pence=payment.amount_pence,
        redeemed_pence=redeemed_pence,
        allowed_pence=voucher_amount(cap_pence, share_bps, net_price_pence),
        recognised_pence=moved_into(AccountKind.PAYABLE, claim),
        claim_approved=claim.status is ClaimStatus.APPROVED and claim.approved_by_id is not None,
        voucher_redeemed=status is VoucherStatus.REDEEMED,
    )


@dataclass(frozen=True)
class Payee:
    """Who is paid, as stored now: the provider, and its connected account if one was begun."""

    status: ProviderStatus
    gone_as: Departure | None
    account: ConnectedAccount | None


def payee_of(payment: Payment) -> Payee:
    """The payment's provider and its connected account, in one statement."""
    query = (
        select(Provider.status, Provider.gone_as, ConnectedAccount)
        .select_from(Provider)
        .outerjoin(ConnectedAccount, ConnectedAccount.provider_id == Provider.id)
        .where(Provider.id == payment.provider_id)
    )
    return Payee(*session.execute(query, execution_options=_FRESH).one())


def stopped_by(payee: Payee, application: Application) -> str | None:
    """Why nothing may be paid while the case is held or the provider suspended, or None."""
    return stop_reason(
        held=application.held_at is not None,
        provider_approved=payee.status is ProviderStatus.APPROVED,
        gone=payee.gone_as.staff_label.lower() if payee.gone_as else None,
    )


def screened_out(claim: Claim, at: datetime, *, keep: Stage | None) -> str | None:
    """Why the checks before paying, made anew, don't let the claim's payment go, or None.

    `claim` as stored now. `keep`: what was found is stored with it under this stage, and a doubt is
    put before an officer; the caller holds the claim's lock.
    """
    if keep:
        return obstacle_of(screen(claim=claim, stage=keep, by=None, at=at))
    return obstacle_of(standing(claim.id, findings_on(claim, at)))


def blocked_by(payee: Payee) -> str | None:
    """Why Stripe could not pay the provider, as last read, or None."""
    account = payee.account
    has_account = account is not None and account.stripe_account_id is not None
    return payee_reason(has_account=has_account, payable=account is not None and account.payable)


@dataclass(frozen=True)
class Wait:
    """Why a payout has to wait, and when to look again."""

    words: str
    until: datetime


def payout_waits_for(locked: Locked, cooling_days: int, at: datetime) -> Wait | None:
    """What a payout has to wait for: money in question, a hold, a suspension, the account, a check
    before paying that does not pass any more, a changed bank account. The checks are kept."""
    in_question = _in_question(locked.payment)
    if in_question:
        return Wait(in_question, at + PAYOUT_LOOK_AGAIN)
    payee = payee_of(locked.payment)
    words = (
        stopped_by(payee, locked.application)
        or blocked_by(payee)
        or screened_out(locked.claim, at, keep=Stage.PAYOUT)
    )
    if words:
        return Wait(words, at + GATE_LOOK_AGAIN)
    account = payee.account
    until = cooling_until(account.bank_changed_at if account else None, cooling_days)
    if until is not None and until > at:
        return Wait("The provider’s bank account was changed, so the payout waits.", until)
    return None


def payout_stopped_by(locked: Locked, at: datetime) -> str | None:
    """Why a payout that may never have reached Stripe is not sent again, or None.

    Its outcome is looked up all the same. The checks are kept with the claim.
    """
    return (
        _in_question(locked.payment)
        or stopped_by(payee_of(locked.payment), locked.application)
        or screened_out(locked.claim, at, keep=Stage.PAYOUT)
    )


def _in_question(payment: Payment) -> str | None:
    """Why nobody knows yet what of the money stays with the provider, or None."""
    asked_back, undone, credited, asked = session.execute(
        select(
            is_being_asked_back(payment.id),
            is_undone_by_hand(payment.stripe_transfer_id),
            credited_pence(payment.claim_id),
            asked_or_refused(payment.id),
        )
    ).one()
    if asked_back:
        return ASKED_BACK_WORDS
    if undone:
        return UNDONE_WORDS
    too_much = min(int(credited), payment.transfer_pence)
    return CREDITED_WORDS if too_much > int(asked) else None
