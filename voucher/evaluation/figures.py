"""The figures of a round's report, put together from plain rows. Pure: no session, no clock.

Everything that leaves `round_figures` is as it is published: counts from 1 to 4, and what would
give them away, are None ("fewer than 5" on the page). Amounts are whole pence, times UTC, days
working days of England and Wales.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from voucher.evaluation.indicators import (
    INDICATORS,
    TURNOVER_ORDER,
    Indicator,
    turnover_band_of,
)
from voucher.evaluation.models import Wave
from voucher.evaluation.provider_kinds import kinds_used
from voucher.evaluation.rules import SMALLEST_COUNT, Sum, share_tells_of_few, withheld

METHOD_VERSION = "2026-3"

LEAVES = {
    "not_sent": "started and not sent yet",
    "withdrawn_before": "given up before sending",
    "waiting": "being decided",
    "refused": "refused",
    "withdrawn_after": "withdrawn after sending",
    "approved_waiting": "approved, notice not confirmed yet",
    "comparison": "not drawn (comparison group)",
    "unplaced": "scored, no place",
    "live": "voucher live",
    "expired": "voucher expired unused",
    "cancelled": "voucher cancelled unused",
    "not_claimed": "work under way, not claimed yet",
    "claim_waiting": "claim under way",
    "claim_rejected": "claim rejected",
    "cancelled_after": "cancelled after it was redeemed",
    "paid": "paid",
}
"""Where an application can stand at the data cut: exactly one of these each."""
_WITHOUT = ("waiting", "refused", "withdrawn_after", "approved_waiting", "comparison", "unplaced")
STEPS = (
    Sum("started", ("not_sent", "withdrawn_before", "sent")),
    Sum("sent", (*_WITHOUT, "awarded")),
    Sum("awarded", ("live", "expired", "cancelled", "redeemed")),
    Sum("redeemed", ("not_claimed", "claim_waiting", "claim_rejected", "cancelled_after", "paid")),
)
"""How the counts of the flow add up, from the first step to the last."""
STEP_LABELS = {
    "started": "Applications started",
    "sent": "Applications sent",
    "awarded": "Vouchers awarded",
    "redeemed": "Vouchers redeemed",
    "paid": "Vouchers paid",
}


@dataclass(frozen=True)
class Case:
    """One application as it stood at the data cut. `leaf`: where, a key of LEAVES."""

    leaf: str
    areas: Sequence[str] = ()
    offering_areas: Sequence[str] = ()
    provider_kind: str | None = None
    refusal_reasons: Sequence[str] = ()
    lapse_reason: str | None = None
    net_price_pence: int | None = None
    voucher_pence: int | None = None
    contribution_pence: int | None = None
    decision_days: int | None = None
    payment_days: int | None = None
    answers: Mapping[Wave, Mapping[str, Any]] = field(default_factory=dict)
    asked: frozenset[Wave] = frozenset()
    opted_out: frozenset[Wave] = frozenset()

    @property
    def was_sent(self) -> bool:
        """Whether the application was sent."""
        return self.leaf not in ("not_sent", "withdrawn_before")

    @property
    def was_redeemed(self) -> bool:
        """Whether a voucher was redeemed, whatever came after."""
        return self.leaf in STEPS[-1].parts


@dataclass(frozen=True)
class Spending:
    """The round's money at the data cut, in pence, from the ledger."""

    budget_pence: int
    reserved_pence: int
    committed_pence: int
    spent_pence: int

    @property
    def free_pence(self) -> int:
        """What could still be promised."""
        taken = self.reserved_pence + self.committed_pence + self.spent_pence
        return self.budget_pence - taken


def round_figures(
    cases: Sequence[Case], spending: Spending, *, decision_days: int, payment_days: int
) -> dict[str, Any]:
    """Every figure of the report. `decision_days`, `payment_days`: the published clocks."""
    redeemed = [case for case in cases if case.was_redeemed]
    sent = [case for case in cases if case.was_sent]
    hidden = hidden_in_flow(flow_counts(cases))
    return {
        "method": METHOD_VERSION,
        "flow": flow_figures(cases),
        "refusal_reasons": _mentions(case.refusal_reasons for case in cases),
        "lapse_reasons": _mentions(
            [case.lapse_reason] for case in cases if case.leaf == "expired" and case.lapse_reason
        ),
        "areas": {
            "sent": _mentions(case.areas for case in sent),
            "redeemed": _mentions(case.offering_areas for case in redeemed),
        },
        "providers": kinds_used(
            [each.provider_kind for each in redeemed], hide="redeemed" in hidden
        ),
        "prices": prices_of(redeemed, hide="redeemed" in hidden),
        "replies": {wave.value: replies_of(redeemed, wave) for wave in Wave if wave in FOLLOW_UPS},
        "baseline": [
            _baseline_line(each, sent, redeemed, hidden) for each in INDICATORS if each.in_baseline
        ],
        "follow_up": {
            wave.value: [follow_up_line(each, redeemed, wave) for each in INDICATORS]
            for wave in FOLLOW_UPS
            if any(wave in case.answers for case in redeemed)
        },
        "turnover": {wave.value: turnover_moves(redeemed, wave) for wave in FOLLOW_UPS},
        "spending": _spending(spending),
        "clocks": {
            "decision": _clock((case.decision_days for case in cases), decision_days),
            "payment": _clock(
                (case.payment_days for case in cases), payment_days, hide_n="paid" in hidden
            ),
        },
        "has_comparison": any(case.leaf == "comparison" for case in cases),
    }


