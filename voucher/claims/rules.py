"""What a claim must say, what evidence it must bring, and by when. Amounts in whole pence."""

import hashlib
import hmac
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from voucher.core.money import WHOLE_BPS
from voucher.matching.rules import PriceBreakdown

DEADLINE_DAYS = 28


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One amount of a claim that is not what was agreed; `field` is its name in both."""

    field: str
    claimed: int
    agreed: int

    @property
    def difference(self) -> int:
        """Claimed less agreed: above nothing, too much was claimed."""
        return self.claimed - self.agreed


AMOUNT_FIELDS = (
    "net_price_pence",
    "vat_rate_bps",
    "vat_pence",
    "voucher_pence",
    "contribution_pence",
)


def amount_mismatches(claimed: PriceBreakdown, agreed: PriceBreakdown) -> tuple[Mismatch, ...]:
    """Every one of the five amounts in which a claim differs from the agreement, field by field.

    A claim that asks for less differs too: the parties agree anew, so that the five amounts on
    record are always the ones all three agreed.
    """
    pairs = ((field, getattr(claimed, field), getattr(agreed, field)) for field in AMOUNT_FIELDS)
    return tuple(Mismatch(*pair) for pair in pairs if pair[1] != pair[2])


class EvidenceLevel(StrEnum):
    """How much a claim must show."""

    LIGHT = "light"
    FULL = "full"


class EvidenceKind(StrEnum):
    """What the provider attaches. The business's confirmation is an act of its own."""

    INVOICE = "invoice"
    DELIVERY_RECORD = "delivery_record"
    CONTRIBUTION_RECEIPT = "contribution_receipt"


EVIDENCE_REQUIRED = {
    EvidenceLevel.LIGHT: frozenset({EvidenceKind.INVOICE}),
    EvidenceLevel.FULL: frozenset(EvidenceKind),
}


def evidence_level(voucher_pence: int, *, full_from_pence: int, in_sample: bool) -> EvidenceLevel:
    """Light under the threshold; full from it on, and for every claim in the random sample."""
    if in_sample or voucher_pence >= full_from_pence:
        return EvidenceLevel.FULL
    return EvidenceLevel.LIGHT


def missing_evidence(
    level: EvidenceLevel, provided: Collection[EvidenceKind], *, contribution_pence: int
) -> tuple[EvidenceKind, ...]:
    """The kinds still to be attached, in the order of EvidenceKind.

    No receipt is asked for where the business pays nothing itself.
    """
    required = EVIDENCE_REQUIRED[level]
    if contribution_pence == 0:
        required = required - {EvidenceKind.CONTRIBUTION_RECEIPT}
    return tuple(kind for kind in EvidenceKind if kind in required and kind not in provided)


def sampled(seed: bytes, reference: str, rate_bps: int) -> bool:
    """Whether the claim `reference` is in the round's random sample of `rate_bps`.

    HMAC-SHA256(seed, reference), its first 64 bits as a fraction below the rate. Anybody who holds
    the seed can repeat it; nobody without it can foresee it; a claim's place never changes, and a
    higher rate only adds claims. Raises ValueError for an empty seed or a rate outside 0 to 10,000.
    """
    if not seed:
        raise ValueError("the sample needs a seed")
    if not 0 <= rate_bps <= WHOLE_BPS:
        raise ValueError("a sampling rate is between 0 and 10,000 basis points")
    drawn = hmac.new(seed, reference.encode(), hashlib.sha256).digest()[:8]
    return int.from_bytes(drawn, "big") * WHOLE_BPS < rate_bps << 64


def due_on(begun_on: date, days: int = DEADLINE_DAYS) -> date:
    """The last day for a claim (after the work was delivered) or a confirmation (after the claim).

    28 days unless the round says otherwise. Raises ValueError for less than one.
    """
    if days < 1:
        raise ValueError("a deadline is at least a day away")
    return begun_on + timedelta(days=days)


def is_overdue(due: date, today: date) -> bool:
    """Whether the deadline has passed. Its last day is in time."""
    return today > due


def escalation_due(due: date, today: date, *, escalated_on: date | None) -> bool:
    """Whether silence past the deadline must now be put before a caseworker: once, never twice."""
    return escalated_on is None and is_overdue(due, today)
