"""The business's rating of the work."""

from typing import Any

from flask import Blueprint

from voucher.accounts.permissions import Permission
from voucher.claims.queries import claim_for_business
from voucher.web.access import current_member, requires
from voucher.web.ratings import Side, rating_page

blueprint = Blueprint("business_ratings", __name__, url_prefix="/business/claims")


@blueprint.route("/<reference>/rating", methods=["GET", "POST"])
@requires(Permission.BUSINESS_USE_VOUCHER)
def rating(reference: str) -> Any:
    """Rate the work, and read what the provider said."""
    found = claim_for_business(current_member().business_id or 0, reference)
    return rating_page(
        Side(
            by_provider=False,
            found=found,
            other=found.provider.name,
            section="business_vouchers.vouchers",
        )
    )
