"""How a program is let in, slowed down, and answered once for what it asks twice.

Nothing but the key in the header `Authorization` says who asks: no cookie and no session is looked
at. The key is looked up before the transaction of the act, and its use is noted in one of its own.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask, Response, current_app, g, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from limits import parse_many
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import TooManyRequests

from voucher.core import clock
from voucher.core.db import reading, session, transaction, writing
from voucher.core.errors import NotFound, NotPermitted
from voucher.providers.api_keys import operations as keys
from voucher.providers.api_keys.queries import caller_of
from voucher.providers.api_keys.rules import SEEN_EVERY, Caller, KeyRefused, request_digest
from voucher.web.api.contract import Answer, Call, Operation
from voucher.web.api.reading import form_body, idempotency_key, json_body, meaning, paging
from voucher.web.problems import RequestRefused

LIMITER = "api_limiter"
LIMITS = "API_RATE_LIMITS"
"""The key of the application's configuration that holds what one key may ask in a time."""
UNKNOWN_CODES = "API_UNKNOWN_CODE_LIMITS"
"""The same for a voucher's code that is not known, by key, as on the page (provider/redeem.py)."""
WRONG_KEYS = "API_WRONG_KEY_LIMITS"
"""The same for requests without a key that counts, from one address."""
LONGEST_HEADER = 200


def init_limits(app: Flask) -> None:
    """Keep counts of keys and addresses. The service's other limits have counters of their own."""
    app.extensions[LIMITER] = Limiter(key_func=get_remote_address, app=app, headers_enabled=False)


def enter(operation: Operation) -> Callable[..., Response]:
    """The route of `operation`: let in, checked, done, answered."""

    def route(**gaps: str) -> Response:
        caller = _let_in(operation)
        asked = paging(operation)
        idempotency = idempotency_key() if operation.repeatable else ""
        body, upload, digest = _body(operation)
        call = Call(caller=caller, gaps=gaps, body=body, upload=upload, **asked)
        if not idempotency:
            return _respond(_done(operation, call))
        return _once(operation, call, idempotency, meaning(body, digest))

    route.access = operation.access  # type: ignore[attr-defined]
    return route


def _let_in(operation: Operation) -> Caller:
    at = clock.now()
    _require_few_wrong_keys()
    try:
        with reading():
            caller = caller_of(_secret(), at)
    except (KeyRefused, RequestRefused):
        _count(current_app.config[WRONG_KEYS], "wrong key", get_remote_address())
        raise
    finally:
        session.rollback()
    _require_few_requests(caller)
    if operation.scope is not None and operation.scope not in caller.scopes:
        words = f"This needs a key with the scope {operation.scope.value}."
        raise NotPermitted(words, code="scope_missing")
    if caller.last_used_at is None or caller.last_used_at <= at - SEEN_EVERY:
        _note_use(caller)
    return caller


def _secret() -> str:
    given = request.headers.get("Authorization", "")
    kind, _, secret = given.partition(" ")
    if kind.lower() != "bearer" or not secret.strip() or len(secret) > LONGEST_HEADER:
        words = "Send the key as `Authorization: Bearer …`."
        raise RequestRefused("key_missing", words)
    return secret.strip()


def _note_use(caller: Caller) -> None:
    try:
        with writing(), transaction():
            keys.note_use(key_id=caller.key_id, at=clock.now())
    except OperationalError:
        current_app.logger.warning("the use of a key could not be noted: the database is busy")


# --- slowed down ----------------------------------------------------------------------------------


def _require_few_wrong_keys() -> None:
    _require_room(current_app.config[WRONG_KEYS], "wrong key", get_remote_address())


@contextmanager
def guessing_slowed(caller: Caller) -> Iterator[None]:
    """Count what is not found inside, for it is a guess; past the limit nothing is looked up."""
    limits = current_app.config[UNKNOWN_CODES]
    _require_room(limits, "unknown code", caller.reference)
    try:
        yield
    except NotFound:
        _count(limits, "unknown code", caller.reference)
        raise


