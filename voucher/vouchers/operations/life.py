"""What becomes of a voucher: extended once, expired, cancelled, or completed when it is paid.

Lock order: round → voucher → match. Expired, cancelled and completed are final.
"""

from datetime import datetime, timedelta

from sqlalchemy import select

from voucher.applications.models import Application
from voucher.audit.operations import record
from voucher.businesses.queries import is_of_enterprise
from voucher.core.clock import london_date
from voucher.core.db import lock, session
from voucher.core.errors import Conflict, Invalid, NotFound, NotPermitted
from voucher.core.status import transition
from voucher.matching.models import MATCH_MOVES, Match, MatchStatus
from voucher.programmes.models import Round
from voucher.programmes.operations import budget
from voucher.subsidy.operations import release
from voucher.vouchers.models import VOUCHER_MOVES, Award, Redemption, Voucher, VoucherStatus
from voucher.vouchers.rules import (
    EXTENSION_DAYS,
    ExtensionRefusal,
    LapseReason,
    extension_refusals,
    is_expired,
    lapse_reason,
)

LONGEST_REASON = 500
_EXTENSION_WORDS = {
    ExtensionRefusal.ALREADY_EXTENDED: "This voucher has been extended once. It can’t be again.",
    ExtensionRefusal.ALREADY_EXPIRED: "This voucher has expired. The business can apply again.",
    ExtensionRefusal.NOT_LATER: "The new last day must be later than the old one.",
    ExtensionRefusal.TOO_LONG: f"A voucher can be extended by {EXTENSION_DAYS} days at most.",
}
_LIVE_MATCH = (MatchStatus.OFFERED, MatchStatus.ACCEPTED, MatchStatus.AGREED)


def extend(
    *, voucher: Voucher, reason: str, by: int, at: datetime, days: int = EXTENSION_DAYS
) -> None:
    """Move the last day of a live voucher, once, by up to 30 days; the reason is kept.

    Raises Invalid on "reason", Conflict when the voucher is not live or was extended before,
    NotPermitted for an officer who belongs to the business.
    """
    words = _reason(reason)
    locked = _lock(voucher)
    _require_outsider(locked, by)
    if locked.status is not VoucherStatus.ISSUED:
        raise Conflict(f"A voucher can’t be extended once it is “{locked.status.staff_label}”.")
    was, to = locked.expires_on, locked.expires_on + timedelta(days=days)
    refusals = extension_refusals(
        expires=was,
        new_expires=to,
        today=london_date(at),
        extensions_so_far=0 if locked.extended_at is None else 1,
        longest_days=EXTENSION_DAYS,
    )
    if refusals:
        raise Conflict(" ".join(_EXTENSION_WORDS[refusal] for refusal in refusals))
    locked.expires_on, locked.extended_at, locked.extension_reason = to, at, words
    details = {"from": was.isoformat(), "to": to.isoformat()}
    _record(locked, "voucher.extended", details, by=by, at=at)


def cancel(
    *,
    voucher: Voucher,
    reason: str,
    by: int | None,
    at: datetime,
    claimed: bool | None = None,
) -> None:
    """Cancel a voucher for good; its money goes back to the round and its match ends.

    A live voucher can always be cancelled. Of a redeemed one the caller must know, under the
    voucher's lock or before it, that no claim waits, was approved or was paid: `claimed=False`.
    Anything else raises Conflict, because work may be due its money. Raises Invalid on "reason".
    """
    words = _reason(reason)
    locked = _lock(voucher)
    _require_outsider(locked, by)
    was = locked.status
    if was is VoucherStatus.REDEEMED and claimed is not False:
        raise Conflict("This voucher has been redeemed and may be claimed. Settle the claim first.")
    transition(
        locked,
        VoucherStatus.CANCELLED,
        moves=VOUCHER_MOVES,
        at=at,
        by=by,
        cancelled_at=at,
        cancel_reason=words,
    )
    given_back = _give_back(locked, was, "cancelled", by=by, at=at)
    _end_matches(locked, by=by, at=at)
    _record(locked, "voucher.cancelled", {"released_pence": given_back}, by=by, at=at)


def call_off(*, voucher: Voucher, reason: str, by: int | None, at: datetime) -> None:
    """Cancel a redeemed voucher whose approved claim will not be paid after all.

    Before: the caller has given the round its money back. After: the assistance no longer counts,
    and the business can have another voucher. Raises Conflict unless the voucher is redeemed.
    """
    locked = _lock(voucher)
    if locked.status is not VoucherStatus.REDEEMED:
        raise Conflict(f"This can’t be called off: it is “{locked.status.staff_label}”.")
    facts = {"cancelled_at": at, "cancel_reason": _reason(reason)}
    transition(locked, VoucherStatus.CANCELLED, moves=VOUCHER_MOVES, at=at, by=by, **facts)
    release(notice_id=session.get_one(Award, locked.award_id).notice_id, at=at)
    _end_matches(locked, by=by, at=at)
    _record(locked, "voucher.cancelled", {"released_pence": 0}, by=by, at=at)


