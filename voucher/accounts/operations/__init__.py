"""Writes on people: `joining`, `inviting`, `second_factor` and its recovery, `sessions`."""

from voucher.accounts.operations.inviting import accept_invitation, invite, withdraw_invitation
from voucher.accounts.operations.joining import (
    end_membership,
    join_business,
    join_provider,
    join_staff,
    register,
)
from voucher.accounts.operations.second_factor import (
    ask_recovery,
    cancel_recovery,
    complete_recovery,
    use_totp_counter,
)
from voucher.accounts.operations.sessions import (
    begin_session,
    end_other_sessions,
    end_session,
    see_session,
    sign_out_everywhere,
)

__all__ = [
    "accept_invitation",
    "ask_recovery",
    "begin_session",
    "cancel_recovery",
    "complete_recovery",
    "end_membership",
    "end_other_sessions",
    "end_session",
    "invite",
    "join_business",
    "join_provider",
    "join_staff",
    "register",
    "see_session",
    "sign_out_everywhere",
    "use_totp_counter",
    "withdraw_invitation",
]
