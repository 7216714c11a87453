"""Steps of the claim: write it, send it, confirm or dispute it, check it, approve or reject it."""

from datetime import datetime, timedelta

from sqlalchemy import select

from voucher.claims import operations as claims
from voucher.claims.models import Claim, ClaimStatus
from voucher.claims.queries import wants_new_invoice
from voucher.claims.rules import EvidenceKind
from voucher.core.clock import london_date
from voucher.core.db import session
from voucher.core.money import Money
from voucher.files.queries import files_of
from voucher.payments.operations.queueing import cancel
from voucher.payments.queries.work import payment_of_claim
from voucher.sandbox.seed.case import Case
from voucher.sandbox.seed.errands import TROUBLES, trouble
from voucher.sandbox.seed.papers import paper
from voucher.sandbox.seed.releasing import hold_back, leave_ready
from voucher.sandbox.seed.screening import may_be_approved
from voucher.vouchers.models import Redemption

WORK_DONE = (
    "Set up and handed over as agreed, with a training session and a written guide. The business "
    "has its own log-ins and its own data."
)
DISPUTE_WORDS = "The training has not taken place. They want to come back in two weeks."
RETURN_WORDS = "The invoice names another firm. Please attach the one made out to the business."
CANCEL_WORDS = "The provider has given the money up: the invoice was made out twice."
REJECT_WORDS = {"invoiced twice, rejected": "This invoice was paid for on another claim already."}
NEVER_DONE = "The work was never done, and the provider has said so."
WRITTEN_ANEW = {"invoiced twice": "Inv ", "invoiced twice, rejected": "inv/"}
"""By fate, how the number of an invoice is written that was claimed on before."""
PAPERS = {
    EvidenceKind.INVOICE: "Invoice",
    EvidenceKind.DELIVERY_RECORD: "Record of delivery",
    EvidenceKind.CONTRIBUTION_RECEIPT: "Receipt",
}


def start_claim(case: Case, at: datetime) -> None:
    """The provider begins the claim and attaches the invoice and what else may be asked for."""
    redemption = case.row(Redemption, "redemption")
    by = case.stage.provider_members[redemption.provider_id]
    claim = claims.start(redemption=redemption, by=by, at=at)
    case.ids["claim"] = claim.id
    claims.save(claim=claim, values=amounts_of(case, redemption, at), by=by, at=at)
    kinds = tuple(EvidenceKind) if claim.evidence_level == "full" else (EvidenceKind.INVOICE,)
    for number, kind in enumerate(kinds, start=1):
        _attach(case, claim, kind, redemption, by, at + timedelta(seconds=number))


def amounts_of(case: Case, redemption: Redemption, at: datetime) -> dict[str, object]:
    """The claim as the provider fills it in, with the amounts agreed."""
    return {
        "invoice_number": _invoice_number(case, redemption, at),
        "invoice_on": london_date(at),
        "net_price_pence": redemption.net_price_pence,
        "vat_rate_bps": redemption.vat_rate_bps,
        "vat_pence": redemption.vat_pence,
        "voucher_pence": redemption.voucher_pence,
        "contribution_pence": redemption.contribution_pence,
        "contribution_paid_on": london_date(at),
        "work_done": WORK_DONE,
    }


def _invoice_number(case: Case, redemption: Redemption, at: datetime) -> str:
    """A number of its own, but where the invoice of another claim is sent again.

    The same number is refused at once, so it is written in another way.
    """
    known = None
    if case.fate in WRITTEN_ANEW:
        query = select(Claim.invoice_number).order_by(Claim.id.desc()).limit(1)
        sent = Claim.status.in_((ClaimStatus.APPROVED, ClaimStatus.PAID))
        query = query.where(Claim.provider_id == redemption.provider_id, sent)
        known = session.execute(query).scalar_one_or_none()
    if known is None:
        return f"INV-{at:%y}{case.number:04d}"
    return known.replace("INV-", WRITTEN_ANEW[case.fate])


