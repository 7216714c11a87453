"""Who acts for a business or a provider: see them, invite, withdraw, take out."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_login import current_user

from voucher.accounts import operations, queries
from voucher.accounts.permissions import Permission
from voucher.accounts.roles import Role
from voucher.accounts.rules import Member
from voucher.core import clock
from voucher.web.access import current_member, signed_in
from voucher.web.account.invitations import invite_by_form, withdraw_posted
from voucher.web.account.places import place_name
from voucher.web.account.team_forms import InviteForm
from voucher.web.posted import posted_id

blueprint = Blueprint("account_team", __name__, url_prefix="/account/team")


@blueprint.get("/")
@signed_in
def team() -> Any:
    """The people, the open invitations, and the form to invite another."""
    if current_member().is_staff:
        return redirect(url_for("staff_team.team"))
    return _page(InviteForm(formdata=None))


@blueprint.post("/")
@signed_in
def invite() -> Any:
    """Invite somebody by e-mail."""
    place, form = _place(current_member()), InviteForm()
    role = Role.BUSINESS if place["business_id"] else Role.PROVIDER
    if form.validate_on_submit() and invite_by_form(form, role=role, **place):
        return redirect(url_for(".team"))
    return _page(form), 422


@blueprint.post("/withdraw")
@signed_in
def withdraw() -> Any:
    """Withdraw an invitation that nobody has accepted."""
    withdraw_posted(**_place(current_member()))
    return redirect(url_for(".team"))


@blueprint.post("/end")
@signed_in
def end() -> Any:
    """Take somebody out of the team."""
    membership = queries.membership_in(posted_id("membership"), **_place(current_member()))
    operations.end_membership(membership=membership, by=current_user.id, at=clock.now())
    flash("They can no longer see or change anything here.", "success")
    return redirect(url_for("account.home" if membership.user_id == current_user.id else ".team"))


def _page(form: InviteForm) -> str:
    member = current_member()
    place = _place(member)
    return render_template(
        "account/team.html",
        form=form,
        layout=f"layouts/{'business' if member.business_id else 'provider'}.html",
        place=place_name(**place),
        people=queries.team_of(**place),
        invitations=queries.open_invitations(clock.now(), **place),
    )


def _place(member: Member) -> dict[str, Any]:
    """The business or provider whose team the member may see to; 403 for anybody else."""
    if member.may(Permission.BUSINESS_TEAM):
        return {"business_id": member.business_id, "provider_id": None}
    if member.may(Permission.PROVIDER_TEAM):
        return {"business_id": None, "provider_id": member.provider_id}
    return abort(403)
