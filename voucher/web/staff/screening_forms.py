"""Forms of the pages on checks before paying."""

from wtforms import RadioField, SelectChoice

from voucher.screening.models import EndedReason
from voucher.screening.operations.referrals import LONGEST_NOTE
from voucher.web.forms import Answered, AtMost, ServiceForm, TextAreaField, UploadField


class AnswerForm(ServiceForm):
    """What an officer found, and what follows."""

    verdict = RadioField(
        "What do you say?",
        choices=[
            SelectChoice("clear", "It is no reason to keep the money"),
            SelectChoice("refuse", "It is founded: nothing is paid on this claim"),
        ],
    )
    note = TextAreaField(
        "What you looked at and found",
        [Answered("Say what you found."), AtMost(LONGEST_NOTE)],
        description="Kept with your name. Auditors read it.",
    )


class EndedForm(ServiceForm):
    """What follows for a claim on work for a business that is dissolved, and what was found."""

    reason = RadioField(
        "What do you say?",
        choices=[SelectChoice(one.value, one.staff_label) for one in EndedReason],
        description="The provider is told this, in words of its own.",
    )
    note = TextAreaField(
        "What you looked at and found",
        [Answered("Say what you found."), AtMost(LONGEST_NOTE)],
        description="Kept with your name. Auditors read it; the provider does not.",
    )


LARGEST_LIST_BYTES = 100 * 10**6
"""The list as published in 2026 has about 50 MB: every name again for each of its addresses."""


class SanctionsFileForm(ServiceForm):
    """A list to take in."""

    file = UploadField("The list, as a CSV file", accept=(".csv",), limit_bytes=LARGEST_LIST_BYTES)
