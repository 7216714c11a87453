"""What follows a simulated draw: vouchers that are used or expire, and the follow-ups answered."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from voucher.allocation.models import Arm, Assignment, DrawResult
from voucher.applications.models import Application, ApplicationStatus
from voucher.core.clock import london_date
from voucher.core.db import session
from voucher.evaluation.models import SurveyResponse, Wave
from voucher.evaluation.questions import FOLLOW_UP_VERSION
from voucher.evaluation.rules import due_on
from voucher.matching.models import Match, MatchStatus
from voucher.programmes.operations import budget
from voucher.sandbox.simulation.applicants import HOURS_SAVED, Applicant, reference, write
from voucher.sandbox.simulation.ground import AWARD_PENCE, SHARE_BPS, Ground
from voucher.subsidy.models import SubsidyNotice
from voucher.vouchers.models import Award, Redemption, Voucher, VoucherStatus
from voucher.vouchers.rules import price_breakdown

WEEK = timedelta(days=7)
NOTICES_FROM = 10_000_000
"""Keys of simulated notices: the draw, or the worker after it, may send notices of its own."""
TURNOVER_POUNDS = {"25k-100k": 60_000, "100k-250k": 180_000, "250k-1m": 500_000}
FOLLOW_UPS = tuple(wave for wave in Wave if wave is not Wave.BASELINE)


@dataclass(frozen=True)
class Came:
    """What came of the draw: who was offered a voucher, who used it, what that changed."""

    offered: Collection[int]
    used: Collection[int]
    effect_on_users: float


def play_out(
    applicants: Sequence[Applicant], ground: Ground, drawn: DrawResult, *, effect_on_users: float
) -> set[int]:
    """Write what comes of the draw, up to the last follow-up; the keys of those offered."""
    query = select(Assignment.application_id).where(
        Assignment.round_id == ground.round.id, Assignment.arm == Arm.VOUCHER
    )
    offered = set(session.execute(query).scalars())
    at = drawn.drawn_at + WEEK
    _give_vouchers([each for each in applicants if each.key in offered], ground, at)
    used = {each.key for each in applicants if each.key in offered and each.takes_up}
    _redeem(used, ground, at + WEEK)
    _commit(len(used), ground, drawn, at + WEEK)
    came = Came(offered, used, effect_on_users)
    write(SurveyResponse, _follow_ups(applicants, ground, drawn.drawn_at, came))
    return offered


def _give_vouchers(offered: Sequence[Applicant], ground: Ground, at: datetime) -> None:
    write(SubsidyNotice, (_notice(each.key, ground, at) for each in offered))
    write(Award, (_award(each.key, ground, at) for each in offered))
    write(Voucher, (_voucher(each, ground, at) for each in offered))
    placed = select(Assignment.application_id).where(
        Assignment.round_id == ground.round.id, Assignment.arm == Arm.VOUCHER
    )
    session.execute(
        update(Application)
        .where(Application.id.in_(placed))
        .values(status=ApplicationStatus.AWARDED)
        .execution_options(synchronize_session=False)
    )


def _notice(key: int, ground: Ground, at: datetime) -> dict[str, Any]:
    return {
        "id": NOTICES_FROM + key,
        "business_id": key,
        "application_id": key,
        "gross_pence": AWARD_PENCE,
        "text_version": "simulated",
        "notice_text": "Simulated.",
        "sent_at": at,
        "answer_by_on": at.date(),
        "confirmed_at": at,
        "confirmed_by_id": ground.owner.id,
        "confirmed_text_version": "simulated",
    }


def _award(key: int, ground: Ground, at: datetime) -> dict[str, Any]:
    return {
        "id": key,
        "reference": reference("AWD", key),
        "application_id": key,
        "round_id": ground.round.id,
        "notice_id": NOTICES_FROM + key,
        "decision_id": key,
        "terms_id": ground.round.terms_id,
        "max_pence": AWARD_PENCE,
        "awarded_at": at,
        "awarded_by_id": ground.manager.id,
    }


def _voucher(each: Applicant, ground: Ground, at: datetime) -> dict[str, Any]:
    return {
        "id": each.key,
        "reference": reference("VCH", each.key),
        "award_id": each.key,
        "application_id": each.key,
        "business_id": each.key,
        "programme_id": ground.round.programme_id,
        "round_id": ground.round.id,
        "status": VoucherStatus.REDEEMED if each.takes_up else VoucherStatus.EXPIRED,
        "code_nonce": f"{each.key:032x}",
        "code_digest": f"{each.key:064x}",
        "cap_pence": AWARD_PENCE,
        "share_bps": SHARE_BPS,
        "issued_at": at,
        "expires_on": (at + timedelta(days=90)).date(),
        "redeemed_at": at + WEEK if each.takes_up else None,
    }


def _redeem(keys: Collection[int], ground: Ground, at: datetime) -> None:
    offering = ground.offering
    amounts = price_breakdown(
        net_price_pence=offering.net_price_pence,
        vat_rate_bps=offering.vat_rate_bps,
        cap_pence=AWARD_PENCE,
        share_bps=SHARE_BPS,
    )
    names = (
        *("net_price_pence", "vat_rate_bps", "vat_pence"),
        *("voucher_pence", "contribution_pence"),
    )
    shared = {
        "offering_id": offering.id,
        "provider_id": offering.provider_id,
        **{name: getattr(amounts, name) for name in names},
    }
    ordered = sorted(keys)
    write(Match, ({**shared, **_match(key, ground, at)} for key in ordered))
    write(Redemption, ({**shared, **_redemption(key, ground, at)} for key in ordered))


def _match(key: int, ground: Ground, at: datetime) -> dict[str, Any]:
    return {
        "id": key,
        "reference": reference("MAT", key),
        "voucher_id": key,
        "application_id": key,
        "status": MatchStatus.AGREED,
        "chosen_at": at,
        "chosen_by_id": ground.owner.id,
        "answer_by_on": at.date(),
        "answered_at": at,
        "scope": "Simulated.",
        "provider_agreed_at": at,
        "business_agreed_at": at,
        "programme_agreed_at": at,
    }


def _redemption(key: int, ground: Ground, at: datetime) -> dict[str, Any]:
    return {
        "id": key,
        "reference": reference("RDM", key),
        "voucher_id": key,
        "match_id": key,
        "application_id": key,
        "business_id": key,
        "round_id": ground.round.id,
        "redeemed_at": at,
        "redeemed_by_id": ground.worker.id,
        "claim_by_on": (at + timedelta(days=60)).date(),
    }


def _commit(vouchers: int, ground: Ground, drawn: DrawResult, at: datetime) -> None:
    """Commit the money of the redeemed vouchers in the books, all at once."""
    if not vouchers:
        return
    pence = vouchers * AWARD_PENCE
    common = {"round_id": ground.round.id, "source": drawn, "at": at, "by": None}
    budget.reserve(pence=pence, **common)
    budget.commit_reserved(reserved_pence=pence, committed_pence=pence, **common)


def _follow_ups(
    applicants: Sequence[Applicant],
    ground: Ground,
    start: datetime,
    came: Came,
) -> Iterator[dict[str, Any]]:
    for place, wave in enumerate(FOLLOW_UPS):
        due = due_on(wave, london_date(start))
        asked_at = start + (due - london_date(start))
        for each in applicants:
            answered_at = asked_at + WEEK if wave in each.answers else None
            number = place * len(applicants) + each.key
            answers = answers_of(each, came) if answered_at else {}
            yield {
                "application_id": each.key,
                "round_id": ground.round.id,
                "wave": wave,
                "questions_version": FOLLOW_UP_VERSION,
                "token_nonce": f"{number:032x}",
                "token_digest": f"{number:064x}",
                "due_on": due,
                "asked_at": asked_at,
                "answers": answers,
                "saved_at": answered_at,
                "answered_at": answered_at,
            }


def answers_of(each: Applicant, came: Came) -> dict[str, Any]:
    """What an applicant answers to any of the follow-ups, in the current version."""
    used = each.key in came.used
    adopts = each.adopts(used, came.effect_on_users)
    answers = {
        "uses_technology": "made-for-it" if adopts else "general",
        "paying": "yes" if adopts and each.luck < 0.5 else "no",
        "bought_more": "yes" if each.luck > 0.8 else "no",
        "hours_lost_week": max(0, each.baseline["hours_lost_week"] - (HOURS_SAVED if used else 0)),
        "errors_in_100": each.errors_later,
        "turnover_pounds": TURNOVER_POUNDS[each.baseline["turnover_band"]],
        "staff": each.staff_later,
        "confidence": each.baseline["confidence"],
        "helpful": 4 if adopts else 3,
        "similar_support": "yes" if each.luck > 0.95 else "no",
        "custom": "won" if each.luck < 0.1 else "neither",
    }
    if each.key in came.offered:
        answers["trial"] = "finished" if used else "never-began"
        answers["in_use"] = "regularly" if used and adopts else "no"
    return answers
