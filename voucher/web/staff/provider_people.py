"""Who acts for a provider, and inviting its first person where nobody does yet.

A provider that was taken in from a catalogue is known by its papers alone: nobody can sign in for
it until an officer has invited somebody. Once one person is there, it invites its own.
"""

from typing import Any

from flask import Blueprint, redirect, render_template, url_for

from voucher.accounts.permissions import Permission
from voucher.accounts.queries import open_invitations, team_of
from voucher.accounts.roles import Role
from voucher.core import clock
from voucher.core.errors import Conflict
from voucher.providers.models import Provider
from voucher.providers.queries import provider_by_reference
from voucher.web.access import requires
from voucher.web.account.invitations import invite_by_form
from voucher.web.account.team_forms import InviteForm

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
    if form.validate_on_submit() and _invited(provider, form):
        return redirect(url_for(".people", reference=reference))
    return _page(provider, form), 422


def _invited(provider: Provider, form: InviteForm) -> bool:
    if team_of(provider_id=provider.id):
        raise Conflict("Somebody acts for this provider already, and invites their colleagues.")
    return invite_by_form(form, role=Role.PROVIDER, business_id=None, provider_id=provider.id)


def _page(provider: Provider, form: InviteForm) -> str:
    return render_template(
        "staff/providers/people.html",
        provider=provider,
        form=form,
        people=team_of(provider_id=provider.id),
        invitations=open_invitations(clock.now(), provider_id=provider.id),
    )
