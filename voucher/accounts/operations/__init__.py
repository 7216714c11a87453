"""Writes on people: `joining`, `inviting`, `second_factor` and its recovery."""

from voucher.accounts.operations.inviting import accept_invitation, invite, withdraw_invitation
from voucher.accounts.operations.joining import (
    end_membership,
    join_business,
    join_provider,
    join_staff,
    register,
    sign_out_everywhere,
)
from voucher.accounts.operations.second_factor import (
    ask_recovery,
    cancel_recovery,
    complete_recovery,
    use_totp_counter,
)

__all__ = [
    "accept_invitation",
    "ask_recovery",
    "cancel_recovery",
    "complete_recovery",
    "end_membership",
    "invite",
    "join_business",
    "join_provider",
    "join_staff",
    "register",
    "sign_out_everywhere",
    "use_totp_counter",
    "withdraw_invitation",
]
