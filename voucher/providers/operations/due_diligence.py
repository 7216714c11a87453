"""Proofs and their checks; approval by a second person; suspension.

Nobody checks or approves a provider they belong to, and nobody approves what they checked alone:
rules here, so they hold from wherever they are called.
"""

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import select

from voucher.accounts.models import Membership
from voucher.audit.operations import record
from voucher.core.clock import london_date
from voucher.core.db import lock, session, translating_constraints
from voucher.core.errors import Conflict, Invalid, NotFound, NotPermitted
from voucher.core.status import transition
from voucher.files.models import StoredFile
from voucher.providers.models import (
    OFFERING_MOVES,
    PROVIDER_MOVES,
    DueDiligenceItem,
    DueDiligenceKind,
    DueDiligenceStatus,
    Offering,
    OfferingStatus,
    Provider,
    ProviderStatus,
)
from voucher.providers.operations.registration import items_of, lock_provider, write_vat
from voucher.providers.rules import EXPIRING_KINDS, FILE_KINDS, in_force, may_provide

LONGEST_STATEMENT = 2_000
LONGEST_NOTE = 500
VAT_CORRECTED = "provider.vat_corrected"
"""It keeps what stood before, so that a report up to an earlier moment goes on saying the same."""
LATEST_EXPIRY_YEARS = 10


def provide_item(
    *,
    provider: Provider,
    kind: DueDiligenceKind,
    statement: str,
    file: StoredFile | None,
    expires_on: date | None,
    by: int,
    at: datetime,
) -> DueDiligenceItem:
    """Answer one line of the checklist: a statement, a document where one is asked for, an end.

    A document given before stays when `file` is None. After: the line waits to be checked; what was
    accepted before counts until it runs out. Raises Invalid on "statement", "upload" or
    "expires_on", Conflict for a line that has passed. The terms are agreed to by `agree_to_terms`.
    """
    if kind is DueDiligenceKind.TERMS:
        raise TypeError("the terms are agreed to by agree_to_terms")
    item = lock_item(provider.id, kind)
    if not may_provide(item, lock_provider(provider.id)):
        raise Conflict("We have accepted this already. You need do nothing more.")
    item.statement = _statement(kind, statement)
    item.file_id = file.id if file else item.file_id
    if kind in FILE_KINDS and item.file_id is None:
        raise Invalid("Choose the file of the certificate.", "upload")
    item.stated_expires_on = _expiry(kind, expires_on, at)
    item.status, item.provided_at = DueDiligenceStatus.PROVIDED, at
    item.checked_at = item.checked_by_id = None
    item.note = ""
    session.flush()
    details = {"kind": kind.value, "file": file.id if file else None}
    record(action="provider.item_provided", subject=provider, at=at, by=by, details=details)
    return item


def check_item(
    *,
    item: DueDiligenceItem,
    passed: bool,
    note: str,
    expires_on: date | None,
    by: int,
    at: datetime,
) -> None:
    """Accept a line of the checklist (until `expires_on`, where it runs out), or say why not.

    Raises Invalid on "note" (none for a refusal) or "expires_on", Conflict when nothing waits to be
    checked, NotPermitted for a member of the provider.
    """
    locked = lock_item(item.provider_id, item.kind)
    require_outsider(by, item.provider_id)
    if locked.status is not DueDiligenceStatus.PROVIDED:
        raise Conflict("Nothing waits to be checked here.")
    words = note.strip()
    if not passed and not words:
        raise Invalid("Say what the provider has to put right.", "note")
    if len(words) > LONGEST_NOTE:
        raise Invalid(f"The note must be {LONGEST_NOTE} characters or fewer.", "note")
    if passed:
        until = _expiry(locked.kind, expires_on, at)
        locked.expires_on = until
    locked.status = DueDiligenceStatus.PASSED if passed else DueDiligenceStatus.FAILED
    locked.note, locked.checked_at, locked.checked_by_id = words, at, by
    session.flush()
    provider = session.get_one(Provider, item.provider_id)
    details = {"kind": locked.kind.value, "passed": passed}
    record(action="provider.item_checked", subject=provider, at=at, by=by, details=details)


def approve(*, provider: Provider, by: int, at: datetime) -> None:
    """Admit a provider whose whole checklist is in force.

    Raises Conflict for an open or expired line, NotPermitted for a member of the provider and for
    an officer who made every check alone.
    """
    locked = lock_provider(provider.id)
    require_outsider(by, locked.id)
    items = items_of(locked.id)
    if not all(in_force(item, london_date(at)) for item in items):
        raise Conflict("Every line of the checklist must have passed and be in date.")
    _require_second_person(by, {item.checked_by_id for item in items})
    transition(
        locked,
        ProviderStatus.APPROVED,
        moves={ProviderStatus.SUBMITTED: PROVIDER_MOVES[ProviderStatus.SUBMITTED]},
        at=at,
        by=by,
        approved_at=at,
        approved_by_id=by,
    )
    record(action="provider.approved", subject=locked, at=at, by=by)


def refuse(*, provider: Provider, reason: str, by: int, at: datetime) -> None:
    """Refuse a registration with a reason the provider reads; it may be sent in again.

    Raises Invalid on "reason", NotPermitted for a member of the provider.
    """
    locked = lock_provider(provider.id)
    require_outsider(by, locked.id)
    transition(
        locked,
        ProviderStatus.REFUSED,
        moves=PROVIDER_MOVES,
        at=at,
        by=by,
        refusal_reason=reason_of(reason),
    )
    record(action="provider.refused", subject=locked, at=at, by=by)


