"""Forms that ask for a report."""

from collections.abc import Sequence

from wtforms import SelectChoice, SelectField

from voucher.core.references import normalise_reference
from voucher.web.forms import Answered, ServiceForm, StringField


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
