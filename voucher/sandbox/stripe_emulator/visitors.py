"""Who may pull the levers and see the dashboard, and what they ask for."""

from __future__ import annotations

import ipaddress
from typing import Any

from flask import abort, request


def refuse_strangers() -> None:
    """Only callers on this machine."""
    if not ipaddress.ip_address(request.remote_addr or "0.0.0.0").is_loopback:  # noqa: S104
        abort(403)


def asked() -> dict[str, Any]:
    """The JSON object of the request, empty when there is none."""
    body = request.get_json(silent=True)
    return body if isinstance(body, dict) else {}
