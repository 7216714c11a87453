"""Forms of the books and of the reports on them."""

from collections.abc import Sequence
from datetime import date

from wtforms import SelectChoice, SelectField, StringField

from voucher.ledger.models import AccountKind
from voucher.payments.books.queries.accounts import Part, Scope
from voucher.payments.books.queries.years import LABELS
from voucher.payments.books.rules import FIRST_YEAR, LAST_YEAR, Period
from voucher.web.fields import DatePartsField, WholeNumberField
from voucher.web.forms import Answered, AtMost, SearchForm

EARLIEST, LATEST = date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)


class BooksFilterForm(SearchForm):
    """What of the books is shown. Sent by GET, so that it can be bookmarked."""

    kind = SelectField(
        "Account",
        choices=[
            SelectChoice("", "Every account"),
            *(SelectChoice(kind.value, label) for kind, label in LABELS.items()),
        ],
        validate_choice=False,
    )
    part = SelectField("Programme or round", validate_choice=False)
    provider = StringField("Provider: name or reference", [AtMost(120)])
    first = DatePartsField("From", earliest=EARLIEST, latest=LATEST, called="The first day")
    last = DatePartsField("To", earliest=EARLIEST, latest=LATEST, called="The last day")

    def offer(self, parts: Sequence[Part]) -> None:
        """Offer these programmes and rounds; an unknown choice counts as none."""
        self.parts = {part.code: part for part in parts}
        self.part.choices = [
            SelectChoice("", "Everything"),
            *(SelectChoice(part.code, part.name) for part in parts),
        ]
        self.part.data = self.part.data if self.part.data in self.parts else ""
        kinds = {kind.value for kind in AccountKind}
        self.kind.data = self.kind.data if self.kind.data in kinds else ""


def scope_of(form: BooksFilterForm) -> Scope:
    """What the form asks for."""
    first, last = form.first.data, form.last.data
    return Scope(
        kind=AccountKind(form.kind.data) if form.kind.data else None,
        round_ids=form.parts[form.part.data].round_ids if form.part.data else None,
        provider=form.provider.data or "",
        from_at=Period(first, first).from_at if first else None,
        until=Period(last, last).until if last else None,
    )


class ReportForm(SearchForm):
    """Which programme a report is about. Read from the address, or sent to be kept.

    It has no token of its own: what is sent passes the token of the whole service.
    """

    programme = SelectField("Programme", validators=[Answered("Select a programme.")])

    def offer(self, programmes: Sequence[tuple[str, str]]) -> None:
        """Offer these programmes: short name and name."""
        self.programme.choices = [
            SelectChoice("", "Choose a programme"),
            *(SelectChoice(slug, name) for slug, name in programmes),
        ]


class AccrualsForm(ReportForm):
    """Accruals: of which day."""

    day = DatePartsField(
        "At the end of",
        [Answered("Enter a day.")],
        earliest=EARLIEST,
        latest=LATEST,
        description="For example 31 3 2027.",
        called="The day",
    )


class FunderClaimForm(ReportForm):
    """The claim to the funder: of which period."""

    first = DatePartsField(
        "First day", [Answered("Enter the first day.")], earliest=EARLIEST, latest=LATEST
    )
    last = DatePartsField(
        "Last day", [Answered("Enter the last day.")], earliest=EARLIEST, latest=LATEST
    )


class YearForm(ReportForm):
    """A financial year, by the calendar year it ends in."""

    year = WholeNumberField(
        "Calendar year in which it ends",
        [Answered("Enter a year.")],
        minimum=FIRST_YEAR,
        maximum=LAST_YEAR,
        description="For example 2027.",
    )
