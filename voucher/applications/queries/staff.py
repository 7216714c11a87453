"""What officers read: the work queue, the second person's queue, appeals, and one case.

Drafts are the business's own: officers never see them, and their references answer NotFound.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload, load_only

from voucher.accounts.models import Membership
from voucher.applications.models import (
    Appeal,
    Application,
    ApplicationStatus,
    CaseNote,
    CorrectionRequest,
    Decision,
)
from voucher.businesses.models import Business
from voucher.core.db import count_rows, session
from voucher.core.errors import NotFound
from voucher.core.paging import PAGE_ROWS, Page, pages_of
from voucher.core.references import normalise_reference
from voucher.core.search import ids_saying
from voucher.eligibility.models import CheckOutcome, EligibilityCheck
from voucher.programmes.models import Round
from voucher.subsidy.models import SubsidyNotice

NOBODY = 0
"""As `assigned_to_id` of a filter: cases that nobody has taken yet."""

_S = ApplicationStatus
STATUS_GROUPS: dict[str, tuple[ApplicationStatus, ...]] = {
    "work": (_S.SUBMITTED, _S.PROPOSED),
    **{
        status.value: (status,)
        for status in ApplicationStatus
        if status not in (_S.DRAFT, _S.SUBMITTED)
    },
    "submitted": (_S.SUBMITTED,),
    "all": tuple(status for status in ApplicationStatus if status is not _S.DRAFT),
}
"""What the queue's status filter may be: its code and the statuses it takes in."""


class QueueOrder(StrEnum):
    """How the queue is sorted."""

    DUE = "due"
    NEWEST = "newest"
    NAME = "name"


@dataclass(frozen=True)
class QueueFilter:
    """What the queue shows. `text` looks at references and at the words of the businesses."""

    status: str = "work"
    assigned_to_id: int | None = None
    round_reference: str = ""
    text: str = ""
    held_only: bool = False
    order: QueueOrder = QueueOrder.DUE


@dataclass(frozen=True)
class QueueRow:
    """One line of the queue: what it shows of application, business and round."""

    reference: str
    status: ApplicationStatus
    decide_by_on: date | None
    assigned_to_id: int | None
    held_at: datetime | None
    business_name: str
    postcode: str | None
    round_name: str
    check: CheckOutcome | None


def work_queue(chosen: QueueFilter, page: int) -> Page[QueueRow]:
    """One page (from 1; a number beyond the last gives the last) of the cases that fit."""
    rows, total = _page_of_queue(chosen, page)
    if not rows and page > 1:
        page = pages_of(count_rows(_fitting(chosen)))
        rows, total = _page_of_queue(chosen, page)
    return Page(rows, total, page)


def _page_of_queue(chosen: QueueFilter, page: int) -> tuple[list[QueueRow], int]:
    """The rows of one page, and how many fit in all, in one statement.

    The page's ids are found inside and their rows read around them: otherwise the database would
    look up the latest check of every case before it sorts them.
    """
    ids = _ids_of_page(chosen, page).subquery()
    shown = (
        select(ids.c.total, *_SHOWN, _LATEST_OUTCOME)
        .select_from(ids)
        .join(Application, Application.id == ids.c.id)
        .join(Business, Business.id == Application.business_id)
        .join(Round, Round.id == Application.round_id)
        .order_by(*_ORDERS[chosen.order])
    )
    found = session.execute(shown).all()
    return [QueueRow(*row[1:]) for row in found], found[0].total if found else 0


def _ids_of_page(chosen: QueueFilter, page: int) -> Select[Any]:
    """The page's ids, each with the `total`.

    A search looks at every case that fits, so it counts in the same pass; without one the index
    counts faster by itself.
    """
    query = _fitting(chosen)
    if chosen.text.strip():
        total: Any = func.count().over()
    else:
        total = select(func.count()).select_from(query.subquery()).scalar_subquery()
    if chosen.order is QueueOrder.NAME:
        query = query.join(Application.business)
    return (
        query.add_columns(total.label("total"))
        .order_by(*_ORDERS[chosen.order])
        .limit(PAGE_ROWS)
        .offset((page - 1) * PAGE_ROWS)
    )


