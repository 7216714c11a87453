"""Rounds shared by lot, taken as far as a test wants by the real operations."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from tests.factories.cases import make_case, make_decision, make_officer
from tests.factories.plans import have_locked_plan
from tests.factories.scheme import AT, make_business, make_round
from voucher.accounts.models import User
from voucher.accounts.roles import Role
from voucher.allocation.models import DrawResult
from voucher.allocation.offers.operations import make_offer
from voucher.allocation.offers.queries import owed_offers
from voucher.allocation.operations import steps
from voucher.applications.models import Application, ApplicationStatus
from voucher.businesses.models import HeadcountBand
from voucher.core.db import session
from voucher.programmes.models import AllocationMethod, Arm, Round, StratumBasis
from voucher.programmes.operations.rounds import close_round

KEY = b"key of draws under test, long enough"
SEALED_AT = AT + timedelta(days=1)
FROZEN_AT = AT + timedelta(days=2)
VALUED_AT = AT + timedelta(days=5)
DRAWN_AT = VALUED_AT + timedelta(hours=1)
FOLLOW_UP_ON = date(2027, 3, 31)
PUBLIC_VALUE = "7, 12, 19, 33, 41, 48"
SOURCE = "The fictional national lottery"


def arm(kind: Arm, share_bps: int, code: str = "") -> dict[str, Any]:
    """One arm of a plan."""
    name = kind.staff_label
    return {"code": code or kind.value, "arm": kind.value, "name": name, "share_bps": share_bps}


HALVES = [arm(Arm.VOUCHER, 5000), arm(Arm.COMPARISON, 5000)]
QUARTERS = [
    arm(Arm.VOUCHER, 2500),
    arm(Arm.WAITING, 2500),
    arm(Arm.INFORMATION, 2500),
    arm(Arm.COMPARISON, 2500),
]


@dataclass
class Lottery:
    """A round shared by lot, its eligible applications, and the two people who draw."""

    round: Round
    cases: list[Application]
    manager: User
    second: User

    def seal(self, at: datetime = SEALED_AT) -> Any:
        """Seal the secret."""
        return steps.seal(round_=self.round, by=self.manager.id, at=at, key=KEY)

    def freeze(self, at: datetime = FROZEN_AT) -> Any:
        """Close the round if need be, and freeze the list."""
        if self.round.status == "open":
            close_round(round_=self.round, by=self.manager.id, at=at)
        return steps.freeze(round_=self.round, by=self.manager.id, at=at)

    def enter(self, **values: Any) -> Any:
        """Enter the public value as the second person."""
        given = {
            "value": PUBLIC_VALUE,
            "source": SOURCE,
            "became_public_on": date(2026, 6, 18),
            "by": self.second.id,
            "at": VALUED_AT,
            **values,
        }
        return steps.enter_value(round_=self.round, **given)

    def carry_out(self, at: datetime = DRAWN_AT, *, offers: bool = True) -> DrawResult:
        """Carry out the draw, and make its offers unless told not to."""
        result = steps.carry_out(round_=self.round, by=self.manager.id, at=at, key=KEY)
        if offers:
            make_owed_offers(at)
        return result

    def draw(self, *, offers: bool = True) -> DrawResult:
        """All four steps, and the offers unless told not to."""
        self.seal()
        self.freeze()
        self.enter()
        return self.carry_out(offers=offers)


def make_owed_offers(at: datetime) -> None:
    """Make every offer that is owed, in the transaction of the test."""
    for offer_id in owed_offers(at):
        make_offer(offer_id=offer_id, at=at)


def make_lottery(
    count: int = 8,
    *,
    award_pence: int = 100_000,
    arms: Any = HALVES,
    planned: bool = True,
    plan: dict[str, Any] | None = None,
    **values: Any,
) -> Lottery:
    """An open round shared by lot with `count` eligible applications in two sizes.

    Its analysis plan is locked unless it is not `planned`; `plan`: its content, if it is special.
    """
    round_ = make_round(
        allocation_method=AllocationMethod.RANDOM,
        draw_arms=arms,
        draw_stratum=values.pop("draw_stratum", StratumBasis.SIZE),
        follow_up_on=values.pop("follow_up_on", FOLLOW_UP_ON),
        **values,
    )
    lottery = Lottery(
        round_, [], make_officer(Role.PROGRAMME_MANAGER), make_officer(Role.PROGRAMME_MANAGER)
    )
    for number in range(count):
        add_eligible(lottery, number, award_pence)
    if planned:
        have_locked_plan(round_, by=lottery.manager.id, content=plan)
    session.flush()
    return lottery


def add_eligible(lottery: Lottery, number: int = 0, award_pence: int = 100_000) -> Application:
    """One more eligible application with a decision."""
    band = HeadcountBand.TWO_TO_NINE if number % 2 else HeadcountBand.TEN_TO_49
    case = make_case(
        lottery.round, make_business(headcount_band=band), status=ApplicationStatus.ELIGIBLE
    )
    make_decision(case, award_pence=award_pence)
    lottery.cases.append(case)
    return case
