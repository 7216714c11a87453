"""Money asked back in the demonstration: something in every status that a clawback can rest in."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import select

from voucher.claims.models import Claim, ClaimStatus
from voucher.core.clock import london_date
from voucher.core.db import session, transaction
from voucher.integrations.stripe.errors import StripeRejected
from voucher.payments.clawbacks.jobs import take_back
from voucher.payments.clawbacks.models import Clawback, ClawbackReason
from voucher.payments.clawbacks.operations import deciding, owing
from voucher.payments.clawbacks.operations.taking import take_up
from voucher.payments.clawbacks.rules import reversal_key
from voucher.payments.models import Payment, PaymentStatus
from voucher.payments.queries.work import payment_of_claim
from voucher.sandbox.seed.case import Case
from voucher.sandbox.seed.stage import Stage

MORE_THAN_THERE_IS_PENCE = 90_000_000
WORDS = {
    ClawbackReason.PARTLY_DELIVERED: "One of the two training days did not take place.",
    ClawbackReason.CREDIT_NOTE: "The provider has credited a licence that was not needed.",
    ClawbackReason.NOT_DELIVERED: "The system was taken down again after a week.",
    ClawbackReason.WRONG_AMOUNT: "The invoice counted a device twice.",
    ClawbackReason.PAID_TWICE: "The set-up was part of an earlier voucher already.",
    ClawbackReason.NOT_ELIGIBLE: "Part of the work was for a branch outside the region.",
    ClawbackReason.UNTRUE: "The photograph was not of this business.",
    ClawbackReason.OTHER: "Provider and business have agreed on a lower price since.",
}
PART_PENCE = 5_000


def ask(stage: Stage, payment: Payment, reason: ClawbackReason, pence: int, at: datetime) -> int:
    """Finance asks for money back; the clawback's id."""
    made = deciding.request(
        payment=payment,
        pence=pence,
        reason=reason,
        words=WORDS[reason],
        by=stage.people["finance"],
        at=at,
    )
    return made.id


def approve(stage: Stage, clawback_id: int, at: datetime) -> Clawback:
    """The approver agrees; the clawback."""
    found = session.get_one(Clawback, clawback_id)
    deciding.approve(clawback=found, by=stage.people["approver"], at=at, words="Both were asked.")
    return found


def owe(
    stage: Stage, payment: Payment, reason: ClawbackReason, pence: int, at: datetime
) -> Clawback:
    """Money that the provider has in its bank is asked back, and so owed."""
    found = approve(stage, ask(stage, payment, reason, pence, at), at)
    take_up(clawback_id=found.id, environment=stage.services.settings.environment, at=at)
    return found


def ask_back(stage: Stage, at: datetime) -> None:
    """Of eight payments something is asked back, and each time it goes another way.

    A small demonstration has not so many, and none of it.
    """
    finance, approver = stage.people["finance"], stage.people["approver"]
    paid = _paid(len(ClawbackReason))
    if len(paid) < len(ClawbackReason):
        return
    waiting, refused, withdrawn, *owing_ones = zip(paid, ClawbackReason, strict=True)
    ask(stage, *waiting, PART_PENCE, at)
    no = session.get_one(Clawback, ask(stage, *refused, PART_PENCE, at))
    deciding.refuse(clawback=no, words="The day was made up for later.", by=approver, at=at)
    mistake = session.get_one(Clawback, ask(stage, *withdrawn, PART_PENCE, at))
    deciding.withdraw(clawback=mistake, by=finance, at=at)
    _owed, invoiced, repaid, doubtful, lost = (
        owe(stage, payment, reason, PART_PENCE, at) for payment, reason in owing_ones
    )
    due_on = london_date(at) + timedelta(days=30)
    for number, one in enumerate((invoiced, repaid), start=1):
        owing.invoice(clawback=one, number=f"R-{number:04}", due_on=due_on, by=finance, at=at)
    owing.receive(
        clawback=repaid,
        pence=repaid.pence,
        received_on=london_date(at),
        bank_reference="REPAYMENT R-0002",
        by=finance,
        at=at,
    )
    for one in (doubtful, lost):
        words = "The provider has closed down; the sum is smaller than a court’s fee."
        owing.ask_write_off(clawback=one, words=words, by=finance, at=at)
    owing.write_off(clawback=lost, by=approver, at=at)


