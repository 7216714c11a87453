"""The tables of equality monitoring as they may be seen: counts by stage, protected. Pure.

Besides every printed count, those that could be had by subtracting one stage from the one before
are protected: "one was refused" must not be read off "nine applied, eight were eligible".
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from voucher.equality.queries import BLANK, StageCounts
from voucher.equality.rules import QUESTIONS, STAGE_WORDS, Question, Stage
from voucher.evaluation.exposure import hidden_safely
from voucher.evaluation.rules import SMALLEST_COUNT, Sum

LEAST_ANSWERED = 20
"""With fewer answers most of the table would be withheld, and what is left would say little."""
BLANK_WORDS = "No answer"


def protected_tables(counts: Mapping[Stage, StageCounts]) -> dict[str, Any]:
    """Every table with its small counts as None; only totals where fewer than 20 answered.

    {"stages": [{"code", "label", "applications"}], "enough": bool, "questions":
    [{"code", "label", "lines": [{"code", "label", "counts": [number or None by stage]}]}]}.
    How many applications came how far is published anyway and stays.
    """
    enough = counts[Stage.APPLIED].answered >= LEAST_ANSWERED
    return {
        "stages": [
            {
                "code": stage.value,
                "label": STAGE_WORDS[stage],
                "applications": _unless_small(counts[stage].applications),
            }
            for stage in Stage
        ],
        "enough": enough,
        "questions": [_table(question, counts) for question in QUESTIONS] if enough else [],
    }


def next_tables(
    counts: Mapping[Stage, StageCounts], earlier: Sequence[Mapping[str, Any]]
) -> dict[str, Any] | None:
    """The tables as they may be seen beside every earlier version, or None where they may not.

    None too where nothing has changed. A version tells something small beside another where any
    count that both give, printed or worked out, differs by one to four, or where one gives a count
    that the other withholds: who knows the few that moved would learn what they answered.
    """
    made = protected_tables(counts)
    if made in earlier or any(_tells_of_few(made, each) for each in earlier):
        return None
    return made


def _tells_of_few(made: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    now, then = _told(made), _told(before)
    if before["enough"] and now.keys() != then.keys():
        return True
    both = now.keys() & then.keys()
    return any(0 < abs(now[key] - then[key]) < SMALLEST_COUNT for key in both)


def _told(content: Mapping[str, Any]) -> dict[tuple[str, ...], int]:
    """Every number that tables give: counts, what all withheld of a stage are, who left when."""
    stages = [each["applications"] for each in content["stages"]]
    found = _line_told(("all",), stages)
    for question in content["questions"]:
        rest = list(stages)
        for line in question["lines"]:
            found |= _line_told((question["code"], line["code"]), line["counts"])
            rest = [
                whole if count is None or whole is None else whole - count
                for whole, count in zip(rest, line["counts"], strict=True)
            ]
        found |= _line_told((question["code"], "withheld"), rest)
    return found


def _line_told(name: tuple[str, ...], counts: Sequence[int | None]) -> dict[tuple[str, ...], int]:
    known = {(*name, str(place)): count for place, count in enumerate(counts) if count is not None}
    left = {
        (*name, f"left after {place}"): earlier - later
        for place, (earlier, later) in enumerate(pairwise(counts))
        if earlier is not None and later is not None
    }
    return known | left


def _table(question: Question, counts: Mapping[Stage, StageCounts]) -> dict[str, Any]:
    words = {option.value: label for option, label in question.options.items()}
    words[BLANK] = BLANK_WORDS
    known = {
        _key(value, stage): counts[stage].answers[question.code, value]
        for value in words
        for stage in Stage
    }
    known |= {_key("all", stage): counts[stage].applications for stage in Stage}
    sums = [
        Sum(_key("all", stage), tuple(_key(value, stage) for value in words)) for stage in Stage
    ]
    for value in words:
        for earlier, later in pairwise(Stage):
            left = f"{value} left after {earlier}"
            known[left] = known[_key(value, earlier)] - known[_key(value, later)]
            sums.append(Sum(_key(value, earlier), (_key(value, later), left)))
    totals = [_key("all", stage) for stage in Stage]
    hidden = hidden_safely(known, sums, kept=totals)
    return {
        "code": question.code,
        "label": question.heading,
        "lines": [
            {
                "code": value,
                "label": label,
                "counts": [
                    None if _key(value, stage) in hidden else known[_key(value, stage)]
                    for stage in Stage
                ],
            }
            for value, label in words.items()
        ],
    }


def _unless_small(count: int) -> int | None:
    return None if 0 < count < SMALLEST_COUNT else count


def _key(value: str, stage: Stage) -> str:
    return f"{value} at {stage}"
