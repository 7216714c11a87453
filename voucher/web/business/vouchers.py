"""The business's vouchers: code, QR code, value, last day, and what to do next; as page and PDF."""

from typing import Any

from flask import Blueprint, Response, render_template
from markupsafe import Markup

from voucher.accounts.permissions import Permission
from voucher.core import clock
from voucher.core.errors import Conflict
from voucher.core.references import display_code
from voucher.integrations.pdf import render_pdf
from voucher.integrations.qr import qr_svg
from voucher.matching.queries import live_match, matches_of
from voucher.vouchers import queries
from voucher.vouchers.models import Voucher, VoucherStatus
from voucher.vouchers.rules import is_expired
from voucher.web.access import current_member, requires
from voucher.web.configuration import settings

blueprint = Blueprint("business_vouchers", __name__, url_prefix="/business/vouchers")

STATUS_COLOURS = {
    VoucherStatus.ISSUED: "green",
    VoucherStatus.REDEEMED: "blue",
    VoucherStatus.COMPLETED: "teal",
    VoucherStatus.EXPIRED: "grey",
    VoucherStatus.CANCELLED: "red",
}


@blueprint.get("/")
@requires(Permission.BUSINESS_READ)
def vouchers() -> str:
    """Every voucher of the business."""
    return render_template(
        "business/vouchers/list.html",
        vouchers=queries.vouchers_of(current_member().business_id or 0),
        colours=STATUS_COLOURS,
        standing=standing_of,
        today=clock.today(),
    )


@blueprint.get("/<reference>")
@requires(Permission.BUSINESS_READ)
def voucher(reference: str) -> str:
    """One voucher: what it is worth, how to use it, or what to do now that it can't be used."""
    found = queries.voucher_for_business(current_member().business_id or 0, reference)
    standing = standing_of(found.voucher)
    return render_template(
        "business/vouchers/voucher.html",
        found=found,
        standing=standing,
        colour=STATUS_COLOURS[standing],
        choice=live_match(matches_of(found.voucher.id)),
        days_left=(found.voucher.expires_on - clock.today()).days,
        **_code_context(found.voucher, standing),
    )


@blueprint.get("/<reference>/voucher.pdf")
@requires(Permission.BUSINESS_READ)
def pdf(reference: str) -> Response:
    """The voucher as a tagged PDF to print or pass on. Conflict once it can't be used."""
    found = queries.voucher_for_business(current_member().business_id or 0, reference)
    standing = standing_of(found.voucher)
    if standing is not VoucherStatus.ISSUED:
        raise Conflict("This voucher can’t be used any more, so there is nothing to print.")
    html = render_template(
        "reports/voucher.html",
        title="Tech taster voucher",
        subtitle=found.business_name,
        made_at=found.voucher.issued_at,
        found=found,
        **_code_context(found.voucher, standing),
    )
    content = render_pdf(
        html,
        title=f"Tech taster voucher {found.voucher.reference}",
        created_at=found.voucher.issued_at,
    )
    answer = Response(content, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = (
        f'attachment; filename="voucher-{found.voucher.reference}.pdf"'
    )
    return answer


def standing_of(voucher: Voucher) -> VoucherStatus:
    """Where the voucher stands today: by its last day it is expired before the worker says so."""
    live = voucher.status is VoucherStatus.ISSUED
    if live and is_expired(voucher.expires_on, clock.today()):
        return VoucherStatus.EXPIRED
    return voucher.status


def _code_context(voucher: Voucher, standing: VoucherStatus) -> dict[str, Any]:
    """Code and QR code of a voucher that can be used; nothing for any other.

    The QR code leads the provider to its page of redemption, by way of signing in. The code stands
    behind a #, which a browser keeps to itself, so that no server's log holds it.
    """
    if standing is not VoucherStatus.ISSUED:
        return {"code": "", "qr": ""}
    chosen = settings()
    key = chosen.voucher_code_key.encode()
    code = display_code(queries.code_of(voucher=voucher, code_key=key))
    address = f"{chosen.base_url}/redeem#{code}"
    title = f"QR code that takes the provider to the page of redemption, with code {code}"
    return {"code": code, "qr": Markup(qr_svg(address, title=title))}  # noqa: S704 - our own SVG
