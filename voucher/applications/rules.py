"""Pure rules of casework: reasons for decisions, deadlines, and what stands in a decision's way.

Amounts in whole pence, dates in London. Deadlines count working days of England and Wales.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

from voucher.applications.sections import SECTIONS
from voucher.core.status import Status
from voucher.core.working_days import add_working_days, working_days_between

APPEAL_DAYS = 28
"""Calendar days after a refusal in which the business may appeal."""
APPEAL_ANSWER_WORKING_DAYS = 10
CORRECTION_WORKING_DAYS = 10
"""Working days the business is asked to answer a list of corrections in."""
NOTICE_ANSWER_WORKING_DAYS = 10
"""Working days the business is asked to confirm its subsidy notice in."""
MOST_CORRECTIONS = 8
IDENTITY_UNPROVED = "identity_unproved"
"""The reason to refuse whoever could not show who they are; what they declared is set aside."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason of the catalogue: what the business is told, and what it can do about it.

    `rests_on_register`: the reason repeats an outside register, so it can't be given while the
    register has not answered.
    """

    code: str
    label: str
    words: str
    what_to_do: str
    rests_on_register: bool = False


APPROVAL_REASONS = (
    Reason(
        "meets_rules",
        "Meets every rule of the round",
        "Your application meets every rule of the round.",
        "Read and confirm the subsidy notice. Your voucher is issued when you do.",
    ),
    Reason(
        "referral_cleared",
        "What the checks referred has been looked at and cleared",
        "We looked at what our checks could not settle by themselves and are satisfied.",
        "Read and confirm the subsidy notice. Your voucher is issued when you do.",
    ),
    Reason(
        "differences_explained",
        "What differed from the register has been explained",
        "What differed between your application and the public register has been explained.",
        "Read and confirm the subsidy notice. Your voucher is issued when you do.",
    ),
)
REFUSAL_REASONS = (
    Reason(
        "outside_area",
        "Outside the area of the programme",
        "The business is not in the area that this round is for.",
        "If you also have premises in the area, apply again with their address.",
    ),
    Reason(
        "too_large",
        "More people than the rules allow",
        "The business has more people than the rules of this round allow.",
        "Count everybody on the payroll and the owners. If the number was wrong, apply again.",
    ),
    Reason(
        "not_trading",
        "Not trading, or not active on the register",
        "The public register does not show the business as active.",
        "Put the register right, then apply again. A refusal is not for ever.",
        rests_on_register=True,
    ),
    Reason(
        IDENTITY_UNPROVED,
        "Could not tell who the business is",
        "What you told us did not let us be sure who the business is.",
        "Apply again with the number the business is registered under, or with proof of trading.",
        rests_on_register=True,
    ),
    Reason(
        "no_authority",
        "The person who signed may not commit the business",
        "The person who signed the application may not commit the business.",
        "Invite a director, partner, trustee or owner to sign a new application.",
    ),
    Reason(
        "problem_unclear",
        "The problem is not described clearly enough",
        "We could not tell from the description what the problem is or what good would look like.",
        "Say in a few sentences what is slow, costly or impossible today, and apply again.",
    ),
    Reason(
        "not_a_taster",
        "The problem needs more than a taster",
        "The problem is larger than a taster of technology can help with.",
        "Describe one part of it that could be tried for the price of a voucher, and apply again.",
    ),
    Reason(
        "already_uses",
        "Already uses this technology",
        "The business already uses the kind of technology that it asks to try.",
        "If there is another problem that technology could help with, apply with that one.",
    ),
    Reason(
        "subsidy_limit",
        "The subsidy limit leaves nothing to give",
        "The business and its group have reached the legal limit for this kind of support.",
        "Check the amounts and dates you declared. The limit looks back three financial years.",
    ),
    Reason(
        "live_voucher",
        "Holds a live voucher already",
        "The business holds a voucher of this programme already.",
        "Use that voucher first, or hand it back.",
    ),
    Reason(
        "conflict_of_interest",
        "Connected with a provider in a way that can’t be managed",
        "The business is connected with a provider of the scheme in a way that we can’t manage.",
        "Tell us in an appeal if the connection has ended.",
    ),
    Reason(
        "corrections_unanswered",
        "Corrections were not made",
        "We asked for corrections and what came back did not settle them.",
        "Apply again with the corrections made, or appeal if you think you made them.",
    ),
)
CATALOGUE = {reason.code: reason for reason in (*APPROVAL_REASONS, *REFUSAL_REASONS)}

CORRECTION_SECTIONS = {section.code: section.title for section in SECTIONS} | {
    "other": "Something else"
}
"""The parts of an application that a correction can be asked of: code → words."""


def reasons_given(codes: Sequence[str]) -> list[Reason]:
    """The catalogue's entries for stored `codes`, in their order; unknown ones are left out."""
    return [CATALOGUE[code] for code in codes if code in CATALOGUE]


class Obstacle(StrEnum):
    """Why a decision can't be made now; `words` say it to the officer."""

    HELD = "held"
    NO_CHECK = "no_check"
    CHECK_PENDING = "check_pending"
    CHECK_REFUSED = "check_refused"
    LIST_FROZEN = "list_frozen"

    @property
    def words(self) -> str:
        """A sentence for the officer who tried."""
        return _OBSTACLE_WORDS[self]


