"""Forms of the provider's registration."""

from typing import Any

from wtforms import BooleanField, HiddenField, SelectChoice
from wtforms.validators import Email, Optional

from voucher.businesses.rules import normalise_company_number, normalise_vat_number
from voucher.files.rules import ACCEPTED_SUFFIXES
from voucher.providers.models import DueDiligenceItem, DueDiligenceKind, Provider
from voucher.providers.rules import EXPIRING_KINDS, FILE_KINDS
from voucher.web.forms import (
    Answered,
    AtMost,
    ChoiceField,
    DatePartsField,
    EmailField,
    IdentifierField,
    PostcodeField,
    ServiceForm,
    StringField,
    TelField,
    TextAreaField,
    UploadField,
)

YES_NO = [SelectChoice("yes", "Yes"), SelectChoice("no", "No")]
LARGEST_BYTES = 10 * 1024 * 1024


class ProfileForm(ServiceForm):
    """Who the provider is and whom to ask for."""

    name = StringField(
        "Name of your organisation",
        [Answered("Enter the name of your organisation."), AtMost(160)],
    )
    description = TextAreaField(
        "What your organisation does",
        [Answered("Say what your organisation does."), AtMost(2_000)],
        description="Businesses read this beside your offerings. A few plain sentences are enough.",
    )
    company_number = IdentifierField(
        "Company number",
        rule=normalise_company_number,
        description="Leave this empty if you are not a company.",
    )
    vat_registered = ChoiceField(
        "Are you registered for VAT?",
        [Answered("Say whether you are registered for VAT.")],
        choices=YES_NO,
    )
    vat_number = IdentifierField(
        "VAT registration number",
        rule=normalise_vat_number,
        description="Only if you are registered.",
    )
    address_line = StringField(
        "Address", [Answered("Enter the address."), AtMost(200)], description="Building and street"
    )
    town = StringField("Town or city", [Answered("Enter the town or city."), AtMost(80)])
    postcode = PostcodeField("Postcode", [Answered("Enter the postcode.")])
    contact_name = StringField(
        "Whom should we ask for?", [Answered("Enter the name of a person."), AtMost(120)]
    )
    contact_email = EmailField(
        "Their email address",
        [
            Answered("Enter their email address."),
            Email("Enter an email address like name@example.org."),
            AtMost(254),
        ],
    )
    contact_phone = TelField("Their telephone number")
    website = StringField(
        "Website", [AtMost(200)], description="If you have one, like https://www.example.org"
    )

    def values(self) -> dict[str, Any]:
        """What was typed, by column name; only of the fields that are on the page."""
        values = {name: field.data for name, field in self._fields.items() if name != "csrf_token"}
        if "vat_registered" in values:
            values["vat_registered"] = values["vat_registered"] == "yes"
        return values


def profile_values(provider: Provider) -> dict[str, Any]:
    """What the form shows before anything is typed."""
    fields = (
        "name description company_number vat_number address_line town postcode contact_name "
        "contact_email contact_phone website"
    )
    values = {name: getattr(provider, name) for name in fields.split()}
    answered = provider.description or provider.vat_registered
    values["vat_registered"] = ("yes" if provider.vat_registered else "no") if answered else None
    return values


class TermsForm(ServiceForm):
    """Agreeing to the provider terms."""

    version = HiddenField()
    agree = BooleanField(
        "I agree to these terms for my organisation and may do so",
        [Answered("Tick the box if you agree to the terms.")],
    )

    @property
    def read_version(self) -> int:
        """The version that was on the page; 0 for what is no number."""
        typed = self.version.data or ""
        return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 9 else 0


class ProofForm(ServiceForm):
    """One line of the checklist: a statement, a document, an end. Fields are left out by kind."""

    statement = TextAreaField("", [AtMost(2_000)])
    upload = UploadField(
        "Certificate",
        description="A PDF, PNG or JPG of up to 10 MB.",
        accept=ACCEPTED_SUFFIXES,
        limit_bytes=LARGEST_BYTES,
    )
    expires_on = DatePartsField(
        "Last day on which it is valid",
        [Answered("Enter the last day on which it is valid.")],
        description="For example, 31 3 2027",
    )


STATEMENTS = {
    DueDiligenceKind.IDENTITY: (
        "Who we should look up",
        "A company: its number and the name on the register. A sole trader: your full name, the "
        "name you trade under, and where your work can be seen.",
    ),
    DueDiligenceKind.INSURANCE: (
        "Insurer and amount covered",
        "For example: Example Mutual, £250,000 for each claim.",
    ),
    DueDiligenceKind.REFERENCES: (
        "Two pieces of earlier work",
        "For each: for whom, what you did, when, and whom we can ask.",
    ),
    DueDiligenceKind.DATA_PROTECTION: (
        "Registration reference",
        "The reference of your entry in the Information Commissioner’s register of fee payers.",
    ),
}


def item_form(line: DueDiligenceItem) -> ServiceForm:
    """The form of one line of the checklist, filled with what was given before."""
    until = line.stated_expires_on
    form = ProofForm(data={"statement": line.statement, "expires_on": until})
    label, hint = STATEMENTS[line.kind]
    form.statement.label.text, form.statement.description = label, hint
    if line.kind not in EXPIRING_KINDS:
        del form.expires_on
    if line.kind not in FILE_KINDS:
        del form.upload
        form.statement.validators = [Answered("Enter what we should check."), AtMost(2_000)]
    elif line.file_id is None:
        form.upload.validators = [Answered("Choose the file of the certificate.")]
    else:
        form.upload.validators = [Optional()]
        form.upload.description = "You have given us one. Choose a file only to replace it."
    return form
