"""How far the scoring of one application has come, and who may take or see what. Pure."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from voucher.allocation.scoring import Criterion, Marks, ScoringRule, scorers_needed
from voucher.core.errors import Invalid
from voucher.core.status import Status

LONGEST_REASON = 1_000
WITHOUT_NAME = "[the business]"
_ENDING = r"\s+(?:ltd|limited|llp|plc|cic|c\.i\.c\.)(?!\w)\.?"
LEGAL_ENDING = re.compile(f"{_ENDING}$", re.IGNORECASE)
SHORT_NAME = 3
"""Up to so many letters a name may be a common word: “IT” is one, “it” is not."""
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

    `sheets`: those handed in, in the order in which they were taken; `taken`: sheets taken and not
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
    """The sheet that can be taken next, the first that is free; None: none."""
    if stage not in (Stage.TO_SCORE, Stage.THIRD_NEEDED):
        return None
    # Where a sheet was struck its place is free, and the third may be taken before the second.
    return next(place for place in (1, 2, 3) if place not in occupied)


def may_see_sheets(stage: Stage, *, handed_in: int, may_score: bool, has_handed_in: bool) -> bool:
    """Whether a person may see what others gave an application.

    Once all are in everybody may who may read the round. Before, with the first two in, those two
    and whoever can't be the third: nobody who still has to score sees a mark of somebody else.
    """
    if stage is Stage.SCORED:
        return True
    return handed_in >= 2 and (has_handed_in or not may_score)


def without_name(text: str, name: str) -> str:
    """The business's words with its name taken out, with or without “Ltd” and the like.

    As words of their own alone, however spaced: “Art Ltd” is not in “start”. A name of up to
    `SHORT_NAME` letters is taken out without its ending only as it is written.
    """
    bare = LEGAL_ENDING.sub("", name.strip())
    if not bare:
        return text
    words = r"\s+".join(_as_written(word) for word in bare.split())
    text = re.sub(rf"(?<!\w){words}{_ENDING}", WITHOUT_NAME, text, flags=re.IGNORECASE)
    flags = re.NOFLAG if len(bare) <= SHORT_NAME else re.IGNORECASE
    return re.sub(rf"(?<!\w){words}(?!\w)", WITHOUT_NAME, text, flags=flags)


def _as_written(word: str) -> str:
    """A pattern of one word of a name, with “&” for “and” and either apostrophe."""
    if word.casefold() in ("and", "&"):
        return "(?:and|&)"
    return re.sub("['’]", "['’]", re.escape(word))


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


def rule_stored(columns: Mapping[str, Any]) -> ScoringRule:
    """The rule whose columns `stored_rule` gave."""
    criteria = tuple(Criterion(**criterion) for criterion in columns["criteria"])
    return ScoringRule(**{**columns, "criteria": criteria})


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