_OBSTACLE_WORDS = {
    Obstacle.HELD: "This case is held, so nothing is decided, sent to the business or answered. "
    "Release it first.",
    Obstacle.NO_CHECK: "This application has not been checked against the rules yet.",
    Obstacle.CHECK_PENDING: "A check still waits for an outside register. It can be approved when "
    "the register has answered.",
    Obstacle.CHECK_REFUSED: "The last check says that the business does not meet the rules. Ask "
    "for corrections, or refuse it.",
    Obstacle.LIST_FROZEN: "The list of this round is frozen, so nobody can be let in any more.",
}


def approval_obstacles(
    *,
    held: bool,
    check_outcome: str | None,
    list_frozen: bool = False,
) -> tuple[Obstacle, ...]:
    """Everything that stands in the way of an approval. `check_outcome`: of the latest check.

    `list_frozen`: the list of the round's draw or scores is.
    """
    tests = (
        (held, Obstacle.HELD),
        (check_outcome is None, Obstacle.NO_CHECK),
        (check_outcome == "pending", Obstacle.CHECK_PENDING),
        (check_outcome == "refused", Obstacle.CHECK_REFUSED),
        (list_frozen, Obstacle.LIST_FROZEN),
    )
    return tuple(obstacle for found, obstacle in tests if found)


def needs_second(award_pence: int, threshold_pence: int) -> bool:
    """Whether an award needs a second person: from the round's threshold on."""
    return award_pence >= threshold_pence


def deadline(begun_on: date, working_days: int) -> date:
    """The last day of a clock of `working_days` that began on `begun_on`."""
    return add_working_days(begun_on, working_days)


def resumed_deadline(decide_by_on: date, asked_on: date, answered_on: date) -> date:
    """The new last day for a decision once the list of corrections has been answered.

    The clock stood still from the day the list was sent: the working days that were left then
    begin again on the day of the answer. A clock that had run out stays run out by as much.
    """
    left = working_days_between(asked_on, decide_by_on)
    if left >= 0:
        return add_working_days(answered_on, left)
    return decide_by_on + (answered_on - asked_on)


def appeal_by(refused_on: date) -> date:
    """The last day on which a refusal of `refused_on` can be appealed; the day itself counts."""
    return refused_on + timedelta(days=APPEAL_DAYS)


def is_overdue(decide_by_on: date | None, today: date) -> bool:
    """Whether the day by which a decision was promised has passed."""
    return decide_by_on is not None and today > decide_by_on


@lru_cache(maxsize=1024)
def working_days_left(decide_by_on: date, today: date) -> int:
    """Working days until the promised day, negative once it has passed.

    Remembered, because the rows of a list share few days and each may lie months away.
    """
    return working_days_between(today, decide_by_on)


def may_review(reviewer_id: int, earlier_ids: Collection[int | None]) -> bool:
    """Whether somebody may review what `earlier_ids` did: nobody reviews their own work."""
    return reviewer_id not in earlier_ids


class CaseAction(StrEnum):
    """What an officer can do with a case now."""

    DECIDE = "decide"
    CORRECT = "correct"
    SECOND = "second"
    ANSWER_APPEAL = "answer_appeal"
    HOLD = "hold"
    RELEASE = "release"
    ASSIGN = "assign"
    CHECK = "check"
    RECONSIDER = "reconsider"


_STATUS_NEEDED = {
    CaseAction.DECIDE: ("decided", ("submitted",)),
    CaseAction.CORRECT: ("sent back for corrections", ("submitted",)),
    CaseAction.SECOND: ("agreed to or sent back", ("proposed",)),
    CaseAction.CHECK: ("checked", ("submitted", "proposed")),
    CaseAction.RECONSIDER: ("taken back to be decided again", ("eligible",)),
}
_WAITS_FOR_RELEASE = frozenset(
    {CaseAction.DECIDE, CaseAction.CORRECT, CaseAction.SECOND, CaseAction.ANSWER_APPEAL}
)


def bar_to(action: CaseAction, *, status: Status, held: bool) -> str:
    """Why the state of a case bars `action`, in words for the officer; empty where it does not.

    Who the officer is, is asked elsewhere (`possible_actions`).
    """
    done, needed = _STATUS_NEEDED.get(action, ("", ()))
    if needed and status not in needed:
        return f"This can’t be {done} now: it is “{status.staff_label}”."
    if held and action in _WAITS_FOR_RELEASE:
        return Obstacle.HELD.words
    if held and action is CaseAction.HOLD:
        return "This case is held already."
    if not held and action is CaseAction.RELEASE:
        return "This case is not held."
    return ""


def possible_actions(
    *,
    officer_id: int,
    status: Status,
    held: bool,
    proposed_by_id: int | None = None,
    appeal_parties: Collection[int | None] | None = None,
) -> frozenset[CaseAction]:
    """What the state of a case lets this officer do; permissions are asked elsewhere.

    `proposed_by_id`: who made the decision that waits for a second person; `appeal_parties`: who
    had a part in the decision of the open appeal, None where no appeal is open.
    """
    if status in ("draft", "withdrawn"):
        return frozenset()
    allowed = {action for action in CaseAction if not bar_to(action, status=status, held=held)}
    if not may_review(officer_id, (proposed_by_id,)):
        allowed.discard(CaseAction.SECOND)
    if appeal_parties is None or not may_review(officer_id, appeal_parties):
        allowed.discard(CaseAction.ANSWER_APPEAL)
    return frozenset(allowed)
