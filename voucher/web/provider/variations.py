"""The provider's pages on changing an agreement before its voucher is redeemed."""

from typing import Any

from flask import Blueprint, url_for

from voucher.accounts.permissions import Permission
from voucher.core.errors import NotFound
from voucher.matching import queries
from voucher.providers.queries import provider_of
from voucher.vouchers.queries import voucher_of_application
from voucher.web.access import current_member, requires
from voucher.web.variations import (
    Side,
    agree_to_change,
    change_page,
    refuse_change,
    take_change_back,
)

blueprint = Blueprint("provider_variations", __name__, url_prefix="/provider/work")


@blueprint.route("/<reference>/change", methods=["GET", "POST"])
@requires(Permission.PROVIDER_WORK)
def change(reference: str) -> Any:
    """The change that is proposed, or a form to propose one."""
    return change_page(_side(reference))


@blueprint.post("/<reference>/change/agree")
@requires(Permission.PROVIDER_WORK)
def agree(reference: str) -> Any:
    """Agree to the change that was shown."""
    return agree_to_change(_side(reference))


@blueprint.route("/<reference>/change/refuse", methods=["GET", "POST"])
@requires(Permission.PROVIDER_WORK)
def refuse(reference: str) -> Any:
    """Say why not."""
    return refuse_change(_side(reference))


@blueprint.post("/<reference>/change/take-back")
@requires(Permission.PROVIDER_WORK)
def take_back(reference: str) -> Any:
    """Take the open change back."""
    return take_change_back(_side(reference))


def _side(reference: str) -> Side:
    member = current_member()
    work = queries.work_for_provider(member.provider_id or 0, reference)
    voucher = voucher_of_application(work.match.application_id)
    if voucher is None:
        raise NotFound("There is no such match.")
    return Side(
        by_provider=True,
        match=work.match,
        voucher=voucher,
        other=work.business.name,
        reference=work.match.reference,
        section="provider_work.work",
        back=url_for("provider_work.request_page", reference=work.match.reference),
        choices=provider_of(member).vat_registered,
    )
