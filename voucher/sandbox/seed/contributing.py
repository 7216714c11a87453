"""Steps after a claim was sent: is the business’s part paid, and is the invoice right?"""

from datetime import datetime

from voucher.claims import operations as claims
from voucher.claims.models import Claim
from voucher.claims.operations.contributions import ask_for_proof, say_unpaid
from voucher.claims.operations.invoices import CorrectedInvoice, correct_invoice
from voucher.core.clock import london_date
from voucher.sandbox.seed.case import Case
from voucher.sandbox.seed.papers import paper

ASKED_WORDS = "The receipt names another invoice, so we can’t see that this one was paid."
DENIED_WORDS = "They agreed to wait for our part until the guide is finished."
ACCEPTED_WORDS = "The bank statement shows it on the day they say. Fictional."
CORRECTED_WORDS = "It was made out to the wrong firm."


def leave_part_unpaid(case: Case, at: datetime) -> None:
    """The business says that it has not paid its part yet."""
    say_unpaid(claim=case.row(Claim, "claim"), by=case.user_id, at=at)


def ask_for_part(case: Case, at: datetime) -> None:
    """An officer finds no evidence that the business has paid its part."""
    claim = case.row(Claim, "claim")
    ask_for_proof(claim=claim, note=ASKED_WORDS, by=case.other_caseworker, at=at)


def show_part(case: Case, at: datetime) -> None:
    """The business gives a proof that it has paid."""
    lines = (f"From {case.business.name}", "Paid as invoiced", f"{at:%d %B %Y}")
    claims.show_paid(
        claim=case.row(Claim, "claim"),
        paid_on=london_date(at),
        stream=paper(f"Bank statement {case.number}", lines),
        name=f"bank-statement-{case.number}.pdf",
        content_store=case.stage.services.store,
        by=case.user_id,
        at=at,
    )


def deny_part(case: Case, at: datetime) -> None:
    """The business says why it need not pay its part now."""
    claims.deny(claim=case.row(Claim, "claim"), words=DENIED_WORDS, by=case.user_id, at=at)


def accept_part(case: Case, at: datetime) -> None:
    """An officer accepts the proof."""
    claims.decide_unpaid(
        claim=case.row(Claim, "claim"),
        decision=claims.UnpaidDecision.PROVEN,
        paid_on=None,
        note=ACCEPTED_WORDS,
        by=case.other_caseworker,
        at=at,
    )


def replace_invoice(case: Case, at: datetime) -> None:
    """The provider puts a corrected invoice in the place of the one that was sent."""
    claim = case.row(Claim, "claim")
    lines = (f"To {case.business.name}", "Corrected invoice", f"{at:%d %B %Y}")
    invoice = CorrectedInvoice(
        number=f"{claim.invoice_number}-B",
        invoice_on=london_date(at),
        words=CORRECTED_WORDS,
        stream=paper(f"Corrected invoice {case.number}", lines),
        name=f"corrected-invoice-{case.number}.pdf",
    )
    correct_invoice(
        claim=claim,
        invoice=invoice,
        content_store=case.stage.services.store,
        by=case.stage.provider_members[claim.provider_id],
        at=at,
    )


STEPS = {
    "leave_part_unpaid": leave_part_unpaid,
    "ask_for_part": ask_for_part,
    "show_part": show_part,
    "deny_part": deny_part,
    "accept_part": accept_part,
    "replace_invoice": replace_invoice,
}
