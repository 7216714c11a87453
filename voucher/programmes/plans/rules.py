"""How a plan's content is written down and hashed, and how long it can still be locked. Pure.

The written form is JSON of sorted keys in UTF-8, so that the same plan always has the same SHA-256.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from voucher.core.errors import Invalid
from voucher.programmes.models import AllocationMethod, RoundStatus

LONGEST_WORDS = 1000


def written(content: Mapping[str, Any]) -> bytes:
    """The plan's content as it is published and hashed."""
    return json.dumps(content, sort_keys=True, ensure_ascii=False, indent=1).encode() + b"\n"


def plan_sha256(content: Mapping[str, Any]) -> str:
    """The SHA-256 of the written plan, in hex: what locking publishes."""
    return hashlib.sha256(written(content)).hexdigest()


def why_too_late(
    *, method: AllocationMethod, status: RoundStatus, list_is_frozen: bool
) -> str | None:
    """Why a round's plan can't be drawn up or locked any more, or None while it can.

    By lot and by scores that ends with the frozen list; a rolling round has none, so there it ends
    with the round.
    """
    if list_is_frozen:
        return "The list of this round is frozen, so its analysis plan can’t be changed any more."
    if method is AllocationMethod.ROLLING and status is RoundStatus.CLOSED:
        return "This round is closed, so its analysis plan can’t be changed any more."
    return None


def check_deviation(what: str, why: str) -> None:
    """Raise Invalid, naming the field, for a deviation that does not say what and why."""
    for name, words in (("what", what), ("why", why)):
        if not words:
            raise Invalid(f"Say {'what is done otherwise' if name == 'what' else name}.", name)
        if len(words) > LONGEST_WORDS:
            raise Invalid(f"This must be {LONGEST_WORDS:,} characters or fewer.", name)
