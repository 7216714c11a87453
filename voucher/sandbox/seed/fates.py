"""What becomes of each business: the steps it goes through, and when. Pure.

A fate is a path of steps, a word each (`steps.py` says what each does). How many businesses meet it
is given for last year's round, which is over, and for the present one, in which every fate ends
where its case stands today.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from voucher.sandbox.seed.moments import next_moment

APPLY = "start submit assign"
AWARD = f"{APPLY} decide second confirm"
MATCH = f"{AWARD} choose accept agree"
WORK = f"{MATCH} redeem"
CLAIM = f"{WORK} start_claim submit_claim"
SETTLE = f"{CLAIM} confirm_claim check_claim approve_claim"
PAID = f"{SETTLE} wait"
CORRECTED = "start submit assign return resubmit decide second confirm choose accept agree redeem"
UPHELD = f"{APPLY} refuse appeal uphold decide_again second confirm choose accept agree redeem"
AGAIN = f"{AWARD} choose decline choose_next"
LAPSED = f"{AWARD} choose lapse choose_next"
RETURNED = f"{CLAIM} return_claim submit_claim"
CLAIMED = "start_claim submit_claim confirm_claim check_claim approve_claim wait"
LESS = f"{WORK} start_claim offer_less"
SEGMENTS = {
    "APPLY": APPLY,
    "AWARD": AWARD,
    "MATCH": MATCH,
    "WORK": WORK,
    "CLAIM": CLAIM,
    "SETTLE": SETTLE,
    "PAID": PAID,
    "CORRECTED": CORRECTED,
    "UPHELD": UPHELD,
    "AGAIN": AGAIN,
    "LAPSED": LAPSED,
    "RETURNED": RETURNED,
    "CLAIMED": CLAIMED,
    "LESS": LESS,
}
"""What the table below calls by one word."""

FATES = """
# fate                 | last year | now | path
paid                   |        18 |   6 | {PAID} rate
rated by one side      |         0 |   1 | {PAID} rate_alone
rating withheld        |         0 |   1 | {PAID} rate withhold
paid after corrections |         5 |   1 | {CORRECTED} {CLAIMED}
paid after an appeal   |         1 |   0 | {UPHELD} {CLAIMED}
paid, second choice    |         3 |   1 | {AGAIN} accept agree redeem {CLAIMED}
paid after a lapse     |         1 |   0 | {LAPSED} accept agree redeem {CLAIMED}
paid, claim corrected  |         2 |   1 | {RETURNED} confirm_claim check_claim approve_claim wait
payout failed          |         0 |   1 | {SETTLE} wait
payee blocked          |         0 |   1 | {SETTLE} wait
bank changed           |         0 |   1 | {SETTLE}
answer lost            |         1 |   0 | {SETTLE} wait
key used before        |         0 |   1 | {SETTLE}
transfer unknown       |         0 |   1 | {SETTLE}
payout unknown         |         0 |   1 | {SETTLE}
payment held           |         0 |   1 | {SETTLE} hold_at_once
payment cancelled      |         1 |   1 | {SETTLE} hold_at_once cancel_payment
waits for finance      |         0 |   4 | {SETTLE}
held back by finance   |         0 |   2 | {SETTLE} hold_back wait_long
paid by hand           |         0 |   1 | {SETTLE} wait
payout just sent       |         0 |   1 | {SETTLE}
taken back             |         0 |   1 | {SETTLE}
claim rejected         |         1 |   0 | {CLAIM} dispute_claim reject_claim
never chosen           |         8 |   0 | {AWARD}
never agreed           |         2 |   0 | {AWARD} choose accept
cancelled              |         2 |   2 | {AWARD} cancel
extended               |         1 |   1 | {AWARD} extend
refused                |         7 |   6 | {APPLY} refuse
appeal dismissed       |         1 |   1 | {APPLY} refuse appeal dismiss
appeal waiting         |         0 |   2 | {APPLY} refuse appeal
withdrawn              |         3 |   2 | {APPLY} withdraw
given up as a draft    |         2 |   1 | start withdraw
notice turned down     |         1 |   1 | {APPLY} decide second decline_notice
draft                  |         0 |   7 | start_half
draft, complete        |         0 |   3 | start
submitted              |         0 |   8 | start submit
taken up               |         0 |   5 | {APPLY} note
register down          |         0 |   1 | start submit
on hold                |         0 |   2 | {APPLY} hold
hold released          |         0 |   1 | {APPLY} hold release
sent back              |         0 |   4 | {APPLY} return
corrected              |         0 |   3 | {APPLY} return resubmit
proposed               |         0 |   4 | {APPLY} propose
sent back by second    |         0 |   1 | {APPLY} propose send_back
approved               |         0 |   5 | {APPLY} decide second
live voucher           |         0 |   6 | {AWARD}
offered                |         0 |   4 | {AWARD} choose
declined               |         0 |   2 | {AWARD} choose decline
choice withdrawn       |         0 |   1 | {AWARD} choose withdraw_match
lapsed                 |         0 |   1 | {AWARD} choose lapse
accepted               |         0 |   4 | {AWARD} choose accept
agreed                 |         0 |   4 | {MATCH}
redeemed               |         0 |   5 | {WORK}
claim begun            |         0 |   2 | {WORK} start_claim
claim waiting          |         0 |   4 | {CLAIM}
claim disputed         |         0 |   2 | {CLAIM} dispute_claim
claim returned         |         0 |   2 | {CLAIM} return_claim
claim confirmed        |         0 |   4 | {CLAIM} confirm_claim
claim checked          |         0 |   1 | {CLAIM} confirm_claim check_claim
silent business        |         0 |   3 | {CLAIM} stay_silent
silent provider        |         0 |   1 | {WORK} stay_silent
less offered           |         0 |   1 | {WORK} start_claim offer_less
less agreed            |         0 |   1 | {LESS} agree_to_less submit_claim confirm_claim
less, never answered   |         0 |   3 | {LESS} stay_unanswered
VAT changed            |         0 |   2 | {WORK} start_claim offer_vat
credited               |         0 |   1 | {WORK} start_claim offer_credit
credited late          |         0 |   1 | {PAID} enter_credit
question asked         |         0 |   1 | {AWARD} ask
question answered      |         0 |   1 | {AWARD} ask answer choose accept agree redeem
another day            |         0 |   1 | {AWARD} choose propose_day
another day taken      |         0 |   1 | {AWARD} choose propose_day take_day redeem
another day refused    |         0 |   1 | {AWARD} choose propose_day refuse_day choose_next
the first day after all |        0 |   1 | {AWARD} choose propose_day accept agree redeem
change proposed        |         0 |   1 | {MATCH} propose_change
change with an officer |         0 |   1 | {MATCH} propose_more agree_change
change agreed          |         0 |   1 | {MATCH} propose_change agree_change redeem
change refused         |         0 |   1 | {MATCH} propose_change refuse_change
change taken back      |         0 |   1 | {MATCH} propose_change withdraw_change
change never answered  |         0 |   1 | {MATCH} propose_change stay_unanswered
less refused           |         0 |   2 | {LESS} refuse_less submit_claim return_claim
less withdrawn         |         0 |   1 | {LESS} withdraw_less submit_claim
part unpaid            |         0 |   1 | {CLAIM} leave_part_unpaid
part unpaid, claim back |        0 |   1 | {CLAIM} leave_part_unpaid return_claim
part shown             |         0 |   1 | {CLAIM} ask_for_part show_part
part denied            |         0 |   1 | {CLAIM} ask_for_part deny_part
part settled           |         0 |   1 | {CLAIM} ask_for_part show_part accept_part confirm_claim
invoice corrected      |         0 |   1 | {CLAIM} return_claim replace_invoice submit_claim
listed name            |         0 |   1 | {CLAIM} confirm_claim
listed name, one looked |        0 |   1 | {CLAIM} confirm_claim clear_doubt
listed name, cleared   |         0 |   1 | {PAID}
listed name, founded   |         0 |   1 | {CLAIM} confirm_claim refuse_doubt
shared bank            |         0 |   1 | {CLAIM} share_bank confirm_claim
other payee            |         0 |   1 | {CLAIM} rename_payee confirm_claim
invoiced twice         |         0 |   1 | {CLAIM} confirm_claim
invoiced twice, rejected |       0 |   1 | {CLAIM} confirm_claim refuse_doubt reject_claim
in administration      |         0 |   2 | {CLAIM} enter_administration confirm_claim
struck off             |         0 |   1 | {CLAIM} strike_off confirm_claim
struck off, paid for   |         0 |   1 | {CLAIM} strike_off confirm_claim clear_doubt
struck off, refused    |         0 |   1 | {CLAIM} strike_off confirm_claim refuse_doubt
checked at once        |         0 |   1 | {CLAIM} confirm_claim check_at_once
"""

_OFFICE_STEPS = (
    "assign return decide decide_again second refuse uphold dismiss hold release propose "
    "send_back note accept decline answer propose_day redeem cancel extend check_claim "
    "approve_claim return_claim reject_claim withhold cancel_payment hold_back ask_for_part "
    "accept_part clear_doubt "
    "refuse_doubt check_at_once"
)
OFFICE = frozenset(_OFFICE_STEPS.split())
"""Steps of people who keep office hours."""

GAPS = {
    "submit": (0.1, 3),
    "assign": (0.2, 1.2),
    "resubmit": (1, 4),
    "decide": (0.8, 3),
    "decide_again": (1, 3),
    "propose": (0.8, 3),
    "refuse": (1, 4),
    "appeal": (2, 8),
    "uphold": (2, 6),
    "dismiss": (2, 6),
    "confirm": (0.2, 2.5),
    "choose": (0.2, 5),
    "choose_next": (0.2, 2),
    "accept": (0.3, 2),
    "decline": (0.5, 2),
    "lapse": (9, 11),
    "answer": (0.3, 2),
    "rate": (0.2, 4),
    "rate_alone": (0.2, 4),
    "take_day": (0.2, 1),
    "refuse_day": (0.2, 1),
    "redeem": (1, 5),
    "start_claim": (4, 12),
    "submit_claim": (0.1, 1.5),
    "confirm_claim": (0.3, 3),
    "dispute_claim": (0.5, 4),
    "check_claim": (0.2, 1.5),
    "cancel": (3, 9),
    "extend": (6, 20),
    "hold_at_once": (0.0, 0.01),
    "cancel_payment": (1, 2),
    "wait": (7, 9),
    "hold_back": (1, 1.5),
    "wait_long": (13, 15),
    "stay_silent": (30, 33),
    "stay_unanswered": (16, 18),
    "share_bank": (0.05, 0.1),
    "rename_payee": (0.05, 0.1),
    "enter_administration": (0.05, 0.1),
    "strike_off": (0.05, 0.1),
    "clear_doubt": (1, 2),
    "refuse_doubt": (1, 2),
    "check_at_once": (0.0, 0.01),
}
LASTING = frozenset({"lapse", "hold_back", "wait_long", "stay_silent", "stay_unanswered"})
"""Steps of which the time is the point, so that they never go faster."""
JUST_NOW = frozenset({"approve_claim", "hold_at_once"})
"""Ends of paths that would soon be overtaken by what the worker does."""
TRIES = 100
USUAL_GAP = (0.2, 1.5)
"""Days between a step and the one before it, least and most."""


@dataclass(frozen=True, slots=True)
class Fate:
    """One way a case can go, and how many go it in either round."""

    name: str
    last_year: int
    now: int
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that is done at a moment."""

    name: str
    at: datetime


