"""What weakens a trial's figures, in sentences, by rules. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from voucher.evaluation.reports.interim import interim_sentences, is_interim
from voucher.evaluation.reports.measures import share
from voucher.evaluation.reports.trust import departures_sentence, underpowered_sentence

FEW_ANSWERS = 0.7
LOW_TAKE_UP = 0.5
ALWAYS = (
    "Outcomes are what businesses say. Hours and errors are their own estimates.",
    "The result is of the businesses that applied in this round. Others may differ.",
    "Subgroups are exploratory. They were not what the trial was made for.",
    "Counts from 1 to 4 are withheld so that no single business can be made out, and so is any"
    " other figure from which one could be worked out.",
)


def limitations(found: Mapping[str, Any]) -> Sequence[str]:
    """Everything that limits what the findings show, the gravest first."""
    return (*_of_design(found), *_of_answers(found), *_of_use(found), *ALWAYS)


def _of_design(found: Mapping[str, Any]) -> Iterator[str]:
    yield from interim_sentences(found)
    if found["design"]["underpowered"]:
        yield underpowered_sentence(found)
    if found["plan"] is None:
        yield "No analysis plan was locked before the draw."
    departed = departures_sentence(found)
    if departed:
        yield departed
    if found["design"].get("not_rated"):
        yield found["design"]["not_rated"]
    for each in (*found["design"]["downgrades"], *found["design"].get("notes", ())):
        yield each["reason"]


def _of_answers(found: Mapping[str, Any]) -> Iterator[str]:
    for outcome in found["outcomes"]:
        answered, drawn = _answered(outcome, found["design"]["drawn"])
        decides = outcome["role"] == "primary" and not is_interim(outcome)
        if decides and drawn and answered is not None:
            rate = answered / drawn
            if rate < FEW_ANSWERS:
                yield (
                    f"Only {share(rate)} of those drawn answered on the primary outcome. Those who"
                    " answer may differ from those who don’t."
                )
    dropped = sum(len((each["itt"] or {}).get("dropped_strata", ())) for each in found["outcomes"])
    if dropped:
        yield "Parts of the draw in which only one group answered are left out of an estimate."


def _answered(
    outcome: Mapping[str, Any], drawn: Mapping[str, int | None]
) -> tuple[int | None, int]:
    counts = (outcome["n_offered"], outcome["n_comparison"])
    of_all = sum(number or 0 for number in drawn.values())
    return (None if None in counts else sum(counts)), of_all


def _of_use(found: Mapping[str, Any]) -> Iterator[str]:
    offered, used = found["flow"]["allocated"]["offered"], found["flow"]["received"]["offered"]
    if offered and used is not None and used / offered < LOW_TAKE_UP:
        yield (
            f"Only {share(used / offered)} of those offered a voucher used it, so the effect of the"
            " offer is much smaller than that of a voucher used."
        )
    if not found["displacement"]:
        yield "Whether businesses nearby lost what these gained was not measured."
