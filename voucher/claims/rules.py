"""What a claim must say, what evidence it must bring, and by when. Amounts in whole pence."""

import hashlib
import hmac
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from voucher.claims.models import ClaimStatus
from voucher.core.errors import Invalid
from voucher.core.money import WHOLE_BPS, Money
from voucher.matching.rules import PriceBreakdown

DEADLINE_DAYS = 28
AMENDMENT_DAYS = 14
"""Days a business has to answer an offer of other amounts."""
CONTRIBUTION_DAYS = 14
"""Days a business has to show that it has paid its own part."""
DEADLINE_REMINDER_DAYS = (7, 1)
"""Days before a last day on which whoever has not spoken yet is reminded."""


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


def amendment_due_on(offered_on: date) -> date:
    """The last day for the business to answer an offer of other amounts than were agreed."""
    return due_on(offered_on, AMENDMENT_DAYS)


def is_overdue(due: date, today: date) -> bool:
    """Whether the deadline has passed. Its last day is in time."""
    return today > due


def escalation_due(due: date, today: date, *, escalated_on: date | None) -> bool:
    """Whether silence past the deadline must now be put before a caseworker: once a deadline.

    What was escalated before the deadline had passed was another one, of an earlier submission.
    """
    return is_overdue(due, today) and (escalated_on is None or escalated_on <= due)


class Awaited(StrEnum):
    """What a redeemed voucher waits for, and so who is silent."""

    CLAIM = "claim"
    """The provider's claim."""
    ANSWER = "answer"
    """The business's word on the claim."""


def awaited(*, redeemed: bool, claim: ClaimStatus | None) -> Awaited | None:
    """What a voucher waits for; None when neither party need speak now.

    `redeemed`: it is, and neither cancelled nor paid; `claim`: the status of its claim, if begun.
    """
    if not redeemed:
        return None
    if claim in (None, ClaimStatus.DRAFT):
        return Awaited.CLAIM
    return Awaited.ANSWER if claim is ClaimStatus.SUBMITTED else None


# --- is a claim ready to be sent? ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ClaimProblem:
    """One thing that keeps a claim from being sent: its field, and a sentence for the provider."""

    field: str
    words: str


class ClaimProblems(Invalid):
    """A claim that can't be sent yet; `problems` holds everything that is wrong with it."""

    def __init__(self, problems: tuple[ClaimProblem, ...]) -> None:
        super().__init__(problems[0].words, problems[0].field, code="claim_not_ready")
        self.problems = problems


@dataclass(frozen=True, slots=True)
class ClaimFacts:
    """What a provider has entered so far, by column name, and what it has attached."""

    details: Mapping[str, Any]
    evidence: frozenset[EvidenceKind]


EVIDENCE_WORDS = {
    EvidenceKind.INVOICE: "Attach your invoice to the business.",
    EvidenceKind.DELIVERY_RECORD: "Attach a record of what was delivered.",
    EvidenceKind.CONTRIBUTION_RECEIPT: "Attach proof that the business has paid its part.",
}
_AMOUNT_WORDS = {
    "net_price_pence": "the price before VAT",
    "vat_rate_bps": "the VAT rate",
    "vat_pence": "the VAT",
    "voucher_pence": "the part the voucher pays",
    "contribution_pence": "the part the business pays",
}


def claim_problems(
    facts: ClaimFacts,
    agreed: PriceBreakdown,
    level: EvidenceLevel,
    *,
    redeemed_on: date,
    today: date,
) -> tuple[ClaimProblem, ...]:
    """Everything that keeps the claim from being sent, in the order of the form."""
    found = detail_problems(facts.details, agreed, redeemed_on=redeemed_on, today=today)
    unpaid = bool(facts.details.get("contribution_unpaid"))
    proven_pence = 0 if unpaid else agreed.contribution_pence
    missing = missing_evidence(level, facts.evidence, contribution_pence=proven_pence)
    return (*found, *(ClaimProblem(kind.value, EVIDENCE_WORDS[kind]) for kind in missing))


def detail_problems(
    details: Mapping[str, Any], agreed: PriceBreakdown, *, redeemed_on: date, today: date
) -> tuple[ClaimProblem, ...]:
    """What is missing or differs in what was entered (by column name), in the order of the form.

    Invoice and contribution are dated between the redemption and today: nothing may be done before
    the voucher is redeemed.
    """
    found: list[ClaimProblem | None] = []
    if not details.get("invoice_number"):
        found.append(ClaimProblem("invoice_number", "Enter the number of your invoice."))
    found.append(_date_problem("invoice_on", details, redeemed_on, today))
    found += [_amount_problem(field, details.get(field), agreed) for field in AMOUNT_FIELDS]
    if agreed.contribution_pence and not details.get("contribution_unpaid"):
        found.append(_date_problem("contribution_paid_on", details, redeemed_on, today))
    if not str(details.get("work_done") or "").strip():
        found.append(ClaimProblem("work_done", "Say what you did for the business."))
    return tuple(problem for problem in found if problem)


_DATE_WORDS = {
    "invoice_on": "The date of the invoice",
    "contribution_paid_on": "The date of the payment",
}


def _date_problem(
    field: str, details: Mapping[str, Any], redeemed_on: date, today: date
) -> ClaimProblem | None:
    given, words = details.get(field), _DATE_WORDS[field]
    if given is None:
        return ClaimProblem(field, f"Enter {words[0].lower()}{words[1:]}.")
    if given > today:
        return ClaimProblem(field, f"{words} must be today or earlier.")
    if given < redeemed_on:
        shown = f"{redeemed_on.day} {redeemed_on:%B %Y}"
        return ClaimProblem(field, f"{words} must be {shown}, when you redeemed, or later.")
    return None


def _amount_problem(field: str, given: int | None, agreed: PriceBreakdown) -> ClaimProblem | None:
    expected = getattr(agreed, field)
    if given is None:
        return ClaimProblem(field, f"Enter {_AMOUNT_WORDS[field]}.")
    if given == expected:
        return None
    shown = f"{expected / 100:g}%" if field == "vat_rate_bps" else str(Money(expected))
    words = f"The agreement says {shown} for {_AMOUNT_WORDS[field]}. Check your invoice."
    return ClaimProblem(field, words)
