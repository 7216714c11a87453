"""Forms of the provider's claim."""

from datetime import date
from typing import Any

from wtforms import BooleanField, SelectChoice, SubmitField

from voucher.claims.models import Claim
from voucher.claims.operations.writing import agreed_with
from voucher.claims.rules import EvidenceKind, detail_problems
from voucher.core.clock import london_date
from voucher.core.errors import Invalid
from voucher.files.rules import ACCEPTED_SUFFIXES
from voucher.matching.rules import PriceBreakdown
from voucher.providers.rules import VAT_RATES_BPS
from voucher.vouchers.models import Redemption
from voucher.web.display import percentage
from voucher.web.forms import (
    Answered,
    AtMost,
    ChoiceField,
    DatePartsField,
    PoundsField,
    ServiceForm,
    StringField,
    TextAreaField,
    UploadField,
)

KIND_LABELS = {
    EvidenceKind.INVOICE: "Your invoice to the business",
    EvidenceKind.DELIVERY_RECORD: "A record of what was delivered",
    EvidenceKind.CONTRIBUTION_RECEIPT: "Proof that the business has paid its part",
}
KIND_HINTS = {
    EvidenceKind.INVOICE: "For the full price and the VAT on it, less the voucher",
    EvidenceKind.DELIVERY_RECORD: "A hand-over note, a list of sessions, screenshots",
    EvidenceKind.CONTRIBUTION_RECEIPT: "A receipt, or the line of your bank statement",
}


class ClaimForm(ServiceForm):
    """The claim as it stands on the invoice. Nothing is required of a draft."""

    invoice_number = StringField("Invoice number", [AtMost(60)])
    invoice_on = DatePartsField("Date of the invoice", description="For example, 27 3 2026")
    net_price_pence = PoundsField("Price before VAT")
    vat_rate = ChoiceField(
        "VAT rate", choices=[SelectChoice(str(bps), percentage(bps)) for bps in VAT_RATES_BPS]
    )
    vat_pence = PoundsField("VAT")
    voucher_pence = PoundsField("The voucher pays", called="What the voucher pays")
    contribution_pence = PoundsField("The business pays you", called="What the business pays you")
    contribution_paid_on = DatePartsField("When did the business pay its part?")
    contribution_unpaid = BooleanField("The business has not paid its part yet")
    work_done = TextAreaField(
        "What did you do?",
        [AtMost(4_000)],
        description="The business reads this before it confirms the work.",
    )
    as_draft = SubmitField("Save as a draft")

    def fit(self, agreed: PriceBreakdown, claim: Claim) -> None:
        """Leave out what does not arise: no payment where the business pays nothing, no invoice
        where one was sent, which a corrected one replaces on its own page."""
        if not agreed.contribution_pence:
            del self.contribution_paid_on
            del self.contribution_unpaid
        if claim.submitted_at is not None:
            del self.invoice_number
            del self.invoice_on

    def values(self) -> dict[str, Any]:
        """What was typed, by column name."""
        left_out = ("csrf_token", "vat_rate", "as_draft")
        values = {name: field.data for name, field in self._fields.items() if name not in left_out}
        if values.get("contribution_unpaid"):
            values["contribution_paid_on"] = None
        values["vat_rate_bps"] = int(self.vat_rate.data) if self.vat_rate.data else None
        return values


def claim_values(claim: Claim) -> dict[str, Any]:
    """What the form shows before anything is typed."""
    names = (
        "invoice_number invoice_on net_price_pence vat_pence voucher_pence contribution_pence "
        "contribution_paid_on contribution_unpaid work_done"
    )
    values = {name: getattr(claim, name) for name in names.split()}
    values["vat_rate"] = None if claim.vat_rate_bps is None else str(claim.vat_rate_bps)
    return values


def differences(
    values: dict[str, Any], claim: Claim, redemption: Redemption, today: date
) -> list[Invalid]:
    """Everything in what was typed that the claim could not be sent with, at its field."""
    kept = {"invoice_number": claim.invoice_number, "invoice_on": claim.invoice_on}
    problems = detail_problems(
        {**kept, **values},
        agreed_with(redemption),
        redeemed_on=london_date(redemption.redeemed_at),
        today=today,
    )
    return [named_as_typed(Invalid(problem.words, problem.field)) for problem in problems]


def named_as_typed(error: Invalid) -> Invalid:
    """The refusal, at the field where the value was typed."""
    typed = {"vat_rate_bps": "vat_rate"}
    return Invalid(str(error), typed.get(error.field or "", error.field))


class EvidenceForm(ServiceForm):
    """One document and what it shows."""

    kind = ChoiceField(
        "What does it show?",
        [Answered("Select what the file shows.")],
        choices=[
            SelectChoice(kind.value, label, {"hint": KIND_HINTS[kind]})
            for kind, label in KIND_LABELS.items()
        ],
    )
    upload = UploadField(
        "File",
        [Answered("Choose a file.")],
        description="A PDF, PNG or JPG of up to 10 MB.",
        accept=ACCEPTED_SUFFIXES,
        limit_bytes=10 * 1024 * 1024,
    )
