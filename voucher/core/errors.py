"""Errors of the domain. They carry words for a person and know nothing of HTTP.

`code` is for programs: a name that never changes while the words may. A rule that a program must
tell apart from others gives one; everything else has the code of its kind.
"""


class DomainError(Exception):
    """A rule of the scheme was broken; `str(error)` is a sentence for the person who tried."""

    code = "conflict"

    def __init__(self, message: str = "", *, code: str = "") -> None:
        super().__init__(message)
        if code:
            self.code = code


class NotFound(DomainError):
    """There is no such record, or none that this person may know of."""

    code = "not_found"


class NotPermitted(DomainError):
    """The person may know the record but may not do this with it."""

    code = "not_permitted"


class Conflict(DomainError):
    """Somebody or something else got there first, or the record has moved on."""


class Invalid(DomainError):
    """A value was refused; `field` names the form field where the message belongs, if any."""

    code = "invalid_request"

    def __init__(self, message: str, field: str | None = None, *, code: str = "") -> None:
        super().__init__(message, code=code)
        self.field = field
