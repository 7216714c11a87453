"""The demonstration's mailbox: takes every e-mail, delivers none, and lets people read them.

`python -m voucher.sandbox.mailbox --port P --data DIR` receives by SMTP; `list_messages` and
`read_message` read what came. It stands where a real mail server would and is never used with one.
"""

from voucher.sandbox.mailbox.shelf import (
    Enclosure,
    MessageMissing,
    ReceivedMessage,
    Summary,
    list_messages,
    read_message,
    store_message,
)

__all__ = [
    "Enclosure",
    "MessageMissing",
    "ReceivedMessage",
    "Summary",
    "list_messages",
    "read_message",
    "store_message",
]
