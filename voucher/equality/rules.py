"""The questions of equality monitoring, who is in which stage, and the digest. Pure.

The questions follow the harmonised standards of the Government Statistical Service in substance;
the words are ours. Every one can be left blank, and every one has "prefer not to say".
"""

import hashlib
import hmac
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from voucher.core.errors import Invalid
from voucher.equality.models import AgeBand, Disability, EthnicGroup, Leadership, Sex

QUESTIONS_VERSION = "2026-1"
KEPT_DAYS = 730
"""Answers are deleted two years after their round's last day; the tables stay."""


@dataclass(frozen=True)
class Question:
    """A question, its hint, and the words of each answer in the order they are offered."""

    code: str
    words: str
    heading: str
    hint: str
    kind: type[StrEnum]
    options: Mapping[StrEnum, str]


_NOT_SAID = "Prefer not to say"
_OWNER = "The main owner is whoever owns the largest part. With equal parts, answer for yourself."
QUESTIONS = (
    Question(
        "sex",
        "What is the sex of the main owner?",
        "Sex of the main owner",
        _OWNER,
        Sex,
        {Sex.FEMALE: "Female", Sex.MALE: "Male", Sex.NOT_SAID: _NOT_SAID},
    ),
    Question(
        "age_band",
        "How old is the main owner?",
        "Age of the main owner",
        "",
        AgeBand,
        {
            AgeBand.UNDER_25: "Under 25",
            AgeBand.FROM_25: "25 to 34",
            AgeBand.FROM_35: "35 to 44",
            AgeBand.FROM_45: "45 to 54",
            AgeBand.FROM_55: "55 to 64",
            AgeBand.FROM_65: "65 or over",
            AgeBand.NOT_SAID: _NOT_SAID,
        },
    ),
    Question(
        "ethnic_group",
        "Which ethnic group does the main owner belong to?",
        "Ethnic group of the main owner",
        "Choose what describes them best.",
        EthnicGroup,
        {
            EthnicGroup.ASIAN: "Asian or Asian British",
            EthnicGroup.BLACK: "Black, Black British, Caribbean or African",
            EthnicGroup.MIXED: "Mixed or multiple ethnic groups",
            EthnicGroup.WHITE: "White",
            EthnicGroup.OTHER: "Another ethnic group",
            EthnicGroup.NOT_SAID: _NOT_SAID,
        },
    ),
    Question(
        "disability",
        "Does the main owner have a condition that makes daily life harder?",
        "Disability of the main owner",
        "Of body or mind, that has lasted, or is expected to last, for twelve months or more.",
        Disability,
        {
            Disability.YES_A_LOT: "Yes, a lot",
            Disability.YES_A_LITTLE: "Yes, a little",
            Disability.NO: "No",
            Disability.NOT_SAID: _NOT_SAID,
        },
    ),
    Question(
        "leadership",
        "Who makes most of the decisions about the business?",
        "Who leads the business",
        "Count the owners, partners and directors who run it from day to day.",
        Leadership,
        {
            Leadership.WOMEN: "Only women, or more women than men",
            Leadership.EQUAL: "Women and men equally",
            Leadership.MEN: "Only men, or more men than women",
            Leadership.NOT_SAID: _NOT_SAID,
        },
    ),
)


class Stage(StrEnum):
    """How far an application came; each stage is part of the one before."""

    APPLIED = "applied"
    ELIGIBLE = "eligible"
    OFFERED = "offered"
    REDEEMED = "redeemed"


STAGE_WORDS = {
    Stage.APPLIED: "Applied",
    Stage.ELIGIBLE: "Found eligible",
    Stage.OFFERED: "Offered a voucher",
    Stage.REDEEMED: "Used the voucher",
}
_ELIGIBLE = frozenset({"eligible", "approved", "awarded", "comparison", "unplaced"})
_OFFERED = frozenset({"approved", "awarded"})


def stages_of(stood: Collection[str], *, drawn: bool, redeemed: bool) -> tuple[Stage, ...]:
    """The stages of an application that was sent.

    `stood`: every status it ever had; `drawn`: it has a place by draw or rank. A later stage counts
    in the earlier ones, so a flow never widens.
    """
    reached = (
        True,
        bool(_ELIGIBLE & set(stood)),
        drawn or bool(_OFFERED & set(stood)),
        redeemed,
    )
    return tuple(stage for place, stage in enumerate(Stage) if any(reached[place:]) or place == 0)


def digest_of(key: bytes, reference: str) -> str:
    """HMAC-SHA256 of an application's reference, in hex: the same whatever became of it."""
    made = hmac.new(key, b"equality\x00" + reference.encode("ascii"), hashlib.sha256)
    return made.hexdigest()


def checked(answers: Mapping[str, str | None]) -> dict[str, StrEnum]:
    """The answers given, by question; blanks are left out.

    Raises Invalid for an answer that is not offered, or none at all.
    """
    given = {}
    for question in QUESTIONS:
        answer = answers.get(question.code)
        if answer is None:
            continue
        if answer not in set(question.kind):
            raise Invalid("Choose one of the answers.", question.code)
        given[question.code] = question.kind(answer)
    if not given:
        raise Invalid("Answer at least one question, or go back: all are optional.", "sex")
    return given


def is_to_be_forgotten(closes_on: date, today: date) -> bool:
    """Whether the answers of a round that closed on `closes_on` have been kept long enough."""
    return today >= closes_on + timedelta(days=KEPT_DAYS)
