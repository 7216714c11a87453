"""Who meets which fate: the businesses of the material dealt out to the fates of both rounds."""

import random
from collections.abc import Iterator, Sequence
from datetime import timedelta

from voucher.sandbox.material.businesses import COMPANY, FictionalBusiness, RegisterTwist
from voucher.sandbox.seed.applying import EXHAUSTED
from voucher.sandbox.seed.case import Case, Due
from voucher.sandbox.seed.fates import Fate, Step, fates, schedule, schedule_to_end
from voucher.sandbox.seed.stage import (
    LAST_YEAR_BEGAN_DAYS_AGO,
    LAST_YEAR_CLOSED_DAYS_AGO,
    OPENED_DAYS_AGO,
    Stage,
)

CAST_BUSINESS = 0
CAST_FATES = ("paid", "accepted")
"""What the cast's own business went through last year, and where it stands now."""
CLEARLY_REFUSED = (RegisterTwist.DISSOLVED, RegisterTwist.LIQUIDATION, RegisterTwist.UNKNOWN)
LARGEST = 249
REFUSED = "refused"
BEFORE_DECISION = (REFUSED, "draft", "draft, complete", "submitted")
"""What a business that the rules refuse can meet without losing anything, the likeliest first."""
NEED_A_COMPANY = (
    *("register down", "in administration", "struck off", "checked at once", "listed name"),
    *("struck off, paid for", "struck off, refused"),
    *("listed name, one looked", "listed name, cleared", "listed name, founded"),
)
"""Fates of a company that the register knows, with officers."""
FAVOURING = 3
"""Every third case of the present round that can prefers the cast's provider."""


def deal(stage: Stage, known: Sequence[FictionalBusiness], size: float) -> list[Due]:
    """Every step of every case, in the order of time.

    `size` under 1 makes a smaller programme, in which each fate is still met at least once; with 0
    there are no cases.
    """
    if size <= 0:
        return []
    table = fates()
    ours = known[CAST_BUSINESS]
    # Those that have just begun to trade come last: last year they were not there.
    others = sorted(known[CAST_BUSINESS + 1 :], key=lambda one: one.twist is RegisterTwist.YOUNG)
    last_year = [CAST_FATES[0], *_names(table, "last_year", size)]
    present = [CAST_FATES[1], *_names(table, "now", size)]
    half = len(last_year) - 1
    cases = [
        *_cases(stage, "last_year", last_year, [ours, *others[:half]]),
        *_cases(stage, "now", present, [ours, *reversed(others[half:])]),
    ]
    paths = {fate.name: fate for fate in table}
    due = [Due(step.at, case, step.name) for case in cases for step in _steps(case, paths)]
    return sorted(due, key=lambda item: (item.at, item.case.number))


def _names(table: Sequence[Fate], column: str, size: float) -> list[str]:
    found = []
    for fate in table:
        count: int = getattr(fate, column)
        found += [fate.name] * max(round(count * size), min(count, 1))
    return found


def _cases(
    stage: Stage, round_name: str, names: Sequence[str], known: Sequence[FictionalBusiness]
) -> Iterator[Case]:
    """Pair fates and businesses. Enough of what ends before a decision is kept for those that the
    rules refuse: with any other fate the case would be over at the decision, and with it perhaps
    the only one of its kind."""
    wanted, first = list(names), 0 if round_name == "last_year" else 100
    numbered = list(enumerate(known[: len(names)], start=first))
    hopeless = {number for number, one in numbered[1:] if _rules_refuse(one, number)}
    for number, business in numbered:
        if number == first:
            fate = wanted.pop(0)
        elif number in hopeless:
            hopeless.remove(number)
            fate = _taken(
                wanted, next((each for each in BEFORE_DECISION if each in wanted), wanted[0])
            )
        else:
            fate = _taken(wanted, _drawn(wanted, business, kept=len(hopeless)))
        yield Case(
            stage=stage,
            business=business,
            round_name=round_name,
            fate=fate,
            number=number,
            draw=random.Random(f"{round_name}-{number - first}"),
            favours_cast=number == first
            or (round_name == "now" and (number - first) % FAVOURING == 0),
        )


def _rules_refuse(business: FictionalBusiness, number: int) -> bool:
    beyond = business.headcount > LARGEST or number == EXHAUSTED
    return beyond or business.twist in CLEARLY_REFUSED


def _taken(wanted: list[str], fate: str) -> str:
    wanted.remove(fate)
    return fate


def _drawn(wanted: Sequence[str], business: FictionalBusiness, *, kept: int) -> str:
    """A fate for a business that may have any but those before a decision that are `kept`."""
    if business.legal_form == COMPANY and business.twist is RegisterTwist.NONE:
        for name in NEED_A_COMPANY:
            if name in wanted:
                return name
    spare = sum(name in BEFORE_DECISION for name in wanted) > kept
    able = [
        name
        for name in wanted
        if name not in NEED_A_COMPANY and (spare or name not in BEFORE_DECISION)
    ]
    return random.Random(business.name).choice(able)


def _steps(case: Case, paths: dict[str, Fate]) -> tuple[Step, ...]:
    stage, path = case.stage, paths[case.fate].path
    if case.round_name == "now":
        opened = stage.moment(OPENED_DAYS_AGO, 9)
        return schedule_to_end(path, opened, stage.now, case.draw)
    first, last = LAST_YEAR_BEGAN_DAYS_AGO, LAST_YEAR_CLOSED_DAYS_AGO + 16
    begin = stage.moment(case.draw.randint(last, first - 1)) + timedelta(minutes=case.number)
    return schedule(path, begin, case.draw)
