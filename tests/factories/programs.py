"""Programs of providers: keys, requests with them, and the check of every answer."""

import uuid
from typing import Any

from werkzeug.test import TestResponse

from voucher.core import clock
from voucher.providers.api_keys.models import ApiKey
from voucher.providers.api_keys.operations import make_key
from voucher.providers.api_keys.rules import Scope
from voucher.web.api.contract import OPERATIONS, ROOT
from voucher.web.api.document import codes_of
from voucher.web.api.reading import validator

EVERYTHING = tuple(scope.value for scope in Scope)


def key_for(worker: Any, provider_id: int, *scopes: str, days: int = 90) -> tuple[ApiKey, str]:
    """A key that `worker` makes for the provider, with its secret; of every scope if none."""
    return make_key(
        provider_id=provider_id,
        name="Till",
        scopes=scopes or EVERYTHING,
        life_days=days,
        by=worker.id,
        at=clock.now(),
    )


class Program:
    """A program with a key, which checks every answer against what the description promises."""

    def __init__(self, client: Any, secret: str) -> None:
        self.client, self.secret = client, secret

    def get(self, path: str, **more: Any) -> TestResponse:
        """Read something."""
        return self.send("GET", path, **more)

    def post(self, path: str, body: Any = None, *, key: str | None = None, **more: Any) -> Any:
        """Do something once; under a new idempotency key unless one is given."""
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        given = {} if body is None else {"json": body}
        return self.send("POST", path, headers=headers, **given, **more)

    def send(self, method: str, path: str, *, headers: Any = None, **more: Any) -> TestResponse:
        """Any request, with the key; the answer is checked."""
        with_key = {"Authorization": f"Bearer {self.secret}", **(headers or {})}
        answer = self.client.open(ROOT + path, method=method, headers=with_key, **more)
        check_answer(answer, method, path.partition("?")[0])
        return answer


def check_answer(answer: TestResponse, method: str, path: str) -> None:
    """Raise AssertionError where an answer is not what the description says of the operation."""
    operation = next((one for one in OPERATIONS if fits(one, method, path)), None)
    if answer.status_code >= 400:
        assert answer.content_type == "application/problem+json", answer.content_type
        validator("Problem").validate(answer.json)
        assert answer.json["status"] == answer.status_code
        if operation is not None:
            assert answer.json["code"] in codes_of(operation), answer.json
        return
    assert operation is not None, (method, path)
    assert answer.status_code in operation.answers, answer.status
    name = operation.answers[answer.status_code]
    if name is None:
        assert answer.data == b""
    else:
        assert answer.content_type == "application/json"
        validator(name).validate(answer.json)


def fits(operation: Any, method: str, path: str) -> bool:
    """Whether the path is one of the operation's."""
    pattern, given = operation.path.split("/"), path.split("/")
    alike = (a == b or a.startswith("<") for a, b in zip(pattern, given, strict=False))
    return operation.method == method and len(pattern) == len(given) and all(alike)
