"""A record of every exchange under `/v1/`, for tests that judge what goes over the wire.

One JSON object a line in a file of the data directory, so that it outlives a killed process. Off
unless asked for: it holds whatever was sent, except the secret key.
"""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

from flask import Flask, Response, request


class Recorder:
    """Writes exchanges to a file, and hands them out once."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._lock = threading.Lock()

    def attach(self, app: Flask) -> None:
        """Record every answer of the application that is part of Stripe's interface."""
        if self._file is not None:
            app.before_request(keep_body)
            app.after_request(self.note)

    def note(self, response: Response) -> Response:
        """Write down one exchange whose answer is JSON."""
        answer = response.get_json(silent=True)
        if request.path.startswith("/v1/") and answer is not None and self._file is not None:
            line = json.dumps(exchange(response.status_code, answer))
            with self._lock, self._file.open("a", encoding="utf-8") as record:
                record.write(line + "\n")
        return response

    def take(self) -> list[dict[str, Any]]:
        """Everything recorded since the last call, oldest first."""
        if self._file is None or not self._file.exists():
            return []
        with self._lock:
            lines = self._file.read_text(encoding="utf-8").splitlines()
            self._file.unlink()
        return [json.loads(line) for line in lines]


def keep_body() -> None:
    """Read the body as it came, before it is read as a form."""
    request.get_data(cache=True)


def exchange(status: int, answer: Any) -> dict[str, Any]:
    """The current request and its answer as data."""
    return {
        "method": request.method,
        "path": request.path,
        "query": request.query_string.decode(),
        "form": request.get_data(as_text=True),
        "status": status,
        "answer": answer,
    }
