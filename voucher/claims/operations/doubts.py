"""Officers on doubts about a claim: clear or refuse one, and have the checks made again."""

from datetime import datetime

from voucher.claims.models import Claim, ClaimStatus
from voucher.claims.operations.review import require_no_part, require_not_decider
from voucher.claims.operations.screening import case_of, screen
from voucher.claims.operations.writing import lock_claim
from voucher.claims.queries import answers_of
from voucher.core.errors import Conflict, Invalid, NotPermitted
from voucher.screening.models import EndedReason, Referral, ReferralStatus, Stage
from voucher.screening.operations.referrals import clear, refuse


def answer(
    *,
    claim: Claim,
    referral: Referral,
    clears: bool,
    note: str,
    by: int,
    at: datetime,
    reason: EndedReason | None = None,
) -> None:
    """An officer without a part in the claim clears or refuses a doubt about it.

    `reason`: where the doubt is that the business is dissolved. Raises Invalid on "note" or
    "reason", also where the business did not confirm the work itself; Conflict when it was
    answered; NotPermitted for a member of a party, for who decided on the award and for the first
    of two as the second.
    """
    require_no_part(claim, by)
    require_not_decider(claim, by)
    if reason is EndedReason.CONFIRMED_BEFORE and was_spoken_for(claim.id):
        words = "An officer confirmed it for the business. Say what the evidence shows."
        raise Invalid(words, "reason")
    act = clear if clears else refuse
    act(referral=referral, note=note, case=case_of(claim), by=by, at=at, reason=reason)


def was_spoken_for(claim_id: int) -> bool:
    """Whether an officer, not the business, gave the latest word on the work."""
    given = answers_of(claim_id)
    return bool(given) and given[0].on_behalf


def kept_from(*, claim: Claim, referral: Referral, by: int) -> str | None:
    """Why this officer may not answer the doubt, in a sentence for them, or None."""
    try:
        require_no_part(claim, by)
        require_not_decider(claim, by)
    except NotPermitted as error:
        return str(error)
    if referral.status is ReferralStatus.SECOND and referral.answered_by_id == by:
        return "You cleared this first, so a second person must look."
    return None


def check_again(*, claim: Claim, by: int, at: datetime) -> None:
    """Make the checks of a confirmed claim now. Raises Conflict for a claim in any other status."""
    locked = lock_claim(claim)
    if locked.status is not ClaimStatus.CONFIRMED:
        raise Conflict("The checks are made while a confirmed claim waits for approval.")
    screen(claim=locked, stage=Stage.REVIEW, by=by, at=at)
