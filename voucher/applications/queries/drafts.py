"""What the business itself reads of its applications."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.orm import joinedload

from voucher.accounts.rules import Member
from voucher.applications.models import (
    OPEN_STATUSES,
    Appeal,
    Application,
    ApplicationStatus,
    CorrectionRequest,
    Decision,
)
from voucher.core.db import session
from voucher.core.errors import NotFound
from voucher.core.status import StatusChange
from voucher.files.models import StoredFile
from voucher.files.queries import files_of
from voucher.programmes.models import Round

EVIDENCE = "evidence"
BEING_DECIDED = (
    ApplicationStatus.SUBMITTED,
    ApplicationStatus.PROPOSED,
    ApplicationStatus.ELIGIBLE,
    ApplicationStatus.APPROVED,
)


def with_everything() -> Select[tuple[Application]]:
    """Applications with their business and their round's programme, rule set and terms."""
    rounds = joinedload(Application.round, innerjoin=True)
    return select(Application).options(
        joinedload(Application.business, innerjoin=True),
        rounds.joinedload(Round.programme, innerjoin=True),
        rounds.joinedload(Round.rule_set, innerjoin=True),
        rounds.joinedload(Round.terms, innerjoin=True),
    )


def application_for(member: Member, reference: str) -> Application:
    """The application, if it is of the business that `member` acts for; NotFound otherwise."""
    query = with_everything().where(
        Application.reference == reference, Application.business_id == member.business_id
    )
    found = session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound("There is no such application.")
    return found


def whole_application(application_id: int) -> Application:
    """The application as it is stored now, with everything around it."""
    query = with_everything().where(Application.id == application_id)
    return session.execute(query.execution_options(populate_existing=True)).scalar_one()


def applications_of(business_id: int) -> Sequence[Application]:
    """Every application of the business with its round, newest first."""
    query = with_everything().where(Application.business_id == business_id)
    return session.execute(query.order_by(Application.id.desc())).scalars().all()


def open_application(business_id: int, round_id: int) -> Application | None:
    """The business's open application in the round, if it has one."""
    query = select(Application).where(
        Application.business_id == business_id,
        Application.round_id == round_id,
        Application.status.in_(OPEN_STATUSES),
    )
    return session.execute(query).scalar_one_or_none()


def was_drawn_against(business_id: int, round_id: int) -> bool:
    """Whether the business is in the round's comparison group."""
    query = select(Application.id).where(
        Application.business_id == business_id,
        Application.round_id == round_id,
        Application.status == ApplicationStatus.COMPARISON,
    )
    return session.execute(query.limit(1)).scalar() is not None


def is_being_decided(business_id: int) -> bool:
    """Whether officers are deciding on facts of this business, which must stay as they are."""
    query = select(Application.id).where(
        Application.business_id == business_id, Application.status.in_(BEING_DECIDED)
    )
    return session.execute(query.limit(1)).scalar() is not None


def was_awarded(business_id: int) -> bool:
    """Whether this entry was ever given an award: officers have satisfied themselves who it is."""
    query = select(Application.id).where(
        Application.business_id == business_id, Application.status == ApplicationStatus.AWARDED
    )
    return session.execute(query.limit(1)).scalar() is not None


def evidence_of(application: Application) -> Sequence[StoredFile]:
    """The proof handed in with the application, oldest first."""
    return files_of(application, EVIDENCE)


def proof_handed_in(application_id: int) -> ColumnElement[bool]:
    """Whether proof of who the business is was handed in with the application, as a condition."""
    return exists().where(
        StoredFile.subject_kind == Application.__tablename__,
        StoredFile.subject_id == application_id,
        StoredFile.purpose == EVIDENCE,
        StoredFile.removed_at.is_(None),
    )


def open_corrections(application_id: int) -> CorrectionRequest | None:
    """The list of corrections that waits for its answer, if there is one."""
    query = (
        select(CorrectionRequest)
        .where(
            CorrectionRequest.application_id == application_id,
            CorrectionRequest.answered_at.is_(None),
        )
        .order_by(CorrectionRequest.id.desc())
    )
    return session.execute(query.limit(1)).scalar_one_or_none()


def last_decision(application_id: int) -> Decision | None:
    """The latest decision on the application."""
    query = select(Decision).where(Decision.application_id == application_id)
    return session.execute(query.order_by(Decision.id.desc()).limit(1)).scalar_one_or_none()


def appeal_of(application_id: int) -> Appeal | None:
    """The latest appeal on the application."""
    query = select(Appeal).where(Appeal.application_id == application_id)
    return session.execute(query.order_by(Appeal.id.desc()).limit(1)).scalar_one_or_none()


def history_of(application: Application) -> Sequence[StatusChange]:
    """Every change of the application's status, newest first."""
    query = select(StatusChange).where(
        StatusChange.record_kind == Application.__tablename__,
        StatusChange.record_id == application.id,
    )
    return session.execute(query.order_by(StatusChange.id.desc())).scalars().all()
