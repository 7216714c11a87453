"""Minimal Financial Assistance: the window, what counts towards the cap, and the order of papers.

Source: Subsidy Control Act 2022, sections 8 (common control), 33 (database), 36 and 37 (Minimal
Financial Assistance and its procedure), 40 (mergers), 42 (what counts with it). Amounts are gross,
in whole pence.
"""

import calendar
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any


class AssistanceLabel(StrEnum):
    """The legal route by which support was given: the label on the giver's letter."""

    MFA = "mfa"
    SPEI = "spei"
    TRADE_DEAL_SMALL_AMOUNT = "trade_deal_small_amount"
    EU_DE_MINIMIS = "eu_de_minimis"
    WINDSOR_DE_MINIMIS = "windsor_de_minimis"
    OTHER_SCHEME = "other_scheme"
    NOT_A_SUBSIDY = "not_a_subsidy"

    @property
    def counts(self) -> bool:
        """Whether support under this label counts towards the cap."""
        return self in COUNTING_LABELS


COUNTING_LABELS = frozenset(
    {
        AssistanceLabel.MFA,
        AssistanceLabel.SPEI,
        AssistanceLabel.TRADE_DEAL_SMALL_AMOUNT,
        AssistanceLabel.EU_DE_MINIMIS,
        AssistanceLabel.WINDSOR_DE_MINIMIS,
    }
)


class Relation(StrEnum):
    """Who received the support, seen from the business that applies. All of them count."""

    SELF = "self"
    GROUP_MEMBER = "group_member"
    """Under common control with it, material influence included (section 8)."""
    MERGED_IN = "merged_in"
    """An enterprise whose undertaking it took over (section 40)."""


class Finding(StrEnum):
    """What became of one record in the sum; `words` explain it to a person."""

    COUNTED = "counted"
    NOT_A_COUNTING_LABEL = "not_a_counting_label"
    BEFORE_THE_WINDOW = "before_the_window"
    NOT_YET_GIVEN = "not_yet_given"
    REPEATED = "repeated"

    @property
    def words(self) -> str:
        """A phrase for the record that the business may download."""
        return _FINDING_WORDS[self]


_FINDING_WORDS = {
    Finding.COUNTED: "counted",
    Finding.NOT_A_COUNTING_LABEL: "not counted: this kind of support has no part in the limit",
    Finding.BEFORE_THE_WINDOW: "not counted: given before the period that is looked at",
    Finding.NOT_YET_GIVEN: "not counted: dated after the day of this check",
    Finding.REPEATED: "not counted again: the same support is in this list already",
}


@dataclass(frozen=True, slots=True)
class AssistanceRecord:
    """One piece of support. `amount_pence` is gross; of a part-merger, the proportionate part.

    `reference`: who gave it. `told_by`: the reference of the entry that declared it, empty for the
    programme's own awards. `recipient_number`: the number of the enterprise that received it, empty
    where nobody told. `first_pence`: of an award of which less was used, what was awarded.
    """

    label: AssistanceLabel
    amount_pence: int
    given_on: date
    recipient: str
    relation: Relation = Relation.SELF
    reference: str = ""
    told_by: str = ""
    recipient_number: str = ""
    first_pence: int | None = None

    def __post_init__(self) -> None:
        """Raise ValueError for a negative amount: support is never taken off the sum that way."""
        if self.amount_pence < 0:
            raise ValueError("an amount of support is not negative")


@dataclass(frozen=True, slots=True)
class Line:
    """One record and what became of it."""

    record: AssistanceRecord
    finding: Finding

    @property
    def counted(self) -> bool:
        """Whether the record is in the sum."""
        return self.finding is Finding.COUNTED

    @property
    def explanation(self) -> str:
        """One plain sentence: who, when, which label, and whether it counted."""
        who, when = self.record.recipient, self.record.given_on.isoformat()
        return f"{who}, {when}, {self.record.label.value}: {self.finding.words}"


