"""Forms of the team pages."""

from wtforms import SelectChoice

from voucher.accounts.roles import ROLES, STAFF_ROLES
from voucher.web.forms import (
    Answered,
    AtMost,
    ChoiceField,
    EmailField,
    ServiceForm,
    TextAreaField,
)
from voucher.web.security_forms import OneAddress


class InviteForm(ServiceForm):
    """Whom to invite."""

    email = EmailField(
        "Email address",
        description="We will send a link that works for 7 days, for this address only.",
        validators=[Answered("Enter an email address."), AtMost(254), OneAddress()],
        render_kw={"spellcheck": "false", "autocapitalize": "none"},
    )


class StaffInviteForm(InviteForm):
    """Whom to invite to the staff, and as what."""

    role = ChoiceField(
        "Role",
        choices=[
            SelectChoice(role.value, definition.label, render_kw={"hint": definition.purpose})
            for role, definition in ROLES.items()
            if role in STAFF_ROLES
        ],
        validators=[Answered("Select a role.")],
    )


class RecoveryForm(ServiceForm):
    """Who lost their phone, and how the officer made sure of it."""

    email = EmailField(
        "Email address of the person",
        validators=[Answered("Enter the person’s email address."), AtMost(254)],
        render_kw={"spellcheck": "false", "autocapitalize": "none"},
    )
    reason = TextAreaField(
        "How did you make sure that it is them?",
        description="For example: you spoke to them in person or on a number you knew before.",
        validators=[Answered("Say how you made sure that it is them."), AtMost(500)],
    )
