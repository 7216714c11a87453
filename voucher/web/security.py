"""Sign-in: Flask-Security, configured."""

from flask import Flask


def init_security(app: Flask) -> None:
    """Put sign-in on `app`."""
