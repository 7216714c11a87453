"""What every programme knows, put together from its published reports. Reads only.

For the worker: it pools, which loads the statistics libraries.
"""

from collections.abc import Sequence
from typing import Any

from voucher.evaluation.learning.queries import programmes_with, under_way
from voucher.evaluation.learning.suggesting import learned
from voucher.evaluation.synthesis.rules import RoundFindings


def what_is_known(rounds: Sequence[RoundFindings]) -> dict[str, Any]:
    """By programme's slug: {"programme": name, "rounds_told": […], …`suggesting.learned`}; plain.

    `rounds`: those with a published report.
    """
    by_reference = {each.reference: each for each in rounds}
    return {
        slug: {
            "programme": name,
            "rounds_told": [_told(by_reference[reference]) for reference in references],
            **learned(
                [by_reference[reference] for reference in references],
                under_way(slug, set(by_reference)),
            ),
        }
        for slug, name, references in programmes_with(by_reference)
    }


def _told(each: RoundFindings) -> dict[str, Any]:
    return {
        "reference": each.reference,
        "round": each.round,
        "report": each.report,
        "randomised": each.is_randomised,
        "level": each.findings["design"]["sms_level"],
    }
