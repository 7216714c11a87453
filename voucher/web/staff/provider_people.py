"""Who acts for a provider, and inviting its first person where nobody does yet.

A provider that was taken in from a catalogue is known by its papers alone: nobody can sign in for
it until an officer has invited somebody. Once one person is there, it invites its own.
"""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_login import current_user

from voucher.accounts.operations import invite as invite_person
from voucher.accounts.permissions import Permission
from voucher.accounts.queries import open_invitations, team_of
from voucher.accounts.roles import Role
from voucher.core import clock
from voucher.core.errors import Conflict, Invalid
from voucher.providers.models import Provider
from voucher.providers.queries import provider_by_reference
from voucher.web.access import requires
from voucher.web.account.invitations import send_invitation
from voucher.web.account.team_forms import InviteForm
from voucher.web.configuration import settings

blueprint = Blueprint("staff_provider_people", __name__, url_prefix="/staff/providers")


@blueprint.get("/<reference>/people")
@requires(Permission.PROVIDER_READ)
def people(reference: str) -> str:
    """The people of the provider, and the form that invites the first."""
    return _page(provider_by_reference(reference), InviteForm(formdata=None))


@blueprint.post("/<reference>/people")
@requires(Permission.PROVIDER_ASSESS)
def invite(reference: str) -> Any:
    """Invite the provider's first person by e-mail; 409 where somebody acts for it already."""
    provider, form = provider_by_reference(reference), InviteForm()
    if form.validate_on_submit():
        try:
            _invite(provider, form.email.data)
        except Invalid as error:
            form.refuse(error)
        else:
            flash(f"An invitation is on its way to {form.email.data}.", "success")
            return redirect(url_for(".people", reference=reference))
    return _page(provider, form), 422


def _invite(provider: Provider, email: str) -> None:
    if team_of(provider_id=provider.id):
        raise Conflict("Somebody acts for this provider already, and invites their colleagues.")
    invitation = invite_person(
        email=email,
        role=Role.PROVIDER,
        provider_id=provider.id,
        by=current_user.id,
        at=clock.now(),
        key=settings().digest_key.encode(),
    )
    send_invitation(invitation, provider.name)


def _page(provider: Provider, form: InviteForm) -> str:
    return render_template(
        "staff/providers/people.html",
        provider=provider,
        form=form,
        people=team_of(provider_id=provider.id),
        invitations=open_invitations(clock.now(), provider_id=provider.id),
    )