def _attach(
    case: Case, claim: Claim, kind: EvidenceKind, redemption: Redemption, by: int, at: datetime
) -> None:
    net = Money(redemption.net_price_pence)
    lines = (f"To {case.business.name}", f"Work as agreed: {net} without VAT", f"{at:%d %B %Y}")
    claims.attach(
        claim=claim,
        kind=kind,
        stream=paper(f"{PAPERS[kind]} {case.number}", lines),
        name=f"{kind.value.replace('_', '-')}-{case.number}.pdf",
        content_store=case.stage.services.store,
        by=by,
        at=at,
    )


def submit_claim(case: Case, at: datetime) -> None:
    """The provider sends the claim, with another invoice if it agreed to other amounts since."""
    claim = case.row(Claim, "claim")
    by = case.stage.provider_members[claim.provider_id]
    if claim.submitted_at is None and wants_new_invoice(claim):
        _attach_anew(case, claim, by, at)
    claims.submit(claim=claim, by=by, at=at)


def _attach_anew(case: Case, claim: Claim, by: int, at: datetime) -> None:
    for file in files_of(claim, EvidenceKind.INVOICE.value):
        claims.remove_evidence(claim=claim, reference=file.reference, by=by, at=at)
    redemption = case.row(Redemption, "redemption")
    _attach(case, claim, EvidenceKind.INVOICE, redemption, by, at)


def confirm_claim(case: Case, at: datetime) -> None:
    """The business confirms that the work was done."""
    claims.confirm(claim=case.row(Claim, "claim"), by=case.user_id, at=at)


def dispute_claim(case: Case, at: datetime) -> None:
    """The business says what is wrong."""
    claim = case.row(Claim, "claim")
    claims.dispute(claim=claim, words=DISPUTE_WORDS, by=case.user_id, at=at)


def check_claim(case: Case, at: datetime) -> None:
    """An officer checks the evidence, where it takes two."""
    claims.check(claim=case.row(Claim, "claim"), note="", by=case.caseworker, at=at)


def return_claim(case: Case, at: datetime) -> None:
    """An officer gives the claim back."""
    claim = case.row(Claim, "claim")
    claims.return_to_provider(claim=claim, note=RETURN_WORDS, by=case.caseworker, at=at)


def approve_claim(case: Case, at: datetime) -> None:
    """The second person approves the claim for payment."""
    claim = case.row(Claim, "claim")
    if claim.status is ClaimStatus.CONFIRMED and may_be_approved(case, claim, at):
        claims.approve(claim=claim, note="", by=case.approver, at=at)
        leave_ready(case)
        if case.fate in TROUBLES:
            case.stage.errands.append(trouble(case, claim.provider_id))


def reject_claim(case: Case, at: datetime) -> None:
    """An officer rejects the claim."""
    claim = case.row(Claim, "claim")
    words = REJECT_WORDS.get(case.fate, NEVER_DONE)
    claims.reject(claim=claim, note=words, by=case.approver, at=at)


def cancel_payment(case: Case, at: datetime) -> None:
    """Finance cancels a payment that was stopped in time."""
    payment = payment_of_claim(case.ids["claim"])
    if payment is not None:
        finance = case.stage.people["finance"]
        cancel(payment=payment, reason=CANCEL_WORDS, by=finance, at=at)


def wait(case: Case, at: datetime) -> None:
    """Nothing more to do: the money is on its way, or somebody else should have acted."""


STEPS = {
    "stay_silent": wait,
    "hold_back": hold_back,
    "start_claim": start_claim,
    "submit_claim": submit_claim,
    "confirm_claim": confirm_claim,
    "dispute_claim": dispute_claim,
    "check_claim": check_claim,
    "return_claim": return_claim,
    "approve_claim": approve_claim,
    "reject_claim": reject_claim,
    "cancel_payment": cancel_payment,
    "wait": wait,
    "wait_long": wait,
}
