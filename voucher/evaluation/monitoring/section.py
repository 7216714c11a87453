"""Equality monitoring as a section of a report, and as rows of a file."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from voucher.equality.queries import versions_of

WITHHELD = "withheld"


def equality_section(
    round_id: int, cut_at: datetime | None = None, *, left_out: Collection[str] = ()
) -> dict[str, Any] | None:
    """The newest protected tables of a round made by `cut_at`, or None without any.

    {"made_at": ISO 8601, …content of `rules.protected_tables`}: ready to be published as it is.
    `left_out`: codes of stages whose number of applications is withheld beside them: the lines of
    such a stage add up to it, so they go too.
    """
    made = (each for each in versions_of(round_id) if cut_at is None or each.made_at <= cut_at)
    newest = next(iter(made), None)
    if newest is None:
        return None
    return {"made_at": newest.made_at.isoformat(), **without(newest.content, left_out)}


def without(content: Mapping[str, Any], left_out: Collection[str]) -> dict[str, Any]:
    """The tables without some of their stages; without questions where none is left."""
    kept = [n for n, stage in enumerate(content["stages"]) if stage["code"] not in left_out]
    questions = [
        {
            **question,
            "lines": [
                {**line, "counts": [line["counts"][n] for n in kept]} for line in question["lines"]
            ],
        }
        for question in content["questions"]
    ]
    return {
        **content,
        "stages": [content["stages"][n] for n in kept],
        "questions": questions if kept else [],
    }


def table_rows(content: Mapping[str, Any]) -> list[list[str]]:
    """The tables as rows of a CSV, the first naming the columns; a withheld count says so."""
    stages = content["stages"]
    rows = [["question", "answer", *(stage["label"] for stage in stages)]]
    rows.append(["All", "", *(_shown(stage["applications"]) for stage in stages)])
    rows += [
        [question["label"], line["label"], *(_shown(count) for count in line["counts"])]
        for question in content["questions"]
        for line in question["lines"]
    ]
    return rows


def _shown(count: int | None) -> str:
    return WITHHELD if count is None else str(count)
