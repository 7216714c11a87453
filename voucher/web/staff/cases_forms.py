"""Forms of the case page's actions, one class a page."""

from typing import Any

from wtforms import Field, SelectChoice, SelectField

from voucher.applications.models import DecisionOutcome
from voucher.applications.operations.assess import LONGEST_NOTE, LONGEST_REASON
from voucher.applications.rules import (
    APPROVAL_REASONS,
    CORRECTION_SECTIONS,
    REFUSAL_REASONS,
    Reason,
)
from voucher.web.forms import (
    Answered,
    AtMost,
    ChoiceField,
    ChoicesField,
    PoundsField,
    ServiceForm,
    TextAreaField,
)

CORRECTION_LINES = 5


def _reasons(catalogue: tuple[Reason, ...]) -> list[SelectChoice]:
    return [SelectChoice(reason.code, reason.label, {"hint": reason.words}) for reason in catalogue]


class AssignForm(ServiceForm):
    """To whom the case is given."""

    officer_id = SelectField("Who works on this case")


def assign_form(officers: dict[int, str], current: int | None) -> AssignForm:
    """The form with everybody who works on cases, today's choice selected."""
    form = AssignForm(data={"officer_id": str(current or "")})
    form.officer_id.choices = [
        SelectChoice("", "Nobody"),
        *(SelectChoice(str(key), name) for key, name in officers.items()),
    ]
    return form


class NoteForm(ServiceForm):
    """A note that only officers read."""

    words = TextAreaField(
        "Note",
        [Answered("Enter a note."), AtMost(LONGEST_NOTE)],
        description="Officers and auditors read it; the business never does.",
    )


class HoldForm(ServiceForm):
    """Why a case is held."""

    reason = TextAreaField(
        "Why is this case held?", [Answered("Say why the case is held."), AtMost(LONGEST_REASON)]
    )


class ReleaseForm(ServiceForm):
    """What settled the hold."""

    note = TextAreaField("What settled it? (optional)", [AtMost(LONGEST_REASON)])


class ReconsiderForm(ServiceForm):
    """Why an application in the draw is decided again."""

    note = TextAreaField(
        "Why is it decided again?",
        [Answered("Say why it is decided again."), AtMost(LONGEST_REASON)],
        description="It is kept with the notes, which officers and auditors read.",
    )


class CorrectionsForm(ServiceForm):
    """The one consolidated list: up to five things on one page, each a part and what to do."""

    @property
    def lines(self) -> list[tuple[Field, Field]]:
        """The pairs of boxes, in order."""
        return [
            (self[f"section_{number}"], self[f"words_{number}"])
            for number in range(1, CORRECTION_LINES + 1)
        ]

    def validate(self, extra_validators: Any = None) -> bool:
        """Each line is whole or empty, and the first one is whole."""
        valid = super().validate(extra_validators)
        whole = [_is_whole(section, words) for section, words in self.lines]
        if all(whole) and not self.asked():
            self.lines[0][0].errors = ["Say at least one thing that must be put right."]
            return False
        return valid and all(whole)

    def asked(self) -> list[dict[str, str]]:
        """The lines that were filled in, as the operation takes them."""
        return [
            {"section": section.data, "words": words.data}
            for section, words in self.lines
            if words.data
        ]


def _is_whole(section: Field, words: Field) -> bool:
    if words.data and not section.data:
        section.errors = ["Choose the part of the application."]
        return False
    if section.data and not words.data:
        words.errors = ["Say what to do."]
        return False
    return not (section.errors or words.errors)


for _number in range(1, CORRECTION_LINES + 1):
    setattr(
        CorrectionsForm,
        f"section_{_number}",
        SelectField(
            f"Part of the application ({_number})",
            choices=[
                SelectChoice("", "Choose a part"),
                *(SelectChoice(code, words) for code, words in CORRECTION_SECTIONS.items()),
            ],
        ),
    )
    setattr(
        CorrectionsForm,
        f"words_{_number}",
        TextAreaField(f"What to do ({_number})", [AtMost(LONGEST_REASON)]),
    )


class DecideForm(ServiceForm):
    """Approve with an amount, or refuse; reasons of the catalogue either way."""

    outcome = ChoiceField(
        "Decision",
        choices=[
            SelectChoice(DecisionOutcome.APPROVE.value, "Approve"),
            SelectChoice(DecisionOutcome.REFUSE.value, "Refuse"),
        ],
        validators=[Answered("Select whether to approve or refuse.")],
    )
    award_pence = PoundsField("Voucher’s maximum", minimum_pence=1)
    approval_reasons = ChoicesField("Reasons to approve", choices=_reasons(APPROVAL_REASONS))
    refusal_reasons = ChoicesField("Reasons to refuse", choices=_reasons(REFUSAL_REASONS))
    note = TextAreaField(
        "Note (optional)",
        [AtMost(LONGEST_NOTE)],
        description="For the file. The business reads the reasons, not the note.",
    )

    @property
    def reasons(self) -> list[str]:
        """The reasons that belong to the chosen outcome."""
        approve = self.outcome.data == DecisionOutcome.APPROVE.value
        return list((self.approval_reasons if approve else self.refusal_reasons).data or [])

    @property
    def reasons_field(self) -> str:
        """The name of the field that holds them, for an operation's refusal."""
        approve = self.outcome.data == DecisionOutcome.APPROVE.value
        return "approval_reasons" if approve else "refusal_reasons"


class SecondForm(ServiceForm):
    """The second person's word on a proposed award."""

    verdict = ChoiceField(
        "Do you agree?",
        choices=[
            SelectChoice("agree", "Agree: send the subsidy notice"),
            SelectChoice("send_back", "Send it back to be decided again"),
        ],
        validators=[Answered("Select whether you agree.")],
    )
    note = TextAreaField(
        "Note", [AtMost(LONGEST_NOTE)], description="Needed when you send it back."
    )


class AppealForm(ServiceForm):
    """The answer to an appeal."""

    verdict = ChoiceField(
        "Answer",
        choices=[
            SelectChoice("uphold", "Uphold: it is decided again by somebody else"),
            SelectChoice("dismiss", "Dismiss: the refusal stands"),
        ],
        validators=[Answered("Select whether to uphold the appeal.")],
    )
    answer = TextAreaField(
        "Why?",
        [Answered("Say why, for the business to read."), AtMost(LONGEST_NOTE)],
        description="The business reads this.",
    )
