"""Problems as documents for programs (RFC 9457): every code there is, its status, and its title.

A code never changes its meaning; the sentences beside it may. The list stands in the document of
the interface (voucher/web/api/document.py), and here alone it is decided what each code is as HTTP.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, request
from werkzeug.exceptions import HTTPException

from voucher.claims.rules import ClaimProblems, EvidenceKind
from voucher.core.errors import DomainError
from voucher.web.configuration import settings

PREFIX = "/api/"
MEDIA_TYPE = "application/problem+json"
KEPT_HEADERS = ("Retry-After", "Allow", "WWW-Authenticate")


@dataclass(frozen=True)
class Code:
    """What a code is as HTTP, and its title for the person who reads a log."""

    status: int
    title: str


CODES = {
    "bad_request": Code(400, "The request can’t be read"),
    "invalid_json": Code(400, "The body is not valid JSON"),
    "idempotency_key_missing": Code(400, "The header Idempotency-Key is missing or malformed"),
    "key_missing": Code(401, "There is no key in the header Authorization"),
    "key_unknown": Code(401, "The key is not known"),
    "key_expired": Code(401, "The key has expired"),
    "key_revoked": Code(401, "The key was revoked"),
    "not_permitted": Code(403, "This is not permitted"),
    "scope_missing": Code(403, "The key is not allowed this"),
    "provider_suspended": Code(403, "The provider is suspended"),
    "key_maker_left": Code(403, "Whoever made the key has left"),
    "not_found": Code(404, "There is no such thing"),
    "voucher_not_found": Code(404, "The voucher’s code is not known, or not for you"),
    "method_not_allowed": Code(405, "This address does not take this method"),
    "conflict": Code(409, "The record has moved on"),
    "request_in_progress": Code(409, "The same request is being carried out"),
    "voucher_redeemed": Code(409, "The voucher was redeemed already"),
    "voucher_completed": Code(409, "The voucher was used and paid"),
    "voucher_expired": Code(409, "The voucher has expired"),
    "voucher_cancelled": Code(409, "The voucher was cancelled"),
    "not_agreed": Code(409, "The work has not been agreed"),
    "case_on_hold": Code(409, "The case is on hold"),
    "business_closed": Code(409, "The business is closed"),
    "change_open": Code(409, "A change of the agreement is open"),
    "registration_incomplete": Code(409, "The registration does not allow new work"),
    "claim_sent": Code(409, "The claim was sent and can’t be changed"),
    "claim_not_ready": Code(409, "The claim can’t be sent yet"),
    "offer_open": Code(409, "An offer of other amounts is open"),
    "invoice_fixed": Code(409, "The invoice can only be replaced by a corrected one"),
    "invoice_number_taken": Code(409, "Another claim has an invoice of this number"),
    "too_many_files": Code(409, "The claim has as many files as it can have"),
    "too_large": Code(413, "The request is too large"),
    "unsupported_media_type": Code(415, "This kind of body is not taken"),
    "invalid_request": Code(422, "A value in the request was refused"),
    "idempotency_key_reused": Code(422, "The idempotency key was used for another request"),
    "file_refused": Code(422, "The file was refused"),
    "rate_limited": Code(429, "Too many requests"),
    "internal_error": Code(500, "Something went wrong on our side"),
    "unavailable": Code(503, "The service is not available at the moment"),
}
OF_STATUS = {
    400: "bad_request",
    401: "key_missing",
    403: "not_permitted",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    413: "too_large",
    415: "unsupported_media_type",
    422: "invalid_request",
    429: "rate_limited",
    503: "unavailable",
}
"""The code of an HTTP error that has none of its own."""


class RequestRefused(DomainError):
    """A request that does not say what its description asks for; `errors` says where."""

    def __init__(self, code: str, message: str, errors: Sequence[Mapping[str, str]] = ()) -> None:
        super().__init__(message, code=code)
        self.errors = tuple(errors)


def for_programs() -> bool:
    """Whether the request is one to the programs' interface."""
    return request.path.startswith(PREFIX)


def domain_problem(error: DomainError) -> Response:
    """The document of a domain error, with the values that it refused."""
    known = error.code if error.code in CODES else "conflict"
    return problem(known, str(error), _errors_of(error))


def http_problem(error: HTTPException) -> Response:
    """The document of an HTTP error; an address that only leads elsewhere is one that is not."""
    status = error.code or 500
    code = OF_STATUS.get(404 if status < 400 else status)
    if code is None:
        code = "bad_request" if status < 500 else "internal_error"
    answer = problem(code, "")
    for name, value in error.get_headers(request.environ):
        if name in KEPT_HEADERS:
            answer.headers[name] = value
    return answer


def problem(code: str, detail: str, errors: Sequence[Mapping[str, str]] = ()) -> Response:
    """The document of `code`; `detail` and `errors` are left out where there are none."""
    found = CODES[code]
    body: dict[str, Any] = {
        "type": f"{settings().base_url}/api#{code}",
        "title": found.title,
        "status": found.status,
        "code": code,
    }
    if detail:
        body["detail"] = detail
    if errors:
        body["errors"] = [dict(one) for one in errors]
    text = json.dumps(body, ensure_ascii=False)
    answer = Response(text, found.status, content_type=MEDIA_TYPE)
    if found.status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="api"'
    return answer


def _errors_of(error: DomainError) -> Sequence[Mapping[str, str]]:
    if isinstance(error, RequestRefused):
        return error.errors
    if isinstance(error, ClaimProblems):
        return [_at(each.field, each.words) for each in error.problems]
    field = getattr(error, "field", None)
    return [_at(field, str(error))] if field else []


def _at(field: str, words: str) -> dict[str, str]:
    """One refused value: which files are missing is told at the list of files."""
    name = "files" if field in set(EvidenceKind) else field
    return {"pointer": f"#/{name}", "detail": words}
