"""A named officer answers a doubt; a sanctions hit takes two to clear."""

from datetime import datetime

from voucher.audit.operations import record
from voucher.core.db import lock, session
from voucher.core.errors import Conflict, Invalid, NotPermitted
from voucher.core.status import transition
from voucher.screening.models import (
    REFERRAL_MOVES,
    EndedReason,
    Gate,
    Referral,
    ReferralStatus,
    SanctionsAnswer,
)
from voucher.screening.queries import is_of_ended_business

LONGEST_NOTE = 1_000
_R = ReferralStatus


def clear(
    *,
    referral: Referral,
    note: str,
    case: str,
    by: int,
    at: datetime,
    reason: EndedReason | None = None,
) -> Referral:
    """Say that the doubt is settled, and why; for a sanctions hit the first of two says so.

    The caller makes sure that `by` has no part in the claim. `reason`: wanted where the doubt is
    that the business is dissolved, and told to the provider. Raises Invalid on "note" or "reason",
    Conflict when it was answered, NotPermitted for the first person as the second.
    """
    words = _words(note)
    _require_reason(referral, reason, clears=True)
    locked: Referral = lock(Referral, referral.id)
    if locked.status is _R.SECOND:
        if locked.answered_by_id == by:
            raise NotPermitted("You cleared this first, so a second person must look.")
        facts = {"seconded_by_id": by, "seconded_at": at, "second_note": words}
    elif locked.status is _R.OPEN:
        facts = {"answered_by_id": by, "answered_at": at, "note": words, "ended_reason": reason}
    else:
        raise Conflict("This has been answered already.")
    first_of_two = locked.gate is Gate.SANCTIONS and locked.status is _R.OPEN
    to = _R.SECOND if first_of_two else _R.CLEARED
    transition(locked, to, moves=REFERRAL_MOVES, at=at, by=by, **facts)
    if to is _R.CLEARED:
        _remember(locked, clears=True, at=at)
    _note(locked, "screening.cleared", case, by, at)
    return locked


def refuse(
    *,
    referral: Referral,
    note: str,
    case: str,
    by: int,
    at: datetime,
    reason: EndedReason | None = None,
) -> Referral:
    """Say that the doubt is founded: nothing is paid on the claim while this was found.

    Raises as `clear`. The claim is then rejected, or its payment cancelled, by who may do that.
    """
    words = _words(note)
    _require_reason(referral, reason, clears=False)
    locked: Referral = lock(Referral, referral.id)
    if locked.status not in REFERRAL_MOVES:
        raise Conflict("This has been answered already.")
    facts = {"answered_by_id": by, "answered_at": at, "note": words, "ended_reason": reason}
    if locked.status is _R.SECOND:
        facts = {"second_note": words} | (
            {} if locked.answered_by_id == by else {"seconded_by_id": by, "seconded_at": at}
        )
    transition(locked, _R.REFUSED, moves=REFERRAL_MOVES, at=at, by=by, **facts)
    _remember(locked, clears=False, at=at)
    _note(locked, "screening.refused", case, by, at)
    return locked


def _require_reason(referral: Referral, reason: EndedReason | None, *, clears: bool) -> None:
    """A reason of the catalogue where the business is dissolved, and nowhere else."""
    if not is_of_ended_business(referral):
        if reason is not None:
            raise Invalid("This reason is for businesses that are dissolved.", "reason")
        return
    if reason is None:
        raise Invalid("Select why it is paid, or why not.", "reason")
    if reason.pays is not clears:
        raise Invalid("This reason says the opposite of your answer.", "reason")


def _remember(referral: Referral, *, clears: bool, at: datetime) -> None:
    """Keep what was said of each sanctions hit, for the next claim of the same party."""
    keys = {hit["key"] for hit in referral.inputs.get("hits", ()) if "key" in hit}
    session.add_all(
        SanctionsAnswer(hit_key=key, referral_id=referral.id, clears=clears, answered_at=at)
        for key in sorted(keys)
    )


def _note(referral: Referral, action: str, case: str, by: int, at: datetime) -> None:
    details = {"gate": referral.gate.value, "status": referral.status.value}
    if referral.ended_reason is not None:
        details["reason"] = referral.ended_reason.value
    record(action=action, subject=referral, at=at, by=by, case=case, details=details)


def _words(note: str) -> str:
    words = note.strip()
    if not words:
        raise Invalid("Say what you found.", "note")
    if len(words) > LONGEST_NOTE:
        raise Invalid(f"The note must be {LONGEST_NOTE:,} characters or fewer.", "note")
    return words