def suspend(*, provider: Provider, reason: str, by: int, at: datetime) -> None:
    """Suspend an approved provider, at once everywhere.

    From now on it is on no list, can accept and agree nothing, redeem nothing and is paid nothing,
    because each of these asks for the status under its own lock. Raises Invalid on "reason".
    """
    locked = lock_provider(provider.id)
    require_outsider(by, locked.id)
    transition(
        locked,
        ProviderStatus.SUSPENDED,
        moves=PROVIDER_MOVES,
        at=at,
        by=by,
        suspended_at=at,
        suspension_reason=reason_of(reason),
    )
    record(action="provider.suspended", subject=locked, at=at, by=by)


def reinstate(*, provider: Provider, by: int, at: datetime) -> None:
    """End a suspension. Raises Conflict when the provider is not suspended.

    What comes back of one that was gone (an administrator who is to be paid) is on no list: its
    offerings are paused.
    """
    locked = lock_provider(provider.id)
    require_outsider(by, locked.id)
    if locked.status is not ProviderStatus.SUSPENDED:
        raise Conflict("This provider is not suspended.")
    was_gone = locked.gone_as is not None
    transition(
        locked,
        ProviderStatus.APPROVED,
        moves=PROVIDER_MOVES,
        at=at,
        by=by,
        suspended_at=None,
        suspension_reason=None,
        gone_as=None,
    )
    if was_gone:
        _pause_offerings(locked.id, by=by, at=at)
    record(action="provider.reinstated", subject=locked, at=at, by=by)


def _pause_offerings(provider_id: int, *, by: int, at: datetime) -> None:
    query = select(Offering).where(
        Offering.provider_id == provider_id, Offering.status == OfferingStatus.PUBLISHED
    )
    for offering in session.execute(
        query.order_by(Offering.id).with_for_update(key_share=True)
    ).scalars():
        transition(offering, OfferingStatus.PAUSED, moves=OFFERING_MOVES, at=at, by=by)
        record(action="offering.paused", subject=offering, at=at, by=by)


def correct_vat(
    *, provider: Provider, registered: bool, number: str, reason: str, by: int, at: datetime
) -> None:
    """Put right whether an approved provider is registered for VAT: its own registration is fixed.

    `reason`: how the officer knows. Agreements keep their rate; without a registration no offering
    charges VAT from now on (see `Offering`). Raises Invalid on "registered" when nothing would
    change, on "vat_number" and "reason", Conflict unless approved, NotPermitted for a member.
    """
    locked = lock_provider(provider.id)
    require_outsider(by, locked.id)
    if locked.status not in (ProviderStatus.APPROVED, ProviderStatus.SUSPENDED):
        raise Conflict("Until it is approved, the provider changes this itself.")
    words = reason_of(reason)
    before = locked.vat_registered, locked.vat_number
    write_vat(locked, registered=registered, number=number)
    if (locked.vat_registered, locked.vat_number) == before:
        raise Invalid("This is what we have already.", "registered")
    with translating_constraints():
        session.flush()
    details = {"registered": locked.vat_registered, "was": before[0], "reason": words}
    record(action=VAT_CORRECTED, subject=locked, at=at, by=by, details=details)


def require_outsider(user_id: int, provider_id: int) -> None:
    """Raise NotPermitted for a live member of the provider: nobody judges their own."""
    query = select(Membership.id).where(
        Membership.user_id == user_id,
        Membership.provider_id == provider_id,
        Membership.ended_at.is_(None),
    )
    if session.execute(query).first() is not None:
        raise NotPermitted("You belong to this provider, so a colleague must do this.")


def _require_second_person(by: int, checkers: Collection[int | None]) -> None:
    """One officer alone can't bring a provider in; checks from before there were officers count."""
    if set(checkers) == {by}:
        raise NotPermitted("You made every check, so a second person must approve this provider.")


def lock_item(provider_id: int, kind: DueDiligenceKind) -> DueDiligenceItem:
    """One line of the provider's checklist, locked and fresh; NotFound if there is none."""
    query = select(DueDiligenceItem.id).where(
        DueDiligenceItem.provider_id == provider_id, DueDiligenceItem.kind == kind
    )
    found = session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound("There is no such line on the checklist.")
    locked: DueDiligenceItem = lock(DueDiligenceItem, found)
    return locked


def _statement(kind: DueDiligenceKind, statement: str) -> str:
    words = statement.strip()
    if not words and kind not in FILE_KINDS:
        raise Invalid("Enter what we should check.", "statement")
    if len(words) > LONGEST_STATEMENT:
        raise Invalid(f"This must be {LONGEST_STATEMENT:,} characters or fewer.", "statement")
    return words


def _expiry(kind: DueDiligenceKind, expires_on: date | None, at: datetime) -> date | None:
    if kind not in EXPIRING_KINDS:
        return None
    today = london_date(at)
    if expires_on is None:
        raise Invalid("Enter the last day on which it is valid.", "expires_on")
    if expires_on < today:
        raise Invalid("It has run out already. Provide one that is valid today.", "expires_on")
    if expires_on.year > today.year + LATEST_EXPIRY_YEARS:
        raise Invalid("Check the year: it is a long way off.", "expires_on")
    return expires_on


def reason_of(reason: str) -> str:
    """The reason as it is kept. Raises Invalid on "reason" for none and for too long a one."""
    words = reason.strip()
    if not words:
        raise Invalid("Say why.", "reason")
    if len(words) > LONGEST_NOTE:
        raise Invalid(f"The reason must be {LONGEST_NOTE} characters or fewer.", "reason")
    return words
