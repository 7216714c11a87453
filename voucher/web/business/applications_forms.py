"""Forms about an application as a whole."""

from voucher.web.forms import Answered, AtMost, ServiceForm, TextAreaField


class ConfirmForm(ServiceForm):
    """A button and nothing else."""


class AppealForm(ServiceForm):
    """Why the business thinks that a refusal is wrong."""

    grounds = TextAreaField(
        "Why do you think the decision is wrong?",
        validators=[Answered("Say why you think the decision is wrong."), AtMost(4_000)],
        description="Say what we got wrong or did not know. Somebody who had no part in the "
        "decision reads it.",
    )
