"""Forms of the officers' pages on providers."""

from wtforms import SelectChoice, SelectField

from voucher.providers.models import Departure, DueDiligenceItem, ProviderStatus
from voucher.providers.queries import STATUS_GROUPS, WORK
from voucher.providers.rules import EXPIRING_KINDS
from voucher.web.forms import (
    Answered,
    AtMost,
    ChoiceField,
    DatePartsField,
    SearchForm,
    ServiceForm,
    StringField,
    TextAreaField,
)

STATUS_LABELS = {
    WORK: "Waiting for us",
    **{status.value: status.staff_label for status in ProviderStatus},
    "all": "Every status",
}
EVERY = "all"


class ProvidersForm(SearchForm):
    """What of the list is shown."""

    q = StringField("Reference, name or company number", [AtMost(100)])
    status = SelectField(
        "Status",
        choices=[SelectChoice(code, STATUS_LABELS[code]) for code in (WORK, *STATUS_GROUPS)],
        default=WORK,
    )

    def chosen_status(self, text: str) -> str:
        """The group asked for; one that is not known is the first.

        Whoever looks for a provider by name finds it wherever it stands: with a text, the first
        group gives way to every status, which the form then shows.
        """
        if self.status.data not in (WORK, *STATUS_GROUPS):
            self.status.data = WORK
        if text and self.status.data == WORK:
            self.status.data = EVERY
        return str(self.status.data)


class CheckForm(ServiceForm):
    """The verdict on one line of the checklist."""

    verdict = ChoiceField(
        "Do you accept it?",
        [Answered("Select yes or no.")],
        choices=[SelectChoice("passed", "Yes, accept it"), SelectChoice("failed", "No")],
    )
    expires_on = DatePartsField(
        "Accepted until",
        description="The last day it is valid, as the proof says. Leave empty if you refuse it.",
        called="The last day it is accepted",
    )
    note = TextAreaField(
        "Note",
        [AtMost(500)],
        description="If you do not accept it: what the provider has to put right. It reads this.",
    )


def check_form(item: DueDiligenceItem) -> CheckForm:
    """The form for one line; the end is what the provider said, to be compared with the proof."""
    form = CheckForm(data={"expires_on": item.stated_expires_on})
    if item.kind not in EXPIRING_KINDS:
        del form.expires_on
    return form


class GoneForm(ServiceForm):
    """Why a provider is gone, and how that was found out."""

    departure = ChoiceField(
        "What has happened to it?",
        [Answered("Say what has happened to it.")],
        choices=[SelectChoice(each.value, each.staff_label) for each in Departure],
    )
    reason = TextAreaField(
        "How do you know?",
        [Answered("Say how you know."), AtMost(500)],
        description="A notice in the Gazette, the register, a letter, calls without an answer. "
        "The provider reads this.",
    )


class VatForm(ServiceForm):
    """Whether an approved provider is registered for VAT now."""

    registered = ChoiceField(
        "Is it registered for VAT now?",
        [Answered("Select yes or no.")],
        choices=[SelectChoice("yes", "Yes"), SelectChoice("no", "No")],
    )
    vat_number = StringField(
        "Its VAT registration number",
        [AtMost(20)],
        description="Compare it with HMRC’s register. Leave it empty if it is not registered.",
    )
    reason = TextAreaField(
        "How do you know?",
        [Answered("Say how you know."), AtMost(500)],
        description="For example what HMRC’s register said, and when. Only officers read this.",
    )


class ReasonForm(ServiceForm):
    """Why a provider is refused or suspended."""

    reason = TextAreaField(
        "Why?", [Answered("Say why."), AtMost(500)], description="The provider reads this."
    )
