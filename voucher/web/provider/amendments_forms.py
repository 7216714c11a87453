"""Forms of other amounts than agreed."""

from wtforms import SelectChoice

from voucher.claims.operations import CreditNote
from voucher.claims.operations.credits import LONGEST_NUMBER
from voucher.files.rules import ACCEPTED_SUFFIXES
from voucher.providers.rules import VAT_RATES_BPS
from voucher.web.display import percentage
from voucher.web.forms import (
    Answered,
    AtMost,
    ChoiceField,
    PoundsField,
    ServiceForm,
    StringField,
    TextAreaField,
    UploadField,
)

READ_BY = "The business and we read this."


class LesserForm(ServiceForm):
    """The lower price, and what was not delivered."""

    net_price_pence = PoundsField(
        "New price before VAT",
        [Answered("Enter the new price before VAT.")],
        description="What the work you delivered comes to. We work out the other amounts from it.",
    )
    words = TextAreaField(
        "What was delivered, and what was not?",
        [Answered("Say what was delivered and what was not."), AtMost(2_000)],
        description=READ_BY,
    )


class VatForm(ServiceForm):
    """The VAT rate that must be charged now."""

    vat_rate = ChoiceField(
        "VAT rate now",
        [Answered("Select the VAT rate.")],
        choices=[SelectChoice(str(bps), percentage(bps)) for bps in VAT_RATES_BPS],
    )
    net_price_pence = PoundsField(
        "Price before VAT",
        [Answered("Enter the price before VAT.")],
        description="Leave it as you agreed. If you bear the VAT yourself, enter the lower price.",
    )
    words = TextAreaField(
        "What has changed, and since when?",
        [Answered("Say what has changed, and since when."), AtMost(2_000)],
        description=READ_BY,
    )


class CreditForm(ServiceForm):
    """The credit note."""

    credit_number = StringField(
        "Number of the credit note",
        [Answered("Enter the number of your credit note."), AtMost(LONGEST_NUMBER)],
    )
    credited_pence = PoundsField(
        "What you credited, before VAT", [Answered("Enter what you credited, before VAT.")]
    )
    words = TextAreaField(
        "Why did you credit it?",
        [Answered("Say why you have credited it."), AtMost(2_000)],
        description=READ_BY,
    )
    upload = UploadField(
        "The credit note",
        [Answered("Choose the file of your credit note.")],
        description="A PDF, PNG or JPG of up to 10 MB.",
        accept=ACCEPTED_SUFFIXES,
        limit_bytes=10 * 1024 * 1024,
    )

    def credit(self) -> CreditNote:
        """The credit note as typed."""
        return CreditNote(
            number=self.credit_number.data or "",
            credited_pence=self.credited_pence.data,
            words=self.words.data or "",
            stream=self.upload.data.stream,
            name=self.upload.data.filename or "",
        )
