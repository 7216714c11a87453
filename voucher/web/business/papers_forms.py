"""Forms of what is added piece by piece: proof of identity, earlier public support."""

from wtforms import SelectChoice

from voucher.businesses.rules import normalise_company_number
from voucher.files.operations import LARGEST_BYTES
from voucher.files.rules import ACCEPTED_SUFFIXES
from voucher.subsidy.rules import AssistanceLabel, Relation
from voucher.web.forms import (
    Answered,
    AtMost,
    ChoiceField,
    DatePartsField,
    IdentifierField,
    PoundsField,
    ServiceForm,
    StringField,
    UploadField,
)

LABELS = {
    AssistanceLabel.MFA: ("Minimal Financial Assistance (MFA)", ""),
    AssistanceLabel.SPEI: (
        "Services of public economic interest assistance (SPEI)",
        "For running a public service",
    ),
    AssistanceLabel.TRADE_DEAL_SMALL_AMOUNT: (
        "Small amounts under the UK-EU trade deal",
        "Often called SAFA or “small amounts of financial assistance”, 2021 to 2022",
    ),
    AssistanceLabel.EU_DE_MINIMIS: ("De minimis aid under EU rules", "Usually before 2021"),
    AssistanceLabel.WINDSOR_DE_MINIMIS: (
        "De minimis aid under the Windsor Framework",
        "Concerns goods and Northern Ireland",
    ),
    AssistanceLabel.OTHER_SCHEME: (
        "Another label",
        "A subsidy scheme with its own name, for example a streamlined route",
    ),
    AssistanceLabel.NOT_A_SUBSIDY: (
        "The letter says it is not a subsidy",
        "For example payment for work, or a loan at market terms",
    ),
}
RELATIONS = {
    Relation.SELF: "This business",
    Relation.GROUP_MEMBER: "Another business in the same group or under the same control",
    Relation.MERGED_IN: "A business that this one took over or merged with",
}


class EvidenceForm(ServiceForm):
    """One file."""

    upload = UploadField(
        "Choose a file",
        accept=ACCEPTED_SUFFIXES,
        limit_bytes=LARGEST_BYTES,
        validators=[Answered("Choose a file.")],
        description="A PDF, PNG or JPG of up to 10 MB. A photograph is fine if it can be read.",
    )


class SupportRecordForm(ServiceForm):
    """One piece of earlier public support."""

    amount_pence = PoundsField(
        "Amount",
        minimum_pence=1,
        maximum_pence=10_000_000_000,
        validators=[Answered("Enter the amount.")],
        description="In pounds, before tax. For a loan, the gross value in the letter",
    )
    given_on = DatePartsField(
        "Date it was given",
        validators=[Answered("Enter the date it was given.")],
        description="The date of the letter or agreement",
    )
    given_by = StringField(
        "Who gave it",
        validators=[Answered("Enter who gave it."), AtMost(160)],
        description="For example a council, a growth hub or a government department",
    )
    label = ChoiceField(
        "What does the letter or agreement call it?",
        choices=[
            SelectChoice(label.value, words, {"hint": hint} if hint else {})
            for label, (words, hint) in LABELS.items()
        ],
        validators=[Answered("Select what the letter calls it.")],
    )
    recipient = StringField(
        "Who received it",
        validators=[Answered("Enter who received it."), AtMost(160)],
    )
    relation = ChoiceField(
        "What are they to the business that applies?",
        choices=[SelectChoice(relation.value, words) for relation, words in RELATIONS.items()],
        validators=[Answered("Select what they are to the business.")],
    )
    recipient_number = IdentifierField(
        "Their company number, if another company received it (optional)",
        rule=normalise_company_number,
        description="With it we count support that both of you have told us about only once",
        render_kw={"spellcheck": "false", "autocapitalize": "characters"},
    )
