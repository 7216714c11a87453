"""Which links a page offers: only to pages that exist here and that the person may open.

This spares people dead ends; it protects nothing. Every route checks for itself (access.py).
"""

from flask import Flask, current_app
from flask_login import current_user

from voucher.accounts.permissions import Permission
from voucher.web.access import PUBLIC, SIGNED_IN, access_of, current_members, is_by_key


def init_navigation(app: Flask) -> None:
    """Give templates `may_open(endpoint)`."""
    app.jinja_env.globals["may_open"] = may_open


def may_open(endpoint: str) -> bool:
    """Whether the present visitor may open the page, in any of the capacities they hold."""
    if endpoint not in current_app.view_functions:
        return False
    wanted = access_of(current_app, endpoint)
    if wanted == PUBLIC:
        return True
    if wanted is None or is_by_key(wanted) or not (current_user and current_user.is_authenticated):
        return False
    if wanted == SIGNED_IN:
        return True
    return any(member.may(Permission(wanted)) for member in current_members())