def _paid(count: int) -> Sequence[Payment]:
    query = select(Payment).where(Payment.status == PaymentStatus.PAID, Payment.netted_pence == 0)
    query = query.where(
        Payment.id.not_in(select(Clawback.payment_id).where(Clawback.payment_id.is_not(None)))
    ).order_by(Payment.id)
    return session.execute(query.limit(count)).scalars().all()


def set_off_a_claim(stage: Stage, at: datetime) -> None:
    """A provider whose next claim is about to be paid owes more than that; once is enough."""
    if session.execute(select(Clawback.id).limit(1)).first() is not None:
        return
    waiting = select(Claim).where(Claim.status == ClaimStatus.CONFIRMED).order_by(Claim.id)
    for claim in session.execute(waiting).scalars().all():
        paid, worth = _paid_to(claim.provider_id), claim.voucher_pence or 0
        if sum(one.amount_pence for one in paid) > worth:
            _owe_more_than(stage, paid, worth, at)
            return


def _owe_more_than(stage: Stage, paid: Sequence[Payment], pence: int, at: datetime) -> None:
    owed = 0
    for payment in paid:
        if owed > pence:
            return
        debt = owe(stage, payment, ClawbackReason.NOT_DELIVERED, payment.amount_pence, at)
        owing.net_off(clawback=debt, by=stage.people["finance"], at=at)
        owed += payment.amount_pence


def _paid_to(provider_id: int) -> Sequence[Payment]:
    query = select(Payment).where(
        Payment.status == PaymentStatus.PAID, Payment.provider_id == provider_id
    )
    return session.execute(query.order_by(Payment.id)).scalars().all()


def take_back_whole(case: Case, at: datetime) -> None:
    """All of a payment is taken back before its payout."""
    with transaction():
        payment = payment_of_claim(case.ids["claim"])
        if payment is None:
            return
        reason = ClawbackReason.NOT_DELIVERED
        approve(case.stage, ask(case.stage, payment, reason, payment.amount_pence, at), at)
    _work(case, at)


def take_back_parts(case: Case, at: datetime) -> None:
    """Of one payment a part is taken back, of another nobody knows, and one needs a person."""
    stage, levers = case.stage, case.stage.levers
    for trouble in ("none", "key used before", "answer lost"):
        with transaction():
            payment = payment_of_claim(case.ids["claim"])
            if payment is None or payment.stripe_transfer_id is None:
                return
            asked = ask(stage, payment, ClawbackReason.PARTLY_DELIVERED, PART_PENCE, at)
            reference = approve(stage, asked, at).reference
            transfer_id, account_id = payment.stripe_transfer_id, payment.stripe_account_id or ""
        if trouble == "key used before":
            _use_key_of(case, reference, account_id)
        elif trouble == "answer lost":
            levers.let_a_request_fail(f"/v1/transfers/{transfer_id}/reversals")
        _work(case, at)


def _use_key_of(case: Case, reference: str, account_id: str) -> None:
    """A forgotten copy of the programme asked for something else under the same key: too much, so
    that no money moved."""
    services = case.stage.services
    with suppress(StripeRejected):
        services.stripe.create_transfer(
            amount_pence=MORE_THAN_THERE_IS_PENCE,
            destination=account_id,
            transfer_group="copy",
            metadata={},
            key=reversal_key(services.settings.environment, reference, 1),
        )


def _work(case: Case, at: datetime) -> None:
    services = case.stage.services
    take_back(services.stripe, services.settings.environment, at)


def net_off_one(stage: Stage, at: datetime) -> None:
    """One more debt waits for the provider's next payment."""
    with transaction():
        for payment in _paid(1):
            debt = owe(stage, payment, ClawbackReason.WRONG_AMOUNT, PART_PENCE, at)
            owing.net_off(clawback=debt, by=stage.people["finance"], at=at)