@dataclass(frozen=True, slots=True)
class Cumulation:
    """The sum over the window on the day `at`, with a line for every record handed in."""

    at: date
    window_start: date
    threshold_pence: int
    counted_pence: int
    lines: tuple[Line, ...]

    @property
    def headroom_pence(self) -> int:
        """How much may still be given; nothing when the cap is reached or passed."""
        return max(0, self.threshold_pence - self.counted_pence)

    def admits(self, gross_pence: int) -> bool:
        """Whether an award of `gross_pence` stays within the cap; exactly the cap is within."""
        return self.counted_pence + gross_pence <= self.threshold_pence

    def offerable_pence(self, gross_pence: int) -> int:
        """The most that may be offered of a proposed `gross_pence`: all, the headroom, nothing."""
        return min(gross_pence, self.headroom_pence)

    @property
    def counted_by_relation(self) -> dict[Relation, int]:
        """The counted pence by who received them; relations without any are left out."""
        sums: dict[Relation, int] = {}
        for line in self.lines:
            if line.counted:
                who = line.record.relation
                sums[who] = sums.get(who, 0) + line.record.amount_pence
        return sums


def financial_year(on: date) -> int:
    """The year in which the financial year of `on` began: 1 April to 31 March."""
    return on.year if on >= date(on.year, 4, 1) else on.year - 1


def window_start(on: date) -> date:
    """First day of the applicable period: 1 April, two financial years before that of `on`.

    Section 36(2): the elapsed part of the current financial year and the two before it. It is not
    a rolling 36 months.
    """
    return date(financial_year(on) - 2, 4, 1)


def cumulate(records: Iterable[AssistanceRecord], at: date, threshold_pence: int) -> Cumulation:
    """Sum the support that counts towards the cap on the day `at` (London date).

    `records` hold the business's own support and that of every group member and merged enterprise;
    the programme's own awards are among them. What two entries tell of one award counts once, the
    first time (see `is_same_support`). Nothing is dropped: records that don't count come back with
    the reason.
    """
    start, told = window_start(at), _Told()
    lines = tuple(Line(record, _judge(record, start, at, told)) for record in records)
    counted = sum(line.record.amount_pence for line in lines if line.counted)
    return Cumulation(at, start, threshold_pence, counted, lines)


def is_same_support(one: AssistanceRecord, other: AssistanceRecord) -> bool:
    """Whether two entries tell of the same award: same giver, date, amount and label.

    Not where both name who received it and these are two enterprises: each got its own. An award
    of which less was used is the same under either amount.
    """
    two_recipients = one.recipient_number and other.recipient_number
    return (
        _key(one) == _key(other)
        and bool(_amounts(one) & _amounts(other))
        and not (two_recipients and one.recipient_number != other.recipient_number)
    )


def _key(record: AssistanceRecord) -> tuple[AssistanceLabel, date, str]:
    giver = re.sub(r"[\W_]+", " ", record.reference.casefold()).strip().removeprefix("the ")
    return record.label, record.given_on, giver


def _amounts(record: AssistanceRecord) -> set[int | None]:
    return {record.amount_pence, record.first_pence} - {None}


class _Told:
    """What has been counted so far, and which entries have told of it."""

    def __init__(self) -> None:
        self._by_key: dict[Any, list[tuple[AssistanceRecord, set[str]]]] = {}

    def before(self, record: AssistanceRecord) -> bool:
        """Whether another entry has told of `record`; what one entry tells twice is two awards."""
        counted = self._by_key.setdefault(_key(record), [])
        for first, tellers in counted:
            if record.told_by not in tellers and is_same_support(first, record):
                tellers.add(record.told_by)
                return True
        counted.append((record, {record.told_by}))
        return False


def _judge(record: AssistanceRecord, start: date, at: date, told: _Told) -> Finding:
    if not record.label.counts:
        return Finding.NOT_A_COUNTING_LABEL
    if record.given_on < start:
        return Finding.BEFORE_THE_WINDOW
    if record.given_on > at:
        return Finding.NOT_YET_GIVEN
    return Finding.REPEATED if told.before(record) else Finding.COUNTED


@dataclass(frozen=True, slots=True)
class Threshold:
    """The statutory cap from a day on, until a later one replaces it."""

    pence: int
    effective_from: date


STATUTORY_THRESHOLDS = (Threshold(31_500_000, date(2023, 1, 4)),)
"""Section 36(1): £315,000 from the day the Act came into force. Data: a change adds an entry."""


class NoThreshold(ValueError):
    """There was no cap in force on that day."""


