"""Errors of the domain. They carry words for a person and know nothing of HTTP."""


class DomainError(Exception):
    """A rule of the scheme was broken; `str(error)` is a sentence for the person who tried."""


class NotFound(DomainError):
    """There is no such record, or none that this person may know of."""


class NotPermitted(DomainError):
    """The person may know the record but may not do this with it."""


class Conflict(DomainError):
    """Somebody or something else got there first, or the record has moved on."""


class Invalid(DomainError):
    """A value was refused; `field` names the form field where the message belongs, if any."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field
