"""An analysis plan as a file: the very bytes that its hash is of."""

from collections.abc import Mapping
from typing import Any

from flask import Response

from voucher.programmes.plans.rules import written


def plan_answer(content: Mapping[str, Any], name: str) -> Response:
    """The written plan, to keep; its SHA-256 is the plan's hash."""
    answer = Response(written(content), content_type="application/json; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
