"""Writes of ratings: given, changed, shown, replied to, withheld. Lock order: claim → rating."""

import secrets
from datetime import datetime
from typing import Any

from voucher.accounts.queries import is_of_business, is_of_provider
from voucher.applications.models import Application
from voucher.audit.operations import record
from voucher.businesses.models import Business
from voucher.businesses.queries import is_of_enterprise
from voucher.claims.models import Claim
from voucher.claims.operations.writing import lock_claim
from voucher.claims.ratings.models import RATING_MOVES, Rating, RatingStatus, WithheldFor
from voucher.claims.ratings.queries import confirmed_at, ratings_of_claim
from voucher.claims.ratings.rules import LONGEST_NOTE, LONGEST_WORDS, SEALED_FOR, rating_problem
from voucher.core.db import lock, session, translating_constraints
from voucher.core.errors import Conflict, Invalid, NotFound, NotPermitted
from voucher.core.references import make_reference
from voucher.core.status import opened, transition
from voucher.matching.dialogue.rules import names_it, tells_contact
from voucher.vouchers.models import Redemption

_R = RatingStatus


def rate(
    *, claim: Claim, stars: int, words: str, by_provider: bool, by: int, at: datetime
) -> Rating:
    """One side rates: `stars` 1 to 5, and words. Once; until it is shown it may be changed.

    Before: the work confirmed, not longer ago than ratings are taken. After: SEALED, or, when the
    other side has rated before, both SHOWN. Raises Invalid on "stars" or "words", Conflict when it
    is too early or late or shown already, NotPermitted for anybody not of that side.
    """
    said = _said(stars, words)
    locked = lock_claim(claim)
    _require_side(locked, by, provider=by_provider)
    if not by_provider:
        _require_nobody_named(said, locked)
    known = ratings_of_claim(locked.id)
    own = known.get(by_provider)
    if own is not None:
        return _change(own, locked, stars, said, by=by, at=at)
    problem = rating_problem(locked.status, confirmed_at(locked.id), at)
    if problem:
        raise Conflict(problem)
    rating = Rating(
        reference=make_reference("RTG", secrets.token_bytes(5)),
        claim_id=locked.id,
        offering_id=session.get_one(Redemption, locked.redemption_id).offering_id,
        by_provider=by_provider,
        status=_R.SEALED,
        stars=stars,
        words=said,
        reply="",
        reply_withheld_note="",
        withheld_note="",
        given_at=at,
        given_by_id=by,
    )
    with translating_constraints():
        session.add(rating)
        opened(rating, at=at, by=by)
    _note(rating, locked, "rating.given", by=by, at=at, stars=stars)
    other = known.get(not by_provider)
    if other is not None:
        _show(rating, locked, at)
        if other.status is _R.SEALED:
            _show(other, locked, at)
    return rating


def _require_nobody_named(words: str, claim: Claim) -> None:
    """Raise Invalid for words that anybody reads if they name the business or how to reach one."""
    if names_it(words, session.get_one(Business, claim.business_id).name):
        raise Invalid("Leave out the name of the business: anybody can read this.", "words")
    if tells_contact(words):
        raise Invalid(
            "Leave out email addresses, telephone numbers and web addresses: anybody can read "
            "this.",
            "words",
        )


def _change(
    rating: Rating, claim: Claim, stars: int, words: str, *, by: int, at: datetime
) -> Rating:
    if rating.status is not _R.SEALED:
        raise Conflict("Your rating is shown already, so it can’t be changed any more.")
    was = rating.stars
    rating.stars, rating.words, rating.changed_at = stars, words, at
    session.flush()
    _note(rating, claim, "rating.changed", by=by, at=at, stars=stars, was=was)
    return rating


def show_overdue(*, rating_id: int, at: datetime) -> bool:
    """Show a sealed rating whose time for the other side is over; False when it is not so."""
    known = session.get_one(Rating, rating_id)
    claim = lock_claim(session.get_one(Claim, known.claim_id))
    rating: Rating = lock(Rating, rating_id)
    if rating.status is not _R.SEALED or at < rating.given_at + SEALED_FOR:
        return False
    _show(rating, claim, at)
    return True


def reply(*, rating: Rating, words: str, by: int, at: datetime) -> None:
    """The provider replies, once, to a business's rating that is shown.

    Raises Invalid on "words", Conflict for a second reply or before it is shown, NotPermitted for
    anybody not of the provider.
    """
    said = words.strip()
    if not said:
        raise Invalid("Write your reply.", "words")
    if len(said) > LONGEST_WORDS:
        raise Invalid(f"This must be {LONGEST_WORDS:,} characters or fewer.", "words")
    locked, claim = _lock(rating)
    _require_side(claim, by, provider=True)
    _require_nobody_named(said, claim)
    if locked.by_provider or locked.status is not _R.SHOWN:
        raise Conflict("There is no rating to reply to.")
    if locked.replied_at is not None:
        raise Conflict("You have replied to this already.")
    locked.reply, locked.replied_at, locked.replied_by_id = said, at, by
    session.flush()
    _note(locked, claim, "rating.replied", by=by, at=at)