def threshold_on(on: date, thresholds: Sequence[Threshold] = STATUTORY_THRESHOLDS) -> int:
    """The cap in pence in force on `on`; raises NoThreshold before the first."""
    in_force = [threshold for threshold in thresholds if threshold.effective_from <= on]
    if not in_force:
        raise NoThreshold(f"no limit for Minimal Financial Assistance was in force on {on}")
    return max(in_force, key=lambda threshold: threshold.effective_from).pence


@dataclass(frozen=True, slots=True)
class Notice:
    """The written notification to the business (section 37(2))."""

    text_version: str
    gross_pence: int
    given_at: datetime


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The business's written confirmation of a notice: what it confirmed, who did it and when."""

    text_version: str
    gross_pence: int
    confirmed_at: datetime
    confirmed_by: int | None


class Obstacle(StrEnum):
    """Why an award may not be given yet; `words` say it to a person."""

    NO_NOTICE = "no_notice"
    NO_CONFIRMATION = "no_confirmation"
    CONFIRMED_BEFORE_NOTICE = "confirmed_before_notice"
    CONFIRMED_BY_NOBODY = "confirmed_by_nobody"
    OTHER_TEXT = "other_text"
    OTHER_AMOUNT_CONFIRMED = "other_amount_confirmed"
    OTHER_AMOUNT_AWARDED = "other_amount_awarded"

    @property
    def words(self) -> str:
        """A sentence for the person who tried to give the award."""
        return _OBSTACLE_WORDS[self]


_OBSTACLE_WORDS = {
    Obstacle.NO_NOTICE: "The business has not been sent the subsidy notice.",
    Obstacle.NO_CONFIRMATION: "The business has not confirmed the subsidy notice.",
    Obstacle.CONFIRMED_BEFORE_NOTICE: "The confirmation is older than the notice it answers.",
    Obstacle.CONFIRMED_BY_NOBODY: "The confirmation does not say who gave it.",
    Obstacle.OTHER_TEXT: "The confirmation answers another version of the notice.",
    Obstacle.OTHER_AMOUNT_CONFIRMED: "The confirmed amount is not the amount in the notice.",
    Obstacle.OTHER_AMOUNT_AWARDED: "The award is not the amount in the notice.",
}


def may_award(
    notice: Notice | None, confirmation: Confirmation | None, gross_pence: int
) -> tuple[Obstacle, ...]:
    """Everything that stands between the papers and an award of `gross_pence`; empty if nothing.

    Section 37: notification, then confirmation of the same amount and text by a known person, and
    only then the award, of that amount. The cap itself is asked of `Cumulation.admits`.
    """
    if notice is None:
        return (Obstacle.NO_NOTICE,)
    obstacles = [Obstacle.OTHER_AMOUNT_AWARDED] if gross_pence != notice.gross_pence else []
    if confirmation is None:
        return (Obstacle.NO_CONFIRMATION, *obstacles)
    return (*_disagreements(notice, confirmation), *obstacles)


def _disagreements(notice: Notice, confirmation: Confirmation) -> list[Obstacle]:
    tests = (
        (confirmation.confirmed_at < notice.given_at, Obstacle.CONFIRMED_BEFORE_NOTICE),
        (confirmation.confirmed_by is None, Obstacle.CONFIRMED_BY_NOBODY),
        (confirmation.text_version != notice.text_version, Obstacle.OTHER_TEXT),
        (confirmation.gross_pence != notice.gross_pence, Obstacle.OTHER_AMOUNT_CONFIRMED),
    )
    return [obstacle for found, obstacle in tests if found]


def needs_new_notice(confirmed_pence: int, gross_pence: int) -> bool:
    """Whether a changed amount needs a new notice and confirmation: an increase does.

    A lower amount (at redemption) is recorded, and the business is told.
    """
    return gross_pence > confirmed_pence


def database_entry_due_on(
    given_on: date, gross_pence: int, above_pence: int = 10_000_000
) -> date | None:
    """By when an award must be in the subsidy database, or None if it need not be.

    Sections 33 and 36(4): awards above £100,000, within three months of being given. The same day
    of the month, or its last day where there is no such day.
    """
    if gross_pence <= above_pence:
        return None
    year, month = divmod(given_on.year * 12 + given_on.month - 1 + 3, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(given_on.day, last))
