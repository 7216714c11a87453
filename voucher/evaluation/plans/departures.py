"""What was done otherwise than a locked plan says, as far as the system itself knows. Pure.

People note what they know beside these. Whatever is published of them names nobody, and counts of
fewer than five businesses are not told.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from voucher.evaluation.models import Wave
from voucher.evaluation.plans.choices import OUTCOMES
from voucher.evaluation.plans.rules import AnalysisPlan
from voucher.evaluation.rules import OPEN_DAYS, SMALLEST_COUNT
from voucher.programmes.models import StratumBasis

DAYS_OF_GRACE = 7
"""A follow-up asked up to so many days after it was due is on time."""
BY_RULE = "The system found this. Nobody has noted why."


@dataclass(frozen=True)
class Departure:
    """One point in which the plan was not kept to."""

    what: str
    why: str = BY_RULE


@dataclass(frozen=True)
class WaveCourse:
    """How one follow-up went: when it was due, how many were asked late or not, in which wording.

    `late`, `not_asked`: counted from `DAYS_OF_GRACE` days after `due_on` on. `versions`: how many
    were asked by version of the questions.
    """

    wave: Wave
    due_on: date
    late: int = 0
    not_asked: int = 0
    versions: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Course:
    """How a round went up to a moment: its draw, its places, its follow-ups.

    `arms`, `stratum`: codes of the draw's arms and what its list was divided by; None where nobody
    was drawn yet. `replaced`: places given on; `replaces`: whether the draw said they would be.
    `offered_early`: businesses of the comparison whose enterprise was awarded a voucher, in this
    round or another, before the follow-up that decides. `kept_until`: the day until which the draw
    keeps those compared from an offer, None where it doesn't; `drawn_on`, `decides_on`: the days of
    the draw and of the follow-up that decides.
    """

    arms: frozenset[str] | None = None
    stratum: str | None = None
    replaces: bool = True
    replaced: int = 0
    offered_early: int = 0
    kept_until: date | None = None
    drawn_on: date | None = None
    decides_on: date | None = None
    waves: Sequence[WaveCourse] = ()


def waves_asked(plan: AnalysisPlan) -> tuple[Wave, ...]:
    """The follow-ups whose answers the plan reads; official records need none."""
    wanted = {each.wave for each in plan.outcomes if not OUTCOMES[each.code].official}
    return tuple(wave for wave in Wave if wave in wanted)


def departures(plan: AnalysisPlan, course: Course) -> list[Departure]:
    """Every point in which the round went otherwise than its plan says."""
    return [*_of_the_draw(plan, course), *_of_the_follow_ups(plan, course.waves)]


def early_cut(waves: Iterable[WaveCourse], cut_on: date) -> list[Departure]:
    """The follow-ups whose answers were not all in when the data of a report were cut."""
    found = []
    for each in waves:
        name, due = each.wave.staff_label.lower(), f"{each.due_on:%-d %B %Y}"
        closes = each.due_on + timedelta(days=OPEN_DAYS)
        if cut_on < each.due_on:
            found.append(f"The data were cut before the follow-up {name} was due on {due}.")
        elif cut_on < closes:
            until = f"{closes - timedelta(days=1):%-d %B %Y}"
            found.append(
                f"The data were cut while the follow-up {name} could still be answered, until"
                f" {until} at the earliest."
            )
    return [Departure(what) for what in found]


def of_the_estimates(outcomes: Iterable[Mapping[str, Any]]) -> list[Departure]:
    """Planned effects that were refused, and parts of the list that an estimate leaves out.

    `outcomes`: those of the findings, see `analysis.effects.outcome_findings`.
    """
    found = []
    for each in outcomes:
        name = f"“{each['label']}” ({Wave(each['wave']).staff_label.lower()})"
        if each["itt"] is None:
            what = f"The effect on {name} was not estimated as planned."
            found.append(Departure(what, each["itt_refused"] or BY_RULE))
        elif each["itt"].get("dropped_strata"):
            what = f"The estimate for {name} leaves out parts of the list."
            found.append(Departure(what, "An arm had no answers there."))
    return found


def as_deviations(found: Iterable[Departure], at: str) -> list[dict[str, Any]]:
    """The points as the findings hold deviations; `at` is the moment they hold for, as ISO text."""
    return [{"at": at, "what": each.what, "why": each.why, "by_rule": True} for each in found]


def _of_the_draw(plan: AnalysisPlan, course: Course) -> Iterator[Departure]:
    if course.arms is not None and not {*plan.offered, *plan.comparison} <= course.arms:
        yield Departure("The draw was made with other arms than the plan compares.")
    if course.stratum is not None and course.stratum != plan.stratum_basis:
        planned, done = (StratumBasis(each) for each in (plan.stratum_basis, course.stratum))
        yield Departure(
            f"The list of the draw was divided by: {done.staff_label.lower()}. Planned was:"
            f" {planned.staff_label.lower()}."
        )
    if course.replaced and not course.replaces:
        yield Departure(
            f"The places of {businesses(course.replaced)} that left were given to others, which"
            " the plan of the draw did not say."
        )
    yield from _of_its_day(course)
    if course.offered_early:
        yield Departure(
            f"{businesses(course.offered_early, first=True)} drawn into the comparison had a"
            " voucher awarded before the follow-up that decides."
        )


def _of_its_day(course: Course) -> Iterator[Departure]:
    """A draw so late that the comparison may have an offer before its outcome is measured."""
    drawn, decides, kept = course.drawn_on, course.decides_on, course.kept_until
    if drawn and decides and kept and decides > kept:
        yield Departure(
            f"The draw, on {drawn:%-d %B %Y}, came too late: the follow-up that decides"
            f" falls due on {decides:%-d %B %Y}, but the comparison was kept from an offer only"
            f" until {kept:%-d %B %Y}."
        )


def _of_the_follow_ups(plan: AnalysisPlan, waves: Iterable[WaveCourse]) -> Iterator[Departure]:
    for each in waves:
        name = each.wave.staff_label.lower()
        if each.late:
            yield Departure(
                f"The follow-up {name} was asked of {businesses(each.late)} more than"
                f" {DAYS_OF_GRACE} days after it was due."
            )
        if each.not_asked:
            yield Departure(f"The follow-up {name} was not asked of {businesses(each.not_asked)}.")
        others = sum(n for version, n in each.versions.items() if version != plan.questions_version)
        if plan.questions_version and others:
            yield Departure(
                f"The follow-up {name} was asked of {businesses(others)} in other words than the"
                f" plan’s, which are version {plan.questions_version} of the questions."
            )


def businesses(number: int, *, first: bool = False) -> str:
    """So many businesses, with fewer than five not told; `first`: at the start of a sentence."""
    if number < SMALLEST_COUNT:
        few = f"ewer than {SMALLEST_COUNT} businesses"
        return f"F{few}" if first else f"f{few}"
    return f"{number:,} businesses"