_SHOWN = (
    Application.reference,
    Application.status,
    Application.decide_by_on,
    Application.assigned_to_id,
    Application.held_at,
    Business.name,
    Business.postcode,
    Round.name,
)
"""What a line of the queue shows, in the order of QueueRow."""
_LATEST_OUTCOME = (
    select(EligibilityCheck.outcome)
    .where(EligibilityCheck.application_id == Application.id)
    .order_by(EligibilityCheck.id.desc())
    .limit(1)
    .correlate(Application)
    .scalar_subquery()
)


def _fitting(chosen: QueueFilter) -> Select[tuple[int]]:
    """The ids of the cases that fit; other tables are looked at only where the filter asks."""
    query = select(Application.id).where(Application.status.in_(STATUS_GROUPS[chosen.status]))
    if chosen.assigned_to_id == NOBODY:
        query = query.where(Application.assigned_to_id.is_(None))
    elif chosen.assigned_to_id is not None:
        query = query.where(Application.assigned_to_id == chosen.assigned_to_id)
    if chosen.round_reference:
        rounds = select(Round.id).where(Round.reference == chosen.round_reference)
        query = query.where(Application.round_id.in_(rounds))
    if chosen.held_only:
        query = query.where(Application.held_at.is_not(None))
    if chosen.text.strip():
        query = query.where(_says(chosen.text.strip()))
    return query


def _says(text: str) -> ColumnElement[bool]:
    """A reference is looked up; anything else is words of the business."""
    found = Application.business_id.in_(ids_saying(Business, text))
    reference = normalise_reference(text)
    return or_(Application.reference == reference, found) if reference else found


_ORDERS: dict[QueueOrder, tuple[Any, ...]] = {
    QueueOrder.DUE: (Application.decide_by_on, Application.submitted_at, Application.id),
    QueueOrder.NEWEST: (Application.submitted_at.desc(), Application.id.desc()),
    QueueOrder.NAME: (func.lower(Business.name), Application.id),
}


def rounds_with_cases() -> Sequence[Any]:
    """Reference and name of every round, the newest first, for the queue's filter."""
    query = select(Round.reference, Round.name).order_by(Round.opens_on.desc(), Round.id.desc())
    return session.execute(query).all()


def case_by_reference(reference: str) -> Application:
    """The application with business, round and programme; NotFound for drafts too."""
    query = (
        select(Application)
        .where(
            Application.reference == (normalise_reference(reference) or ""),
            Application.status != ApplicationStatus.DRAFT,
        )
        .options(
            joinedload(Application.business),
            joinedload(Application.round).joinedload(Round.programme),
        )
        .execution_options(populate_existing=True)
    )
    found = session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound("There is no such application.")
    return found


def latest_decision(application_id: int) -> Decision | None:
    """The last decision on one application, if there was one."""
    query = select(Decision).where(Decision.application_id == application_id)
    return session.execute(query.order_by(Decision.id.desc()).limit(1)).scalar()


def decisions_of(application_id: int) -> Sequence[tuple[Decision, Appeal | None]]:
    """Every decision on one application with its appeal if there was one, the latest first."""
    query = (
        select(Decision, Appeal)
        .outerjoin(Appeal, Appeal.decision_id == Decision.id)
        .where(Decision.application_id == application_id)
        .order_by(Decision.id.desc())
    )
    return [tuple(row) for row in session.execute(query)]


def corrections_of(application_id: int) -> Sequence[CorrectionRequest]:
    """Every list of corrections of one application, the latest first."""
    query = select(CorrectionRequest).where(CorrectionRequest.application_id == application_id)
    return session.execute(query.order_by(CorrectionRequest.id.desc())).scalars().all()


def notes_of(application_id: int) -> Sequence[CaseNote]:
    """Every note on one case, the latest first."""
    query = select(CaseNote).where(CaseNote.application_id == application_id)
    return session.execute(query.order_by(CaseNote.id.desc())).scalars().all()


