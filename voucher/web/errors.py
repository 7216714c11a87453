"""Errors as pages: what happened in plain English, and a way on.

Domain errors carry words for a person and know nothing of HTTP; this is the one place that gives
them a status. A client that asks for JSON gets the same facts as problem+json (RFC 9457), and the
programs' interface has documents of its own (voucher/web/problems.py). The pages use a layout that
reads neither the session nor the database, so that they hold when those do not.
"""

import json
from http import HTTPStatus

from flask import Flask, Response, current_app, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import NotFound as NotFoundHere

from voucher.core.errors import Conflict, DomainError, Invalid, NotFound, NotPermitted
from voucher.web.display import identity
from voucher.web.problems import KEPT_HEADERS, domain_problem, for_programs, http_problem

STATUS_OF = (
    (NotFound, HTTPStatus.NOT_FOUND),
    (NotPermitted, HTTPStatus.FORBIDDEN),
    (Conflict, HTTPStatus.CONFLICT),
    (Invalid, HTTPStatus.UNPROCESSABLE_ENTITY),
)
PAGES = frozenset({400, 403, 404, 409, 413, 422, 429, 500, 503})
SAME_PAGE = {401: 403, 405: 404, 410: 404, 414: 400, 415: 400, 501: 503, 502: 503, 504: 503}


def init_errors(app: Flask) -> None:
    """Answer every domain error and every HTTP error with a page or a problem document."""
    app.register_error_handler(DomainError, answer_domain_error)
    app.register_error_handler(CSRFError, answer_expired_form)
    app.register_error_handler(HTTPException, answer_http_error)
    app.after_request(_lead_no_program_elsewhere)


def status_of(error: DomainError) -> int:
    """The HTTP status of a domain error; 409 where it is of no particular kind."""
    for kind, status in STATUS_OF:
        if isinstance(error, kind):
            return int(status)
    return int(HTTPStatus.CONFLICT)


def answer_domain_error(error: DomainError) -> Response:
    """Show the error's own words: they were written for the person who reads them."""
    if for_programs():
        return domain_problem(error)
    status = status_of(error)
    return _answer(status, str(error), field=getattr(error, "field", None))


def answer_expired_form(error: CSRFError) -> Response:
    """A form that was open too long, or was not ours: nothing was changed, open it again."""
    current_app.logger.info("form refused: %s", error.description)
    return _answer(400, "This page was open too long, so nothing was changed. Open it again.")


def answer_http_error(error: HTTPException) -> Response:
    """Show the page of an HTTP error; redirects and other ready answers go out as they are."""
    if for_programs():
        return http_problem(error)
    if error.response is not None or error.code is None or error.code < 400:
        return Response.force_type(error.get_response(request.environ), request.environ)
    answer = _answer(error.code, "")
    for name, value in error.get_headers(request.environ):
        if name in KEPT_HEADERS:
            answer.headers[name] = value
    return answer


def _lead_no_program_elsewhere(response: Response) -> Response:
    """The router answers `//` in an address with a page that leads elsewhere; not to a program."""
    if for_programs() and 300 <= response.status_code < 400:
        return http_problem(NotFoundHere())
    return response


def wants_json() -> bool:
    """Whether this client says that it reads JSON rather than pages."""
    offered = ["text/html", "application/json", "application/problem+json"]
    return request.accept_mimetypes.best_match(offered, "text/html") != "text/html"


def _answer(status: int, message: str, field: str | None = None) -> Response:
    if wants_json():
        return _problem(status, message, field)
    return _page(status, message)


def _problem(status: int, message: str, field: str | None) -> Response:
    body: dict[str, object] = {"type": "about:blank", "title": _phrase(status), "status": status}
    if message:
        body["detail"] = message
    if field:
        body["errors"] = [{"field": field, "detail": message}]
    return Response(json.dumps(body), status, content_type="application/problem+json")


def _page(status: int, message: str) -> Response:
    page = SAME_PAGE.get(status, status)
    if page not in PAGES:
        page = 400 if status < 500 else 500
    # Not render_template: its context processors ask who is signed in, which needs the database.
    template = current_app.jinja_env.get_template(f"errors/{page}.html")
    words = template.render(message=message, **identity())
    return Response(words, status, content_type="text/html; charset=utf-8")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
