"""Writes on matching: `ways` (languages and accessibility that a business asks for), `shortlist`
(ranked and kept), `choice` (choice, answers, agreement), `variation` (an agreement changed before
the voucher is redeemed).

The voucher is a row of a higher package and is handed in; what is asked of it stands in
`rules.VoucherFacts`.
"""

from voucher.matching.operations.choice import accept, agree, choose, decline, lapse, withdraw
from voucher.matching.operations.shortlist import TrackRecord, make_shortlist, rank_now
from voucher.matching.operations.variation import (
    agree_to_variation,
    allow_variation,
    disallow_variation,
    lapse_variation,
    propose_variation,
    reason_against,
    refuse_variation,
    withdraw_variation,
)
from voucher.matching.operations.ways import ask_for_ways

__all__ = [
    "TrackRecord",
    "accept",
    "agree",
    "agree_to_variation",
    "allow_variation",
    "ask_for_ways",
    "choose",
    "decline",
    "disallow_variation",
    "lapse",
    "lapse_variation",
    "make_shortlist",
    "propose_variation",
    "rank_now",
    "reason_against",
    "refuse_variation",
    "withdraw",
    "withdraw_variation",
]
