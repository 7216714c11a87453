"""What a failed call to Stripe means for the caller.

The distinction that money hangs on: after `StripeUnreachable` nobody knows whether the operation
happened, so the same request may and must be sent again under the same key; after
`StripeRejected` it certainly did not happen.
"""

from __future__ import annotations

from collections.abc import Mapping


class StripeFailure(Exception):
    """Anything that kept Stripe from answering as asked."""


class StripeUnreachable(StripeFailure):
    """Outcome unknown: connection, time-out, 409, 429, 5xx, unreadable answer. Resend same key."""


class StripeRejected(StripeFailure):
    """A definite refusal, kept by Stripe under the key: try again only with a new key.

    `code` is Stripe's error code (`balance_insufficient`, …) or "" where it gives none.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code or 'rejected'}: {message}")
        self.code = code
        self.message = message


class StripeMisconfigured(StripeFailure):
    """401 or 403: our key or our rights are wrong, so no request at all can succeed: stop."""


class StripeKeyMismatch(StripeFailure):
    """The idempotency key was used before with other parameters: freeze and alert."""


class MissingKey(ValueError):
    """A write was asked for without an idempotency key: a mistake of ours, nothing was sent."""


class InvalidSignature(Exception):
    """A webhook that is not Stripe's, or not of now."""


RESEND_STATUSES = frozenset({409, 429})
RESEND_CODES = frozenset({"rate_limit", "lock_timeout", "idempotency_key_in_use"})


def failure_from(status: int | None, error: Mapping[str, object], message: str) -> StripeFailure:
    """The failure that an HTTP status and Stripe's error object mean.

    `status` is None where no answer came. A 2xx that raised could not be read: unknown outcome.
    A 403 for one account (`account_invalid`: it left the platform) concerns that account only,
    and is a refusal, not a fault of the set-up.
    """
    code = str(error.get("code") or "")
    if status is None or status < 400 or status >= 500:
        return StripeUnreachable(message)
    if status in RESEND_STATUSES or code in RESEND_CODES:
        return StripeUnreachable(message)
    if error.get("type") == "idempotency_error":
        return StripeKeyMismatch(message)
    if status in (401, 403) and code != "account_invalid":
        return StripeMisconfigured(message)
    return StripeRejected(code, message)
