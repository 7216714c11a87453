"""What an imported line is taken for, and which official figure belongs to which follow-up. Pure.

Every line that is not plainly right is named with its reason. Some are left out whatever anybody
says (bad, unmatched, repeated, contradicted); the doubtful are taken where somebody says so.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from voucher.core.status import Status
from voucher.evaluation.administrative.files import Figure, FileRead
from voucher.evaluation.administrative.models import Measure
from voucher.evaluation.indicators import TRADING
from voucher.evaluation.models import Wave
from voucher.evaluation.plausible import USUAL, before_of, leaps
from voucher.evaluation.rules import MONTHS, add_months


class Kind(Status):
    """Why a line was named."""

    BAD = "bad", "Can’t be read"
    UNMATCHED = "unmatched", "No business of the scheme has this number"
    CONTRADICTED = "contradicted", "The file gives two values for the same"
    REPEATED = "repeated", "Stands in the file before"
    NORMALISED = "normalised", "The number was not as Companies House writes it"
    GONE = "gone", "The register calls the company gone"
    LEAP = "leap", "More than ten times, or less than a tenth, of what the business told us"
    HIGH = "high", "Unusually high, and the business told us nothing to compare it with"
    PERIODS = "periods", "The file has several periods of the same company"


DOUBTS = (Kind.NORMALISED, Kind.GONE, Kind.LEAP, Kind.HIGH, Kind.PERIODS)
"""Kinds that are taken where somebody says so."""
QUESTION_OF: Mapping[Measure, str] = {
    Measure.TURNOVER: "turnover_pounds",
    Measure.STAFF: "staff",
}
"""The question of the surveys that asks for the same."""
CODE_OF: Mapping[Measure, str] = {
    Measure.TURNOVER: "administrative_turnover",
    Measure.STAFF: "administrative_staff",
}


MOST_NAMED = 5
"""How many lines or periods one reason names: a file may have thousands of the same."""


@dataclass(frozen=True, slots=True)
class Known:
    """A business that applied: what it told us then, and whether the register calls it gone.

    `has_ceased`: gone, and not turned into another kind of body that may go on.
    """

    business_id: int
    baseline: Mapping[str, Any]
    is_gone: bool = False
    reference: str = ""
    has_ceased: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """A line that was named, with the reason for people."""

    line: int
    kind: Kind
    reason: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A figure that could be taken, of these businesses, with these doubts."""

    figure: Figure
    business_ids: tuple[int, ...]
    doubts: tuple[Kind, ...] = ()


@dataclass(frozen=True)
class Sorted:
    """A file gone through: what could be taken, and every line that was named, in order."""

    lines: int
    candidates: Sequence[Candidate]
    findings: Sequence[Finding] = field(default_factory=tuple)

    @property
    def counts(self) -> dict[Kind, int]:
        """How many findings there are of each kind that there is any of, in the order of kinds."""
        found = Counter(each.kind for each in self.findings)
        return {kind: found[kind] for kind in Kind if found[kind]}

    @property
    def sound(self) -> int:
        """How many lines are without any doubt."""
        return sum(not each.doubts for each in self.candidates)

    def taken(self, accepted: Iterable[Kind]) -> list[Candidate]:
        """What is taken where these doubts are accepted: a line with another doubt is not."""
        allowed = frozenset(accepted)
        return [each for each in self.candidates if allowed.issuperset(each.doubts)]


def sort_out(read: FileRead, known: Mapping[str, Sequence[Known]]) -> Sorted:
    """Go through a file that was read. `known`: businesses that applied, by company number."""
    findings = [Finding(each.line, Kind.BAD, each.reason) for each in read.problems]
    matched = [each for each in read.figures if each.company_number in known]
    findings += [
        Finding(each.line, Kind.UNMATCHED, f"No business that applied has {each.company_number}.")
        for each in read.figures
        if each.company_number not in known
    ]
    single = _without_repetitions(matched, findings)
    periods = _periods(single)
    candidates = []
    for each in single:
        doubts = list(_doubts(each, known[each.company_number], periods))
        findings += doubts
        businesses = tuple(one.business_id for one in known[each.company_number])
        candidates.append(Candidate(each, businesses, tuple(one.kind for one in doubts)))
    findings.sort(key=lambda each: (each.line, list(Kind).index(each.kind)))
    return Sorted(read.lines, candidates, findings)


