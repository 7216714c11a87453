"""Businesses of a trial answer the questions for equality monitoring, or leave them alone."""

import random
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from voucher.applications.models import Application, ApplicationStatus
from voucher.core.clock import london_date
from voucher.equality.models import AgeBand, Disability, EthnicGroup, Leadership, Sex
from voucher.equality.operations import answer
from voucher.sandbox.seed.case import Case
from voucher.sandbox.seed.stage import Stage

TELLING_SHARE = 0.8
LEFT_BLANK_SHARE = 0.04
SHARES: Mapping[str, tuple[tuple[StrEnum, ...], tuple[int, ...]]] = {
    "sex": ((Sex.FEMALE, Sex.MALE, Sex.NOT_SAID), (40, 54, 6)),
    "age_band": (tuple(AgeBand), (3, 14, 26, 27, 19, 6, 5)),
    "ethnic_group": (tuple(EthnicGroup), (12, 4, 3, 73, 2, 6)),
    "disability": (tuple(Disability), (5, 14, 73, 8)),
    "leadership": (tuple(Leadership), (30, 20, 43, 7)),
}
"""What the fictional owners answer, in hundredths: made up, and of nobody."""


def tell_of_owners(stage: Stage, cases: Sequence[Case], at: datetime) -> None:
    """Let those of the cases that were sent answer."""
    key, on = stage.services.settings.digest_key.encode(), london_date(at)
    for case in cases:
        if "application" not in case.ids or case.draw.random() > TELLING_SHARE:
            continue
        application: Application = case.row(Application, "application")
        if application.submitted_at and application.status is not ApplicationStatus.WITHDRAWN:
            answer(application=application, answers=_answers(case.draw), key=key, on=on)


def _answers(draw: random.Random) -> dict[str, str | None]:
    """One answer to each question, a few of them blank, and the first of all always given."""
    given: dict[str, str | None] = {}
    for code, (options, shares) in SHARES.items():
        chosen = draw.choices(options, shares)[0]
        given[code] = None if given and draw.random() < LEFT_BLANK_SHARE else chosen.value
    return given
