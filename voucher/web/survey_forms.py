"""The form of a follow-up survey, made of the questions it was asked with."""

from collections.abc import Mapping
from typing import Any

from wtforms import SelectChoice

from voucher.applications.baseline import AnswerKind, Question
from voucher.web.forms import ChoiceField, ServiceForm, WholeNumberField


class AnswerField(WholeNumberField):
    """A number asked for by a whole question, which its errors quote."""

    def __init__(self, *args: Any, is_pounds: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_pounds = is_pounds
        self.type = WholeNumberField.__name__  # drawn as one

    def parsed(self, text: str) -> int:
        """The number; ValueError with its bounds for anything else."""
        if self.is_pounds:
            text = text.strip().removeprefix("£").removesuffix(".00")
        try:
            return super().parsed(text)
        except ValueError as error:
            bounds = f"{self.minimum:,} to {self.maximum:,}"
            words = f"Answer “{self.label.text}” with a whole number from {bounds}"
            raise ValueError(words) from error


class SurveyForm(ServiceForm):
    """Base of the surveys' forms; `survey_form` adds a field for each question."""


def survey_form(
    questions: tuple[Question, ...], stored: Mapping[str, Any], *, sent: bool
) -> SurveyForm:
    """The form of these questions, filled with what was sent or with the answers saved so far."""
    fields = {question.code: _field(question) for question in questions}
    made = type("AskedForm", (SurveyForm,), fields)
    if sent:
        return made()
    return made(formdata=None, data=_as_shown(questions, stored))


def answers_of(form: SurveyForm, questions: tuple[Question, ...]) -> dict[str, Any]:
    """What was answered, by question code: a code, an int, or None."""
    return {question.code: _meant(question, form[question.code].data) for question in questions}


def _field(question: Question) -> Any:
    if question.kind is AnswerKind.NUMBER:
        return AnswerField(
            question.words,
            minimum=question.least,
            maximum=question.most,
            is_pounds=question.unit == "pounds",
            description=f"{question.hint} Leave it blank if you can’t say.".strip(),
        )
    choices = [SelectChoice(code, words) for code, words in question.options]
    return ChoiceField(question.words, choices=choices, description=question.hint)


def _as_shown(questions: tuple[Question, ...], stored: Mapping[str, Any]) -> dict[str, Any]:
    scales = {question.code for question in questions if question.kind is AnswerKind.SCALE}
    return {code: str(value) if code in scales else value for code, value in stored.items()}


def _meant(question: Question, data: Any) -> Any:
    return int(data) if question.kind is AnswerKind.SCALE and data else data
