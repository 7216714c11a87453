"""Writes on matching: `shortlist` (ranked and kept), `choice` (choice, answers, agreement).

The voucher is a row of a higher package and is handed in; what is asked of it stands in
`rules.VoucherFacts`.
"""

from voucher.matching.operations.choice import accept, agree, choose, decline, lapse, withdraw
from voucher.matching.operations.shortlist import make_shortlist

__all__ = ["accept", "agree", "choose", "decline", "lapse", "make_shortlist", "withdraw"]
