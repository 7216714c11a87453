"""One business on its way through a round: who it is, which rows are its own, how it is played."""

import random
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from voucher.core.db import session
from voucher.sandbox.material.businesses import FictionalBusiness
from voucher.sandbox.seed.stage import Stage


@dataclass(slots=True)
class Case:
    """A case and its ids as they come into being. `over` ends it: later steps do nothing."""

    stage: Stage
    business: FictionalBusiness
    round_name: str
    fate: str
    number: int
    draw: random.Random
    favours_cast: bool = False
    over: bool = False
    business_id: int = 0
    user_id: int = 0
    ids: dict[str, int] = field(default_factory=dict)

    def row(self, model: type, name: str) -> Any:
        """The case's row of that kind, from the database."""
        return session.get_one(model, self.ids[name])

    @property
    def round_id(self) -> int:
        """The round of the case."""
        return self.stage.rounds[self.round_name]

    @property
    def caseworker(self) -> int:
        """The officer whose case it is."""
        return self.stage.people["caseworker" if self.number % 2 else "second_caseworker"]

    @property
    def other_caseworker(self) -> int:
        """The other officer."""
        return self.stage.people["second_caseworker" if self.number % 2 else "caseworker"]

    @property
    def approver(self) -> int:
        """The second person."""
        return self.stage.people["approver"]


@dataclass(frozen=True, slots=True)
class Due:
    """A step of a case at its moment."""

    at: datetime
    case: Case
    step: str
