"""Validation of a request's parameters: what an address accepts, and what each name must be.

Stripe refuses an unknown or missing parameter before it begins to work; so does this module, and
such an answer is therefore never stored under an idempotency key.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from voucher.sandbox.stripe_emulator import problems

LIMIT_PENCE = 99_999_999
TEXT_LIMIT = 5000


@dataclass(frozen=True)
class Accepts:
    """The parameters of one address. `expand` is accepted everywhere."""

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()


NOTHING = Accepts()
LISTING = Accepts(optional=("limit", "starting_after", "ending_before", "created"))


def listing(*filters: str) -> Accepts:
    """The parameters of a list with some filters."""
    return Accepts(optional=(*LISTING.optional, *filters))


def check(params: dict[str, Any], accepts: Accepts) -> dict[str, Any]:
    """The parameters with their types, or the problem that Stripe would answer."""
    known = {*accepts.required, *accepts.optional, "expand"}
    for name in params:
        if name not in known:
            raise problems.invalid(f"Unknown parameter: {name}", name, "parameter_unknown")
    for name in accepts.required:
        if params.get(name) in (None, ""):
            raise problems.invalid(f"Missing parameter: {name}", name, "parameter_missing")
    return {name: READERS.get(name, read_text)(name, value) for name, value in params.items()}


def read_text(name: str, value: Any) -> str:
    """Plain text up to Stripe's limit."""
    if not isinstance(value, str) or len(value) > TEXT_LIMIT:
        raise problems.invalid(f"Invalid string: {name}", name)
    return value


def read_amount(name: str, value: Any) -> int:
    """A whole, positive number of pence."""
    if not isinstance(value, str) or not value.isdecimal() or not value.isascii():
        raise problems.invalid(f"Invalid integer: {value}", name, "parameter_invalid_integer")
    if int(value) < 1:
        raise problems.invalid("The amount must be at least 1.", name, "parameter_invalid_integer")
    if int(value) > LIMIT_PENCE:
        raise problems.invalid("The amount is too large.", name, "amount_too_large")
    return int(value)


def read_limit(name: str, value: Any) -> int:
    """A page size from 1 to 100."""
    if not isinstance(value, str) or not value.isdecimal() or not 1 <= int(value) <= 100:
        raise problems.invalid("The limit is from 1 to 100.", name, "parameter_invalid_integer")
    return int(value)


def read_currency(name: str, value: Any) -> str:
    """Pounds only: the programme has no other currency."""
    if value != "gbp":
        raise problems.invalid("The sandbox holds pounds only.", name)
    return "gbp"


def read_hash(name: str, value: Any) -> dict[str, Any]:
    """A nested object; empty text clears it, as with Stripe."""
    if value == "":
        return {}
    if not isinstance(value, dict):
        raise problems.invalid(f"Invalid object: {name}", name)
    return value


def read_metadata(name: str, value: Any) -> dict[str, str]:
    """Up to 50 entries, keys to 40 and values to 500 characters."""
    entries = read_hash(name, value)
    fits = all(
        isinstance(item, str) and len(key) <= 40 and len(item) <= 500
        for key, item in entries.items()
    )
    if not fits or len(entries) > 50:
        raise problems.invalid("Invalid metadata: too many, too long or nested.", name)
    return entries


def read_list(name: str, value: Any) -> list[str]:
    """A list of texts."""
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise problems.invalid(f"Invalid array: {name}", name)
    return value


def read_flag(name: str, value: Any) -> bool:
    """`true` or `false`."""
    if value not in ("true", "false"):
        raise problems.invalid(f"Invalid boolean: {value}", name)
    return value == "true"


def read_url(name: str, value: Any) -> str:
    """A web address with a host."""
    parts = urlsplit(read_text(name, value))
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise problems.invalid("Not a valid URL", name, "url_invalid")
    return str(value)


def read_created(name: str, value: Any) -> dict[str, int]:
    """A Unix time, or a range by gt, gte, lt, lte."""
    ranges = {"eq": value} if isinstance(value, str) else value
    allowed = {"eq", "gt", "gte", "lt", "lte"}
    if not isinstance(ranges, dict) or not set(ranges) <= allowed:
        raise problems.invalid("Invalid range.", name)
    if not all(isinstance(item, str) and item.isdecimal() for item in ranges.values()):
        raise problems.invalid("Invalid timestamp.", name, "parameter_invalid_integer")
    return {key: int(item) for key, item in ranges.items()}


READERS: dict[str, Callable[[str, Any], Any]] = {
    "amount": read_amount,
    "business_profile": read_hash,
    "capabilities": read_hash,
    "connect": read_flag,
    "disabled": read_flag,
    "controller": read_hash,
    "created": read_created,
    "currency": read_currency,
    "enabled_events": read_list,
    "expand": read_list,
    "limit": read_limit,
    "metadata": read_metadata,
    "refresh_url": read_url,
    "refund_application_fee": read_flag,
    "requested": read_flag,
    "return_url": read_url,
    "settings": read_hash,
    "types": read_list,
    "url": read_url,
}
