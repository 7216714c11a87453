"""How far the scoring of one application has come, and who may take or see what. Pure."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from voucher.allocation.scoring import Criterion, Marks, ScoringRule, scorers_needed
from voucher.core.errors import Invalid
from voucher.core.status import Status

LONGEST_REASON = 1_000
WITHOUT_NAME = "[the business]"
LEGAL_ENDING = re.compile(r"\s+(ltd|limited|llp|plc|cic|c\.i\.c\.)\.?$", re.IGNORECASE)
SHORTEST_REASON = 10


class Stage(Status):
    """How far the scoring of one application has come."""

    GONE = "gone", "Left the round"
    TO_SCORE = "to_score", "To score"
    WITH_SCORERS = "with_scorers", "With two scorers"
    THIRD_NEEDED = "third_needed", "A third is needed"
    WITH_THIRD = "with_third", "With the third scorer"
    SCORED = "scored", "Scored"


def stage_of(rule: ScoringRule, *, sheets: Sequence[Marks], taken: int, waits: bool) -> Stage:
    """The stage of an application.

    `sheets`: those handed in, first and second before the third; `taken`: sheets taken and not
    handed in; `waits`: whether the application is still in the round.
    """
    if not waits:
        return Stage.GONE
    if len(sheets) < 2:
        return Stage.WITH_SCORERS if len(sheets) + taken >= 2 else Stage.TO_SCORE
    if is_whole(rule, sheets):
        return Stage.SCORED
    return Stage.WITH_THIRD if taken else Stage.THIRD_NEEDED


def is_whole(rule: ScoringRule, sheets: Sequence[Marks]) -> bool:
    """Whether everybody has handed in whose marks make the result."""
    return len(sheets) == scorers_needed(rule, sheets)


def place_to_take(stage: Stage, occupied: Collection[int]) -> int | None:
    """The sheet that can be taken next: 1, 2, or 3 where a third is needed; None: none."""
    if stage is Stage.TO_SCORE:
        return next(place for place in (1, 2) if place not in occupied)
    return 3 if stage is Stage.THIRD_NEEDED else None


def may_see_sheets(stage: Stage, *, handed_in: int, may_score: bool, has_handed_in: bool) -> bool:
    """Whether a person may see what others gave an application.

    Once all are in everybody may who may read the round. Before, with the first two in, those two
    and whoever can't be the third: nobody who still has to score sees a mark of somebody else.
    """
    if stage is Stage.SCORED:
        return True
    return handed_in >= 2 and (has_handed_in or not may_score)


def without_name(text: str, name: str) -> str:
    """The business's words with its name taken out, with or without “Ltd” and the like."""
    bare = LEGAL_ENDING.sub("", name.strip())
    for each in (name.strip(), bare):
        if each:
            text = re.sub(re.escape(each), WITHOUT_NAME, text, flags=re.IGNORECASE)
    return text


def rule_of(plan: Any) -> ScoringRule:
    """The rule that a stored plan holds."""
    return ScoringRule(
        criteria=tuple(Criterion(**criterion) for criterion in plan.criteria),
        highest_mark=plan.highest_mark,
        apart_bps=plan.apart_bps,
        apart_marks=plan.apart_marks,
        least_bps=plan.least_bps,
        places=plan.places,
    )


def stored_rule(rule: ScoringRule) -> dict[str, Any]:
    """The columns of a plan that hold `rule`."""
    return {
        "criteria": [
            {
                "code": criterion.code,
                "name": criterion.name,
                "words": criterion.words,
                "weight_bps": criterion.weight_bps,
            }
            for criterion in rule.criteria
        ],
        "highest_mark": rule.highest_mark,
        "apart_bps": rule.apart_bps,
        "apart_marks": rule.apart_marks,
        "least_bps": rule.least_bps,
        "places": rule.places,
    }


def check_reasons(rule: ScoringRule, reasons: Mapping[str, str]) -> dict[str, str]:
    """The reasons without the spaces around them; Invalid, naming the field, for one that is none.

    The field of a reason is `reason_` and the code of its criterion.
    """
    kept = {}
    for criterion in rule.criteria:
        words = reasons.get(criterion.code, "").strip()
        if not SHORTEST_REASON <= len(words) <= LONGEST_REASON:
            raise Invalid(
                f"Say why in {SHORTEST_REASON} to {LONGEST_REASON:,} characters: the business "
                "reads it.",
                f"reason_{criterion.code}",
            )
        kept[criterion.code] = words
    return kept
