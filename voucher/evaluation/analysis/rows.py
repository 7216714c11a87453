"""The analysis set: one row for each business that was drawn into an arm of the plan. Pure.

Built by `assembled` in an order that the rows themselves decide, so that the database and an
extract give the same figures to the last digit, whatever the pseudonyms are. Loads no numpy.
"""

import hashlib
import hmac
import json
import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from voucher.core.clock import london_date
from voucher.evaluation.analysis.subgroups import joined_labels
from voucher.evaluation.analysis.waves import standing_of

PSEUDONYM_DIGITS = 16


@dataclass(frozen=True)
class Facts:
    """What stands beside the rows, JSON-plain: where they come from, and who is not among them.

    `indicators`: code → {"label", "unit", "is_share", "official"} of every column of numbers.
    `draw`: the published draw in short, `plan`: {"sha256", "locked_at", "deviations"}; None where
    there is none. `excluded`: [{"reason", "count"}] of the `assessed` that are not among the rows.
    `waves`: days of the follow-ups (`waves.standings`). By arm: `spent_pence`, what the vouchers
    redeemed by the cut pay, without those cancelled; `spent_by`, the same by follow-up, of those
    redeemed by the day it fell due; `vouchers`, how many they are; `cancelled`, how many were
    cancelled after they were redeemed. Of an extract made before something was kept it is empty.
    """

    round: str
    data_cut_at: str
    code: str
    indicators: Mapping[str, Mapping[str, Any]]
    assessed: int
    excluded: Sequence[Mapping[str, Any]] = ()
    draw: Mapping[str, Any] | None = None
    plan: Mapping[str, Any] | None = None
    spent_pence: Mapping[str, int] = field(default_factory=lambda: {"offered": 0, "comparison": 0})
    waves: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    spent_by: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    vouchers: Mapping[str, int] = field(default_factory=dict)
    cancelled: Mapping[str, int] = field(default_factory=dict)

    @property
    def cut_on(self) -> str:
        """The London day of the cut, as an ISO day."""
        return london_date(datetime.fromisoformat(self.data_cut_at)).isoformat()

    def content(self) -> dict[str, Any]:
        """The facts as they are stored: plain values only."""
        found: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return found

    @classmethod
    def read(cls, content: Mapping[str, Any]) -> "Facts":
        """The facts that were stored as `content`; TypeError where it is not theirs."""
        return cls(**content)


@dataclass(frozen=True)
class Row:
    """One business as it goes into the set. A number that is not known is left out or None.

    `arm`: code of the arm as drawn; `offered`: whether the plan counts it among the offered;
    `take_up`: its enterprise redeemed a voucher of any round between the draw and the cut;
    `take_up_by`: the same by follow-up, up to the day it fell due. `cost_pence`, `cost_by`: what
    its vouchers redeemed in that time pay, without those cancelled; `vouchers`, `cancelled`: how
    many of them stand, and how many don't.
    """

    pseudonym: str
    arm: str
    offered: bool
    stratum: str
    take_up: bool
    cost_pence: int
    baseline: Mapping[str, float | None]
    follow_up: Mapping[str, Mapping[str, float | None]]
    subgroups: Mapping[str, str]
    cluster: str = ""
    take_up_by: Mapping[str, bool] = field(default_factory=dict)
    cost_by: Mapping[str, int] = field(default_factory=dict)
    vouchers: int | None = None
    cancelled: int = 0

    def content(self) -> str:
        """All of it that stays in the set but who it is, as text that orders rows."""
        kept = (self.arm, self.offered, self.stratum, self.take_up, self.take_up_by)
        return json.dumps([*kept, self.baseline, self.follow_up, self.subgroups], sort_keys=True)


@dataclass(frozen=True)
class AnalysisSet:
    """The columns, all of one length n, in the set's own order; NaN where a number is not known.

    `baseline`: code → numbers; `follow_up`: wave → code → numbers; `subgroups`: code → labels.
    `strata` is None where the draw had none, `clusters` where every business stands alone.
    `take_up` is at the cut, `take_up_by` by follow-up; see `used_by`.
    """

    facts: Facts
    pseudonyms: tuple[str, ...]
    arms: tuple[str, ...]
    offered: tuple[bool, ...]
    strata: tuple[str, ...] | None
    take_up: tuple[bool, ...]
    baseline: Mapping[str, tuple[float, ...]]
    follow_up: Mapping[str, Mapping[str, tuple[float, ...]]]
    subgroups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    clusters: tuple[str, ...] | None = None
    take_up_by: Mapping[str, tuple[bool, ...]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.offered)

    def __post_init__(self) -> None:
        columns: list[Any] = [self.pseudonyms, self.arms, self.take_up]
        columns += [each for each in (self.strata, self.clusters) if each is not None]
        columns += [*self.baseline.values(), *self.subgroups.values(), *self.take_up_by.values()]
        columns += [each for wave in self.follow_up.values() for each in wave.values()]
        if any(len(column) != len(self) for column in columns):
            raise ValueError("The columns of an analysis set must be of one length.")

    @property
    def is_randomised(self) -> bool:
        """Whether a published draw put businesses in both arms."""
        return self.facts.draw is not None and any(self.offered) and not all(self.offered)

    def used_by(self, wave: str | None = None) -> tuple[bool, ...]:
        """Who had used a voucher by the day that a follow-up fell due; at the cut without one, or
        where only that is known."""
        return self.take_up if wave is None else self.take_up_by.get(wave, self.take_up)

    def standing(self, wave: str, code: str) -> str:
        """Where a follow-up stood at the cut, as a source of one indicator: see `waves`."""
        official = bool(self.facts.indicators[code].get("official"))
        return standing_of(self.facts.waves, wave, self.facts.cut_on, official=official)

    def outcome(self, wave: str, code: str) -> tuple[float, ...]:
        """The numbers of one indicator in one wave; all unknown where it was never asked."""
        return self.follow_up.get(wave, {}).get(code) or (math.nan,) * len(self)


