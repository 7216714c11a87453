"""What the interface offers: every operation said once, for routes, checks and document.

A module of views declares each with `operation(…)`; nothing else makes a route. So the document
can't promise what the code does not do, nor keep quiet about what it does.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from voucher.providers.api_keys.rules import Caller, Scope
from voucher.web.access import BY_KEY

ROOT = "/api/v1"


@dataclass(frozen=True)
class Upload:
    """A file that was sent: its stream (seekable) and the name it came with."""

    stream: Any
    name: str


@dataclass(frozen=True)
class Call:
    """A request that was let in and checked: who asks, and what for."""

    caller: Caller
    gaps: Mapping[str, str]
    """What fills the gaps of the path, by name."""
    body: Mapping[str, Any] = field(default_factory=dict)
    cursor: str | None = None
    limit: int = 25
    upload: Upload | None = None


@dataclass(frozen=True)
class Answer:
    """What a view answers; `record` is the reference of what was done something to."""

    body: Mapping[str, Any] | None
    status: int = 200
    location: str | None = None
    record: str = ""


View = Callable[[Call], Answer]


@dataclass(frozen=True)
class Operation:
    """One thing that a program may ask for. Schemas are named as in `schemas.SCHEMAS`."""

    method: str
    path: str
    name: str
    summary: str
    tag: str
    scope: Scope | None
    view: View
    answers: Mapping[int, str | None]
    body: str | None = None
    form: str | None = None
    codes: tuple[str, ...] = ()
    paged: bool = False
    looks: bool = False
    """It is sent by POST, for what it holds must stand in no address, but changes nothing."""
    links: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Operations that this one leads to: what fills their gaps, as OpenAPI's expressions say it;
    what `BODY` names goes into their body."""

    @property
    def acts(self) -> bool:
        """Whether it changes something."""
        return self.method != "GET" and not self.looks

    @property
    def repeatable(self) -> bool:
        """Whether it needs an idempotency key: it is a POST, which does more when sent twice."""
        return self.acts and self.method == "POST"

    @property
    def access(self) -> str:
        """What the list of routes says of who may call it."""
        return f"{BY_KEY}:{self.scope.value}" if self.scope else BY_KEY


ITS_REFERENCE = "$response.body#/reference"
FIRST_REFERENCE = "$response.body#/items/0/reference"
BODY = "body."

OPERATIONS: list[Operation] = []
TAGS = ("Vouchers", "Claims", "Money", "Key")


def in_order() -> list[Operation]:
    """Every operation as one comes to them: vouchers, claims, money; each as its module has it."""
    return sorted(OPERATIONS, key=lambda one: TAGS.index(one.tag))


def operation(method: str, path: str, **declared: Any) -> Callable[[View], View]:
    """Declare the function below as an operation; its docstring is what the document says of it."""

    def declare(view: View) -> View:
        OPERATIONS.append(Operation(method=method, path=path, view=view, **declared))
        return view

    return declare
