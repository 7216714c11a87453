"""The staff: who has which role, invitations, and the recovery of a lost second factor."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_login import current_user

from voucher.accounts import operations, queries
from voucher.accounts.models import DeviceRecovery, User
from voucher.accounts.permissions import Permission
from voucher.accounts.roles import ROLES, Role
from voucher.core import clock
from voucher.core.errors import Conflict, Invalid, NotPermitted
from voucher.web.access import requires
from voucher.web.account.invitations import invite_by_form, withdraw_posted
from voucher.web.account.team_forms import RecoveryForm, StaffInviteForm
from voucher.web.account_mail import send_to_person
from voucher.web.posted import posted_id

blueprint = Blueprint("staff_team", __name__, url_prefix="/staff/team")

STAFF = {"business_id": None, "provider_id": None}
"""The place that staff are invited into: no business and no provider."""


@blueprint.get("/")
@requires(Permission.STAFF_INVITE)
def team() -> str:
    """Everybody on the staff, open invitations, and the form to invite."""
    return _team_page(StaffInviteForm(formdata=None))


@blueprint.post("/")
@requires(Permission.STAFF_INVITE)
def invite() -> Any:
    """Invite somebody to the staff in one role."""
    form = StaffInviteForm()
    if form.validate_on_submit() and invite_by_form(form, role=Role(form.role.data), **STAFF):
        return redirect(url_for(".team"))
    return _team_page(form), 422


@blueprint.post("/withdraw")
@requires(Permission.STAFF_INVITE)
def withdraw() -> Any:
    """Withdraw an invitation that nobody has accepted."""
    withdraw_posted(**STAFF)
    return redirect(url_for(".team"))


@blueprint.post("/end")
@requires(Permission.STAFF_INVITE)
def end() -> Any:
    """Take a role from somebody."""
    membership = queries.membership_in(posted_id("membership"))
    operations.end_membership(membership=membership, by=current_user.id, at=clock.now())
    flash("The role has been taken away.", "success")
    return redirect(url_for(".team"))


@blueprint.get("/recovery")
@requires(Permission.STAFF_RECOVER)
def recovery() -> str:
    """Recoveries that wait for a second officer, and the form to ask for one."""
    return _recovery_page(RecoveryForm(formdata=None))


@blueprint.post("/recovery")
@requires(Permission.STAFF_RECOVER)
def ask_recovery() -> Any:
    """Ask, as the first officer, that somebody's second factor be removed."""
    form = RecoveryForm()
    if form.validate_on_submit():
        try:
            asked = operations.ask_recovery(
                user=queries.user_by_email(form.email.data),
                reason=form.reason.data,
                by=current_user.id,
                at=clock.now(),
            )
        except Invalid as error:
            form.refuse(error)
        except (Conflict, NotPermitted) as error:
            form.refuse(Invalid(str(error), "email"))
        else:
            _tell(asked, queries.person(asked.user_id), "recovery_asked")
            flash("Now a second officer has to agree.", "success")
            return redirect(url_for(".recovery"))
    return _recovery_page(form), 422


@blueprint.post("/recovery/complete")
@requires(Permission.STAFF_RECOVER)
def complete_recovery() -> Any:
    """Agree, as the second officer: the person can set up a new app."""
    asked = queries.recovery_by_id(posted_id("recovery"))
    person = operations.complete_recovery(recovery=asked, by=current_user.id, at=clock.now())
    _tell(asked, person, "recovery_completed")
    flash("They can now sign in with their password and set up a new app.", "success")
    return redirect(url_for(".recovery"))


@blueprint.post("/recovery/cancel")
@requires(Permission.STAFF_RECOVER)
def cancel_recovery() -> Any:
    """Stop a recovery."""
    asked = queries.recovery_by_id(posted_id("recovery"))
    operations.cancel_recovery(recovery=asked, by=current_user.id, at=clock.now())
    flash("The recovery is cancelled. Nothing was changed.", "success")
    return redirect(url_for(".recovery"))


def _team_page(form: StaffInviteForm) -> str:
    return render_template(
        "staff/team/team.html",
        form=form,
        roles=ROLES,
        people=queries.team_of(),
        invitations=queries.open_invitations(clock.now()),
    )


def _recovery_page(form: RecoveryForm) -> str:
    waiting = queries.open_recoveries()
    people = [each.user_id for each in waiting] + [each.first_officer_id for each in waiting]
    return render_template(
        "staff/team/recovery.html",
        form=form,
        recoveries=waiting,
        names=queries.names_of(people),
    )


def _tell(asked: DeviceRecovery, person: User, what: str) -> None:
    """Tell the person what happens to their account, so that a theft is noticed."""
    send_to_person(
        template=what,
        subject="Your authenticator app",
        recipient=person.email,
        user_id=person.id,
        once_key=f"{what}:{asked.id}",
        context={},
        at=clock.now(),
    )
