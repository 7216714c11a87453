"""Reads of public support: what was declared, what the programme gave, and their sum."""

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import select

from voucher.businesses.models import Business
from voucher.businesses.queries import same_enterprise_ids
from voucher.core.clock import london_date
from voucher.core.db import session
from voucher.subsidy.models import (
    DeclaredAssistance,
    ProgrammeAssistance,
    SubsidyNotice,
    SubsidyThreshold,
)
from voucher.subsidy.rules import (
    STATUTORY_THRESHOLDS,
    AssistanceLabel,
    AssistanceRecord,
    Cumulation,
    Relation,
    Threshold,
    cumulate,
    threshold_on,
)


def declared_by(business_id: int) -> Sequence[DeclaredAssistance]:
    """What the business declares today, oldest support first; corrected entries are left out."""
    query = select(DeclaredAssistance).where(
        DeclaredAssistance.business_id == business_id, DeclaredAssistance.replaced_at.is_(None)
    )
    order = (DeclaredAssistance.given_on, DeclaredAssistance.id)
    return session.execute(query.order_by(*order)).scalars().all()


def records_of(business_id: int) -> list[AssistanceRecord]:
    """All support known of: declared, and given by the programme to any entry of the enterprise.

    An award counts with its redeemed amount once there is one, before with the amount reserved;
    released ones don't count.
    """
    return [
        *(_declared_record(row) for row in declared_by(business_id)),
        *_programme_records(same_enterprise_ids(business_id)),
    ]


def cumulation_of(business_id: int, on: date) -> Cumulation:
    """The sum over the statutory window on the London date `on`, line by line."""
    return cumulate(records_of(business_id), on, threshold_on(on, thresholds()))


def headroom(business_id: int, on: date) -> int:
    """Pence of Minimal Financial Assistance the enterprise may still be given on `on`."""
    return cumulation_of(business_id, on).headroom_pence


def thresholds() -> Sequence[Threshold]:
    """The dated caps: those stored, or the statute's own where none is."""
    rows = session.execute(select(SubsidyThreshold)).scalars()
    stored = [Threshold(row.threshold_pence, row.effective_from) for row in rows]
    return stored or STATUTORY_THRESHOLDS


def latest_notice(application_id: int) -> SubsidyNotice | None:
    """The notice last sent on an application."""
    query = select(SubsidyNotice).where(SubsidyNotice.application_id == application_id)
    return session.execute(query.order_by(SubsidyNotice.id.desc()).limit(1)).scalar_one_or_none()


def open_notice(application_id: int) -> SubsidyNotice | None:
    """The notice that still waits for the business's answer, if there is one."""
    notice = latest_notice(application_id)
    answered = notice is None or notice.confirmed_at or notice.declined_at
    return None if answered else notice


def assistance_of_notice(notice_id: int) -> ProgrammeAssistance | None:
    """The award that was entered on a notice."""
    query = select(ProgrammeAssistance).where(ProgrammeAssistance.notice_id == notice_id)
    return session.execute(query).scalar_one_or_none()


def statements_for(business_id: int) -> Sequence[ProgrammeAssistance]:
    """What the programme gave this business, newest first, with the words of each statement."""
    query = select(ProgrammeAssistance).where(ProgrammeAssistance.business_id == business_id)
    return session.execute(query.order_by(ProgrammeAssistance.id.desc())).scalars().all()


def notices_due(on: date, limit: int = 500) -> Sequence[SubsidyNotice]:
    """Unanswered notices whose day for an answer is `on` or earlier, oldest first."""
    query = select(SubsidyNotice).where(
        SubsidyNotice.confirmed_at.is_(None),
        SubsidyNotice.declined_at.is_(None),
        SubsidyNotice.answer_by_on <= on,
    )
    return session.execute(query.order_by(SubsidyNotice.id).limit(limit)).scalars().all()


def sent_on(notice: SubsidyNotice) -> date:
    """The London date of the notice."""
    return london_date(notice.sent_at)


def _declared_record(row: DeclaredAssistance) -> AssistanceRecord:
    return AssistanceRecord(
        label=AssistanceLabel(row.label),
        amount_pence=row.amount_pence,
        given_on=row.given_on,
        recipient=row.recipient,
        relation=Relation(row.relation),
        reference=row.given_by,
    )


def _programme_records(business_ids: Sequence[int]) -> Iterable[AssistanceRecord]:
    query = (
        select(ProgrammeAssistance, Business.name)
        .join(Business, Business.id == ProgrammeAssistance.business_id)
        .where(
            ProgrammeAssistance.business_id.in_(business_ids),
            ProgrammeAssistance.released_at.is_(None),
        )
        .order_by(ProgrammeAssistance.id)
    )
    for given, name in session.execute(query):
        amount = given.amount_pence if given.redeemed_pence is None else given.redeemed_pence
        yield AssistanceRecord(
            label=AssistanceLabel.MFA,
            amount_pence=amount,
            given_on=given.given_on,
            recipient=name,
            reference="this programme",
        )
