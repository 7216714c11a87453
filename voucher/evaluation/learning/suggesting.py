"""The next test of a programme: one that a round's plan can make, and how many it needs. Pure.

A round's draw offers places to some and compares them with the others; its plan can look at the
outcome areas that were named before. So these tests can be made:

- the whole: draw a round by lot, with a comparison group;
- a voucher value: draw a round of that value by lot, with a comparison group;
- an outcome area: draw a round by lot, and name areas among the subgroups of its plan.

Each sets the offer of a voucher against the comparison, and the number needed is for that. Two
values, or kinds of provider, can't be set against each other in one draw: all its places have the
same voucher, and who has it chooses the provider. A part stops being suggested when its evidence is
no longer thin, and while a round that tests it is under way.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from voucher.evaluation.analysis.subgroups import NOT_KNOWN, OTHERS
from voucher.evaluation.learning.rules import (
    WORTHWHILE,
    Evidence,
    Main,
    Part,
    analysed,
    main_outcome,
    mix_of,
    parts_of,
)
from voucher.evaluation.synthesis.rules import RoundFindings, synthesis

OPEN = (Evidence.NONE.value, Evidence.THIN.value)
DEFAULTS = {"before": 0.3, "take_up": 0.7, "response": 0.7}
"""Where no drawn round tells: a third adopt anyway, seven in ten use a voucher and answer."""
ROUNDS_AHEAD = 2
"""A test of a part must not need more than so many times the businesses it has had so far."""


@dataclass(frozen=True)
class UnderWay:
    """A drawn round, or one about to be drawn, whose plan is locked and published and whose report
    is not. `subgroups`: codes of the plan."""

    round: str
    value_cap_pence: int
    subgroups: tuple[str, ...]

    def tests(self, part: Part) -> bool:
        """Whether this round will tell about the part."""
        return {
            "all": True,
            "value": part.cap_pence == self.value_cap_pence,
            "area": "area" in self.subgroups,
        }[part.by]


def learned(rounds: Sequence[RoundFindings], under_way: Sequence[UnderWay] = ()) -> dict[str, Any]:
    """What a programme knows: JSON-plain.

    {"outcome": {"code", "wave", "label"} or None, "rounds", "drawn", "parts": [Part as dict],
    "effects": the synthesis of its outcomes, "under_way": names of rounds, "suggestion",
    "not_suggested": [{"label", "why"}]}. The main outcome is the primary one of most drawn rounds
    that is a share; without one nothing but counts is known.
    """
    main = main_outcome(rounds)
    parts = parts_of(rounds, mix_of(rounds), main)
    return {
        "outcome": None if main is None else {"code": main[0], "wave": main[1], "label": main[2]},
        "rounds": len(rounds),
        "drawn": sum(each.is_randomised for each in rounds),
        "parts": [asdict(part) | {"reasons": list(part.reasons)} for part in parts],
        "effects": synthesis(rounds)["outcomes"],
        "under_way": [each.round for each in under_way],
        **suggestion(parts, rounds, main, under_way),
    }


def suggestion(
    parts: Sequence[Part],
    rounds: Sequence[RoundFindings],
    main: Main | None,
    under_way: Sequence[UnderWay],
) -> dict[str, Any]:
    """The test that is worth most of those that can be made, and why others are not suggested.

    Of two that are worth the same, the one named first. No suggestion where nothing is open.
    """
    tests, refused = [], []
    for part in parts:
        if not _is_open(part, parts):
            continue
        assumed = assumptions(_like(part, rounds), main)
        drawn = needed(assumed)
        why = _why_not(part, drawn, under_way)
        if why is None:
            tests.append((part, assumed, drawn))
        else:
            refused.append({"label": part.label, "why": why})
    ordered = sorted(tests, key=lambda test: -test[0].worth)
    return {
        "suggestion": _told(ordered) if ordered else None,
        "not_suggested": refused,
    }


def _told(ordered: Sequence[tuple[Part, dict[str, float], int | None]]) -> dict[str, Any]:
    part, assumed, drawn = ordered[0]
    return {
        "by": part.by,
        "label": part.label,
        "worth": part.worth,
        "evidence": part.evidence,
        "businesses": part.businesses,
        "assumed": assumed,
        "drawn": drawn,
        "others": [each.label for each, _, _ in ordered[1:3]],
    }


def _is_open(part: Part, parts: Sequence[Part]) -> bool:
    """Whether too little is known of a part that a test could be about.

    One voucher value alone is the whole; the rest of the areas can't be aimed at.
    """
    values = sum(each.by == "value" for each in parts)
    return (
        part.evidence in OPEN
        and part.worth > 0
        and part.label not in (OTHERS, NOT_KNOWN)
        and not (part.by == "value" and values < 2)
    )


def _why_not(part: Part, drawn: int | None, under_way: Sequence[UnderWay]) -> str | None:
    """Why a test of the part is not suggested, or None."""
    testing = next((each.round for each in under_way if each.tests(part)), None)
    if testing is not None:
        return f"the round “{testing}” is to tell, and has not reported yet"
    if part.by != "area":
        return None
    if drawn is None:
        return "no number of businesses would do"
    if part.businesses is None or drawn > ROUNDS_AHEAD * part.businesses:
        had = "fewer than that" if part.businesses is None else f"{part.businesses:,}"
        return f"it would take about {drawn:,} businesses that name it, and there have been {had}"
    return None


def _like(part: Part, rounds: Sequence[RoundFindings]) -> Sequence[RoundFindings]:
    """The rounds that a test of the part is sized by: of its value where there are any."""
    same = [each for each in rounds if each.settings["value_cap_pence"] == part.cap_pence]
    return same if any(each.is_randomised for each in same) else rounds


def assumptions(rounds: Sequence[RoundFindings], main: Main | None) -> dict[str, float]:
    """What the next trial is sized by: the newest drawn round's figures, else `DEFAULTS`.

    `before`: share in the comparison; `take_up`: of the offered; `response`: of all drawn.
    """
    found = dict(DEFAULTS)
    drawn = [each for each in rounds if each.is_randomised]
    for each in sorted(drawn, key=lambda each: str(each.settings["closes_on"])):
        found.update(_seen(each, main))
    return {name: min(max(value, 0.05), 0.95) for name, value in found.items()}


def _seen(each: RoundFindings, main: Main | None) -> dict[str, float]:
    seen = {}
    outcome = each.outcome(main[0], main[1]) if main else None
    drawn = each.findings["design"]["drawn"]
    received = (each.findings.get("flow") or {}).get("received", {})
    if outcome is not None and outcome["mean_comparison"] is not None:
        seen["before"] = float(outcome["mean_comparison"])
    if received.get("offered") is not None and drawn["offered"]:
        seen["take_up"] = received["offered"] / drawn["offered"]
    number = None if outcome is None else analysed(outcome)
    if number is not None and drawn["offered"] and drawn["comparison"]:
        seen["response"] = number / (drawn["offered"] + drawn["comparison"])
    return seen


def needed(assumed: Mapping[str, float]) -> int | None:
    """How many must be drawn, half of them offered, to find the worthwhile effect of the offer
    against the comparison.

    With a power of 80 % at 5 %; None where no number would do, as when so few use the offer that
    all of them adopting would not be enough.
    """
    from voucher.evaluation.estimators.power import Design, needed_for_share

    after_users = assumed["before"] + WORTHWHILE / assumed["take_up"]
    if after_users >= 1:
        return None
    design = Design(drawn=2, response=assumed["response"], take_up=assumed["take_up"])
    return needed_for_share(design, assumed["before"], after_users)
