"""An invitation's link: a page that says what it is, and a button for the person it was sent to."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, session, url_for
from flask_login import current_user
from flask_security import logout_user

from voucher.accounts import operations, queries
from voucher.accounts.models import Invitation
from voucher.accounts.roles import ROLES, STAFF_ROLES, Role
from voucher.accounts.rules import invitation_token, why_not_acceptable
from voucher.core import clock
from voucher.core.errors import Conflict, Invalid
from voucher.web.access import public, signed_in
from voucher.web.account.places import place_name
from voucher.web.account_mail import link_to, send_to_person
from voucher.web.configuration import settings
from voucher.web.posted import posted_id

blueprint = Blueprint("account_invitation", __name__, url_prefix="/account/invitations")


@blueprint.get("/<token>")
@public
def show(token: str) -> Any:
    """What the invitation is to, and how to accept it. Changes nothing."""
    invitation = queries.invitation_by_token(token)
    known = current_user.is_authenticated
    email = current_user.email if known else invitation.email
    refusal = why_not_acceptable(invitation, email=email, at=clock.now())
    page = render_template(
        "account/invitation.html",
        token=token,
        place=place_name(invitation.business_id, invitation.provider_id),
        role=ROLES[invitation.role],
        is_staff=invitation.role in STAFF_ROLES,
        known=known,
        refusal=refusal,
    )
    return page, 410 if refusal and not known else 200


@blueprint.post("/<token>")
@signed_in
def accept(token: str) -> Any:
    """Join, as the person whose address was invited."""
    invitation = queries.invitation_by_token(token)
    uniquifier = current_user.fs_uniquifier
    membership = operations.accept_invitation(
        invitation=invitation, user=current_user._get_current_object(), at=clock.now()
    )
    if current_user.fs_uniquifier != uniquifier:
        logout_user()
        flash("Welcome. Sign in again: staff use an authenticator app as well.", "success")
        return redirect(url_for("security.login"))
    session["acting_as"] = _capacity(membership)
    flash("Welcome: you have joined.", "success")
    return redirect(url_for("account.home"))


def _capacity(membership: Any) -> str:
    if membership.business_id is not None:
        return f"business:{membership.business_id}"
    if membership.provider_id is not None:
        return f"provider:{membership.provider_id}"
    return "staff"


def address_of_invitation(invitation: Invitation) -> str:
    """The path of the invitation's page; its token is derived anew."""
    token = invitation_token(settings().digest_key.encode(), invitation.token_nonce)
    return url_for("account_invitation.show", token=token)


def invite_by_form(form: Any, *, role: Role, **place: int | None) -> bool:
    """Invite whom the form names, into `place` (business_id and provider_id), with the message.

    False, with what is wrong at the field, where the invitation is refused.
    """
    try:
        invitation = operations.invite(
            email=form.email.data,
            role=role,
            by=current_user.id,
            at=clock.now(),
            key=settings().digest_key.encode(),
            **place,
        )
    except Invalid as error:
        form.refuse(error)
    except Conflict as error:
        form.refuse(Invalid(str(error), "email"))
    else:
        send_invitation(invitation, place_name(**place))
        flash(f"An invitation is on its way to {invitation.email}.", "success")
        return True
    return False


def withdraw_posted(**place: int | None) -> None:
    """Withdraw the invitation that the request names, if it is into `place`; NotFound otherwise."""
    invitation = queries.invitation_in(posted_id("invitation"), **place)
    operations.withdraw_invitation(invitation=invitation, by=current_user.id, at=clock.now())
    flash("The invitation is withdrawn.", "success")


def send_invitation(invitation: Invitation, place: str) -> None:
    """Put the e-mail with the link into the outbox."""
    token = invitation_token(settings().digest_key.encode(), invitation.token_nonce)
    send_to_person(
        template="invitation",
        subject="You are invited",
        recipient=invitation.email,
        user_id=None,
        once_key=f"invitation:{invitation.id}",
        context={
            "link": link_to("account_invitation.show", token=token),
            "place": place,
            "role": ROLES[invitation.role].label,
            "is_staff": invitation.role in STAFF_ROLES,
            "inviter": current_user.full_name or current_user.email,
        },
        at=invitation.invited_at,
        link_ends_at=invitation.expires_at,
    )
