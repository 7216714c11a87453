"""A follow-up's questions as a page has them: by its link, or typed by staff on the telephone.

What is unusual is asked about once more: the tick names the very number, so that it holds for no
other one typed later.
"""

from collections.abc import Callable, Mapping
from typing import Any

from flask import request

from voucher.applications.baseline import Question
from voucher.core import clock
from voucher.core.errors import Conflict, Invalid
from voucher.evaluation.models import SurveyResponse
from voucher.evaluation.operations import InvalidAnswers, UnusualAnswers, answer
from voucher.evaluation.plausible import USUAL, Doubt
from voucher.evaluation.queries.surveys import SurveyPlace
from voucher.evaluation.questions import faults, follow_up
from voucher.evaluation.rules import draft_mark, is_open
from voucher.evaluation.telephone.rules import is_own_draft
from voucher.web.survey_forms import SurveyForm, answers_of, survey_form

SEND = "send"
SEEN = "seen"
TICK = "right-"
"""How the name of a tick begins; the question's code follows."""


class AnswerSheet:
    """The form of one follow-up, what is doubted in it, and the doubts that are ticked."""

    def __init__(
        self,
        response: SurveyResponse,
        place: SurveyPlace,
        *,
        stored: bool = False,
        by_staff: bool = False,
    ) -> None:
        """Of what was sent, or (reading, or with `stored`) of what was saved before.

        `by_staff`: whoever rings is not shown what the business typed and has not sent.
        """
        self.response, self.place, self._by_staff = response, place, by_staff
        self.questions: tuple[Question, ...] = follow_up(response.questions_version, place.arm)
        sent = request.method == "POST" and not stored
        answers = {} if sent or self.is_private else response.answers
        self.mark = request.form.get(SEEN) if sent else draft_mark(response.saved_at)
        self.form: SurveyForm = survey_form(self.questions, answers, sent=sent)
        self.doubts: dict[str, Doubt] = {}
        self.ticked: dict[str, int] = _ticked(request.form) if sent else {}

    @property
    def is_private(self) -> bool:
        """Whether staff have it open, and the business typed something and has not sent it."""
        return self._by_staff and is_own_draft(self.response)

    @property
    def is_as_kept(self) -> bool:
        """Whether what was sent is what is kept already: a button was pressed twice."""
        given = answers_of(self.form, self.questions) if self.form.validate() else None
        return given is not None and self.response.answers == {
            code: answer for code, answer in given.items() if answer is not None
        }

    @property
    def sending(self) -> bool:
        """Whether the button was the one that sends for good."""
        return request.form.get("action") == SEND

    def kept(self, keep: Callable[..., None] = answer) -> bool:
        """Whether what was sent is kept now, by `keep`; if not, the form says why where."""
        if not self.form.validate():
            self._say_what_else_is_missing()
            return False
        try:
            keep(
                response=self.response,
                arm=self.place.arm,
                answers=answers_of(self.form, self.questions),
                sending=self.sending,
                confirmed=self.ticked,
                seen=self.mark,
                at=clock.now(),
            )
        except InvalidAnswers as error:
            self._show(error.faults)
            return False
        except UnusualAnswers as error:
            self.doubts = error.doubts
            self._show({code: each.words for code, each in error.doubts.items()})
            return False
        except Conflict as error:
            self.form.refuse(Invalid(str(error)))
            self.mark = draft_mark(self.response.saved_at)
            return False
        return True

    def _say_what_else_is_missing(self) -> None:
        """Show every fault at once, not first what can't be read and then what is missing."""
        sound = tuple(each for each in self.questions if not self.form[each.code].errors)
        self._show(faults(sound, answers_of(self.form, sound), sending=self.sending))

    def _show(self, words: Mapping[str, str]) -> None:
        for code, sentence in words.items():
            self.form[code].errors = [sentence]


def _ticked(form: Mapping[str, str]) -> dict[str, int]:
    given = {code: form.get(f"{TICK}{code}", "") for code in USUAL}
    return {code: int(text) for code, text in given.items() if _is_number(text)}


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 13


def state_of(response: SurveyResponse) -> Any:
    """Where a follow-up stands: answered, stopped, open, or over."""
    if response.answered_at is not None:
        return "answered"
    if response.opted_out_at is not None:
        return "stopped"
    return "open" if is_open(response.due_on, clock.today()) else "over"