def withhold(*, rating: Rating, reason: WithheldFor, note: str, by: int, at: datetime) -> None:
    """An officer takes a rating (and its reply) from view; it no longer counts; its writer is told.

    Raises Invalid on "note", Conflict when it is withheld already, NotPermitted for somebody of
    either side.
    """
    said = _reason(note)
    locked, claim = _lock(rating)
    _require_outside(claim, by)
    facts = {
        "withheld_at": at,
        "withheld_by_id": by,
        "withheld_for": reason,
        "withheld_note": said,
    }
    transition(locked, _R.WITHHELD, moves=RATING_MOVES, at=at, by=by, **facts)
    _note(locked, claim, "rating.withheld", by=by, at=at, because=reason.value)


def withhold_reply(*, rating: Rating, note: str, by: int, at: datetime) -> None:
    """An officer takes the reply alone from view, for good; the rating stays and counts.

    Otherwise a provider could rid itself of a bad rating by a reply nobody may be shown. Raises
    Invalid on "note", Conflict where no reply is in view, NotPermitted for somebody of either side.
    """
    said = _reason(note)
    locked, claim = _lock(rating)
    _require_outside(claim, by)
    if not locked.reply_in_view:
        raise Conflict("There is no reply to withhold, or it is withheld already.")
    locked.reply_withheld_at, locked.reply_withheld_by_id = at, by
    locked.reply_withheld_note = said
    session.flush()
    _note(locked, claim, "rating.reply_withheld", by=by, at=at)


def restore(*, rating: Rating, note: str, by: int, at: datetime) -> None:
    """An officer shows a withheld rating again, or seals it again if it was not shown before.

    Where the other side's has been shown meanwhile it is shown at once: nobody changes a rating
    who has read the answer to it.
    """
    said = _reason(note)
    locked, claim = _lock(rating)
    _require_outside(claim, by)
    to = _R.SEALED if locked.shown_at is None else _R.SHOWN
    facts = {
        "withheld_at": None,
        "withheld_by_id": None,
        "withheld_for": None,
        "withheld_note": said,
    }
    transition(locked, to, moves=RATING_MOVES, at=at, by=by, **facts)
    _note(locked, claim, "rating.restored", by=by, at=at)
    other = ratings_of_claim(claim.id).get(not locked.by_provider)
    if to is _R.SEALED and other is not None and other.status is _R.SHOWN:
        _show(locked, claim, at)


def _said(stars: int, words: str) -> str:
    if stars not in range(1, 6):
        raise Invalid("Select one to five.", "stars")
    said = words.strip()
    if len(said) > LONGEST_WORDS:
        raise Invalid(f"This must be {LONGEST_WORDS:,} characters or fewer.", "words")
    return said


def _reason(note: str) -> str:
    said = note.strip()
    if not said:
        raise Invalid("Say why.", "note")
    if len(said) > LONGEST_NOTE:
        raise Invalid(f"This must be {LONGEST_NOTE} characters or fewer.", "note")
    return said


def _require_side(claim: Claim, by: int, *, provider: bool) -> None:
    of_provider = is_of_provider(by, claim.provider_id)
    of_business = is_of_business(by, claim.business_id)
    if of_provider and of_business:
        raise NotPermitted("You belong to both sides, so somebody else must do this.")
    if not (of_provider if provider else of_business):
        raise NotPermitted("Only somebody of the other side can do this.")


def _require_outside(claim: Claim, by: int) -> None:
    if is_of_provider(by, claim.provider_id) or is_of_enterprise(by, claim.business_id):
        raise NotPermitted("You belong to one of the sides, so a colleague must do this.")


def _lock(rating: Rating) -> tuple[Rating, Claim]:
    claim = lock_claim(session.get_one(Claim, rating.claim_id))
    locked: Rating | None = lock(Rating, rating.id)
    if locked is None:
        raise NotFound("There is no such rating.")
    return locked, claim


def _show(rating: Rating, claim: Claim, at: datetime) -> None:
    transition(rating, _R.SHOWN, moves=RATING_MOVES, at=at, by=None, shown_at=at)
    _note(rating, claim, "rating.shown", by=None, at=at)


def _note(rating: Rating, claim: Claim, action: str, **more: Any) -> None:
    case = session.get_one(Application, claim.application_id).reference
    who = {"by": more.pop("by"), "at": more.pop("at")}
    facts = {"claim": claim.id, "by_provider": rating.by_provider, **more}
    record(action=action, subject=rating, case=case, details=facts, **who)