def _require_room(limits: str, kind: str, who: str) -> None:
    strategy = current_app.extensions[LIMITER].limiter
    for limit in parse_many(limits):
        if not strategy.test(limit, kind, who):
            reset_at, _ = strategy.get_window_stats(limit, kind, who)
            g.rate_limit = (limit.amount, 0, reset_at)
            raise _too_many(reset_at)


def _require_few_requests(caller: Caller) -> None:
    """Count the request; note what is left of the limit that is nearest, for the answer."""
    strategy = current_app.extensions[LIMITER].limiter
    _count(current_app.config[LIMITS], "key", caller.reference)
    nearest = None
    for limit in parse_many(current_app.config[LIMITS]):
        reset_at, left = strategy.get_window_stats(limit, "key", caller.reference)
        if nearest is None or left < nearest[1]:
            nearest = (limit.amount, left, reset_at)
    g.rate_limit = nearest


def _count(limits: str, kind: str, who: str) -> None:
    strategy = current_app.extensions[LIMITER].limiter
    full = [limit for limit in parse_many(limits) if not strategy.hit(limit, kind, who)]
    if full:
        reset_at = max(strategy.get_window_stats(limit, kind, who)[0] for limit in full)
        g.rate_limit = (full[0].amount, 0, reset_at)
        raise _too_many(reset_at)


def _too_many(reset_at: float) -> TooManyRequests:
    return TooManyRequests(retry_after=_seconds_to(reset_at))


def _seconds_to(reset_at: float) -> int:
    return max(1, int(reset_at - clock.seconds()) + 1)


def tell_limits(response: Response) -> Response:
    """Say how many requests are left to the key, and for how long (seconds)."""
    found = g.get("rate_limit")
    if found is not None:
        amount, left, reset_at = found
        response.headers["RateLimit-Limit"] = str(amount)
        response.headers["RateLimit-Remaining"] = str(max(0, left))
        response.headers["RateLimit-Reset"] = str(_seconds_to(reset_at))
    return response


# --- done, and answered ---------------------------------------------------------------------------


def _body(operation: Operation) -> tuple[dict[str, Any], Any, str]:
    if operation.form:
        return form_body(operation.form)
    return (json_body(operation.body) if operation.body else {}), None, ""


def _done(operation: Operation, call: Call) -> Answer:
    answer = operation.view(call)
    if operation.acts:
        keys.record_act(
            caller=call.caller,
            operation=operation.name,
            subject=answer.record,
            at=clock.now(),
        )
    return answer


def _once(operation: Operation, call: Call, key: str, meant: dict[str, Any]) -> Response:
    """Do it, unless this very request was carried out before: then the same answer again."""
    path = request.path
    digest = request_digest(operation.name, path, meant)
    before = keys.answer_before(
        provider_id=call.caller.provider_id, idempotency_key=key, request_sha256=digest
    )
    if before is not None:
        again = _response(before.body, before.status, before.location)
        again.headers["Idempotency-Replayed"] = "true"
        return again
    answer = _done(operation, call)
    text = _text(answer)
    keys.keep_answer(
        caller=call.caller,
        idempotency_key=key,
        request_sha256=digest,
        status=answer.status,
        body=text,
        location=answer.location,
        at=clock.now(),
    )
    return _response(text, answer.status, answer.location)


def _respond(answer: Answer) -> Response:
    return _response(_text(answer), answer.status, answer.location)


def _text(answer: Answer) -> str:
    return "" if answer.body is None else json.dumps(answer.body, ensure_ascii=False)


def _response(text: str, status: int, location: str | None) -> Response:
    response = Response(text, status)
    if text:
        response.content_type = "application/json"
    else:
        response.headers.pop("Content-Type", None)
    if location:
        response.headers["Location"] = location
    return response
