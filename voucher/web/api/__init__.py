"""The interface for providers' own programs, under /api/v1: keys, JSON, problem documents.

`contract` says what an operation is, `schemas` what goes in and out, `reading` and `door` check it,
`document` describes it; the views are as thin as the pages', and call the same operations.
"""

from typing import Any

from flask import Blueprint, current_app, render_template
from flask.blueprints import BlueprintSetupState

from voucher.web.access import public
from voucher.web.api import claims, keys, money, vouchers
from voucher.web.api.contract import OPERATIONS, ROOT, in_order
from voucher.web.api.document import make_document
from voucher.web.api.door import enter, init_limits, tell_limits
from voucher.web.api.schemas import SCHEMAS
from voucher.web.configuration import settings
from voucher.web.problems import CODES
from voucher.web.security import csrf

VIEWS = (vouchers, claims, money, keys)
DOCUMENT = "api_document"

blueprint = Blueprint("api", __name__, url_prefix=ROOT)
csrf.exempt(blueprint)
blueprint.after_request(tell_limits)
pages = Blueprint("api_pages", __name__)

for _operation in OPERATIONS:
    blueprint.add_url_rule(
        _operation.path,
        _operation.name,
        enter(_operation),
        methods=[_operation.method],
        provide_automatic_options=False,
    )


@blueprint.get("/openapi.json")
@public
def openapi() -> Any:
    """The description for programs (OpenAPI 3.1)."""
    return current_app.extensions[DOCUMENT]


@pages.get("/api")
@public
def reference() -> str:
    """The same to read."""
    return render_template(
        "public/api.html",
        schemas=SCHEMAS,
        operations=in_order(),
        codes=CODES,
        address=settings().base_url.rstrip("/") + ROOT,
    )


@blueprint.record
def _begin(state: BlueprintSetupState) -> None:
    base_url = state.app.extensions["settings"].base_url
    state.app.extensions[DOCUMENT] = make_document(base_url)
    init_limits(state.app)


BLUEPRINTS: tuple[Blueprint, ...] = (blueprint, pages)
