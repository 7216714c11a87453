"""The web's boundary of transactions: who commits, and when.

A GET changes nothing: it runs read-only and is rolled back. Anything else is committed when its
answer is under 400, and rolled back otherwise. Views and operations never commit.
"""

from flask import Flask, Response, current_app, g, request

from voucher.core.db import begin_reading, commit, end_reading, session
from voucher.core.errors import Conflict

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def init_transactions(app: Flask) -> None:
    """Put the boundary around every request of `app`."""
    app.before_request(_begin)
    app.after_request(_end)
    app.teardown_request(_forget)


def _begin() -> None:
    if request.method in SAFE_METHODS:
        g.read_only = begin_reading()


def _end(response: Response) -> Response:
    if request.method in SAFE_METHODS or response.status_code >= 400:
        session.rollback()
        return response
    try:
        commit()
    except Conflict as error:
        session.rollback()
        return current_app.make_response(current_app.handle_user_exception(error))
    return response


def _forget(_error: BaseException | None) -> None:
    token = g.pop("read_only", None)
    if token is not None:
        end_reading(token)
