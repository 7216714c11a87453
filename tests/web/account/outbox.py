"""Reading the outbox as the person whose mailbox it fills."""

import re
from urllib.parse import urlsplit

from flask import Flask

from voucher.core.db import session
from voucher.notifications.models import Message


def mail_to(app: Flask, email: str) -> list[Message]:
    """Every message to the address, oldest first, detached."""
    with app.app_context():
        query = session.query(Message).filter_by(recipient=email).order_by(Message.id)
        found = query.all()
        session.expunge_all()
        session.rollback()
    return found


def link_in(message: Message) -> str:
    """The path of the first link in the message; both its forms must hold the same one."""
    address = re.search(r"https?://\S+", message.text_body)[0]
    assert address in message.html_body
    assert address.startswith("http://127.0.0.1:8000/")
    return urlsplit(address).path
