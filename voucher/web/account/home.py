"""After signing in: to one's own side, or the question what brings one here."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from flask_login import current_user
from flask_security import logout_user

from voucher.accounts import queries
from voucher.accounts.operations import join_business, join_provider, sign_out_everywhere
from voucher.businesses.operations import create
from voucher.core import clock
from voucher.core.errors import Conflict, Invalid
from voucher.providers.operations import register
from voucher.web.access import current_members, signed_in
from voucher.web.account.home_forms import BeginForm
from voucher.web.account.invitations import address_of_invitation
from voucher.web.account.places import home_of, place_name, places

blueprint = Blueprint("account", __name__, url_prefix="/account")


@blueprint.get("/")
@signed_in
def home() -> Any:
    """To the side of the present capacity; without any, to the beginning."""
    members = current_members()
    if members:
        chosen = next((m for m in members if m.capacity == session.get("acting_as")), members[0])
        return redirect(home_of(chosen))
    if current_user.check_tf_required_setup():
        return redirect(url_for("security.two_factor_setup"))
    return redirect(url_for("account.begin"))


@blueprint.route("/begin", methods=["GET", "POST"])
@signed_in
def begin() -> Any:
    """Enter a business or a provider, and become its first member."""
    form = BeginForm()
    if form.validate_on_submit():
        try:
            session["acting_as"] = _enter(form.kind.data, form.name.data)
        except Invalid as error:
            form.refuse(error)
        except Conflict as error:
            form.refuse(Invalid(str(error)))
        else:
            return redirect(url_for("account.home"))
    invited = queries.invitations_for(current_user.email, clock.now())
    page = render_template(
        "account/begin.html",
        form=form,
        invitations=[
            (place_name(each.business_id, each.provider_id), address_of_invitation(each))
            for each in invited
        ],
    )
    return page, 422 if form.is_submitted() else 200


def _enter(kind: str, name: str) -> str:
    """Create the business or the provider with the person in it; give the new capacity."""
    at, user_id = clock.now(), current_user.id
    if kind == "business":
        business = create(name=name, by=user_id, at=at)
        join_business(user_id=user_id, business_id=business.id, at=at)
        return f"business:{business.id}"
    provider = register(name=name, by=user_id, at=at)
    join_provider(user_id=user_id, provider_id=provider.id, at=at)
    return f"provider:{provider.id}"


@blueprint.get("/details")
@signed_in
def details() -> str:
    """The person's own data, ways to protect the account, and whom they act for."""
    return render_template("account/details.html", places=places(current_members()))


@blueprint.post("/sign-out-everywhere")
@signed_in
def sign_out_of_all() -> Any:
    """End every session of the person, this one too."""
    user = current_user._get_current_object()
    sign_out_everywhere(user=user, by=user.id, at=clock.now())
    logout_user()
    flash("You are signed out on every device.", "success")
    return redirect(url_for("public.home"))


@blueprint.post("/act-as")
@signed_in
def act_as() -> Any:
    """Act for another business, provider, or as staff from now on."""
    wanted = request.form.get("capacity")
    member = next((held for held in current_members() if held.capacity == wanted), None)
    if member is None:
        abort(404)
    session["acting_as"] = member.capacity
    return redirect(home_of(member))