def _without_repetitions(figures: Sequence[Figure], findings: list[Finding]) -> list[Figure]:
    """The figures that stand in the file once, or first; of two values neither."""
    by_key: dict[Any, list[Figure]] = defaultdict(list)
    for each in figures:
        by_key[each.company_number, each.measure, each.period_end_on].append(each)
    kept = []
    for group in by_key.values():
        first, *others = group
        if len({each.value for each in group}) > 1:
            lines = _named([str(each.line) for each in group])
            words = f"Lines {lines} give different values for the same company and period."
            findings += [Finding(each.line, Kind.CONTRADICTED, words) for each in group]
            continue
        kept.append(first)
        words = f"The same stands on line {first.line}."
        findings += [Finding(each.line, Kind.REPEATED, words) for each in others]
    return sorted(kept, key=lambda each: each.line)


def _named(names: Sequence[str]) -> str:
    """The first few of the names, and how many more there are."""
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")


def _periods(figures: Sequence[Figure]) -> dict[tuple[str, Measure], str]:
    """What is said of each company and measure of which the file has several periods."""
    found: dict[tuple[str, Measure], list[date]] = defaultdict(list)
    for each in figures:
        found[each.company_number, each.measure].append(each.period_end_on)
    return {
        (number, measure): f"The file has {len(ends):,} periods of {number}: "
        f"{_named([each.isoformat() for each in sorted(ends)])}."
        for (number, measure), ends in found.items()
        if len(ends) > 1
    }


def _doubts(
    figure: Figure,
    businesses: Sequence[Known],
    periods: Mapping[tuple[str, Measure], str],
) -> Iterable[Finding]:
    if figure.was_normalised:
        words = f"“{figure.typed[:40]}” was read as {figure.company_number}."
        yield Finding(figure.line, Kind.NORMALISED, words)
    if any(each.is_gone for each in businesses):
        words = f"The register of companies calls {figure.company_number} gone."
        yield Finding(figure.line, Kind.GONE, words)
    if any(_has_leapt(figure, each.baseline) for each in businesses):
        words = f"{figure.measure.staff_label} {figure.value:,} is far from what it told us."
        yield Finding(figure.line, Kind.LEAP, words)
    elif _is_high(figure, businesses):
        words = f"{figure.measure.staff_label} {figure.value:,} would be high for any business."
        yield Finding(figure.line, Kind.HIGH, words)
    several = periods.get((figure.company_number, figure.measure))
    if several is not None:
        yield Finding(figure.line, Kind.PERIODS, several)


def _has_leapt(figure: Figure, baseline: Mapping[str, Any]) -> bool:
    before = before_of(QUESTION_OF[figure.measure], baseline)
    return before is not None and leaps(figure.value, before)


def _is_high(figure: Figure, businesses: Sequence[Known]) -> bool:
    """Whether it is more than is usual, and no business told us as much before."""
    code = QUESTION_OF[figure.measure]
    before = (before_of(code, each.baseline) for each in businesses)
    return figure.value > max(USUAL[code].most, *(each[1] if each else 0 for each in before))


class Official(Protocol):
    """A stored official figure, as far as it matters here."""

    measure: Any
    value: Any
    period_end_on: Any


def official_answers(
    figures: Iterable[Official], start: date, gone_on: date | None = None
) -> dict[Wave, dict[str, int]]:
    """The official figures of one application as answers by wave, codes as in `CODE_OF`.

    `start`: the day from which the application is followed up (of a drawn round, the draw). Before:
    of the last period that ended by then. After 3, 6 or 12 months: of the first period that ended
    between that day and the next follow-up, after 12 months within the year: no period is of two. A
    turnover is of a whole year, so that only the figure after 12 months lies wholly after the
    start. Who has a figure was trading; who has none, nor a later one, and was gone from the
    register on `gone_on`, after the follow-up, was not. The rule knows no arm.
    """
    found: dict[Wave, dict[str, int]] = {}
    ordered = sorted(figures, key=lambda each: each.period_end_on)
    for each in ordered:
        if each.period_end_on <= start:
            found.setdefault(Wave.BASELINE, {})[CODE_OF[each.measure]] = each.value
    last = max((each.period_end_on for each in ordered), default=start)
    dues = [add_months(start, months) for months in MONTHS.values()]
    for wave, due, until in zip(MONTHS, dues, [*dues[1:], add_months(dues[-1], 12)], strict=True):
        for each in ordered:
            if due <= each.period_end_on < until:
                found.setdefault(wave, {TRADING: 1}).setdefault(CODE_OF[each.measure], each.value)
        if gone_on is not None and last < due <= gone_on:
            found[wave] = {TRADING: 0}
    return found
