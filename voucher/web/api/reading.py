"""Reading a request: its body, its parameters, its file, each against what the contract says.

Whatever is wrong is told at once, each at its place. What passes holds no character that a database
refuses and no number that only looks like a whole one.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from flask import request
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from werkzeug.datastructures import FileStorage

from config import LARGEST_UPLOAD_BYTES
from voucher.web.api.contract import Operation, Upload
from voucher.web.api.schemas import KEY_PATTERN, REFERENCE, SCHEMAS
from voucher.web.problems import RequestRefused

LARGEST_JSON_BYTES = 64 * 1024
ROOM_FOR_A_FORM = 64 * 1024
LARGEST_PAGE = 100
USUAL_PAGE = 25
PAGING: dict[str, dict[str, Any]] = {
    "limit": {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": USUAL_PAGE},
    "cursor": {"type": "string", "pattern": REFERENCE},
}
WRONG = "Something in the request was refused. See `errors`."
_IDEMPOTENCY = {"type": "string", "pattern": KEY_PATTERN}
_WORDS = {
    "additionalProperties": "There is a name here that is not known.",
    "minProperties": "There must be at least one value here.",
    "minLength": "This must not be empty.",
    "maxLength": "This is too long.",
    "pattern": "This does not have the form that is asked for.",
    "format": "This does not have the form that is asked for.",
    "enum": "This is not one of the values that are known.",
    "type": "This is not of the type that is asked for.",
    "minimum": "This is too small.",
    "maximum": "This is too large.",
}


def idempotency_key() -> str:
    """The request's idempotency key. Raises RequestRefused for none, and a malformed one."""
    given = request.headers.get("Idempotency-Key", "")
    if not Draft202012Validator(_IDEMPOTENCY).is_valid(given):
        words = "Send the header Idempotency-Key with 8 to 128 printable ASCII characters."
        raise RequestRefused("idempotency_key_missing", words)
    return given


def paging(operation: Operation) -> dict[str, Any]:
    """The cursor and the limit asked for. Raises RequestRefused for any other parameter."""
    known = PAGING if operation.paged else {}
    errors = [
        {"parameter": name[:80], "detail": "There is no such parameter here, or it stands twice."}
        for name, values in request.args.lists()
        if name not in known or len(values) > 1
    ]
    found: dict[str, Any] = {}
    for name, schema in known.items():
        text = request.args.get(name)
        if text is None:
            continue
        value = _number(text) if schema["type"] == "integer" else text
        problems = list(Draft202012Validator(schema).iter_errors(value))
        errors += [{"parameter": name, "detail": _words(one)} for one in problems[:1]]
        found[name] = value
    if errors:
        raise RequestRefused("invalid_request", WRONG, errors)
    return found


def _number(text: str) -> int | str:
    """The whole number that a parameter says; the text itself where it says none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text


def json_body(name: str) -> dict[str, Any]:
    """The request's JSON body, which fits the schema `name`. Raises RequestRefused."""
    request.max_content_length = LARGEST_JSON_BYTES
    if request.mimetype != "application/json":
        words = "Send the body as application/json."
        raise RequestRefused("unsupported_media_type", words)
    return _fitting(name, _parsed(request.get_data(cache=False)))


def form_body(name: str) -> tuple[dict[str, Any], Upload, str]:
    """The parts of a form with a file: its fields, its file, and the file's SHA-256 (hex).

    Raises RequestRefused for another kind of body, and for parts that do not fit the schema.
    """
    request.max_content_length = LARGEST_UPLOAD_BYTES + ROOM_FOR_A_FORM
    if request.mimetype != "multipart/form-data":
        words = "Send the body as multipart/form-data."
        raise RequestRefused("unsupported_media_type", words)
    parts = [*request.form.lists(), *request.files.lists()]
    values: dict[str, Any] = {part: found[0] for part, found in parts}
    twice = [part for part, found in parts if len(found) > 1]
    file = values.get("file")
    errors = [{"pointer": f"#/{part[:80]}", "detail": "This stands twice."} for part in twice]
    if not isinstance(file, FileStorage):
        errors.append({"pointer": "#/file", "detail": "Send the file as a part with a file name."})
    if errors:
        raise RequestRefused("invalid_request", WRONG, errors)
    values["file"] = file.filename or ""
    fields = _fitting(name, values)
    return fields, Upload(file.stream, file.filename or ""), _sha256(file.stream)


def _sha256(stream: Any) -> str:
    digest = hashlib.sha256()
    stream.seek(0)
    while part := stream.read(64 * 1024):
        digest.update(part)
    stream.seek(0)
    return digest.hexdigest()


def _parsed(content: bytes) -> Any:
    """The JSON in `content`: no name twice, no NaN, no half characters, no depth without end."""
    try:
        found = json.loads(content.decode("utf-8"), parse_constant=_refuse, object_pairs_hook=_once)
        json.dumps(found, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise RequestRefused("invalid_json", "The body could not be read as JSON.") from error
    return found


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in an object")
    return found


def _fitting(name: str, value: Any) -> dict[str, Any]:
    problems = list(validator(name).iter_errors(value))
    if problems:
        raise RequestRefused("invalid_request", WRONG, [_error(one) for one in problems[:20]])
    return {key: _whole(each) for key, each in value.items()}


def _whole(value: Any) -> Any:
    """JSON knows one kind of number: 5.0 is 5."""
    return int(value) if isinstance(value, float) else value


@cache
def validator(name: str) -> Draft202012Validator:
    """What checks a value against the schema `name`, as the document has it."""
    whole = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": SCHEMAS}}
    return Draft202012Validator(whole, format_checker=FormatChecker(["date"]))


def _error(problem: ValidationError) -> dict[str, str]:
    path = [*problem.absolute_path]
    if problem.validator == "required":
        missing = _missing(problem)
        return {"pointer": _pointer([*path, missing]), "detail": "This is missing."}
    return {"pointer": _pointer(path), "detail": _words(problem)}


def _missing(problem: ValidationError) -> str:
    """The first name that is missing and has been told in this error's own message."""
    absent = (name for name in problem.validator_value if name not in problem.instance)
    return next((name for name in absent if problem.message.startswith(f"'{name}'")), "")


def _pointer(path: list[Any]) -> str:
    return "#" + "".join(_steps(path))


def _steps(path: list[Any]) -> Iterator[str]:
    for step in path:
        yield "/" + str(step).replace("~", "~0").replace("/", "~1")[:80]


def _words(problem: ValidationError) -> str:
    return _WORDS.get(str(problem.validator), "This was refused.")


def meaning(body: Mapping[str, Any], file_sha256: str) -> dict[str, Any]:
    """What a body says, for telling a repeated request from another one."""
    return {**body, "file": file_sha256} if file_sha256 else dict(body)
