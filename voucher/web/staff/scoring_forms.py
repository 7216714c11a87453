"""Forms of scored rounds: the plan, conflicts of interest, a sheet, the second person's answer."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from wtforms import SelectChoice
from wtforms.validators import ValidationError

from voucher.allocation.scored.models import ScoringPlan
from voucher.allocation.scored.rules import LONGEST_REASON
from voucher.allocation.scoring import LARGEST_MARK, Criterion, ScoringRule
from voucher.web.forms import (
    Answered,
    AtMost,
    ChoiceField,
    ChoicesField,
    HiddenField,
    ServiceForm,
    TextAreaField,
    WholeNumberField,
)

LINE = "Line {}: write a name, a weight in per cent and what to look for, like “Need; 40; How …”."


class PlanForm(ServiceForm):
    """The plan: what is marked, how much it weighs, and where the limits are."""

    criteria = TextAreaField(
        "Criteria",
        [Answered("Enter at least one criterion."), AtMost(14_000)],
        description="One a line: name; weight in per cent; what scorers look for. The weights "
        "come to 100.",
    )
    highest_mark = WholeNumberField(
        "Highest mark",
        [Answered("Enter the highest mark.")],
        minimum=1,
        maximum=LARGEST_MARK,
        description="Every criterion is marked from 0 to this.",
    )
    apart_points = WholeNumberField(
        "A third scores when two totals are more than this apart, in points of 100",
        [Answered("Enter how far two totals may lie apart.")],
        maximum=100,
        called="The points that two totals may be apart",
    )
    apart_marks = WholeNumberField(
        "Or when two marks of one criterion are more than this apart (optional)",
        maximum=LARGEST_MARK,
        called="The marks that two scorers may be apart",
    )
    least_points = WholeNumberField(
        "Least result that can have a place, in points of 100",
        [Answered("Enter the least result, 0 for none.")],
        maximum=100,
    )
    places = WholeNumberField(
        "Most places (optional)",
        minimum=1,
        description="Without it, as many as the money pays for.",
        called="The most places",
    )
    replaces = ChoiceField(
        "Who leaves before a voucher is issued is",
        [Answered("Say whether who leaves is replaced.")],
        choices=[
            SelectChoice("no", "Not replaced"),
            SelectChoice("yes", "Replaced by the next on the ranked list"),
        ],
    )

    def validate_criteria(self, field: TextAreaField) -> None:
        """Read the criteria, naming the line that can't be read."""
        try:
            self.read = read_criteria(field.data or "")
        except ValueError as fault:
            raise ValidationError(str(fault)) from fault

    def rule(self) -> ScoringRule:
        """What was typed, as a rule."""
        return ScoringRule(
            criteria=tuple(self.read),
            highest_mark=self.highest_mark.data,
            apart_bps=self.apart_points.data * 100,
            apart_marks=self.apart_marks.data,
            least_bps=self.least_points.data * 100,
            places=self.places.data,
        )


class TakeOffForm(ServiceForm):
    """Why a sheet is taken off its scorer. `seen`: the sheet as it stood on the page."""

    seen = HiddenField()
    reason = TextAreaField(
        "Why?",
        [Answered("Say why."), AtMost(LONGEST_REASON)],
        description="Whoever agrees to the ranked list reads it, and auditors do.",
    )


class AnswerForm(ServiceForm):
    """What the second person says to a proposed list."""

    agree = ChoiceField(
        "What do you say?",
        [Answered("Say whether you agree.")],
        choices=[
            SelectChoice("yes", "I agree: offer the places and tell everybody"),
            SelectChoice("no", "I send it back"),
        ],
    )
    note = TextAreaField("Why (needed when you send it back)", [AtMost(1_000)])


class ConflictsForm(ServiceForm):
    """The businesses that a scorer has a conflict of interest with."""

    conflicts = ChoicesField("Which of these do you have a conflict of interest with?")
    sure = ChoicesField(
        "Your declaration",
        [Answered("Declare that you have read the whole list.")],
        choices=[
            SelectChoice(
                "yes",
                "I have read the whole list, and have no other conflict of interest: no work, "
                "money, family or friendship with any of them.",
            )
        ],
    )


def sheet_form(plan: ScoringPlan) -> ServiceForm:
    """The form of one sheet: a mark and a reason for every criterion of the plan."""
    fields: dict[str, Any] = {
        "plan_version": HiddenField(default=str(plan.version)),
        "__doc__": "A mark and a reason for every criterion.",
    }
    for criterion in plan.criteria:
        name = criterion["name"]
        fields[f"mark_{criterion['code']}"] = WholeNumberField(
            f"{name}: mark",
            [Answered(f"Enter the mark for “{name}”.")],
            maximum=plan.highest_mark,
            description=f"A whole mark from 0 to {plan.highest_mark}.",
        )
        fields[f"reason_{criterion['code']}"] = TextAreaField(
            f"{name}: why",
            [Answered(f"Say why, for “{name}”."), AtMost(LONGEST_REASON)],
            description="The business reads it, without your name.",
        )
    made: ServiceForm = type("SheetForm", (ServiceForm,), fields)()
    return made


def read_criteria(text: str) -> list[Criterion]:
    """The criteria in `text`; ValueError, naming the line, for one that can't be read."""
    lines = [line.strip() for line in text.splitlines()]
    return [_criterion(number, line) for number, line in enumerate(lines, 1) if line]


def write_criteria(criteria: Iterable[dict[str, Any]]) -> str:
    """Stored criteria as they are typed."""
    return "\n".join(
        f"{one['name']}; {one['weight_bps'] / 100:g}; {one['words']}" for one in criteria
    )


def plan_values(plan: ScoringPlan | None) -> dict[str, Any]:
    """What the form of a plan shows before anything is typed."""
    if plan is None:
        return {"highest_mark": 5, "apart_points": 20, "least_points": 0, "replaces": "yes"}
    return {
        "criteria": write_criteria(plan.criteria),
        "highest_mark": plan.highest_mark,
        "apart_points": plan.apart_bps // 100,
        "apart_marks": plan.apart_marks,
        "least_points": plan.least_bps // 100,
        "places": plan.places,
        "replaces": "yes" if plan.replaces else "no",
    }


def name_choices(names: Sequence[tuple[int, str]]) -> list[SelectChoice]:
    """The list of names as choices, by the alphabet, so that no order gives a number away."""
    return [
        SelectChoice(str(application_id), name)
        for application_id, name in sorted(names, key=lambda one: one[1].casefold())
    ]


def _criterion(number: int, line: str) -> Criterion:
    parts = [part.strip() for part in line.split(";", 2)]
    if len(parts) != 3 or not parts[0] or not parts[2]:
        raise ValueError(LINE.format(number))
    name, weight, words = parts
    found = re.fullmatch(r"(\d{1,3})(?:\.(\d{1,2}))?\s*%?", weight, re.ASCII)
    if found is None:
        raise ValueError(LINE.format(number))
    weight_bps = int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))
    return Criterion(_code(name), name, words, weight_bps)


def _code(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:40]
