"""Vouchers as officers see them: list, one, extend, cancel. No page of theirs shows a code."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user

from voucher.accounts.permissions import Permission
from voucher.applications.queries.staff import rounds_with_cases
from voucher.claims.operations import abandon
from voucher.claims.operations.writing import WRITABLE
from voucher.claims.queries import claim_of_voucher
from voucher.claims.rules import is_overdue
from voucher.core import clock
from voucher.core.errors import Conflict
from voucher.matching.queries import matches_of, variations_of
from voucher.screening.queries import has_ended
from voucher.vouchers import queries
from voucher.vouchers.models import Voucher, VoucherStatus
from voucher.vouchers.operations import cancel as cancel_voucher
from voucher.vouchers.operations import extend as extend_voucher
from voucher.vouchers.rules import EXTENSION_DAYS, LapseReason
from voucher.web.access import current_member, requires
from voucher.web.business.vouchers import STATUS_COLOURS, standing_of
from voucher.web.forms import ServiceForm
from voucher.web.paging import page_number
from voucher.web.staff.vouchers_forms import CancelForm, ExtendForm, voucher_filter_form

blueprint = Blueprint("staff_vouchers", __name__, url_prefix="/staff/vouchers")


@blueprint.get("/")
@requires(Permission.CASE_READ)
def vouchers() -> str:
    """Vouchers that fit the filter in the address, the first to expire first."""
    form = voucher_filter_form(request.args, rounds_with_cases())
    found = queries.voucher_list(
        status=VoucherStatus(form.status.data) if form.status.data else None,
        round_reference=form.round.data,
        text=(form.q.data or "") if form.validate() else "",
        page=page_number(),
    )
    return render_template(
        "staff/vouchers/list.html",
        form=form,
        found=found,
        wanted={
            key: request.args[key] for key in ("q", "status", "round") if request.args.get(key)
        },
        colours=STATUS_COLOURS,
        standing=standing_of,
    )


@blueprint.get("/<reference>")
@requires(Permission.CASE_READ)
def voucher(reference: str) -> str:
    """One voucher: value, dates, what became of it."""
    found = queries.voucher_for_staff(reference)
    standing = standing_of(found.voucher)
    return render_template(
        "staff/vouchers/voucher.html",
        found=found,
        standing=standing,
        colour=STATUS_COLOURS[standing],
        lapse=_lapse(found.voucher),
        ended=has_ended(found.voucher.business_id),
        changes=variations_of(found.voucher.id),
        change_of={match.id: match.reference for match in matches_of(found.voucher.id)},
        unclaimed=_is_unclaimed(found),
        may_extend=_may_extend(found.voucher) and current_member().may(Permission.CASE_ASSESS),
        may_cancel=_may_cancel(found.voucher) and current_member().may(Permission.CASE_APPROVE),
    )


@blueprint.route("/<reference>/extend", methods=["GET", "POST"])
@requires(Permission.CASE_ASSESS)
def extend(reference: str) -> Any:
    """Give a live voucher its one extension."""
    found = queries.voucher_for_staff(reference)
    form = ExtendForm()

    def act() -> None:
        extend_voucher(
            voucher=found.voucher, reason=form.reason.data, by=current_user.id, at=clock.now()
        )

    to = found.voucher.expires_on + timedelta(days=EXTENSION_DAYS)
    return _page("extend", reference, form, act, "The voucher has been extended.", to=to)


@blueprint.route("/<reference>/cancel", methods=["GET", "POST"])
@requires(Permission.CASE_APPROVE)
def cancel(reference: str) -> Any:
    """Cancel a voucher for good: a live one, or a redeemed one that nobody claims on."""
    found = queries.voucher_for_staff(reference)
    form = CancelForm()
    redeemed = found.voucher.status is VoucherStatus.REDEEMED

    def act() -> None:
        end = abandon if redeemed else cancel_voucher
        end(voucher=found.voucher, reason=form.reason.data, by=current_user.id, at=clock.now())

    return _page("cancel", reference, form, act, "The voucher has been cancelled.")


def _page(
    name: str, reference: str, form: ServiceForm, act: Callable[[], None], done: str, **shown: Any
) -> Any:
    if form.carried_out(act):
        flash(done, "success")
        return redirect(url_for(".voucher", reference=reference))
    found = queries.voucher_for_staff(reference)
    possible = _may_cancel(found.voucher) if name == "cancel" else _is_live(found.voucher)
    if not form.is_submitted() and not possible:
        raise Conflict("This voucher can’t be changed here any more.")
    page = render_template(f"staff/vouchers/{name}.html", found=found, form=form, **shown)
    return page, 422 if form.is_submitted() else 200


def _may_extend(voucher: Voucher) -> bool:
    return standing_of(voucher) is VoucherStatus.ISSUED and voucher.extended_at is None


def _is_live(voucher: Voucher) -> bool:
    return voucher.status is VoucherStatus.ISSUED


def _may_cancel(voucher: Voucher) -> bool:
    """A live voucher, or a redeemed one on which no claim waits."""
    if voucher.status is not VoucherStatus.REDEEMED:
        return standing_of(voucher) is VoucherStatus.ISSUED
    claim = claim_of_voucher(voucher.id)
    return claim is None or claim.status in WRITABLE


def _is_unclaimed(found: queries.VoucherPage) -> bool:
    """Whether the provider has let its last day to claim pass in silence."""
    used = found.redemption
    if used is None or found.voucher.status is not VoucherStatus.REDEEMED:
        return False
    return is_overdue(used.claim_by_on, clock.today()) and claim_of_voucher(used.voucher_id) is None


def _lapse(voucher: Voucher) -> str:
    return LapseReason(voucher.lapse_reason).words if voucher.lapse_reason else ""
