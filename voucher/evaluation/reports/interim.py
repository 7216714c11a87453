"""What a report says before everything is in: of which follow-ups answers can still come. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

CLOSED, NOT_DUE = "closed", "not_due"
STILL_COME = (
    "Answers to this follow-up can still come, so nothing is concluded from those there are."
)
NOT_YET_SAID = "Not yet"
ARMS = ("offered", "comparison")


def standing(outcome: Mapping[str, Any]) -> str:
    """Where an outcome's follow-up stood at the data cut; over where nobody kept it."""
    return str(outcome["attrition"].get("standing", CLOSED))


def is_interim(outcome: Mapping[str, Any] | None) -> bool:
    """Whether answers on an outcome could still come at the data cut."""
    return outcome is not None and standing(outcome) != CLOSED


def not_yet(outcome: Mapping[str, Any]) -> str:
    """All that is said of an outcome whose follow-up is not over."""
    if standing(outcome) == NOT_DUE:
        why = outcome["itt_refused"] or "This follow-up is not due."
        return f"{NOT_YET_SAID}. {why}"
    return f"{NOT_YET_SAID}. {STILL_COME}"


def interim_sentences(findings: Mapping[str, Any]) -> Iterator[str]:
    """That a report is interim, and how many answers on the primary outcome are not due."""
    told = findings.get("interim")
    if not told:
        return
    yield f"Interim report. {told['why']}"
    flow = findings["flow"]
    waits = [flow.get("not_due", {}).get(arm) for arm in ARMS]
    drawn = [flow["allocated"][arm] for arm in ARMS]
    if None not in (*waits, *drawn) and sum(waits):
        counts = f"{sum(waits):,} of {sum(drawn):,}"
        yield f"Interim: {counts} answers on the primary outcome not yet due."
