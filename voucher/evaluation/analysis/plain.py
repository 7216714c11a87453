"""Estimates as plain values for JSON, or the reason why there is none."""

from collections.abc import Callable, Mapping
from typing import Any

from voucher.evaluation.estimators.trial import Estimate, Undefined

INFERENCE = ("estimate", "standard_error", "df", "ci_low", "ci_high", "p_value")


def inference(found: Estimate) -> dict[str, float | None]:
    """An estimate's numbers as plain floats."""
    return {name: plain(getattr(found, name)) for name in INFERENCE}


def plain(number: Any) -> float | None:
    """A number as a plain float; None for none."""
    return None if number is None else float(number)


def or_reason(find: Callable[[], Mapping[str, Any]]) -> tuple[dict[str, Any] | None, str | None]:
    """What was found and no reason, or nothing and the reason."""
    try:
        return dict(find()), None
    except Undefined as error:
        return None, str(error)
