"""What a version of a report must not tell beside the versions published before it. Pure.

Every version stays published, so a reader can subtract one from the next: where 41 had answered
and 43 have now, the two shares give the answers of two businesses. So what a version tells of
answers and choices is compared, block by block, with each earlier one: a block (an outcome, a line,
a table) is held back where it differs and any of its counts differs by one to four or is withheld
in one of the two, or where no count differs at all. The earlier version's block stands.

How many applied, were awarded, used and were paid for vouchers is public knowledge about grants,
and is not held back; nor are money and clocks, which tell of no answer.
"""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any

from voucher.evaluation.count_table import ARMS, BESIDE, name_of
from voucher.evaluation.figures import STEP_LABELS
from voucher.evaluation.rules import SMALLEST_COUNT

STANDS = (
    "Held back: so few have been added since the version published before that their answers could"
    " be worked out from both. That version’s figure stands."
)
EFFECTS = ("itt", "relative", "users", "lee")
COUNTS = frozenset(
    {"n", "count", "all", "answered", "asked", "opted_out", "silent", "missing"}
    | {"higher", "same", "lower", "cancelled", "under_way", "claimed"}
    | {"said", "silent", "confirmed", "disputed"}
    | {f"{part}_{arm}" for part in ("n", "missing") for arm in ARMS}
)
TABLES = (
    *("refusal_reasons", "lapse_reasons", "providers", "prices"),
    *("work", "offerings", "ratings"),
)
"""Parts of a description, and of a provider's summary, that are one block each."""


def held_back(figures: Mapping[str, Any], earlier: Sequence[Mapping[str, Any]]) -> list[str]:
    """The names of the blocks of `figures` that tell of few beside `earlier` versions' figures."""
    blocks = dict(_blocks(figures))
    found = []
    for each in earlier:
        before = dict(_blocks(each))
        found += [name for name in blocks if _tells_of_few(blocks[name], before.get(name))]
    return sorted(set(found))


def without(figures: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """A copy of the figures without the blocks of these names."""
    content = deepcopy(dict(figures))
    blocks = dict(_blocks(content))
    for name in names:
        if name in blocks:
            _empty(blocks[name])
    findings = content.get("findings") or {}
    for outcome in findings.get("outcomes", []):
        if f"outcomes.{name_of(outcome)}" in names:
            _hold_outcome(findings, outcome)
    return content


def _blocks(figures: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every block by name: what is emptied where it is held back."""
    yield from _of_trial(figures.get("findings") or {})
    for name in TABLES:
        if figures.get(name):
            yield name, figures[name]
    for name, lines in (figures.get("areas") or {}).items():
        yield f"areas.{name}", lines
    counts = (figures.get("flow") or {}).get("counts")
    if counts:
        yield "flow.exits", [counts, *figures["flow"]["steps"]]
    for line in figures.get("baseline") or []:
        yield f"baseline.{line['code']}", line
    for part in ("replies", "turnover"):
        for wave, block in (figures.get(part) or {}).items():
            yield f"{part}.{wave}", block
    for wave, lines in (figures.get("follow_up") or {}).items():
        for line in lines:
            yield f"follow_up.{wave}.{line['code']}", line


def _of_trial(findings: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for outcome in findings.get("outcomes", []):
        rows = [row for row in findings.get("subgroups", []) if name_of(row) == name_of(outcome)]
        yield f"outcomes.{name_of(outcome)}", [outcome, *rows]
    for part in BESIDE:
        for code, line in (findings.get(part) or {}).items():
            yield f"{part}.{code}", line


def _tells_of_few(block: Any, before: Any) -> bool:
    now, then = (dict(_numbers(each)) for each in (block, before))
    if now == then or not _told(now) or not _told(then):
        return False
    both = ((now.get(place, 0), then.get(place, 0)) for place in now | then if place[-1] in COUNTS)
    apart = [None if None in pair else abs(pair[0] - pair[1]) for pair in both]
    few = any(each is None or 0 < each < SMALLEST_COUNT for each in apart)
    return few or not any(apart)


def _told(numbers: Mapping[tuple[str, ...], Any]) -> bool:
    return any(number is not None for number in numbers.values())


def _numbers(block: Any, place: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every number of a block by its place, None where it is withheld; no words, no steps' totals.

    Lines of a list are told apart by their code, so that their order does not matter.
    """
    if isinstance(block, Mapping):
        for key, inner in block.items():
            if not _is_of_step(block, key, inner):
                yield from _numbers(inner, (*place, str(key)))
    elif isinstance(block, list):
        for number, inner in enumerate(block):
            yield from _numbers(inner, (*place, _line(inner, number)))
    elif block is None or _is_number(block):
        yield place, block


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_of_step(block: Any, key: Any, inner: Any) -> bool:
    """Whether this is how many came to a step of the flow, which is public knowledge."""
    if isinstance(inner, Mapping | list) or not isinstance(block, Mapping):
        return False
    return key in STEP_LABELS or (key == "count" and block.get("key") in STEP_LABELS)


def _line(line: Any, number: int) -> str:
    if not isinstance(line, Mapping):
        return str(number)
    names = [str(line[key]) for key in ("by", "value", "code", "key", "wave") if key in line]
    return " ".join(names) or str(number)


def _empty(block: Any) -> None:
    """Take every number of a block out of it."""
    places = block.items() if isinstance(block, dict) else enumerate(block)
    for key, inner in list(places):
        if isinstance(inner, dict | list):
            _empty(inner)
        elif _is_number(inner) and not _is_of_step(block, key, inner):
            block[key] = None


def _hold_outcome(findings: dict[str, Any], outcome: dict[str, Any]) -> None:
    """Say at an outcome, and at what rests on it, that its figures are held back."""
    for effect in EFFECTS:
        outcome[effect], outcome[f"{effect}_refused"] = None, STANDS
    outcome["randomisation"] = None
    for row in findings.get("subgroups", []):
        if name_of(row) == name_of(outcome):
            row["refused"] = STANDS
    flow, design, cost = (findings.get(part) or {} for part in ("flow", "design", "cost"))
    if outcome["role"] == "primary":
        for step in ("lost", "analysed"):
            flow[step] = dict.fromkeys(flow.get(step, {}))
        design["achieved_detectable"] = None
    if outcome["code"] == "adoption" and "per_adopter_pence" in cost:
        names = ("per_adopter_pence", "per_adopter_low_pence", "per_adopter_high_pence")
        cost.update(dict.fromkeys(names), why=STANDS)
