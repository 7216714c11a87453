"""The one short form of the public pre-check. Nothing in it names a business."""

from wtforms import SelectChoice

from voucher.businesses.models import LegalForm
from voucher.web.forms import (
    Answered,
    ChoiceField,
    DatePartsField,
    PostcodeField,
    PoundsField,
    ServiceForm,
    WholeNumberField,
)


class PrecheckForm(ServiceForm):
    """Where, what, how many, since when; a voucher already; support already."""

    ASKED = (
        "postcode",
        "legal_form",
        "headcount",
        "trading_since_on",
        "support_pence",
        "holds_voucher",
    )
    postcode = PostcodeField(
        "What is the postcode of your business?",
        validators=[Answered("Enter the postcode of your business.")],
        description="Of the premises where you would use the technology",
        render_kw={"autocomplete": "postal-code"},
    )
    legal_form = ChoiceField(
        "What kind of organisation are you?",
        choices=[
            *(SelectChoice(form.value, form.public_label) for form in LegalForm),
            SelectChoice("other", "Something else"),
        ],
        validators=[Answered("Select what kind of organisation you are.")],
    )
    headcount = WholeNumberField(
        "How many people work in it?",
        minimum=1,
        maximum=500_000,
        validators=[Answered("Enter how many people work in the business.")],
        description="Everybody on the payroll and the owners who work in it",
    )
    trading_since_on = DatePartsField(
        "When did it start trading?",
        validators=[Answered("Enter the date the business started trading.")],
        description="If you are not sure of the day, enter 1",
    )
    support_pence = PoundsField(
        "How much public support has it received? (optional)",
        maximum_pence=10_000_000_000,
        description="Only support called Minimal Financial Assistance or de minimis, in this "
        "financial year and the two before it. Leave it empty if there was none.",
    )
    holds_voucher = ChoiceField(
        "Does it have a voucher of this scheme already?",
        choices=[SelectChoice("yes", "Yes"), SelectChoice("no", "No")],
        validators=[Answered("Select yes or no.")],
    )
