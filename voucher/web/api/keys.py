"""The key that asks."""

from voucher.web.api import shapes
from voucher.web.api.contract import Answer, Call, operation


@operation(
    "GET",
    "/key",
    name="getKey",
    summary="See what your key may do",
    tag="Key",
    scope=None,
    answers={200: "Key"},
)
def key(call: Call) -> Answer:
    """Any key that counts may ask, for instance to see when it stops working."""
    return Answer(shapes.key(call.caller))
