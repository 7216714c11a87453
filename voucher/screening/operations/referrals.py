"""A named officer answers a doubt; a sanctions hit takes two to clear."""

from datetime import datetime

from voucher.audit.operations import record
from voucher.core.db import lock, session
from voucher.core.errors import Conflict, Invalid, NotPermitted
from voucher.core.status import transition
from voucher.screening.models import (
    REFERRAL_MOVES,
    Gate,
    Referral,
    ReferralStatus,
    SanctionsAnswer,
)

LONGEST_NOTE = 1_000
_R = ReferralStatus


def clear(*, referral: Referral, note: str, case: str, by: int, at: datetime) -> Referral:
    """Say that the doubt is settled, and why; for a sanctions hit the first of two says so.

    The caller makes sure that `by` has no part in the claim. Raises Invalid on "note", Conflict
    when it was answered, NotPermitted for the first person as the second.
    """
    words = _words(note)
    locked: Referral = lock(Referral, referral.id)
    if locked.status is _R.SECOND:
        if locked.answered_by_id == by:
            raise NotPermitted("You cleared this first, so a second person must look.")
        facts = {"seconded_by_id": by, "seconded_at": at, "second_note": words}
    elif locked.status is _R.OPEN:
        facts = {"answered_by_id": by, "answered_at": at, "note": words}
    else:
        raise Conflict("This has been answered already.")
    first_of_two = locked.gate is Gate.SANCTIONS and locked.status is _R.OPEN
    to = _R.SECOND if first_of_two else _R.CLEARED
    transition(locked, to, moves=REFERRAL_MOVES, at=at, by=by, **facts)
    if to is _R.CLEARED:
        _remember(locked, clears=True, at=at)
    _note(locked, "screening.cleared", case, by, at)
    return locked


def refuse(*, referral: Referral, note: str, case: str, by: int, at: datetime) -> Referral:
    """Say that the doubt is founded: nothing is paid on the claim while this was found.

    Raises as `clear`. The claim is then rejected, or its payment cancelled, by who may do that.
    """
    words = _words(note)
    locked: Referral = lock(Referral, referral.id)
    if locked.status not in REFERRAL_MOVES:
        raise Conflict("This has been answered already.")
    facts = {"answered_by_id": by, "answered_at": at, "note": words}
    if locked.status is _R.SECOND:
        facts = {"second_note": words} | (
            {} if locked.answered_by_id == by else {"seconded_by_id": by, "seconded_at": at}
        )
    transition(locked, _R.REFUSED, moves=REFERRAL_MOVES, at=at, by=by, **facts)
    _remember(locked, clears=False, at=at)
    _note(locked, "screening.refused", case, by, at)
    return locked


def _remember(referral: Referral, *, clears: bool, at: datetime) -> None:
    """Keep what was said of each sanctions hit, for the next claim of the same party."""
    keys = {hit["key"] for hit in referral.inputs.get("hits", ()) if "key" in hit}
    session.add_all(
        SanctionsAnswer(hit_key=key, referral_id=referral.id, clears=clears, answered_at=at)
        for key in sorted(keys)
    )


def _note(referral: Referral, action: str, case: str, by: int, at: datetime) -> None:
    details = {"gate": referral.gate.value, "status": referral.status.value}
    record(action=action, subject=referral, at=at, by=by, case=case, details=details)


def _words(note: str) -> str:
    words = note.strip()
    if not words:
        raise Invalid("Say what you found.", "note")
    if len(words) > LONGEST_NOTE:
        raise Invalid(f"The note must be {LONGEST_NOTE:,} characters or fewer.", "note")
    return words
