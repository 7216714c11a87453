"""Pure rules of paying: when money may move, what may be sent again, what a refusal means."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from voucher.core.working_days import working_days_between
from voucher.payments.models import FINISHED, AttemptKind, AttemptOutcome, PaymentStatus

LEASE = timedelta(minutes=5)
"""How long a worker may take over one request: longer than the gateway's longest wait and its two
repetitions together."""

RESEND_WINDOW = timedelta(hours=20)
"""Stripe may forget a key after 24 hours ("Idempotent requests" in its API reference); four hours
are left for clocks that differ and requests that linger."""

SETTLING = timedelta(hours=1)
"""How long after the last request a look-up that finds nothing proves that nothing happened."""

LOOK_BACK = timedelta(days=1)
"""How far before our own first request a look-up by date begins, should the clocks differ."""

PAYOUT_LOOK_AGAIN = timedelta(minutes=15)
PAID_LOOK_AGAIN = timedelta(days=1)
PAID_WATCH = timedelta(days=14)
"""A payout that was paid can still come back; so it is read again daily for two weeks."""

GATE_LOOK_AGAIN = timedelta(hours=1)
LONGEST_PAUSE = timedelta(hours=1)
MOST_EVENT_TRIES = 8

FUNDS_CODES = frozenset({"balance_insufficient", "insufficient_funds"})
PAYEE_CODES = frozenset(
    {
        "account_closed",
        "account_invalid",
        "bank_account_unusable",
        "insufficient_capabilities_for_transfer",
        "payouts_not_allowed",
        "transfers_not_allowed",
    }
)
"""Stripe's error codes ("Error codes" in its documentation) that put the payee at fault, not us."""

BANK_WORDS = {
    "account_closed": "the bank account has been closed",
    "account_frozen": "the bank account is frozen",
    "bank_account_restricted": "the bank account can’t take this kind of payment",
    "debit_not_authorized": "the bank account can’t take this kind of payment",
    "incorrect_account_holder_name": "the account holder’s name does not match",
    "incorrect_account_type": "the kind of bank account does not match",
    "invalid_account_number": "the bank account number is not valid",
    "no_account": "the bank account could not be found",
}
"""Stripe's payout failure codes ("Payout failures" in its documentation) in plain words."""


def idempotency_key(environment: str, reference: str, kind: AttemptKind, number: int) -> str:
    """The key of attempt `number`: always the same for the same attempt, never for another.

    The environment keeps a rehearsal's keys apart from real ones, and the payment's random
    reference those of a database that was built anew.
    """
    return f"{environment}:pay:{reference}:{kind.value}:{number}"


def may_send(
    outcome: AttemptOutcome | None, first_sent_at: datetime, at: datetime, *, stopped: bool
) -> bool:
    """Whether an open attempt may be sent again under its key at `at`.

    Not after the window, not after the key turned out to be used for something else, and not while
    the case is held or the provider suspended: then it is only looked up.
    """
    return outcome is None and not stopped and at - first_sent_at <= RESEND_WINDOW


def may_conclude(
    outcome: AttemptOutcome | None,
    first_sent_at: datetime,
    last_sent_at: datetime,
    at: datetime,
) -> bool:
    """Whether a look-up at `at` that finds nothing proves that the attempt never happened.

    Only once it can't be sent again and the last request has long settled.
    """
    closed = outcome is AttemptOutcome.MISMATCH or at - first_sent_at > RESEND_WINDOW
    return closed and at - last_sent_at > SETTLING


def pause(tries: int) -> timedelta:
    """How long to wait after the `tries`-th try without an answer: 1, 2, 4 … 60 minutes."""
    return min(timedelta(minutes=2 ** min(max(tries, 1) - 1, 6)), LONGEST_PAUSE)


@dataclass(frozen=True, kw_only=True)
class ClaimFacts:
    """What must agree before a claim is paid. Amounts in pence.

    `allowed_pence` is min(cap, share × price without VAT); `recognised_pence` what the books say
    the provider is owed for this claim.
    """

    amount_pence: int
    redeemed_pence: int
    allowed_pence: int
    recognised_pence: int
    claim_approved: bool
    voucher_redeemed: bool


def disagreements(facts: ClaimFacts) -> tuple[str, ...]:
    """Every reason why this claim must not be paid as it stands; empty if there is none."""
    amount = facts.amount_pence
    tests = (
        (not facts.claim_approved, "the claim is not approved"),
        (not facts.voucher_redeemed, "the voucher is not redeemed"),
        (amount != facts.redeemed_pence, "the amount is not the one redeemed"),
        (amount > facts.allowed_pence, "the amount is more than the voucher is worth"),
        (amount != facts.recognised_pence, "the books do not owe the provider this amount"),
    )
    return tuple(words for found, words in tests if found)


def stop_reason(*, held: bool, provider_approved: bool, gone: str | None = None) -> str | None:
    """Why nothing may be paid just now though all is in order, or None.

    `gone`: why the provider is gone, where it is; then a person decides whom the money is owed.
    """
    if held:
        return "The case is on hold."
    if gone:
        return f"The provider is gone ({gone}): a person must decide."
    return None if provider_approved else "The provider is suspended."


def payee_reason(*, has_account: bool, payable: bool) -> str | None:
    """Why Stripe could not pay this provider, as last read, or None."""
    if not has_account:
        return "The provider has not set up payment yet."
    return None if payable else "Stripe needs something from the provider before it can be paid."


def cooling_until(bank_changed_at: datetime | None, cooling_days: int) -> datetime | None:
    """Until when nothing goes to a bank account that was changed, or None if it never was."""
    return None if bank_changed_at is None else bank_changed_at + timedelta(days=cooling_days)


def status_after_refusal(code: str) -> PaymentStatus:
    """Where a transfer goes that Stripe definitely refused with `code`."""
    if code in FUNDS_CODES:
        return PaymentStatus.BLOCKED_FUNDS
    return PaymentStatus.BLOCKED_PAYEE if code in PAYEE_CODES else PaymentStatus.ATTENTION


def bank_words(code: str | None) -> str:
    """Why a bank returned a payout, as a sentence for provider and staff."""
    return f"The money came back: {BANK_WORDS.get(code or '', 'the bank refused it')}."


def event_pause(tries: int) -> timedelta | None:
    """How long to wait before an event is tried again; None once it has failed too often."""
    return None if tries >= MOST_EVENT_TRIES else timedelta(minutes=2 ** (tries - 1))


def affordable(waiting: list[tuple[int, int]], available_pence: int) -> list[int]:
    """Which of the payments (id, pence), in their order, the balance covers all together.

    One that is too large does not keep smaller ones after it waiting.
    """
    chosen = []
    for payment_id, pence in waiting:
        if pence <= available_pence:
            chosen.append(payment_id)
            available_pence -= pence
    return chosen


@dataclass(frozen=True)
class Age:
    """How long a payment has been waited for: working days, and how many too many."""

    working_days: int
    days_late: int


def age(
    status: PaymentStatus, *, approved_on: date, pay_by_on: date | None, today: date
) -> Age | None:
    """The age in working days since approval of a payment that is not finished, else None."""
    if status in FINISHED:
        return None
    late = 0 if pay_by_on is None else max(0, working_days_between(pay_by_on, today))
    return Age(working_days_between(approved_on, today), late)
