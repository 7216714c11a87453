"""The OpenAPI 3.1 description of the interface, made of the operations as they are declared.

Source: OpenAPI Specification 3.1.1; problem documents: RFC 9457.
"""

import re
from collections.abc import Mapping
from typing import Any

from voucher.web.api.contract import BODY, ROOT, TAGS, Operation, in_order
from voucher.web.api.reading import PAGING
from voucher.web.api.schemas import KEY_PATTERN, SCHEMAS
from voucher.web.problems import CODES, MEDIA_TYPE

VERSION = "1.0.0"
GAP = re.compile(r"<(\w+)>")
DESCRIPTION = """\
What a provider does on its pages, for its own programs: check and redeem vouchers, write and follow
claims, list payments and statements.

**Keys.** Somebody who acts for the provider makes a key on the page “API keys” and chooses what it
may do. It goes in the header `Authorization: Bearer …`. It acts in the name of whoever made it, and
stops when they leave, and while the provider is suspended. Another provider’s record is not found.

**Doing things once.** Every POST that changes something needs the header `Idempotency-Key`, a new
one for each act. Sent again with the same key and content within 24 hours, it does nothing and
gives the same answer, with the header `Idempotency-Replayed`. With other content it is refused
(`idempotency_key_reused`); while the first is carried out it may be (`request_in_progress`). A
request that was refused has changed nothing, and its key is free again.

**What was wrong** comes as `application/problem+json`. Go by `code`: it never changes, words may.

**Amounts** are whole pence, **times** RFC 3339 in UTC, **days** those of London. Lists come in
pages: hand `next` on as `cursor`. Requests with unknown names are refused.
"""
PARAMETERS = {
    "reference": "The record’s reference",
    "file": "The file’s reference",
    "month": "The month, like 2026-06",
    "limit": "How many at the most",
    "cursor": "`next` of the page before",
}
ALWAYS = ("key_missing", "key_unknown", "key_expired", "key_revoked")
ALWAYS += ("provider_suspended", "key_maker_left", "invalid_request", "rate_limited")
OF_A_BODY = ("bad_request", "too_large", "unsupported_media_type")
HEADERS = {
    "RateLimit-Limit": "How many requests the key has in the time",
    "RateLimit-Remaining": "How many of them are left",
    "RateLimit-Reset": "In how many seconds they are counted anew",
}


def make_document(base_url: str) -> dict[str, Any]:
    """The whole description, as plain JSON values. `base_url` is the service's own address."""
    paths: dict[str, Any] = {}
    for operation in in_order():
        path = GAP.sub(r"{\1}", operation.path)
        paths.setdefault(path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Tech taster vouchers: interface for providers",
            "version": VERSION,
            "description": DESCRIPTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": base_url.rstrip("/") + ROOT}],
        "security": [{"key": []}],
        "tags": [{"name": name} for name in TAGS],
        "paths": paths,
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A key that somebody who acts for the provider made",
                }
            },
        },
    }


def codes_of(operation: Operation) -> tuple[str, ...]:
    """Every code that the operation may answer with, in the order of the list of codes."""
    found = {*ALWAYS, *operation.codes}
    if operation.scope is not None:
        found.add("scope_missing")
    if GAP.search(operation.path) or operation.paged or operation.body == "ClaimStart":
        found.add("not_found")
    if operation.acts:
        found.add("conflict")
    if operation.repeatable:
        found |= {"idempotency_key_missing", "idempotency_key_reused", "request_in_progress"}
    if operation.body or operation.form:
        found.update(OF_A_BODY)
    if operation.body:
        found.add("invalid_json")
    return tuple(code for code in CODES if code in found)


def _operation(operation: Operation) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": " ".join((operation.view.__doc__ or "").split()),
        "tags": [operation.tag],
        "parameters": _parameters(operation),
        "responses": {
            **{str(status): _answer(operation, status) for status in operation.answers},
            **_problems(operation),
        },
    }
    if operation.scope is not None:
        found["x-scope"] = operation.scope.value
    body = operation.body or operation.form
    if body:
        media = "multipart/form-data" if operation.form else "application/json"
        found["requestBody"] = {"required": True, "content": {media: {"schema": _ref(body)}}}
    return found


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    found = [
        _parameter(name, "path", {"type": "string", "minLength": 1, "maxLength": 40}, required=True)
        for name in GAP.findall(operation.path)
    ]
    if operation.paged:
        found += [_parameter(name, "query", schema) for name, schema in PAGING.items()]
    if operation.repeatable:
        schema = {"type": "string", "pattern": KEY_PATTERN}
        found.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": True,
                "schema": schema,
                "description": "A new value for each act: the same again does nothing twice",
            }
        )
    return found


def _parameter(
    name: str, where: str, schema: dict[str, Any], *, required: bool = False
) -> dict[str, Any]:
    return {
        "name": name,
        "in": where,
        "required": required,
        "schema": schema,
        "description": PARAMETERS[name],
    }


def _answer(operation: Operation, status: int) -> dict[str, Any]:
    name = operation.answers[status]
    headers = dict(_limit_headers())
    if status == 201:
        headers["Location"] = _header("Where the record is", "string")
    if operation.repeatable:
        headers["Idempotency-Replayed"] = _header("There if it was answered before", "string")
    found: dict[str, Any] = {"description": operation.summary, "headers": headers}
    if name:
        found["content"] = {"application/json": {"schema": _ref(name)}}
    if operation.links:
        found["links"] = {other: _link(other, filled) for other, filled in operation.links.items()}
    return found


def _link(other: str, filled: Mapping[str, str]) -> dict[str, Any]:
    gaps = {name: said for name, said in filled.items() if not name.startswith(BODY)}
    body = {name.removeprefix(BODY): filled[name] for name in filled if name.startswith(BODY)}
    found: dict[str, Any] = {"operationId": other}
    if gaps:
        found["parameters"] = gaps
    return {**found, "requestBody": body} if body else found


def _limit_headers() -> dict[str, Any]:
    return {name: _header(words, "integer") for name, words in HEADERS.items()}


def _header(words: str, kind: str) -> dict[str, Any]:
    return {"description": words, "schema": {"type": kind}}


def _problems(operation: Operation) -> dict[str, Any]:
    """By status: the problems that the operation may answer with."""
    by_status: dict[int, list[str]] = {}
    for code in codes_of(operation):
        by_status.setdefault(CODES[code].status, []).append(code)
    return {str(status): _problem(status, codes) for status, codes in by_status.items()}


def _problem(status: int, codes: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "description": ", ".join(f"`{code}`" for code in codes),
        "content": {MEDIA_TYPE: {"schema": _ref("Problem")}},
    }
    if status == 429:
        found["headers"] = {"Retry-After": _header("Seconds to wait", "integer")}
    return found


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}
