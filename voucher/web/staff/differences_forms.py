"""Forms about differences of the books and movements in suspense."""

from collections.abc import Iterable

from wtforms import SelectChoice, StringField

from voucher.payments.differences.models import Outcome
from voucher.payments.differences.operations.noting import LONGEST_EXPLANATION
from voucher.payments.differences.operations.signing import LONGEST_NOTE as LONGEST_SIGNING_NOTE
from voucher.payments.differences.operations.unexplained import LONGEST_NOTE
from voucher.web.fields import ChoiceField
from voucher.web.forms import Answered, AtMost, ServiceForm, TextAreaField


class ExplainForm(ServiceForm):
    """Why two books differ."""

    words = TextAreaField(
        "Why do they differ?",
        [Answered("Say why the books differ."), AtMost(LONGEST_EXPLANATION)],
        description="Auditors read it. It counts as long as the amounts stay the same.",
    )


class SignForm(ServiceForm):
    """What an officer notes when signing a comparison."""

    note = TextAreaField(
        "Note (optional)",
        [AtMost(LONGEST_SIGNING_NOTE)],
        description="For example what you looked at. It is kept with your signature for ever.",
    )


class OutcomeForm(ServiceForm):
    """What a movement turned out to be."""

    outcome = ChoiceField(
        "What was it?",
        [Answered("Say what it was.")],
    )
    subject = StringField(
        "Reference",
        [AtMost(40)],
        description="Of the payment that it paid (PAY-…), or of the movement that undid it "
        "(SUS-…). Leave it empty for the others.",
    )
    note = TextAreaField("How do you know?", [Answered("Say how you know."), AtMost(LONGEST_NOTE)])

    def offer(self, outcomes: Iterable[Outcome]) -> None:
        """Offer what the movement can have been."""
        self.outcome.choices = [SelectChoice(one.value, one.staff_label) for one in outcomes]


class DisagreeForm(ServiceForm):
    """Why a proposal is not agreed with."""

    note = TextAreaField("Why not?", [Answered("Say why not."), AtMost(LONGEST_NOTE)])
