"""Writes on the outbox."""

from datetime import datetime

from sqlalchemy import select

from voucher.core.db import session
from voucher.notifications.models import Message, MessageStatus


def enqueue(
    *,
    once_key: str,
    kind: str,
    recipient: str,
    user_id: int | None,
    subject: str,
    text_body: str,
    html_body: str,
    at: datetime,
    voucher_id: int | None = None,
) -> Message | None:
    """Put a message into the outbox, to be sent by the worker; None if `once_key` is there already.

    `once_key` says what the message is about ("voucher.issued:17"), so that nobody gets it twice.
    """
    seen = select(Message.id).where(Message.once_key == once_key)
    if session.execute(seen).first() is not None:
        return None
    message = Message(
        once_key=once_key,
        kind=kind,
        recipient=recipient,
        user_id=user_id,
        voucher_id=voucher_id,
        subject=subject,
        text_body=text_body,
        html_body=html_body,
        status=MessageStatus.WAITING,
        send_after=at,
        created_at=at,
    )
    session.add(message)
    session.flush()
    return message
