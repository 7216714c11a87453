"""Stripe's error bodies as one exception with a named constructor for each refusal.

Source: the documented error object (type, code, message, param) and the documented codes.
`stored` says whether Stripe keeps the answer under the idempotency key: it does once the endpoint
has begun to work (an insufficient balance), and does not for a request that failed validation.
"""

from __future__ import annotations

from typing import Any


class StripeProblem(Exception):
    """A refusal with its HTTP status and Stripe's error body."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        stored: bool = False,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.stored = stored
        error: dict[str, Any] = {"type": kind, "message": message}
        if code:
            error["code"] = code
        if param:
            error["param"] = param
        self.body = {"error": error}


def bad_key() -> StripeProblem:
    """401: no key, or a key that is not this sandbox's."""
    return StripeProblem(401, "Invalid API key: the sandbox takes a test secret key only.")


def no_access(account: str) -> StripeProblem:
    """403: the Stripe-Account header, or the path, names an account that the key cannot reach."""
    return StripeProblem(
        403, f"The key has no access to account '{account}'.", code="account_invalid"
    )


def forbidden() -> StripeProblem:
    """403: the key is good but has not got the right that this request needs."""
    return StripeProblem(403, "The key does not have the permissions that this request needs.")


def missing(kind: str, identifier: str, param: str | None = None) -> StripeProblem:
    """404: no such object in this account (400 when a parameter names it)."""
    status = 404 if param in (None, "id") else 400
    message = f"No such {kind}: '{identifier}'"
    return StripeProblem(status, message, code="resource_missing", param=param or "id")


def unknown_url(method: str, path: str) -> StripeProblem:
    """404: Stripe has no such address, or this emulator does not speak it."""
    return StripeProblem(404, f"Unrecognised request address ({method}: {path}).")


def invalid(message: str, param: str, code: str | None = None) -> StripeProblem:
    """400: a parameter failed validation, so nothing began and nothing is stored."""
    return StripeProblem(400, message, code=code, param=param)


def refused(message: str, code: str | None = None, param: str | None = None) -> StripeProblem:
    """400: the work began and the business rules of Stripe refused it; stored under the key."""
    return StripeProblem(400, message, code=code, param=param, stored=True)


def insufficient_funds() -> StripeProblem:
    """400 `balance_insufficient`, stored: the same key gives it again even after a top-up."""
    return refused(
        "The available balance is lower than the amount of this operation.",
        code="balance_insufficient",
    )


def key_reused(key: str) -> StripeProblem:
    """400 `idempotency_error`: the key came with other parameters or another address before."""
    return StripeProblem(
        400,
        f"The idempotency key '{key}' was first used with another request.",
        kind="idempotency_error",
    )


def key_in_use(key: str) -> StripeProblem:
    """409: the first request under this key has not been answered yet."""
    return StripeProblem(
        409,
        f"Another request with the idempotency key '{key}' is still in progress.",
        kind="idempotency_error",
        code="idempotency_key_in_use",
    )


def rate_limited() -> StripeProblem:
    """429: refused before any work, hence never stored."""
    return StripeProblem(429, "Too many requests at once.", code="rate_limit")


def locked() -> StripeProblem:
    """429 `lock_timeout`: another request holds the object; nothing was done or stored."""
    return StripeProblem(429, "Another request is using this object.", code="lock_timeout")


def broken(status: int = 500) -> StripeProblem:
    """5xx: an error inside Stripe; one that comes after the work began is stored."""
    message = "An error occurred inside the sandbox."
    return StripeProblem(status, message, kind="api_error", stored=True)
