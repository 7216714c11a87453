"""What the worker does for messages: `writing` them from events, `reminding` before last days,
`sending` and forgetting. Each job owns its transactions; the mail server is called between two of
them, holding no lock."""

from voucher.notifications.jobs.answering import remind_of_dialogue
from voucher.notifications.jobs.reminding import (
    remind_of_deadlines,
    remind_of_surveys,
    remind_of_vouchers,
)
from voucher.notifications.jobs.sending import forget_old_messages, send_messages
from voucher.notifications.jobs.writing import tell_officers_of_silence, write_messages

__all__ = [
    "forget_old_messages",
    "remind_of_deadlines",
    "remind_of_dialogue",
    "remind_of_surveys",
    "remind_of_vouchers",
    "send_messages",
    "tell_officers_of_silence",
    "write_messages",
]
