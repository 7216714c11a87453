"""Table of the calls made about follow-ups. Append-only by trigger."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from voucher.core.db import Base, PrimaryKey, enum_column
from voucher.core.status import Status


class CallOutcome(Status):
    """What came of a call."""

    NO_ANSWER = "no_answer", "Nobody picked up"
    CALL_BACK = "call_back", "Asked us to ring another time"
    WRONG_NUMBER = "wrong_number", "The number is wrong or dead"
    NO_NUMBER = "no_number", "We have no number"
    LANGUAGE = "language", "Needs another language or another way"
    CLOSED_DOWN = "closed_down", "The business has closed down"
    DECLINED = "declined", "Does not want to be asked"
    ANSWERED = "answered", "Answered by telephone"


class SurveyCall(Base):
    """One attempt to reach a business about one follow-up: who, when, and what came of it."""

    __tablename__ = "survey_call"

    id: Mapped[PrimaryKey]
    response_id: Mapped[int] = mapped_column(ForeignKey("survey_response.id"), index=True)
    outcome: Mapped[CallOutcome] = mapped_column(enum_column(CallOutcome, "outcome_known"))
    called_at: Mapped[datetime]
    called_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
