"""What can go wrong when the register is asked.

`CompanyNotFound` is an answer. `RegisterUnavailable` is the absence of one: whoever catches it
must leave the check pending and ask again, and never count it against the business.
"""

from enum import StrEnum


class Unavailability(StrEnum):
    """Why there was no answer, for the log and for the page that says what happens next."""

    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed-out"
    RATE_LIMITED = "rate-limited"
    FAILING = "failing"
    REFUSED_OUR_KEY = "refused-our-key"
    MALFORMED = "malformed"


class CompanyNotFound(LookupError):
    """The register answered, in its own words, that it holds no company of this number."""

    def __init__(self, number: str) -> None:
        super().__init__(f"The register of companies holds no company {number}.")
        self.number = number


class RegisterUnavailable(Exception):
    """The register gave no answer that can be relied on.

    `retry_after` is the number of seconds the register asked us to wait, or None if it did not say.
    """

    def __init__(self, reason: Unavailability, detail: str, retry_after: int | None = None) -> None:
        super().__init__(f"The register of companies gave no answer ({reason}): {detail}")
        self.reason = reason
        self.retry_after = retry_after
