"""Addresses nobody can have been given: characters that no record of ours can hold lead nowhere.

PostgreSQL refuses a NUL in any value, so such an address must not reach a query.
"""

from flask import Flask, abort, request

from voucher.web.forms import UNPRINTABLE


def init_addresses(app: Flask) -> None:
    """Answer 404 to an address with a character in its gaps that can't be printed."""
    app.before_request(_refuse_unprintable)


def _refuse_unprintable() -> None:
    gaps = (request.view_args or {}).values()
    if any(UNPRINTABLE.search(value) for value in gaps if isinstance(value, str)):
        abort(404)
