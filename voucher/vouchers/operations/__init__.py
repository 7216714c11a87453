"""Writes on vouchers: `award` (confirmation, award and issue in one), `redemption` (the one use),
`life` (extend, expire, cancel, complete), `departure` (of a chosen provider)."""

from voucher.vouchers.operations.award import award_on_confirmation
from voucher.vouchers.operations.departure import leave_gone_provider
from voucher.vouchers.operations.life import call_off, cancel, complete, expire, extend
from voucher.vouchers.operations.redemption import redeem
from voucher.vouchers.queries import code_of

__all__ = [
    "award_on_confirmation",
    "call_off",
    "cancel",
    "code_of",
    "complete",
    "expire",
    "extend",
    "leave_gone_provider",
    "redeem",
]
