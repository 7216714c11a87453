"""What a provider must have shown before it may work, and what an offering may say. Pure.

Dates in London, amounts in whole pence, VAT rates in basis points.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Protocol

from voucher.providers.models import DueDiligenceKind, DueDiligenceStatus, ProviderStatus

EXPIRING_KINDS = frozenset({DueDiligenceKind.INSURANCE, DueDiligenceKind.DATA_PROTECTION})
"""What is proved for a time only: the cover and the yearly registration run out."""
FILE_KINDS = frozenset({DueDiligenceKind.INSURANCE})
"""What is proved by a document; the others by a statement that an officer can look up."""
REMINDER_DAYS = 30
VAT_RATES_BPS = (2_000, 500, 0)
"""VAT Act 1994: standard rate (s. 2), reduced rate (s. 29A), zero rate (s. 30)."""
DEAREST_PENCE = 10_000_000


class ProviderFacts(Protocol):
    """What the rules ask of a provider."""

    status: ProviderStatus


class ItemFacts(Protocol):
    """What the rules ask of one line of the checklist."""

    kind: DueDiligenceKind
    status: DueDiligenceStatus
    expires_on: date | None


class WorkObstacle(StrEnum):
    """Why a provider may not take new work; `words` for the provider."""

    NOT_APPROVED = "not_approved"
    SUSPENDED = "suspended"
    CHECK_MISSING = "check_missing"
    CHECK_EXPIRED = "check_expired"

    @property
    def words(self) -> str:
        """A sentence for the provider."""
        return _OBSTACLE_WORDS[self]


_OBSTACLE_WORDS = {
    WorkObstacle.NOT_APPROVED: "Your registration has not been approved yet.",
    WorkObstacle.SUSPENDED: "Your registration is suspended.",
    WorkObstacle.CHECK_MISSING: "Something on your checklist has not been accepted.",
    WorkObstacle.CHECK_EXPIRED: "Something on your checklist has run out and must be renewed.",
}


def in_force(item: ItemFacts, today: date) -> bool:
    """Whether a line of the checklist holds today; its last day counts.

    A proof with an end holds until it, even while its renewal is being checked; one without an end
    holds once it has passed.
    """
    if item.expires_on is not None:
        return item.expires_on >= today
    return item.status is DueDiligenceStatus.PASSED


def work_obstacles(
    provider: ProviderFacts, items: Iterable[ItemFacts], today: date
) -> tuple[WorkObstacle, ...]:
    """Every reason why the provider may not take new work today; empty if it may."""
    found = []
    if provider.status is ProviderStatus.SUSPENDED:
        found.append(WorkObstacle.SUSPENDED)
    elif provider.status is not ProviderStatus.APPROVED:
        found.append(WorkObstacle.NOT_APPROVED)
    held = {item.kind: item for item in items}
    lapsed = [item for item in held.values() if not in_force(item, today)]
    if any(item.expires_on is not None for item in lapsed):
        found.append(WorkObstacle.CHECK_EXPIRED)
    if len(held) < len(DueDiligenceKind) or any(item.expires_on is None for item in lapsed):
        found.append(WorkObstacle.CHECK_MISSING)
    return tuple(found)


def may_work(provider: ProviderFacts, items: Iterable[ItemFacts], today: date) -> bool:
    """Approved, not suspended, and every line of the checklist in force today."""
    return not work_obstacles(provider, items, today)


def runs_out_soon(item: ItemFacts, today: date) -> bool:
    """Whether a proof that still holds runs out within thirty days, or the terms at all: they have
    an end only because there is a newer version to agree to."""
    if item.expires_on is None or item.expires_on < today:
        return False
    if item.kind is DueDiligenceKind.TERMS:
        return True
    return item.expires_on <= today + timedelta(days=REMINDER_DAYS)


def may_provide(item: ItemFacts, provider: ProviderFacts) -> bool:
    """Whether the provider may now (re)place the proof of this line.

    While registering: anything that has not passed. Later: what runs out, for its renewal, and what
    was not accepted. The terms whenever a newer version has given the old one an end.
    """
    if item.status is DueDiligenceStatus.PASSED and item.kind is DueDiligenceKind.TERMS:
        return item.expires_on is not None
    if item.status is DueDiligenceStatus.PASSED:
        return item.kind in EXPIRING_KINDS and provider.status in (
            ProviderStatus.APPROVED,
            ProviderStatus.SUSPENDED,
        )
    return True


def missing_profile(facts: object, needed: Sequence[str]) -> tuple[str, ...]:
    """The names in `needed` that the provider has not filled in yet."""
    return tuple(name for name in needed if not getattr(facts, name))


@dataclass(frozen=True, slots=True)
class OfferingProblem:
    """One thing wrong with an offering: the field, and a sentence for the provider."""

    field: str
    words: str


def vat_problem(vat_rate_bps: int, *, vat_registered: bool) -> OfferingProblem | None:
    """A provider not registered charges no VAT; a registered one one of the three rates."""
    if not vat_registered and vat_rate_bps:
        words = "You are not registered for VAT, so the rate must be 0%."
        return OfferingProblem("vat_rate_bps", words)
    if vat_rate_bps not in VAT_RATES_BPS:
        return OfferingProblem("vat_rate_bps", "The rate must be 20%, 5% or 0%.")
    return None
