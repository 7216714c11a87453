"""The counts of a trial's findings by name, where each stands, and how they add up. Pure.

A count that is nowhere printed but can be had by subtracting (businesses offered that did not use
the offer, answers without a covariate) is entered too, under a name that begins with "rest of".
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from voucher.evaluation.rules import Sum

ARMS = ("offered", "comparison")
UNKNOWN = ("missing", "not_due", "gone")
"""Why an outcome is not known: whatever is left of an arm beside the answers."""
BESIDE = ("contamination", "displacement", "renewal")


class CountTable:
    """Counts by name, their places in the findings, and their sums."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.places: dict[str, tuple[dict[str, Any], str]] = {}
        self.sums: list[Sum] = []
        self.entered: set[str] = set()

    def enter(self, name: str, holder: dict[str, Any], field: str) -> None:
        """Enter the count at `holder[field]`; what is not known or withheld already is left out."""
        number = holder.get(field)
        if field in holder:
            self.entered.add(name)
        if isinstance(number, int):
            self.counts[name] = number
            self.places[name] = (holder, field)

    def known(self, names: Iterable[str]) -> list[str]:
        """Those of the names that were entered, or are the names of what is withheld already.

        Findings made before a count was kept don't have it, and then nothing is of it.
        """
        return [name for name in names if name in self.entered]

    def adds_up(self, total: str, parts: Sequence[str]) -> None:
        """Enter that `parts` are of `total`; what they leave of it becomes a count of its own.

        Left out where one is not known, or the parts are more than the total.
        """
        if not all(name in self.counts for name in (total, *parts)):
            return
        rest = self.counts[total] - sum(self.counts[part] for part in parts)
        if rest < 0:
            return
        name = f"rest of {total} beside {', '.join(parts)}"
        self.counts[name] = rest
        self.sums.append(Sum(total, (*parts, name)))


def name_of(each: Mapping[str, Any]) -> str:
    """How an outcome is called: its code and its wave."""
    return f"{each['code']} at {each['wave']}"


def counted(findings: dict[str, Any]) -> CountTable:
    """Every count of `findings` (the shape of `analysis.findings`)."""
    table = CountTable()
    _flow(table, findings)
    for line in findings.get("baseline", []):
        _arms_of(table, f"baseline.{line['code']}", line)
    for part in BESIDE:
        for code, line in (findings.get(part) or {}).items():
            _arms_of(table, f"{part}.{code}", line)
    for outcome in findings.get("outcomes", []):
        _outcome(table, outcome)
    _subgroups(table, findings)
    return table


def _flow(table: CountTable, findings: dict[str, Any]) -> None:
    flow = findings.get("flow") or {}
    table.enter("flow.assessed", flow, "assessed")
    excluded = []
    for number, each in enumerate(flow.get("excluded", [])):
        name = f"flow.excluded.{number}"
        table.enter(name, each, "count")
        excluded.append(name)
    for step in ("allocated", "received", "lost", "analysed", "not_due"):
        for arm in ARMS:
            table.enter(f"flow.{step}.{arm}", flow.get(step) or {}, arm)
    for arm in ARMS:
        table.enter(f"design.drawn.{arm}", (findings.get("design") or {}).get("drawn") or {}, arm)
        table.adds_up(f"design.drawn.{arm}", [f"flow.allocated.{arm}"])
        ends = table.known(f"flow.{step}.{arm}" for step in ("analysed", "lost", "not_due"))
        table.adds_up(f"flow.allocated.{arm}", ends)
        table.adds_up(f"flow.allocated.{arm}", [f"flow.received.{arm}"])
    table.adds_up("flow.assessed", [*excluded, *(f"flow.allocated.{arm}" for arm in ARMS)])
    _vouchers(table, findings.get("cost") or {})


def _vouchers(table: CountTable, cost: dict[str, Any]) -> None:
    """Vouchers redeemed, of which some were cancelled; who had one by the follow-up is fewer."""
    for name in ("redeemed", "cancelled", "vouchers"):
        table.enter(f"cost.{name}", cost, name)
    table.adds_up("cost.redeemed", ["cost.cancelled", "cost.vouchers"])
    total = "cost.redeemed" if "redeemed" in cost else "cost.vouchers"
    table.adds_up(total, [f"flow.received.{arm}" for arm in ARMS])


def _arms_of(table: CountTable, name: str, line: dict[str, Any]) -> None:
    for arm in ARMS:
        table.enter(f"{name}.n_{arm}", line, f"n_{arm}")
        table.adds_up(f"flow.allocated.{arm}", [f"{name}.n_{arm}"])


def _outcome(table: CountTable, outcome: dict[str, Any]) -> None:
    name = f"outcomes.{name_of(outcome)}"
    for arm in ARMS:
        table.enter(f"{name}.n_{arm}", outcome, f"n_{arm}")
        for part in UNKNOWN:
            table.enter(f"{name}.{part}_{arm}", outcome["attrition"], f"{part}_{arm}")
        parts = table.known(f"{name}.{part}_{arm}" for part in ("n", *UNKNOWN))
        table.adds_up(f"flow.allocated.{arm}", parts)
        if outcome["itt"] is not None:
            table.enter(f"{name}.itt.n_{arm}", outcome["itt"], f"n_{arm}")
            table.adds_up(f"{name}.n_{arm}", [f"{name}.itt.n_{arm}"])
            if outcome["role"] == "primary":
                table.adds_up(f"flow.analysed.{arm}", [f"{name}.itt.n_{arm}"])


def _subgroups(table: CountTable, findings: dict[str, Any]) -> None:
    divisions: dict[tuple[str, str], list[str]] = {}
    for number, row in enumerate(findings.get("subgroups", [])):
        divisions.setdefault((name_of(row), row["by"]), []).append(f"subgroups.{number}")
        for arm in ARMS:
            table.enter(f"subgroups.{number}.n_{arm}", row, f"n_{arm}")
    for (outcome, _), names in divisions.items():
        for arm in ARMS:
            table.adds_up(f"outcomes.{outcome}.n_{arm}", [f"{name}.n_{arm}" for name in names])
