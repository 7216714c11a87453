"""Stripe's webhooks: verified, kept once, answered at once. The worker acts on them.

Two addresses with secrets of their own: what happens to the programme's balance, and what happens
in the providers' accounts. The library of Stripe is not loaded here.
"""

from collections.abc import Sequence

from flask import Blueprint, Response, request

from voucher.core import clock
from voucher.core.errors import Invalid
from voucher.integrations.stripe.errors import InvalidSignature
from voucher.integrations.stripe.webhooks import verify
from voucher.payments.operations.inbox import receive
from voucher.web.access import public
from voucher.web.configuration import settings
from voucher.web.security import csrf

blueprint = Blueprint("webhooks_stripe", __name__, url_prefix="/webhooks/stripe")
csrf.exempt(blueprint)

LARGEST_BODY = 256 * 1024
"""Bytes. Stripe's events are a few thousand; a larger body is refused before it is read."""


@blueprint.post("/platform")
@public
def platform() -> Response:
    """An event of the programme's own account: top-ups, transfers."""
    return _take("platform", settings().stripe_platform_secrets)


@blueprint.post("/connect")
@public
def connect() -> Response:
    """An event in a provider's account: its standing, its payouts."""
    return _take("connect", settings().stripe_connect_secrets)


def _take(endpoint: str, secrets: Sequence[str]) -> Response:
    request.max_content_length = LARGEST_BODY
    payload = request.get_data(cache=False)
    header = request.headers.get("Stripe-Signature", "")
    at = clock.now()
    try:
        body = verify(payload, header, secrets, at)
        receive(endpoint=endpoint, body=body, livemode=settings().is_production, at=at)
    except (InvalidSignature, Invalid) as error:
        return Response(f"{error}\n", 400, content_type="text/plain; charset=utf-8")
    return Response("received\n", 200, content_type="text/plain; charset=utf-8")
