"""The results of a check as a business is told them: what stands against it, what is looked at."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from voucher.eligibility.rules import Result, RuleResult, Severity


@dataclass(frozen=True, slots=True)
class Reasons:
    """Every failing rule in the rule set's order: those that refuse, and those a person looks at.

    A rule that only refers is left out where one of the same kind refuses: "your district lies
    across the edge" says nothing to somebody who is far outside.
    """

    against: tuple[RuleResult, ...]
    to_look_at: tuple[RuleResult, ...]

    @property
    def everything(self) -> tuple[RuleResult, ...]:
        """All of them, the refusing ones first."""
        return (*self.against, *self.to_look_at)


def reasons_in(results: Iterable[RuleResult]) -> Reasons:
    """What failed in these results, in the words of their rule set's version."""
    failed = [found for found in results if found.result is Result.FAILED]
    against = tuple(found for found in failed if found.severity is Severity.REFUSE)
    kinds = {found.kind for found in against}
    to_look_at = (found for found in failed if found.severity is Severity.REFER)
    return Reasons(against, tuple(found for found in to_look_at if found.kind not in kinds))


def stored_results(stored: Iterable[Mapping[str, Any]]) -> list[RuleResult]:
    """The results of a stored check again."""
    return [
        RuleResult(
            **{
                **found,
                "severity": Severity(found["severity"]),
                "result": Result(found["result"]),
            }
        )
        for found in stored
    ]