def expire(*, voucher: Voucher, at: datetime) -> bool:
    """Let a live voucher whose last day (in London) is over lapse; False when it is not so.

    Its money goes back to the round, its match ends, and how far it had come is kept.
    """
    locked = _lock(voucher)
    over = is_expired(locked.expires_on, london_date(at))
    if locked.status is not VoucherStatus.ISSUED or not over:
        return False
    lapse = _how_far(locked)
    transition(
        locked,
        VoucherStatus.EXPIRED,
        moves=VOUCHER_MOVES,
        at=at,
        by=None,
        lapse_reason=lapse.value,
    )
    given_back = _give_back(locked, VoucherStatus.ISSUED, "expired", by=None, at=at)
    _end_matches(locked, by=None, at=at)
    details = {"released_pence": given_back, "lapse": lapse.value}
    _record(locked, "voucher.expired", details, by=None, at=at)
    return True


def complete(*, voucher: Voucher, at: datetime, by: int | None = None) -> None:
    """Close a redeemed voucher once its claim is paid."""
    locked = _lock(voucher)
    transition(locked, VoucherStatus.COMPLETED, moves=VOUCHER_MOVES, at=at, by=by)
    _record(locked, "voucher.completed", {}, by=by, at=at)


def _lock(voucher: Voucher) -> Voucher:
    lock(Round, voucher.round_id)
    locked: Voucher | None = lock(Voucher, voucher.id)
    if locked is None:
        raise NotFound("There is no such voucher.")
    return locked


def _require_outsider(voucher: Voucher, by: int | None) -> None:
    if by is not None and is_of_enterprise(by, voucher.business_id):
        raise NotPermitted("You belong to this business, so a colleague must do this.")


def _reason(reason: str) -> str:
    words = reason.strip()
    if not words:
        raise Invalid("Say why.", "reason")
    if len(words) > LONGEST_REASON:
        raise Invalid(f"The reason must be {LONGEST_REASON} characters or fewer.", "reason")
    return words


def _give_back(
    voucher: Voucher, was: VoucherStatus, reason: str, *, by: int | None, at: datetime
) -> int:
    """Release what the voucher held of the round and of the subsidy limit; the pence released."""
    award = session.get(Award, voucher.award_id)
    if award is None:
        raise NotFound("There is no such award.")
    release(notice_id=award.notice_id, at=at)
    values = {"source": voucher, "reason": reason, "at": at, "by": by}
    if was is VoucherStatus.ISSUED:
        budget.release_reserved(round_id=voucher.round_id, pence=award.max_pence, **values)
        return award.max_pence
    committed = session.execute(
        select(Redemption.voucher_pence).where(Redemption.voucher_id == voucher.id)
    ).scalar_one()
    budget.release_committed(round_id=voucher.round_id, pence=committed, **values)
    return int(committed)


def _end_matches(voucher: Voucher, *, by: int | None, at: datetime) -> None:
    live = session.execute(
        select(Match)
        .where(Match.voucher_id == voucher.id, Match.status.in_(_LIVE_MATCH))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    for match in live.scalars().all():
        waiting = match.status is MatchStatus.OFFERED
        to = MatchStatus.LAPSED if waiting else MatchStatus.WITHDRAWN
        transition(match, to, moves=MATCH_MOVES, at=at, by=by)
        record(
            action=f"match.{to.value}",
            subject=match,
            at=at,
            by=by,
            case=_case_of(voucher),
            details={"because": f"voucher.{voucher.status.value}"},
        )


def _how_far(voucher: Voucher) -> LapseReason:
    matches = session.execute(select(Match).where(Match.voucher_id == voucher.id)).scalars().all()
    return lapse_reason(
        chosen=bool(matches),
        accepted=any(match.provider_agreed_at for match in matches),
        agreed=any(match.programme_agreed_at for match in matches),
    )


def _case_of(voucher: Voucher) -> str | None:
    query = select(Application.reference).where(Application.id == voucher.application_id)
    return session.execute(query).scalar_one_or_none()


def _record(
    voucher: Voucher, action: str, details: dict[str, object], *, by: int | None, at: datetime
) -> None:
    case = _case_of(voucher)
    record(action=action, subject=voucher, at=at, by=by, case=case, details=details)
