"""The stand-in's HTTP side: the register's two resources, and a few controls for rehearsals.

    GET  /company/{number}             profile
    GET  /company/{number}/officers    officers, in pages
    GET  /_control/health              how many companies are known
    POST /_control/companies           enter a company (a profile, with "officers" if wanted)
    POST /_control/outage              {"trouble": "down" | "slow" | "rate-limited" | null}

The control resources ask for no key: the server listens on this machine only.
"""

import base64
import binascii
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from voucher.sandbox.companies_house.register import Entry, Register, Trouble

_COMPANY = re.compile(r"/company/([^/]+)(/officers)?")
_LARGEST_BODY = 1_000_000
_LARGEST_PAGE = 35
_RETRY_AFTER_SECONDS = 120


class StandIn(ThreadingHTTPServer):
    """The server; `slow_seconds` is how long it keeps a client waiting when it plays slow."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], register: Register, slow_seconds: float) -> None:
        super().__init__(address, _Handler)
        self.register = register
        self.slow_seconds = slow_seconds
        self.closing = threading.Event()

    @property
    def base(self) -> str:
        """The address to give to the gateway."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def close(self) -> None:
        """Stop answering, wake whoever is kept waiting, and free the port."""
        self.closing.set()
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: StandIn
    server_version = "CompaniesStandIn/1"
    timeout = 30

    def do_GET(self) -> None:
        """Answer for a company, its officers or the server's health."""
        parts = urlsplit(self.path)
        if parts.path == "/_control/health":
            self._answer(200, {"status": "well", "companies": len(self.server.register)})
        elif match := _COMPANY.fullmatch(parts.path):
            self._company(match[1], bool(match[2]), parse_qs(parts.query))
        else:
            self._answer(404, {"error": "no such resource"})

    def do_POST(self) -> None:
        """Do what a rehearsal asks for; 400 with the reason for what cannot be understood."""
        controls = {"/_control/companies": self._enter, "/_control/outage": self._play_outage}
        control = controls.get(self.path)
        if control is None:
            self._answer(404, {"error": "no such resource"})
            return
        try:
            control(self._body())
        except (ValueError, TypeError, AttributeError) as error:
            self._answer(400, {"error": str(error)})

    def _company(self, number: str, officers: bool, query: dict[str, list[str]]) -> None:
        if not self._has_key():
            self._answer(401, {"error": "Invalid Authorization", "type": "ch:service"})
        elif trouble := self.server.register.trouble_for(number):
            self._misbehave(trouble)
        elif len(number) != 8:
            self._answer(500, {"error": "Internal server error"})
        elif entry := self.server.register.find(number):
            self._answer(200, _officer_list(entry, query) if officers else entry.profile)
        else:
            error = "company-officers-not-found" if officers else "company-profile-not-found"
            self._answer(404, {"errors": [{"type": "ch:service", "error": error}]})

    def _misbehave(self, trouble: Trouble) -> None:
        if trouble is Trouble.RATE_LIMITED:
            self._answer(429, {}, {"Retry-After": str(_RETRY_AFTER_SECONDS)})
        elif trouble is Trouble.DOWN:
            self._answer(503, {"error": "Service unavailable"})
        elif trouble is Trouble.MALFORMED:
            self._write(200, b"<html>Down for maintenance</html>", "text/html", {})
        else:
            self.server.closing.wait(self.server.slow_seconds)
            self._answer(504, {"error": "Gateway time-out"})

    def _enter(self, company: dict[str, Any]) -> None:
        self.server.register.enter(company)
        self._answer(201, {"companies": len(self.server.register)})

    def _play_outage(self, body: dict[str, Any]) -> None:
        name = body.get("trouble", "")
        self.server.register.play_outage(None if name is None else Trouble(name))
        self._answer(200, {"trouble": name})

    def _has_key(self) -> bool:
        scheme, _, credentials = self.headers.get("Authorization", "").partition(" ")
        try:
            key, _, password = base64.b64decode(credentials, validate=True).partition(b":")
        except binascii.Error:
            return False
        return scheme.lower() == "basic" and bool(key) and not password

    def _body(self) -> dict[str, Any]:
        length = int(self.headers.get("Content-Length", 0))
        if not 0 < length <= _LARGEST_BODY:
            raise ValueError("a body of up to a megabyte is needed")
        body = json.loads(self.rfile.read(length))
        if not isinstance(body, dict):
            raise ValueError("the body is not an object")
        return body

    def _answer(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        self._write(status, json.dumps(body).encode(), "application/json", headers or {})

    def _write(self, status: int, body: bytes, kind: str, headers: dict[str, str]) -> None:
        try:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
        except ConnectionError:
            # The client gave up waiting; for a slow answer that is what it is meant to do.
            self.close_connection = True

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing: the demonstration's terminal belongs to the application."""


def _officer_list(entry: Entry, query: dict[str, list[str]]) -> dict[str, Any]:
    start = _whole(query, "start_index", 0)
    size = min(_whole(query, "items_per_page", _LARGEST_PAGE), _LARGEST_PAGE)
    resigned = sum("resigned_on" in officer for officer in entry.officers)
    return {
        "kind": "officer-list",
        "items": list(entry.officers[start : start + size]),
        "start_index": start,
        "items_per_page": size,
        "total_results": len(entry.officers),
        "active_count": len(entry.officers) - resigned,
        "resigned_count": resigned,
        "links": {"self": f"/company/{entry.profile['company_number']}/officers"},
    }


def _whole(query: dict[str, list[str]], name: str, default: int) -> int:
    value = query.get(name, [""])[0]
    return int(value) if value.isascii() and value.isdigit() else default