def fates() -> tuple[Fate, ...]:
    """All fates, in the order of the table."""
    lines = (line for line in FATES.splitlines() if line and not line.startswith("#"))
    return tuple(_read(line.format_map(SEGMENTS)) for line in lines)


def _read(line: str) -> Fate:
    name, last_year, now, path = (part.strip() for part in line.split("|"))
    return Fate(name, int(last_year), int(now), tuple(path.split()))


def schedule(
    path: Sequence[str], begin: datetime, draw: random.Random, *, scale: float = 1.0
) -> tuple[Step, ...]:
    """The steps of a path with their moments, the first at about `begin`."""
    at = next_moment(begin, 0, office=path[0] in OFFICE, draw=draw)
    steps = [Step(path[0], at)]
    for name in path[1:]:
        least, most = GAPS.get(name, USUAL_GAP)
        days = draw.uniform(least, most) * (1 if name in LASTING else scale)
        at = next_moment(at, days, office=name in OFFICE, draw=draw)
        steps.append(Step(name, at))
    return tuple(steps)


def schedule_to_end(
    path: Sequence[str], opened: datetime, until: datetime, draw: random.Random
) -> tuple[Step, ...]:
    """The steps of a path that began after `opened` and came to its end shortly before `until`.

    Paths too long for the time there was go faster; those on which money has just set out end as
    late as can be. Raises ValueError for one that can't fit.
    """
    fresh = path[-1] in JUST_NOW
    for scale in (1.0, 0.7, 0.5, 0.35, 0.2, 0.1):
        trial = schedule(path, opened, draw, scale=scale)
        slack = until - trial[-1].at
        if slack < timedelta(days=1):
            continue
        quiet = min(slack, timedelta(days=0.1 if fresh else draw.uniform(0.6, 4)))
        found = _in_time(path, opened + slack - quiet, opened, until, draw, scale)
        if found:
            return max(found, key=lambda steps: steps[-1].at) if fresh else found[0]
    raise ValueError(f"no time for {' '.join(path)} between {opened} and {until}")


def _in_time(
    path: Sequence[str],
    begin: datetime,
    opened: datetime,
    until: datetime,
    draw: random.Random,
    scale: float,
) -> list[tuple[Step, ...]]:
    """Schedules that end before `until`, from trying to begin earlier and earlier."""
    found = []
    for tenths in range(TRIES):
        earlier = max(opened, begin - timedelta(days=tenths / 10))
        steps = schedule(path, earlier, draw, scale=scale)
        if steps[-1].at < until - timedelta(hours=1):
            found.append(steps)
    return found