def related_cases(application: Application) -> Sequence[Application]:
    """Other applications of the same business, or of one with the same number or tax reference.

    The application's business must be loaded; the latest come first, at most ten.
    """
    business = application.business
    same: list[ColumnElement[bool]] = [Business.id == business.id]
    for column in (Business.company_number, Business.charity_number, Business.utr):
        number = getattr(business, column.key)
        if number:
            same.append(column == number)
    query = (
        select(Application)
        .join(Application.business)
        .join(Application.round)
        .where(
            Application.business_id.in_(select(Business.id).where(or_(*same))),
            Application.id != application.id,
            Application.status != ApplicationStatus.DRAFT,
        )
        .options(contains_eager(Application.business), contains_eager(Application.round))
        .order_by(Application.id.desc())
        .limit(10)
    )
    return session.execute(query).scalars().all()


def promised_pence(round_id: int, on: date) -> int:
    """What approved applications of the round may still claim by confirming their notices.

    Notices whose day of answer has passed are not counted: their money is offered to others, and a
    late confirmation gets what is left.
    """
    query = (
        select(func.coalesce(func.sum(SubsidyNotice.gross_pence), 0))
        .join(Application, Application.id == SubsidyNotice.application_id)
        .where(
            Application.round_id == round_id,
            Application.status == ApplicationStatus.APPROVED,
            SubsidyNotice.confirmed_at.is_(None),
            SubsidyNotice.declined_at.is_(None),
            SubsidyNotice.answer_by_on >= on,
        )
    )
    return int(session.execute(query).scalar_one())


_LISTED = (
    load_only(
        Application.reference,
        Application.status,
        Application.business_id,
        Application.round_id,
        Application.submitted_at,
        Application.decide_by_on,
        Application.assigned_to_id,
        Application.held_at,
        raiseload=True,
    ),
    contains_eager(Application.business).load_only(
        Business.name, Business.postcode, raiseload=True
    ),
    contains_eager(Application.round).load_only(Round.name, raiseload=True),
)
"""The columns that a list shows; the long texts and the JSON stay where they are."""


def awaiting_second(officer_id: int) -> Sequence[tuple[Application, Decision]]:
    """Proposed awards that this officer may second: not their own, the oldest first."""
    last = (
        select(func.max(Decision.id))
        .where(Decision.application_id == Application.id)
        .correlate(Application)
        .scalar_subquery()
    )
    query = (
        select(Application, Decision)
        .join(Application.business)
        .join(Application.round)
        .join(Decision, Decision.id == last)
        .where(
            Application.status == ApplicationStatus.PROPOSED,
            Decision.decided_by_id != officer_id,
            Application.business_id.not_in(_businesses_of(officer_id)),
        )
        .options(*_LISTED)
        .order_by(Decision.decided_at, Application.id)
        .limit(200)
    )
    return [tuple(row) for row in session.execute(query)]


def open_appeals(officer_id: int) -> Sequence[tuple[Appeal, Application]]:
    """Appeals without an answer that this officer may answer, the first deadline first."""
    query = (
        select(Appeal, Application)
        .join(Application, Application.id == Appeal.application_id)
        .join(Application.business)
        .join(Application.round)
        .where(
            Appeal.answered_at.is_(None),
            Appeal.decided_by_id != officer_id,
            or_(Appeal.seconded_by_id.is_(None), Appeal.seconded_by_id != officer_id),
            Application.business_id.not_in(_businesses_of(officer_id)),
        )
        .options(*_LISTED)
        .order_by(Appeal.answer_by_on, Appeal.id)
        .limit(200)
    )
    return [tuple(row) for row in session.execute(query)]


def open_appeal(application_id: int) -> Appeal:
    """The appeal of one application that waits for its answer, or NotFound."""
    query = select(Appeal).where(
        Appeal.application_id == application_id, Appeal.answered_at.is_(None)
    )
    found = session.execute(query.order_by(Appeal.id.desc()).limit(1)).scalar()
    if found is None:
        raise NotFound("No appeal waits for an answer on this case.")
    return found


def _businesses_of(user_id: int) -> Select[Any]:
    return select(Membership.business_id).where(
        Membership.user_id == user_id,
        Membership.business_id.is_not(None),
        Membership.ended_at.is_(None),
    )
