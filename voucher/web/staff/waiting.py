"""What waits for the signed-in officer, counted, on the page that they begin on."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for

from voucher.accounts.permissions import Permission as P
from voucher.allocation.offers.queries import round_to_see_to
from voucher.payments.queries.waiting import count_waiting
from voucher.programmes.models import AllocationMethod
from voucher.web.access import current_member
from voucher.web.display import counted

LINES = (
    ("appeals", P.CASE_APPROVE, "appeal to answer", "appeals to answer", "staff_queue.appeals"),
    (
        *("places", P.DRAW_STEP, "place that can’t be offered", "places that can’t be offered"),
        "staff_programmes.programmes",
    ),
    ("claims", P.CLAIM_APPROVE, "claim to approve", "claims to approve", "staff_claims.claims"),
    ("doubts", P.CLAIM_APPROVE, "doubt to answer", "doubts to answer", "staff_screening.waiting"),
    ("ready", P.PAYMENT_RELEASE, "payment ready", "payments ready", "staff_releases.ready"),
    (
        *("releases", P.PAYMENT_SECOND),
        *("release for a second person", "releases for a second person", "staff_releases.runs"),
    ),
    (
        *("stuck", P.PAYMENT_RELEASE),
        *("payment that needs a person", "payments that need a person", "staff_payments.payments"),
    ),
    (
        *("clawbacks", P.CLAWBACK_APPROVE),
        *("clawback to look at", "clawbacks to look at", "staff_clawbacks.clawbacks"),
    ),
    (
        *("movements", P.PAYMENT_RELEASE),
        *("movement to explain", "movements to explain", "staff_differences.suspense"),
    ),
    (
        *("differences", P.PAYMENT_RELEASE),
        *("open difference of the books", "open differences of the books", "staff_money.money"),
    ),
)
"""Name of the count, who acts on it, words for one and for several, page."""
ANSWERS = {"staff_payments.payments": {"status": "look"}}
AFTER = {
    AllocationMethod.RANDOM: "staff_draws.draw",
    AllocationMethod.SCORED: "staff_scorings.scoring",
}
"""The page of a round's places, by how they were given."""


@dataclass(frozen=True)
class Waiting:
    """So many things of one kind, and where they are."""

    words: str
    address: str


def waiting_for_me(*, but: str = "") -> Sequence[Waiting]:
    """What waits for somebody who may do what the signed-in officer may; `but`: on this page."""
    counts, member = count_waiting(), current_member()
    return [
        Waiting(counted(counts[name], one, many), _address(name, endpoint))
        for name, permission, one, many, endpoint in LINES
        if counts[name] and endpoint != but and member.may(permission)
    ]


def _address(name: str, endpoint: str) -> str:
    """The page of the list; of places that can't be offered, that of the first round with one."""
    round_ = round_to_see_to() if name == "places" else None
    if round_ is not None:
        return url_for(AFTER[round_.allocation_method], reference=round_.reference)
    return url_for(endpoint, **ANSWERS.get(endpoint, {}))
