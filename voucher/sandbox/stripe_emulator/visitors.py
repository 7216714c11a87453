"""Who may pull the levers and see the dashboard, and what they ask for."""

from __future__ import annotations

import ipaddress
from typing import Any
from urllib.parse import urlsplit

from flask import abort, request


def refuse_strangers() -> None:
    """Only callers on this machine."""
    if not ipaddress.ip_address(request.remote_addr or "0.0.0.0").is_loopback:  # noqa: S104
        abort(403)


def refuse_other_sites() -> None:
    """A page of another site in the same browser must not pull levers here."""
    origin = request.headers.get("Origin")
    if request.method != "GET" and origin and urlsplit(origin).netloc != request.host:
        abort(403)


def asked() -> dict[str, Any]:
    """The JSON object of the request, empty when there is none."""
    body = request.get_json(silent=True)
    return body if isinstance(body, dict) else {}
