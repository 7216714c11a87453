"""Forms of the officers' pages on claims."""

from wtforms import BooleanField, SelectChoice, SelectField

from voucher.claims.models import ClaimStatus
from voucher.claims.queries import SILENT, STATUS_GROUPS, UNPAID, ClaimFilter
from voucher.web.forms import Answered, AtMost, SearchForm, ServiceForm, StringField, TextAreaField

STATUS_LABELS = {
    "work": "Waiting for us",
    SILENT: "Silent past its last day",
    UNPAID: "The business’s part is not shown to be paid",
    **{status.value: status.staff_label for status in ClaimStatus},
    "all": "Every status",
}
CHOICES = ("work", SILENT, UNPAID, *(code for code in STATUS_GROUPS if code != "work"))


class ClaimsForm(SearchForm):
    """What of the queue is shown."""

    q = StringField("Reference, provider or business", [AtMost(100)])
    status = SelectField(
        "Status", choices=[SelectChoice(code, STATUS_LABELS[code]) for code in CHOICES]
    )
    sampled = BooleanField("Drawn for a full check only")

    def chosen(self) -> ClaimFilter:
        """What the form asks for; an unknown status is the first, a refused text is left out."""
        if self.status.data not in CHOICES:
            self.status.data = CHOICES[0]
        text = (self.q.data or "") if self.validate() else ""
        return ClaimFilter(self.status.data, bool(self.sampled.data), text)

    def shows_silence(self) -> bool:
        """Whether what nobody has claimed on belongs beside the list: it has no claim to filter."""
        chosen = self.status.data in (CHOICES[0], SILENT)
        return chosen and not self.q.data and not self.sampled.data


class NoteForm(ServiceForm):
    """What the provider is told."""

    note = TextAreaField(
        "Why?",
        [Answered("Say why, in words the provider can act on."), AtMost(2_000)],
        description="The provider reads this.",
    )


class EvidenceNoteForm(ServiceForm):
    """What an officer has to say for entering a silent business's word."""

    note = TextAreaField(
        "How do you know that the work was done?",
        [Answered("Say how you found out that the work was done."), AtMost(2_000)],
        description="Who told you, how and when; or what you saw. The business, the second officer"
        " and auditors read it.",
    )


class OptionalNoteForm(ServiceForm):
    """A note for the record."""

    note = TextAreaField("Note for the record, if there is something to say", [AtMost(2_000)])