FOLLOW_UPS = (Wave.MONTH_3, Wave.MONTH_6, Wave.MONTH_12)


def flow_counts(cases: Sequence[Case]) -> dict[str, int]:
    """The count of every leaf and step. They add up, because each step is its parts' sum."""
    found = Counter(case.leaf for case in cases)
    unknown = set(found) - set(LEAVES)
    if unknown:
        raise ValueError(f"cases that stand nowhere: {sorted(unknown)}")
    counts = {leaf: found[leaf] for leaf in LEAVES}
    for step in reversed(STEPS):
        counts[step.total] = sum(counts[part] for part in step.parts)
    return counts


def hidden_in_flow(counts: dict[str, int]) -> frozenset[str]:
    """What of the flow is not published: small counts, and an exit beside a lone small one.

    The counts of the steps themselves stay (unless small): a flow has to add up before a reader's
    eyes, and that a business applied, was awarded or was paid is public knowledge about grants.
    Why it left is not, so where exits are small their sum can be worked out, but not each.
    """
    return withheld(counts, STEPS, kept=STEP_LABELS)


def flow_figures(cases: Sequence[Case]) -> dict[str, Any]:
    """The flow as published: counts (None where withheld) and the steps with their exits."""
    counts = flow_counts(cases)
    hidden = hidden_in_flow(counts)
    shown = {key: None if key in hidden else count for key, count in counts.items()}
    steps = []
    for step in STEPS:
        onward = step.parts[-1]
        exits = [
            {"key": part, "label": LEAVES[part], "count": shown[part]}
            for part in step.parts[:-1]
            if counts[part]
        ]
        steps.append(_step(step.total, shown, exits, onward))
    steps.append(_step("paid", shown, [], None))
    return {"counts": shown, "steps": steps}


def _step(
    key: str, shown: Mapping[str, int | None], exits: list[dict[str, Any]], onward: str | None
) -> dict[str, Any]:
    return {
        "key": key,
        "label": STEP_LABELS[key],
        "count": shown[key],
        "exits": exits,
        "onward": onward,
    }


def _mentions(lists: Any) -> list[dict[str, Any]]:
    """How often each code is mentioned, most first. Never one withheld line alone."""
    found = Counter(code for codes in lists for code in codes)
    hidden = {code for code, count in found.items() if count < SMALLEST_COUNT}
    if len(hidden) == 1 and len(found) > 1:
        others = [code for code in found if code not in hidden]
        hidden.add(min(others, key=lambda code: (found[code], code)))
    ordered = sorted(found, key=lambda code: (-found[code], code))
    return [{"code": code, "count": None if code in hidden else found[code]} for code in ordered]


def replies_of(redeemed: Sequence[Case], wave: Wave) -> dict[str, Any]:
    """How many were asked in a follow-up, answered, declined or were silent, and the rate."""
    asked = [case for case in redeemed if wave in case.asked]
    counts = {
        "asked": len(asked),
        "answered": sum(wave in case.answers for case in asked),
        "opted_out": sum(wave in case.opted_out and wave not in case.answers for case in asked),
    }
    counts["silent"] = counts["asked"] - counts["answered"] - counts["opted_out"]
    hidden = withheld(counts, [Sum("asked", ("answered", "opted_out", "silent"))])
    shown = {key: None if key in hidden else count for key, count in counts.items()}
    rate = None
    if shown["asked"] and shown["answered"] is not None:
        rate = round(100 * shown["answered"] / shown["asked"])
    return {**shown, "rate_percent": rate}


def _baseline_line(
    indicator: Indicator,
    sent: Sequence[Case],
    redeemed: Sequence[Case],
    hidden: frozenset[str],
) -> dict[str, Any]:
    return {
        "code": indicator.code,
        "label": indicator.label,
        "unit": indicator.unit,
        "sent": _summary(indicator, sent, "sent" in hidden),
        "redeemed": _summary(indicator, redeemed, "redeemed" in hidden),
    }


def _summary(indicator: Indicator, cases: Sequence[Case], hide_all: bool) -> dict[str, Any]:
    """The baseline of `cases`; their number is withheld here if it is withheld in the flow."""
    values = [_value(indicator, case, Wave.BASELINE) for case in cases]
    present = [value for value in values if value is not None]
    counts = {"all": len(cases), "n": len(present), "missing": len(cases) - len(present)}
    known = {"all"} if hide_all else set()
    hidden = withheld(counts, [Sum("all", ("n", "missing"))], known)
    shown = {key: None if key in hidden else count for key, count in counts.items()}
    return {**shown, "value": _published(indicator, present)}


