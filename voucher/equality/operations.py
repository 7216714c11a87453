"""What a business does with its answers: give them, take them back.

No event is recorded, and nothing says who answered: an event names the person, and so the case.
"""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import delete

from voucher.applications.models import Application, ApplicationStatus
from voucher.core.db import explain_constraint, session, translating_constraints
from voucher.core.errors import Conflict
from voucher.equality.models import EqualityAnswer
from voucher.equality.rules import QUESTIONS_VERSION, checked, digest_of, is_to_be_forgotten
from voucher.programmes.models import Round

ANSWERED = "These questions have been answered for this application. Thank you."
OVER = "These questions are about a round that closed long ago, and are asked no more."
explain_constraint("pk_equality_answer", ANSWERED)
explain_constraint("equality_answer.digest", ANSWERED)


def answer(
    *, application: Application, answers: Mapping[str, str | None], key: bytes, on: date
) -> None:
    """Keep the answers, apart from the application. `answers`: a code or None by question.

    Raises Invalid for an answer that is not offered or none at all, Conflict for an application
    that was not sent or was withdrawn, one whose round's answers have been deleted for their age
    by `on` (Europe/London), and the second time.
    """
    if application.submitted_at is None or application.status is ApplicationStatus.WITHDRAWN:
        raise Conflict("These questions are asked once an application has been sent.")
    if is_over(application, on):
        raise Conflict(OVER)
    given = checked(answers)
    row = EqualityAnswer(
        digest=digest_of(key, application.reference),
        round_id=application.round_id,
        questions_version=QUESTIONS_VERSION,
        **given,
    )
    with translating_constraints():
        session.add(row)
        session.flush()


def is_over(application: Application, on: date) -> bool:
    """Whether answers of the application's round are kept no more."""
    return is_to_be_forgotten(session.get_one(Round, application.round_id).closes_on, on)


def take_back(*, application: Application, key: bytes) -> None:
    """Delete the answers. Harmless if there are none."""
    digest = digest_of(key, application.reference)
    session.execute(delete(EqualityAnswer).where(EqualityAnswer.digest == digest))
