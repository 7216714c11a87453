"""Pure rules of differences: what makes one the same, what it means, and what to do about it; and
what a movement that nobody here made can have been.
"""

from dataclasses import dataclass

from voucher.payments.differences.models import Outcome
from voucher.payments.reconciling import Difference, DifferenceKind

LONGEST_IDENTITY = 250
LONGEST_WHAT = 200


def identity(difference: Difference) -> str:
    """What makes a difference the same from one night to the next: its kind and its subject."""
    return f"{difference.kind.value}:{difference.what}"[:LONGEST_IDENTITY]


@dataclass(frozen=True)
class Words:
    """A difference for a person: its heading, what it means, what to do, and whose the two sums
    are."""

    heading: str
    meaning: str
    action: str
    theirs: str = "At Stripe"
    ours: str = "In our books"


WORDS: dict[DifferenceKind, Words] = {
    DifferenceKind.ONLY_THEIRS: Words(
        "Only at Stripe",
        "Stripe moved this money for one of our payments, and our books do not have it yet.",
        "The worker looks the payment up and enters it. If this is still here tomorrow, open the "
        "payment: it says what keeps it, and lets you try again.",
    ),
    DifferenceKind.ONLY_OURS: Words(
        "Only in our books",
        "Our books have a movement that Stripe does not know.",
        "Look for it in Stripe’s dashboard by its number. If it is not there, the database was "
        "changed by hand or Stripe’s account is another one: stop the worker and find out first.",
    ),
    DifferenceKind.AMOUNT: Words(
        "Amounts differ",
        "Stripe and our books have the same movement with different amounts.",
        "Stripe’s amount is what happened. Open the payment and compare it with its claim; then "
        "ask the money back, or write down here why the amounts differ.",
    ),
    DifferenceKind.BALANCE: Words(
        "Programme’s balance",
        "The programme’s balance at Stripe is not what our books say.",
        "Look at the other differences first: their sum is usually this one. If there is none, "
        "money may be on its way into the balance; look at Stripe’s “pending” balance.",
    ),
    DifferenceKind.PROVIDER_BALANCE: Words(
        "Provider’s balance",
        "A provider’s Stripe account holds more or less than our payments account for.",
        "Open the account in Stripe’s dashboard. Less: a payout or a reversal was made there by "
        "hand. More: a transfer was made by hand, or a payout came back.",
    ),
    DifferenceKind.ROUND: Words(
        "Books and round",
        "The sums kept with a round are not what its entries in the books come to.",
        "Nothing may be awarded or paid from this round until this is found. Compare the round’s "
        "entries since the last comparison that agreed, and report it as a fault of the service.",
        theirs="In our books",
        ours="Kept with the round",
    ),
    DifferenceKind.SUSPENSE: Words(
        "In suspense",
        "Money moved in the programme’s Stripe balance and nobody here made it move. It lies in "
        "suspense in our books.",
        "Find out who did it in Stripe’s dashboard. Then open the movement and say what it was; a "
        "second person agrees.",
    ),
    DifferenceKind.INVARIANT: Words(
        "A rule of the scheme is broken",
        "Something is stored that the scheme’s rules never allow.",
        "Nothing of this case may be paid until it is found. Report it as a fault of the service "
        "with its number.",
        ours="Stored here",
    ),
}


def words_of(kind: str) -> Words:
    """The words for a stored kind of difference."""
    return WORDS[DifferenceKind(kind)]


BETWEEN_BALANCES = (
    *("transfer", "transfer_refund", "transfer_cancel", "transfer_failure"),
    *("payout", "payout_cancel", "payout_failure", "topup", "topup_reversal"),
)
"""Stripe's types of movements that carry money somewhere: none of them is a fee."""


def outcomes_that_fit(
    *, kind: str, net_pence: int, of_provider: bool, asked_back_no_more: bool
) -> tuple[Outcome, ...]:
    """What a movement can have been, by what it is.

    `kind`: Stripe's type; `net_pence`: in (+) or out (−); `of_provider`: whether the account at its
    other end is a provider's of ours; `asked_back_no_more`: whether it took back what a closed
    clawback had asked for. What went to a provider paid a claim, is owed by it, or was undone; what
    came from one was money of ours, or was put back. Neither can be a fee, and only what nobody
    asks for any more can be the funder's.
    """
    if of_provider and net_pence < 0:
        return (Outcome.MATCHED, Outcome.RETURNED, Outcome.OWED)
    if of_provider:
        came_back = (Outcome.RETURNED, Outcome.TAKEN_BACK)
        return (*came_back, Outcome.FUNDER) if asked_back_no_more else came_back
    if kind in BETWEEN_BALANCES:
        return (Outcome.RETURNED, Outcome.FUNDER)
    return (Outcome.RETURNED, Outcome.FUNDER, Outcome.FEE)
