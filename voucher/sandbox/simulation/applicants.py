"""Simulated applicants: each with what it is, what it answered, and what would come of it.

What would come of it is settled before anybody is drawn, with a voucher and without: the effect is
the difference, so that it is known. Numbers come from one seed.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import insert

from voucher.applications.baseline import QUESTIONS_VERSION
from voucher.applications.models import (
    Application,
    ApplicationStatus,
    Decision,
    DecisionOutcome,
)
from voucher.businesses.models import Business, HeadcountBand, LegalForm
from voucher.core.db import session
from voucher.eligibility.models import CheckOutcome, EligibilityCheck
from voucher.evaluation.models import SurveyResponse, Wave
from voucher.sandbox.simulation.ground import AWARD_PENCE, SUBMITTED_AT, Ground

TAKE_UP = 0.7
RESPONSE = 0.8
ADOPTED_BEFORE = 0.25
ADOPT_AFRESH, ADOPT_STILL = 0.2, 0.6
"""The chance to use technology made for the problem later, without a voucher: for those who did
not before, and for those who did."""
MOST_EFFECT = (1 - ADOPT_STILL) * TAKE_UP
LEAST_EFFECT = -ADOPT_AFRESH * TAKE_UP
HOURS_SAVED = 1
WITHOUT = ADOPT_AFRESH + (ADOPT_STILL - ADOPT_AFRESH) * ADOPTED_BEFORE
"""The share that would use such technology without any voucher."""
SIZES = (HeadcountBand.ONE, HeadcountBand.TWO_TO_NINE, HeadcountBand.TEN_TO_49)
PLACES = ("Leeds", "Kingston upon Hull", "Sunderland", "Carlisle")
AREAS = ("taking-bookings-and-orders", "stock-and-supplies")
BANDS = ("25k-100k", "100k-250k", "250k-1m")
CHUNK = 1_000


@dataclass(frozen=True)
class Applicant:
    """One simulated business; its key is that of its rows in every table.

    `luck`: from 0 to 1, decides what is adopted; `takes_up`: whether it would redeem a voucher;
    `answers`: the follow-ups it would answer.
    """

    key: int
    size: HeadcountBand
    place: str
    area: str
    baseline: Mapping[str, Any]
    luck: float
    takes_up: bool
    answers: frozenset[Wave]
    errors_later: int
    staff_later: int

    def adopts(self, used: bool, effect_on_users: float) -> bool:
        """Whether it uses technology made for its problem after the voucher was used, or not."""
        before = self.baseline["uses_technology"] == "made-for-it"
        chance = ADOPT_STILL if before else ADOPT_AFRESH
        return self.luck < chance + (effect_on_users if used else 0)


def make_applicants(count: int, seed: int) -> list[Applicant]:
    """So many applicants; the same seed gives the same ones."""
    chance = random.Random(seed)
    return [_applicant(key, chance) for key in range(1, count + 1)]


def _applicant(key: int, chance: random.Random) -> Applicant:
    errors, staff = chance.randint(0, 20), chance.randint(0, 40)
    adopted = chance.random() < ADOPTED_BEFORE
    waves = [wave for wave in Wave if wave is not Wave.BASELINE]
    return Applicant(
        key=key,
        size=chance.choices(SIZES, (2, 5, 3))[0],
        place=chance.choice(PLACES),
        area=chance.choice(AREAS),
        baseline={
            "uses_technology": "made-for-it" if adopted else chance.choice(("no", "general")),
            "hours_lost_week": chance.randint(2, 20),
            "errors_in_100": errors,
            "turnover_band": chance.choice(BANDS),
            "staff": staff,
            "confidence": chance.randint(1, 5),
        },
        luck=chance.random(),
        takes_up=chance.random() < TAKE_UP,
        answers=frozenset(wave for wave in waves if chance.random() < RESPONSE),
        errors_later=max(0, errors + chance.randint(-3, 3)),
        staff_later=max(0, staff + chance.randint(-1, 2)),
    )


def enter_applicants(applicants: Sequence[Applicant], ground: Ground) -> None:
    """Write them as businesses whose applications qualify, with their baselines."""
    write(Business, (_business(each) for each in applicants))
    write(Application, (_application(each, ground) for each in applicants))
    write(EligibilityCheck, (_check(each, ground) for each in applicants))
    write(Decision, (_decision(each, ground) for each in applicants))
    write(SurveyResponse, (_baseline(each, ground) for each in applicants))


def write(model: type, rows: Iterator[dict[str, Any]]) -> None:
    """Insert rows in portions, so that memory holds few of them at a time."""
    while portion := list(islice(rows, CHUNK)):
        session.execute(insert(model), portion)


def reference(prefix: str, number: int) -> str:
    """A reference in its normal form."""
    return f"{prefix}-{number // 10_000:04d}-{number % 10_000:04d}"


def _business(each: Applicant) -> dict[str, Any]:
    return {
        "id": each.key,
        "reference": reference("BUS", each.key),
        "name": f"Simulated business {each.key}",
        "legal_form": LegalForm.SOLE_TRADER,
        "town": each.place,
        "local_authority": each.place,
        "headcount_band": each.size,
        "created_at": SUBMITTED_AT,
    }


def _application(each: Applicant, ground: Ground) -> dict[str, Any]:
    return {
        "id": each.key,
        "reference": reference("APP", each.key),
        "round_id": ground.round.id,
        "business_id": each.key,
        "status": ApplicationStatus.ELIGIBLE,
        "problem_today": "Simulated.",
        "problem_better": "Simulated.",
        "outcome_areas": [each.area],
        "baseline": each.baseline,
        "declarations": [],
        "sections_done": [],
        "started_at": SUBMITTED_AT,
        "started_by_id": ground.owner.id,
        "submitted_at": SUBMITTED_AT,
        "submitted_by_id": ground.owner.id,
    }


def _check(each: Applicant, ground: Ground) -> dict[str, Any]:
    return {
        "id": each.key,
        "application_id": each.key,
        "rule_set_id": ground.round.rule_set_id,
        "outcome": CheckOutcome.ELIGIBLE,
        "facts": {},
        "results": [],
        "differences": [],
        "register_answer": "active",
        "run_at": SUBMITTED_AT,
    }


def _decision(each: Applicant, ground: Ground) -> dict[str, Any]:
    return {
        "id": each.key,
        "application_id": each.key,
        "check_id": each.key,
        "outcome": DecisionOutcome.APPROVE,
        "award_pence": AWARD_PENCE,
        "reasons": ["meets_rules"],
        "note": "",
        "decided_by_id": ground.manager.id,
        "decided_at": SUBMITTED_AT,
        "needs_second": False,
    }


def _baseline(each: Applicant, ground: Ground) -> dict[str, Any]:
    return {
        "application_id": each.key,
        "round_id": ground.round.id,
        "wave": Wave.BASELINE,
        "questions_version": QUESTIONS_VERSION,
        "answers": dict(each.baseline),
        "saved_at": SUBMITTED_AT,
        "answered_at": SUBMITTED_AT,
    }
