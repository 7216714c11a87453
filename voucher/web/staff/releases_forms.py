"""Forms about releasing payments."""

from voucher.payments.runs.operations.releasing import LONGEST_REASON
from voucher.web.forms import Answered, AtMost, ServiceForm, TextAreaField


class ReasonForm(ServiceForm):
    """Why payments are not released after all."""

    reason = TextAreaField(
        "Why not?",
        [Answered("Say why."), AtMost(LONGEST_REASON)],
        description="Kept with the release. Auditors read it.",
    )
