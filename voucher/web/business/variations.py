"""The business's pages on changing an agreement before its voucher is redeemed."""

from typing import Any

from flask import Blueprint, url_for

from voucher.accounts.permissions import Permission
from voucher.core.errors import NotFound
from voucher.matching import queries
from voucher.vouchers.queries import voucher_for_business
from voucher.web.access import current_member, requires
from voucher.web.variations import (
    Side,
    agree_to_change,
    change_page,
    refuse_change,
    take_change_back,
)

blueprint = Blueprint("business_variations", __name__, url_prefix="/business/vouchers")


@blueprint.route("/<reference>/change", methods=["GET", "POST"])
@requires(Permission.BUSINESS_USE_VOUCHER)
def change(reference: str) -> Any:
    """The change that is proposed, or a form to propose one."""
    return change_page(_side(reference))


@blueprint.post("/<reference>/change/agree")
@requires(Permission.BUSINESS_USE_VOUCHER)
def agree(reference: str) -> Any:
    """Agree to the change that was shown."""
    return agree_to_change(_side(reference))


@blueprint.route("/<reference>/change/refuse", methods=["GET", "POST"])
@requires(Permission.BUSINESS_USE_VOUCHER)
def refuse(reference: str) -> Any:
    """Say why not."""
    return refuse_change(_side(reference))


@blueprint.post("/<reference>/change/take-back")
@requires(Permission.BUSINESS_USE_VOUCHER)
def take_back(reference: str) -> Any:
    """Take the open change back."""
    return take_change_back(_side(reference))


def _side(reference: str) -> Side:
    found = voucher_for_business(current_member().business_id or 0, reference)
    match = queries.live_match(queries.matches_of(found.voucher.id))
    if match is None:
        raise NotFound("You have no agreement on this voucher.")
    return Side(
        by_provider=False,
        match=match,
        voucher=found.voucher,
        other=match.offering.provider.name,
        reference=found.voucher.reference,
        section="business_vouchers.vouchers",
        back=url_for("business_matches.agreement", reference=found.voucher.reference),
    )
