"""The business's own word on a claim: done, or disputed and why. An act of its own sign-in."""

from datetime import datetime

from voucher.accounts.queries import is_of_business
from voucher.claims.models import CLAIM_MOVES, Claim, ClaimStatus, Confirmation
from voucher.claims.operations.writing import lock_claim, record_event
from voucher.core.clock import london_date
from voucher.core.db import session
from voucher.core.errors import Conflict, Invalid, NotPermitted
from voucher.core.status import transition
from voucher.core.working_days import add_working_days
from voucher.programmes.models import Round
from voucher.providers.operations.due_diligence import require_outsider

LONGEST_WORDS = 2_000


def confirm(*, claim: Claim, by: int, at: datetime) -> None:
    """The business says that the work was done; the payment clock starts.

    A dispute can be taken back this way. Raises NotPermitted for anybody who is not of the
    business, or who is of the provider or sent the claim; Conflict when there is nothing to answer.
    """
    locked = lock_claim(claim)
    _require_the_business(locked, by)
    was_disputed = locked.status is ClaimStatus.DISPUTED
    if locked.status not in (ClaimStatus.SUBMITTED, ClaimStatus.DISPUTED):
        raise Conflict("There is nothing to confirm on this claim now.")
    enter_confirmed(locked, by=by, at=at)
    record_event(locked, "claim.confirmed", by=by, at=at, after_dispute=was_disputed)


def dispute(*, claim: Claim, words: str, by: int, at: datetime) -> None:
    """The business says what is wrong; an officer looks into it before anything is paid.

    Raises Invalid on "words", and as `confirm` does.
    """
    said = words.strip()
    if not said:
        raise Invalid("Say what was not done, or not done as agreed.", "words")
    if len(said) > LONGEST_WORDS:
        raise Invalid(f"This must be {LONGEST_WORDS:,} characters or fewer.", "words")
    locked = lock_claim(claim)
    _require_the_business(locked, by)
    transition(locked, ClaimStatus.DISPUTED, moves=CLAIM_MOVES, at=at, by=by)
    _keep(locked, confirmed=False, words=said, by=by, at=at)
    record_event(locked, "claim.disputed", by=by, at=at)


def enter_confirmed(claim: Claim, *, by: int, at: datetime, evidence: str = "") -> None:
    """Make a locked claim CONFIRMED and start the payment clock.

    `evidence`: what an officer who speaks for the business has to say for it; then `by` is theirs.
    """
    round_ = session.get_one(Round, claim.round_id)
    pay_by = add_working_days(london_date(at), round_.payment_working_days)
    transition(claim, ClaimStatus.CONFIRMED, moves=CLAIM_MOVES, at=at, by=by, pay_by_on=pay_by)
    _keep(claim, confirmed=True, words=evidence, on_behalf=bool(evidence), by=by, at=at)


def _require_the_business(claim: Claim, by: int) -> None:
    if not is_of_business(by, claim.business_id):
        raise NotPermitted("Only the business can say whether the work was done.")
    require_outsider(by, claim.provider_id)
    if by == claim.submitted_by_id:
        raise NotPermitted("You sent this claim, so somebody else must confirm it.")


def _keep(
    claim: Claim, *, confirmed: bool, words: str, by: int, at: datetime, on_behalf: bool = False
) -> None:
    answer = Confirmation(
        claim_id=claim.id,
        confirmed=confirmed,
        on_behalf=on_behalf,
        words=words,
        given_at=at,
        given_by_id=by,
    )
    session.add(answer)
    session.flush()
