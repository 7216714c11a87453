"""Writes on public support: the declaration, and the statutory order notice, confirmation, award.

The order is a hard gate (Subsidy Control Act 2022, section 37): no award is entered without the
recipient's confirmation of the same amount and text, by a known person, after the notice.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import update

from voucher.audit.operations import record
from voucher.businesses.models import Business
from voucher.businesses.rules import InvalidIdentifier, normalise_company_number
from voucher.core.clock import london_date
from voucher.core.db import lock, session
from voucher.core.errors import Conflict, Invalid, NotFound
from voucher.subsidy.models import DeclaredAssistance, ProgrammeAssistance, SubsidyNotice
from voucher.subsidy.papers import TEXT_VERSION, award_statement, notice_text
from voucher.subsidy.queries import (
    assistance_of_notice,
    cumulation_of,
    declared_by,
    group_of,
)
from voucher.subsidy.rules import AssistanceLabel, Confirmation, Notice, Relation, may_award

MOST_DECLARED = 100
LARGEST_PENCE = 10_000_000_000
EARLIEST = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Declaration:
    """One piece of earlier support as typed: gross pence, London date, giver, recipient.

    `recipient_number`: the company number of another enterprise that received it, if it was told.
    """

    label: AssistanceLabel
    amount_pence: int
    given_on: date
    given_by: str
    recipient: str
    relation: Relation
    recipient_number: str = ""


def declare(
    *, business: Business, records: Sequence[Declaration], by: int, at: datetime
) -> Sequence[DeclaredAssistance]:
    """Make `records` the whole of what the business declares of earlier support.

    Entries that stay the same stay; those no longer listed are marked as replaced, never deleted.
    Raises Invalid naming the field of a record that makes no sense, and for more than 100.
    """
    if len(records) > MOST_DECLARED:
        raise Invalid(f"You can list up to {MOST_DECLARED} amounts. Add smaller ones together.")
    for declared in records:
        _check(declared, london_date(at))
    lock(Business, business.id)
    wanted = Counter(_tidied(declared) for declared in records)
    for row in declared_by(business.id):
        if wanted[as_declared(row)] > 0:
            wanted[as_declared(row)] -= 1
        else:
            row.replaced_at = at
    for declared in wanted.elements():
        session.add(_row(business.id, declared, by, at))
    session.flush()
    details = {"entries": len(records), "pence": sum(item.amount_pence for item in records)}
    record(action="subsidy.declared", subject=business, at=at, by=by, details=details)
    return declared_by(business.id)


def _check(declared: Declaration, today: date) -> None:
    if not 0 < declared.amount_pence <= LARGEST_PENCE:
        raise Invalid("The amount must be more than nothing.", "amount_pence")
    if not EARLIEST <= declared.given_on <= today:
        raise Invalid("The date must be in the past.", "given_on")
    for name, words in (("given_by", "Enter who gave it."), ("recipient", "Enter who got it.")):
        if not getattr(declared, name).strip():
            raise Invalid(words, name)


def _tidied(declared: Declaration) -> Declaration:
    """The piece with its recipient's number in its standard form; none for the business itself."""
    if declared.relation is Relation.SELF or not declared.recipient_number:
        return replace(declared, recipient_number="")
    try:
        number = normalise_company_number(declared.recipient_number)
    except InvalidIdentifier as error:
        raise Invalid(str(error), "recipient_number") from error
    return replace(declared, recipient_number=number)


def as_declared(row: DeclaredAssistance) -> Declaration:
    """A stored entry as it was typed."""
    return Declaration(
        AssistanceLabel(row.label),
        row.amount_pence,
        row.given_on,
        row.given_by,
        row.recipient,
        Relation(row.relation),
        row.recipient_number or "",
    )


def _row(business_id: int, declared: Declaration, by: int, at: datetime) -> DeclaredAssistance:
    return DeclaredAssistance(
        business_id=business_id,
        label=declared.label.value,
        amount_pence=declared.amount_pence,
        given_on=declared.given_on,
        given_by=declared.given_by,
        recipient=declared.recipient,
        relation=declared.relation.value,
        recipient_number=declared.recipient_number or None,
        declared_at=at,
        declared_by_id=by,
    )


def stand_behind(*, business_id: int, at: datetime) -> None:
    """Let what the business declares count for the whole enterprise: an application was sent."""
    session.execute(
        update(DeclaredAssistance)
        .where(DeclaredAssistance.business_id == business_id, DeclaredAssistance.sent_at.is_(None))
        .values(sent_at=at)
    )


def set_aside(*, business_id: int) -> None:
    """Let it count for this entry alone: nobody stands behind it whom officers know."""
    session.execute(
        update(DeclaredAssistance)
        .where(DeclaredAssistance.business_id == business_id)
        .values(sent_at=None)
    )


