"""What a programme knows so far, in words and numbers, for the staff's page and the public's."""

from collections.abc import Mapping, Sequence
from typing import Any

from voucher.evaluation.learning.rules import EVIDENCE_WORDS, WORTHWHILE, Evidence
from voucher.evaluation.models import Wave
from voucher.evaluation.reports import measures
from voucher.evaluation.synthesis.words import interval, shared_reason, told

HEADINGS = {
    "all": "The programme as a whole",
    "area": "By what the technology was to help with",
    "value": "By voucher value",
    "provider": "By kind of provider",
}
NOTES = {
    "area": "Areas were named before the draw, so within each the groups differ by chance alone."
    " But they are parts of one draw: where several are looked at, one may differ by chance. An"
    " application that named several counts in each, and was analysed under “Several areas”.",
    "value": "Each value is compared with its own rounds’ comparison. Rounds of different values"
    " differ in more than the value, so two lines here are not a comparison of values.",
}
COUNTED = {
    "all": "Applications",
    "area": "Applications that name it",
    "value": "Applications",
    "provider": "Vouchers used",
}
COLOURS = {"none": "grey", "thin": "orange", "some": "blue", "good": "green", "described": "grey"}
SHARE = {"unit": "%", "is_share": True}


def learning_context(found: Mapping[str, Any]) -> dict[str, Any]:
    """What the template says of one programme; `found`: see `learning.working_out`."""
    outcome, why = found["outcome"], shared_reason(found["effects"])
    return {
        "known": found,
        "outcome_words": outcome and f"{outcome['label']}, {_when(outcome)}",
        "groups": [(heading, by, _shown(found["parts"], by)) for by, heading in HEADINGS.items()],
        "notes": NOTES,
        "counted_words": COUNTED,
        "evidence": {each.value: words for each, words in EVIDENCE_WORDS.items()},
        "colours": COLOURS,
        "why": why,
        "sentences": [
            (f"{each['label']}, {_when(each)}", told(each, "itt", why, of_one_programme=True))
            for each in found["effects"]
        ],
        "points": points,
        "ends": ends,
        "worthwhile": round(100 * WORTHWHILE),
    }


def _shown(parts: Sequence[Mapping[str, Any]], by: str) -> list[Mapping[str, Any]]:
    """The parts of one kind, but for a single voucher value, which is the whole over again."""
    found = [part for part in parts if part["by"] == by]
    return [] if by == "value" and len(found) == 1 else found


def _when(outcome: Mapping[str, Any]) -> str:
    return Wave(outcome["wave"]).staff_label.lower()


def points(value: float | None) -> str:
    """A share's change in percentage points with its sign; a dash for none."""
    return measures.effect(SHARE, value)


def ends(part: Mapping[str, Any]) -> str:
    """The 95% interval of a part in percentage points; a dash for none."""
    return interval(SHARE, None if part["ci_low"] is None else part)


PART_COLUMNS = (
    "by",
    "part",
    "applications or vouchers",
    "rounds",
    "analysed",
    "effect, percentage points",
    "95% interval from",
    "95% interval to",
    "evidence",
    "what is lacking",
)


def part_rows(found: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """What is known of each part, as rows of `PART_COLUMNS`; what is not known is empty."""
    return [
        (
            HEADINGS[part["by"]],
            part["label"],
            *(_written(part[name]) for name in ("businesses", "rounds", "analysed")),
            *(_written(part[name], 100) for name in ("estimate", "ci_low", "ci_high")),
            EVIDENCE_WORDS[Evidence(part["evidence"])],
            " ".join(part["reasons"]),
        )
        for part in found["parts"]
    ]


def _written(number: float | None, times: int = 1) -> str:
    return "" if number is None else f"{round(times * number, 4):g}"
