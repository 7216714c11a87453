"""Metadata: what callers hang on an object, by Stripe's rules for setting and unsetting it."""

from __future__ import annotations

from typing import Any


def fresh(params: dict[str, Any]) -> dict[str, str]:
    """The metadata of a new object; an entry with an empty value is not kept."""
    return changed({}, params)


def changed(kept: dict[str, str], params: dict[str, Any]) -> dict[str, str]:
    """The metadata after an update: merged, an empty value unsets its key, `metadata=` all."""
    if "metadata" not in params:
        return kept
    if not params["metadata"]:
        return {}
    return {key: value for key, value in (kept | params["metadata"]).items() if value != ""}
