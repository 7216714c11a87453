"""What one page carries to the next, in the asker's own browser and for a few minutes only.

For answers that lead to a page of their own although nothing is stored: they must not stand in an
address, which servers, proxies and browsers write down, and a page that answers a POST itself asks
to send the form again when somebody comes back to it. The cookie is encrypted, bound to one use by
its name, sent to one path only, and out of reach of scripts.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from flask import Response, current_app, request


@dataclass(frozen=True, slots=True)
class Carried:
    """One kind of carried values: the cookie's name, the path it is sent to, how long it lasts."""

    cookie: str
    path: str
    lasts: timedelta

    def put(self, response: Response, values: Mapping[str, Any]) -> Response:
        """Give the browser `values` (what JSON can say) with `response`."""
        response.set_cookie(
            self.cookie,
            self._box().encrypt(json.dumps(values).encode()).decode(),
            max_age=self.lasts,
            path=self.path,
            httponly=True,
            secure=current_app.config["SESSION_COOKIE_SECURE"],
            samesite="Lax",
        )
        return response

    def take(self) -> dict[str, Any] | None:
        """The values this request brings; None if there are none, too old ones, or not ours."""
        sealed = request.cookies.get(self.cookie, "").encode()
        try:
            values = self._box().decrypt(sealed, ttl=int(self.lasts.total_seconds()))
        except InvalidToken:
            return None
        found: dict[str, Any] = json.loads(values)
        return found

    def forget(self, response: Response) -> Response:
        """Take the values away with `response`."""
        response.delete_cookie(self.cookie, path=self.path)
        return response

    def _box(self) -> Fernet:
        key = f"{self.cookie}\x00{current_app.config['SECRET_KEY']}".encode()
        return Fernet(base64.urlsafe_b64encode(hashlib.sha256(key).digest()))
