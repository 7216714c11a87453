"""What a voucher is worth, redeeming it, and what was redeemed."""

from flask import url_for

from voucher.claims.queries import job_of, redemption_for_provider, redemptions_before
from voucher.core import clock
from voucher.providers.api_keys.rules import Scope
from voucher.providers.queries import offerings_by_ids
from voucher.vouchers.operations import redeem as redeem_voucher
from voucher.vouchers.queries import find_for_provider, is_redeemable
from voucher.web.api import shapes
from voucher.web.api.contract import (
    BODY,
    FIRST_REFERENCE,
    ITS_REFERENCE,
    Answer,
    Call,
    operation,
)
from voucher.web.api.door import guessing_slowed
from voucher.web.api.pages import page_of
from voucher.web.configuration import settings


@operation(
    "POST",
    "/vouchers/check",
    name="checkVoucher",
    summary="See what a voucher is worth",
    tag="Vouchers",
    scope=Scope.VOUCHERS_READ,
    body="VoucherCode",
    answers={200: "VoucherWorth"},
    codes=("voucher_not_found",),
    looks=True,
)
def check(call: Call) -> Answer:
    """Changes nothing, so it takes no idempotency key. It is a POST because a code stands in no
    address. A code that is mistyped, unknown or another provider’s is answered alike."""
    with guessing_slowed(call.caller):
        voucher, match = find_for_provider(call.body["code"], call.caller.provider_id, _key())
    title = offerings_by_ids([match.offering_id])[match.offering_id].title
    redeemable = is_redeemable(voucher, match, clock.today())
    return Answer(shapes.worth(voucher, match, title, redeemable=redeemable))


@operation(
    "POST",
    "/redemptions",
    name="redeemVoucher",
    summary="Redeem a voucher",
    tag="Vouchers",
    scope=Scope.VOUCHERS_REDEEM,
    body="VoucherCode",
    answers={201: "Redemption"},
    codes=(
        "voucher_not_found",
        "voucher_redeemed",
        "voucher_completed",
        "voucher_expired",
        "voucher_cancelled",
        "not_agreed",
        "case_on_hold",
        "business_closed",
        "change_open",
        "registration_incomplete",
    ),
    links={
        "getRedemption": {"reference": ITS_REFERENCE},
        "startClaim": {f"{BODY}redemption": ITS_REFERENCE},
    },
)
def redeem(call: Call) -> Answer:
    """Once and for all: the amounts are fixed, and the work can start."""
    with guessing_slowed(call.caller):
        made = redeem_voucher(
            code=call.body["code"],
            provider_id=call.caller.provider_id,
            by=call.caller.user_id,
            at=clock.now(),
            code_key=_key(),
        )
    job = job_of(call.caller.provider_id, made.reference)
    return Answer(
        shapes.redemption(job),
        status=201,
        location=url_for("api.getRedemption", reference=made.reference),
        record=made.reference,
    )


@operation(
    "GET",
    "/redemptions",
    name="listRedemptions",
    summary="List what was redeemed",
    tag="Vouchers",
    scope=Scope.VOUCHERS_READ,
    answers={200: "RedemptionList"},
    paged=True,
    links={"getRedemption": {"reference": FIRST_REFERENCE}},
)
def redemptions(call: Call) -> Answer:
    """The latest first."""
    provider_id, before = call.caller.provider_id, None
    if call.cursor:
        before = redemption_for_provider(provider_id, call.cursor).id
    jobs = redemptions_before(provider_id, before, call.limit + 1)
    return Answer(page_of([shapes.redemption(job) for job in jobs], call.limit))


@operation(
    "GET",
    "/redemptions/<reference>",
    name="getRedemption",
    summary="See one redemption",
    tag="Vouchers",
    scope=Scope.VOUCHERS_READ,
    answers={200: "Redemption"},
)
def redemption(call: Call) -> Answer:
    """Its amounts are those that the claim must have."""
    return Answer(shapes.redemption(job_of(call.caller.provider_id, call.gaps["reference"])))


def _key() -> bytes:
    return settings().voucher_code_key.encode()