def assembled(rows: Sequence[Row], facts: Facts, *, waves: Sequence[str]) -> AnalysisSet:
    """The set of these rows: in an order of its own, strata numbered, rare labels joined.

    Strata get numbers in code-point order of their names, which leave the set: S1, S2, ….
    """
    ordered = _ordered(rows)
    codes = list(facts.indicators)
    names = [row.stratum for row in ordered]
    baseline = {code: _numbers([row.baseline for row in ordered], code) for code in codes}
    follow_up = {
        wave: {
            code: _numbers([row.follow_up.get(wave, {}) for row in ordered], code) for code in codes
        }
        for wave in waves
    }
    return AnalysisSet(
        facts=replace(facts, **_sums(ordered)),
        pseudonyms=tuple(row.pseudonym for row in ordered),
        arms=tuple(row.arm for row in ordered),
        offered=tuple(row.offered for row in ordered),
        strata=numbered(names, "S") if any(names) else None,
        take_up=tuple(row.take_up for row in ordered),
        baseline=_known(baseline),
        follow_up={wave: _known(columns) for wave, columns in follow_up.items()},
        subgroups={
            code: joined_labels([row.subgroups[code] for row in ordered])
            for code in (ordered[0].subgroups if ordered else ())
        },
        clusters=_clusters([row.cluster for row in ordered]),
        take_up_by={
            wave: tuple(row.take_up_by[wave] for row in ordered)
            for wave in (ordered[0].take_up_by if ordered else ())
        },
    )


def _ordered(rows: Sequence[Row]) -> list[Row]:
    """The rows by what they hold, then by what is in their cluster; pseudonyms part only rows that
    are alike in both, so that clusters are added up in the same order whatever the names are."""
    held = [row.content() for row in rows]
    within: dict[str, list[str]] = defaultdict(list)
    for row, content in zip(rows, held, strict=True):
        within[row.cluster or row.pseudonym].append(content)
    beside = {cluster: sorted(contents) for cluster, contents in within.items()}
    keys = [
        (content, beside[row.cluster or row.pseudonym], row.pseudonym)
        for row, content in zip(rows, held, strict=True)
    ]
    return [rows[place] for place in sorted(range(len(rows)), key=keys.__getitem__)]


def _sums(rows: Sequence[Row]) -> dict[str, Any]:
    """What leaves the rows as sums by arm only: money, and how many vouchers it was."""
    arms = {
        "offered": [row for row in rows if row.offered],
        "comparison": [row for row in rows if not row.offered],
    }
    waves = rows[0].cost_by if rows else ()
    return {
        "spent_pence": {arm: sum(row.cost_pence for row in its) for arm, its in arms.items()},
        "spent_by": {
            wave: {arm: sum(row.cost_by[wave] for row in its) for arm, its in arms.items()}
            for wave in waves
        },
        "vouchers": {arm: sum(map(_vouchers, its)) for arm, its in arms.items()},
        "cancelled": {arm: sum(row.cancelled for row in its) for arm, its in arms.items()},
    }


def _vouchers(row: Row) -> int:
    return int(row.take_up and row.cost_pence > 0) if row.vouchers is None else row.vouchers


def pseudonym(key: bytes, round_reference: str, reference: str) -> str:
    """The name of a business in the set: 16 hex digits of HMAC-SHA256 of round and reference."""
    message = f"analysis\x00{round_reference}\x00{reference}".encode()
    return hmac.new(key, message, hashlib.sha256).hexdigest()[:PSEUDONYM_DIGITS]


def numbered(names: Sequence[str], letter: str) -> tuple[str, ...]:
    """Each name as a letter and its number in code-point order, padded so that they sort."""
    different = sorted(set(names))
    width = len(str(len(different)))
    number = {name: f"{letter}{place:0{width}}" for place, name in enumerate(different, 1)}
    return tuple(number[name] for name in names)


def _numbers(values: Sequence[Mapping[str, float | None]], code: str) -> tuple[float, ...]:
    found = (each.get(code) for each in values)
    return tuple(math.nan if number is None else float(number) for number in found)


def _known(columns: Mapping[str, tuple[float, ...]]) -> dict[str, tuple[float, ...]]:
    """The columns in which anything is known."""
    return {
        code: numbers
        for code, numbers in columns.items()
        if not all(math.isnan(number) for number in numbers)
    }


def _clusters(groups: Sequence[str]) -> tuple[str, ...] | None:
    """Clusters by number in order of appearance, where any holds more than one row."""
    counts = Counter(group for group in groups if group)
    if not any(count > 1 for count in counts.values()):
        return None
    names = [group or f"alone {place}" for place, group in enumerate(groups)]
    order = {name: place for place, name in enumerate(dict.fromkeys(names))}
    width = len(str(len(order)))
    return tuple(f"C{order[name]:0{width}}" for name in names)
