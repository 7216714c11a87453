"""Forms that ask for a report."""

from collections.abc import Sequence

from wtforms import SelectChoice, SelectField

from voucher.core.references import normalise_reference
from voucher.evaluation.publication.rules import LONGEST_NOTE
from voucher.web.forms import Answered, AtMost, ServiceForm, StringField, TextAreaField


class RoundReportForm(ServiceForm):
    """Which round the report is about."""

    round = SelectField("Round", validators=[Answered("Select a round.")])

    def offer(self, rounds: Sequence[tuple[str, str, str]]) -> None:
        """Offer these rounds: reference, programme, name."""
        self.round.choices = [
            SelectChoice("", "Choose a round"),
            *(
                SelectChoice(reference, f"{programme}: {name}")
                for reference, programme, name in rounds
            ),
        ]


class CaseReportForm(ServiceForm):
    """Which voucher the case summary is about."""

    voucher = StringField(
        "Reference of the voucher",
        validators=[Answered("Enter the reference of a voucher.")],
        description="For example VCH-7K3M-Q2ZD. The voucher must have been redeemed.",
    )

    def reference(self) -> str:
        """The reference as stored; what is none at all finds nothing."""
        return normalise_reference(self.voucher.data or "") or ""


class ProviderReportForm(ServiceForm):
    """Which provider the summary is about."""

    provider = SelectField(
        "Provider",
        validators=[Answered("Select a provider.")],
        description="Those with whom a voucher has been redeemed.",
    )

    def offer(self, providers: Sequence[tuple[str, str]]) -> None:
        """Offer these providers: reference, name."""
        self.provider.choices = [
            SelectChoice("", "Choose a provider"),
            *(SelectChoice(reference, f"{name}, {reference}") for reference, name in providers),
        ]


class SignOffForm(ServiceForm):
    """What the evaluator adds to the sign-off."""

    note = TextAreaField("Note for the programme (optional)", [AtMost(LONGEST_NOTE)])


class PublishForm(ServiceForm):
    """Why there is a new version."""

    reason = TextAreaField("Why there is a new version", [AtMost(LONGEST_NOTE)])