def follow_up_line(indicator: Indicator, redeemed: Sequence[Case], wave: Wave) -> dict[str, Any]:
    """Before and after of the same businesses: those with the figure at both times."""
    answered = [case for case in redeemed if wave in case.answers]
    pairs = [
        (_value(indicator, case, Wave.BASELINE), _value(indicator, case, wave)) for case in answered
    ]
    if indicator.in_baseline:
        whole = [(before, after) for before, after in pairs if None not in (before, after)]
    else:
        whole = [(None, after) for _, after in pairs if after is not None]
    counts = {"answered": len(answered), "n": len(whole), "missing": len(answered) - len(whole)}
    hidden = withheld(counts, [Sum("answered", ("n", "missing"))])
    shown = {key: None if key in hidden else count for key, count in counts.items()}
    before = [pair[0] for pair in whole] if indicator.in_baseline else []
    return {
        "code": indicator.code,
        "label": indicator.label,
        "unit": indicator.unit,
        **shown,
        "before": _published(indicator, before),
        "after": _published(indicator, [pair[1] for pair in whole]),
    }


def _value(indicator: Indicator, case: Case, wave: Wave) -> float | None:
    answers = case.answers.get(wave)
    return None if answers is None else indicator.read(answers)


def _published(indicator: Indicator, values: Sequence[float | None]) -> float | None:
    """A share in whole per cent or a mean to one decimal; None for fewer than five answers.

    A share that tells of few on one side (`rules.share_tells_of_few`) is withheld too.
    """
    numbers = [value for value in values if value is not None]
    if len(numbers) < SMALLEST_COUNT:
        return None
    total = sum(numbers)
    if not indicator.is_share:
        return round(total / len(numbers), 1)
    if share_tells_of_few(round(total), len(numbers)):
        return None
    return round(100 * total / len(numbers))


def turnover_moves(redeemed: Sequence[Case], wave: Wave) -> dict[str, Any]:
    """How many businesses are in a higher, the same, or a lower turnover band than before."""
    moves: Counter[str] = Counter()
    for case in redeemed:
        before = _band(case, Wave.BASELINE)
        after = _band(case, wave)
        if before is not None and after is not None:
            moves["higher" if after > before else "lower" if after < before else "same"] += 1
    counts = {key: moves[key] for key in ("higher", "same", "lower")}
    counts["n"] = sum(counts.values())
    hidden = withheld(counts, [Sum("n", ("higher", "same", "lower"))])
    return {key: None if key in hidden else count for key, count in counts.items()}


def _band(case: Case, wave: Wave) -> int | None:
    answer = turnover_band_of(case.answers.get(wave, {}))
    return TURNOVER_ORDER.index(answer) if answer in TURNOVER_ORDER else None


def prices_of(redeemed: Sequence[Case], *, hide: bool) -> dict[str, Any]:
    """Mean amounts per redeemed voucher in pence (half a penny up); None below five vouchers."""
    names = ("net_price_pence", "voucher_pence", "contribution_pence")
    enough = len(redeemed) >= SMALLEST_COUNT and not hide
    means = {
        name: _mean_pence([getattr(case, name) or 0 for case in redeemed]) if enough else None
        for name in names
    }
    return {"n": len(redeemed) if enough or not redeemed else None, **means}


def _mean_pence(amounts: Sequence[int]) -> int:
    return (2 * sum(amounts) + len(amounts)) // (2 * len(amounts))


def _spending(spending: Spending) -> dict[str, int]:
    return {
        "budget_pence": spending.budget_pence,
        "reserved_pence": spending.reserved_pence,
        "committed_pence": spending.committed_pence,
        "spent_pence": spending.spent_pence,
        "free_pence": spending.free_pence,
    }


def _clock(days: Any, published: int, *, hide_n: bool = False) -> dict[str, Any]:
    """Median and 90th percentile (nearest rank) of working days, and the share within the clock."""
    known = sorted(each for each in days if each is not None)
    found: dict[str, Any] = {"published": published, "n": len(known)}
    if hide_n or 0 < len(known) < SMALLEST_COUNT:
        found["n"] = None
    if len(known) < SMALLEST_COUNT:
        return {**found, "median": None, "ninetieth": None, "within_percent": None}
    within = sum(each <= published for each in known)
    return {
        **found,
        "median": nearest_rank(known, 50),
        "ninetieth": nearest_rank(known, 90),
        "within_percent": round(100 * within / len(known)),
    }


def nearest_rank(ordered: Sequence[int], percent: int) -> int:
    """The percentile of sorted values by the nearest-rank rule: always one of the values."""
    return ordered[max(1, ceil(percent * len(ordered) / 100)) - 1]
