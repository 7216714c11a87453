"""The stage that the timeline is played on: services, people and rounds, by name."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from voucher.core.clock import london_date
from voucher.integrations.services import Services
from voucher.programmes.models import Round
from voucher.programmes.queries import round_by_id
from voucher.sandbox.seed.levers import Levers
from voucher.sandbox.seed.moments import on_day

LAST_YEAR_BEGAN_DAYS_AGO = 430
LAST_YEAR_CLOSED_DAYS_AGO = 350
OPENED_DAYS_AGO = 75
CLOSES_IN_DAYS = 70


@dataclass(frozen=True, slots=True)
class SignIn:
    """What only the web knows how to make: one hashed password and one sealed app secret."""

    password_hash: str
    app_secret: str


@dataclass(slots=True)
class Stage:
    """Everything the steps need. People are user ids by key; rounds are ids by name."""

    services: Services
    sign_in: SignIn
    levers: Levers
    now: datetime
    cast_business: str = ""
    people: dict[str, int] = field(default_factory=dict)
    rounds: dict[str, int] = field(default_factory=dict)
    provider_members: dict[int, int] = field(default_factory=dict)
    """Provider id → the user who acts for it."""
    errands: list[Callable[[datetime], None]] = field(default_factory=list)
    """What is to be done at Stripe this evening."""
    spared: set[int] = field(default_factory=set)
    """Providers that no trouble with Stripe may befall: they have their own, or had some."""
    shut_mailboxes: set[str] = field(default_factory=set)
    """Which kinds of mailbox that takes no letters somebody has already."""
    left_ready: set[int] = field(default_factory=set)
    """Claims whose payments finance leaves in the queue."""
    declined: int = 0
    """How many requests providers have declined so far."""
    refused_a_release: bool = False
    """Whether the second person has once sent a release back."""
    listed: list[str] = field(default_factory=list)
    """People whose names are on the fictional sanctions list, as a register writes them."""
    entered: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Name of a business → its id, and that of the user who acts for it."""

    @property
    def today(self) -> date:
        """The London date on which the demonstration is made."""
        return london_date(self.now)

    @property
    def code_key(self) -> bytes:
        """The key of the voucher codes."""
        return self.services.settings.voucher_code_key.encode()

    def day(self, days_ago: int) -> date:
        """The date that many days before today."""
        return self.today - timedelta(days=days_ago)

    def moment(self, days_ago: int, hour: int = 10, minute: int = 0) -> datetime:
        """A London clock time that many days before today."""
        return on_day(self.day(days_ago), hour, minute)

    def round(self, name: str) -> Round:
        """The round "last_year" or "now", whole."""
        return round_by_id(self.rounds[name])
