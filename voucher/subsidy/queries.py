"""Reads of public support: what was declared, what the programme gave, and their sum."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select

from voucher.businesses.models import Business
from voucher.businesses.queries import same_enterprise_entries
from voucher.core.clock import london_date
from voucher.core.db import session
from voucher.subsidy.models import (
    DeclaredAssistance,
    ProgrammeAssistance,
    SubsidyNotice,
    SubsidyThreshold,
)
from voucher.subsidy.papers import giver_in
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


def group_of(business_id: int) -> dict[int, Relation]:
    """Every entry of the enterprise and of those under one control, and what each is to this one.

    Joined are entries that share a company, charity or tax number, or a VAT registration (a VAT
    group is under one control), and those that a declaration names by their company number: its own
    entry's, or one that was sent. This goes on from entry to entry (section 8 of the Act knows no
    distance), so it is for officers and for the limit, and never shown to the business: numbers are
    what people claim of themselves.
    """
    return _found(business_id).group


@dataclass(frozen=True)
class _Found:
    """A group, the rows of its entries, and what it declares."""

    group: dict[int, Relation]
    entries: Sequence[Business]
    declared: Sequence[DeclaredAssistance]


def _found(business_id: int) -> _Found:
    entries = same_enterprise_entries(business_id)
    group = dict.fromkeys([business_id, *(entry.id for entry in entries)], Relation.SELF)
    declared = _declared_in(group, business_id)
    while joined := _joined_to(group, entries, declared):
        group |= joined
        entries, declared = _entries(group), _declared_in(group, business_id)
    return _Found(group, entries, declared)


def _entries(group: Collection[int]) -> Sequence[Business]:
    return session.execute(select(Business).where(Business.id.in_(group))).scalars().all()


def _joined_to(
    group: Mapping[int, Relation],
    entries: Sequence[Business],
    declared: Sequence[DeclaredAssistance],
) -> dict[int, Relation]:
    """The entries that one step joins to the group, of which `entries` and `declared` are read."""
    named = {piece.recipient_number: piece for piece in declared if piece.recipient_number}
    found: dict[int, Relation] = {}
    for business in _with_numbers(entries, named):
        piece = named.get(business.company_number)
        found[business.id] = Relation(piece.relation) if piece else Relation.GROUP_MEMBER
    numbers = [entry.company_number for entry in entries if entry.company_number]
    tellers = select(DeclaredAssistance.business_id).where(
        DeclaredAssistance.recipient_number.in_(numbers), *_STANDING
    )
    found |= dict.fromkeys(session.execute(tellers).scalars(), Relation.GROUP_MEMBER)
    return {key: relation for key, relation in found.items() if key not in group}


_STANDING = (DeclaredAssistance.replaced_at.is_(None), DeclaredAssistance.sent_at.is_not(None))


def _with_numbers(entries: Iterable[Business], named: Collection[str | None]) -> Iterable[Business]:
    shared = [
        column.in_(values)
        for column in (Business.charity_number, Business.utr, Business.vat_number)
        if (values := {getattr(entry, column.key) for entry in entries} - {None})
    ]
    companies = {entry.company_number for entry in entries} | set(named)
    query = select(Business).where(or_(Business.company_number.in_(companies - {None}), *shared))
    return session.execute(query.order_by(Business.id)).scalars()


def _declared_in(group: Collection[int], own_id: int) -> Sequence[DeclaredAssistance]:
    """What the group declares today: the own entry's all, others' once sent; the own ones first."""
    query = select(DeclaredAssistance).where(
        DeclaredAssistance.business_id.in_(group),
        DeclaredAssistance.replaced_at.is_(None),
        or_(DeclaredAssistance.business_id == own_id, DeclaredAssistance.sent_at.is_not(None)),
    )
    order = (
        DeclaredAssistance.business_id != own_id,
        DeclaredAssistance.given_on,
        DeclaredAssistance.id,
    )
    return session.execute(query.order_by(*order)).scalars().all()


def records_of(
    business_id: int, group: Mapping[int, Relation] | None = None
) -> list[AssistanceRecord]:
    """All support known of the whole group: declared by any of its entries, given by the programme.

    An award counts with its redeemed amount once there is one, before with the amount reserved;
    released ones don't count. `group` is what `group_of` gave, where the caller has asked already.
    """
    return _records(_read(group, business_id) if group else _found(business_id))


def cumulation_of(
    business_id: int, on: date, group: Mapping[int, Relation] | None = None
) -> Cumulation:
    """The sum of the whole group over the statutory window on the London date `on`, by line.

    `group` as for `records_of`.
    """
    return cumulate(records_of(business_id, group), on, threshold_on(on, thresholds()))


def own_cumulation_of(business_id: int, on: date) -> Cumulation:
    """The same of this entry alone: what it declared itself and was given. For its own people."""
    records = _records(_read({business_id: Relation.SELF}, business_id))
    return cumulate(records, on, threshold_on(on, thresholds()))


def headroom(business_id: int, on: date) -> int:
    """Pence of Minimal Financial Assistance the whole group may still be given on `on`."""
    return cumulation_of(business_id, on).headroom_pence


def own_headroom(business_id: int, on: date) -> int:
    """The same by what this entry alone knows."""
    return own_cumulation_of(business_id, on).headroom_pence


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


def _read(group: Mapping[int, Relation], own_id: int) -> _Found:
    """What stands of a known group now."""
    return _Found(dict(group), _entries(group), _declared_in(group, own_id))


def _records(found: _Found) -> list[AssistanceRecord]:
    entries = {entry.id: entry for entry in found.entries}
    return [
        *(_given_record(row, entries, found.group) for row in _given_to(found.group)),
        *(_declared_record(row, entries, found.group) for row in found.declared),
    ]


def _number_of(entry: Business) -> str:
    return entry.company_number or entry.charity_number or entry.utr or ""


def _declared_record(
    row: DeclaredAssistance, entries: Mapping[int, Business], group: Mapping[int, Relation]
) -> AssistanceRecord:
    entry, relation = entries[row.business_id], Relation(row.relation)
    own = relation is Relation.SELF
    return AssistanceRecord(
        label=AssistanceLabel(row.label),
        amount_pence=row.amount_pence,
        given_on=row.given_on,
        recipient=row.recipient,
        relation=group[row.business_id] if own else relation,
        reference=row.given_by,
        told_by=entry.reference,
        recipient_number=_number_of(entry) if own else (row.recipient_number or ""),
    )


def _given_to(business_ids: Collection[int]) -> Sequence[ProgrammeAssistance]:
    query = select(ProgrammeAssistance).where(
        ProgrammeAssistance.business_id.in_(business_ids),
        ProgrammeAssistance.released_at.is_(None),
    )
    return session.execute(query.order_by(ProgrammeAssistance.id)).scalars().all()


def _given_record(
    given: ProgrammeAssistance, entries: Mapping[int, Business], group: Mapping[int, Relation]
) -> AssistanceRecord:
    entry = entries[given.business_id]
    return AssistanceRecord(
        label=AssistanceLabel.MFA,
        amount_pence=given.amount_pence if given.redeemed_pence is None else given.redeemed_pence,
        given_on=given.given_on,
        recipient=entry.name,
        relation=group[given.business_id],
        reference=giver_in(given.confirmation_text) or "this programme",
        recipient_number=_number_of(entry),
        first_pence=given.amount_pence,
    )
