"""What is slow, costly or impossible, in the words of fictional businesses."""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ProblemStatement:
    """A problem and what good would look like; who may say it, and how many they are at work."""

    outcome_area: str
    trades: tuple[str, ...]
    fewest_people: int
    most_people: int
    problem: str
    good: str


@lru_cache(maxsize=1)
def problems() -> tuple[ProblemStatement, ...]:
    """All problem statements, those of one outcome area together, in the order of the areas."""
    source = Path(__file__).with_name("problems.json").read_text(encoding="utf-8")
    return tuple(
        ProblemStatement(
            outcome_area=record["outcome_area"],
            trades=tuple(record["trades"]),
            fewest_people=record["people"][0],
            most_people=record["people"][1],
            problem=record["problem"],
            good=record["good"],
        )
        for record in json.loads(source)["problems"]
    )