def send_notice(
    *,
    business_id: int,
    application_id: int,
    gross_pence: int,
    answer_by_on: date,
    scheme_name: str,
    at: datetime,
    by: int | None,
    case: str | None = None,
) -> SubsidyNotice:
    """Write and store the notification that proposes `gross_pence` of assistance.

    Raises Conflict if that would pass the cap: offer the headroom that is left, or refuse.
    """
    business = session.get(Business, business_id)
    if business is None:
        raise NotFound("There is no such business.")
    sum_so_far = cumulation_of(business_id, london_date(at))
    if not sum_so_far.admits(gross_pence):
        raise Conflict("This award would take the business and its group over the subsidy limit.")
    notice = SubsidyNotice(
        business_id=business_id,
        application_id=application_id,
        gross_pence=gross_pence,
        text_version=TEXT_VERSION,
        notice_text=notice_text(
            scheme=scheme_name,
            business=business.name,
            gross_pence=gross_pence,
            threshold_pence=sum_so_far.threshold_pence,
            counted_pence=sum_so_far.counted_pence,
            window_start=sum_so_far.window_start,
            answer_by_on=answer_by_on,
        ),
        sent_at=at,
        answer_by_on=answer_by_on,
    )
    session.add(notice)
    details = {"gross_pence": gross_pence, "text_version": TEXT_VERSION}
    record(action="notice.sent", subject=notice, at=at, by=by, case=case, details=details)
    return notice


def confirm_notice(
    *, notice: SubsidyNotice, text_version: str, by: int, at: datetime, case: str | None = None
) -> SubsidyNotice:
    """Store the business's confirmation: who, when, and of which text.

    Raises Conflict when the notice has been answered before, or when what was shown is not the text
    of the notice. The award follows in the same transaction.
    """
    notice = _unanswered(notice)
    if text_version != notice.text_version:
        raise Conflict("The notice has changed since you opened it. Read it again, then confirm.")
    notice.confirmed_at, notice.confirmed_by_id = at, by
    notice.confirmed_text_version = text_version
    details = {"gross_pence": notice.gross_pence, "text_version": text_version}
    record(action="notice.confirmed", subject=notice, at=at, by=by, case=case, details=details)
    return notice


def decline_notice(
    *, notice: SubsidyNotice, by: int, at: datetime, case: str | None = None
) -> SubsidyNotice:
    """Store that the business does not want the assistance. Raises Conflict once answered."""
    notice = _unanswered(notice)
    notice.declined_at = at
    record(action="notice.declined", subject=notice, at=at, by=by, case=case)
    return notice


def _unanswered(notice: SubsidyNotice) -> SubsidyNotice:
    fresh: SubsidyNotice = lock(SubsidyNotice, notice.id)
    if fresh.confirmed_at is not None:
        raise Conflict("This notice has been confirmed already.")
    if fresh.declined_at is not None:
        raise Conflict("This notice has been declined.")
    return fresh


def record_award(
    *,
    notice: SubsidyNotice,
    amount_pence: int,
    given_on: date,
    scheme_name: str,
) -> ProgrammeAssistance:
    """Enter the assistance given on a confirmed notice, with the statement of date and amount.

    Part of the award, in its transaction; the award's own event is the record of it. `given_on` is
    a London date.
    Raises Conflict naming everything that is out of order, and when the cap would be passed now.
    """
    obstacles = may_award(*_papers(notice), amount_pence)
    if obstacles:
        raise Conflict(" ".join(obstacle.words for obstacle in obstacles))
    for entry in sorted(group_of(notice.business_id)):
        lock(Business, entry)  # two of a group confirm at once: the second sees the first's award
    business = session.get_one(Business, notice.business_id)
    # The group is asked for anew: an entry may have joined it while its locks were waited for.
    if not cumulation_of(notice.business_id, given_on).admits(amount_pence):
        raise Conflict("This award would take the business and its group over the subsidy limit.")
    given = ProgrammeAssistance(
        business_id=notice.business_id,
        notice_id=notice.id,
        amount_pence=amount_pence,
        given_on=given_on,
        confirmation_text=award_statement(
            scheme=scheme_name, business=business.name, gross_pence=amount_pence, given_on=given_on
        ),
    )
    session.add(given)
    session.flush()
    return given


def _papers(notice: SubsidyNotice) -> tuple[Notice, Confirmation | None]:
    sent = Notice(notice.text_version, notice.gross_pence, notice.sent_at)
    if notice.confirmed_at is None:
        return sent, None
    answer = Confirmation(
        notice.confirmed_text_version or "",
        notice.gross_pence,
        notice.confirmed_at,
        notice.confirmed_by_id,
    )
    return sent, answer


def record_redeemed(*, notice_id: int, pence: int) -> None:
    """Replace the amount reserved at issue by what was redeemed: never more than was confirmed."""
    given = _assistance(notice_id)
    if not 0 <= pence <= given.amount_pence:
        raise Conflict("More assistance would be redeemed than the business confirmed.")
    given.redeemed_pence = pence
    session.flush()


def release(*, notice_id: int, at: datetime) -> None:
    """Take an award out of the sum: its voucher expired or was cancelled. Harmless if repeated."""
    given = _assistance(notice_id)
    given.released_at = given.released_at or at
    session.flush()


def withdraw_open_notices(*, application_id: int, at: datetime) -> int:
    """Mark unanswered notices of an application as declined; how many there were."""
    done = session.execute(
        update(SubsidyNotice)
        .where(
            SubsidyNotice.application_id == application_id,
            SubsidyNotice.confirmed_at.is_(None),
            SubsidyNotice.declined_at.is_(None),
        )
        .values(declined_at=at)
    )
    return int(done.rowcount)


def _assistance(notice_id: int) -> ProgrammeAssistance:
    given = assistance_of_notice(notice_id)
    if given is None:
        raise NotFound("No assistance was given on this notice.")
    return given
