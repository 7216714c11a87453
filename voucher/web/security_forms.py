"""The forms of signing in: the sign-in library's, with our edge checks, labels and words."""

from typing import Any

from flask_security import (
    ChangePasswordForm,
    ForgotPasswordForm,
    LoginForm,
    MfRecoveryForm,
    PasswordUtil,
    RegisterFormV2,
    ResetPasswordForm,
    SendConfirmationForm,
    TwoFactorRescueForm,
    TwoFactorSetupForm,
    TwoFactorVerifyCodeForm,
    VerifyForm,
)
from flask_security.forms import (
    EmailValidation,
    EqualToLocalize,
    IsString,
    email_required,
    password_required,
    unique_user_email,
)
from wtforms import RadioField, SelectChoice

from voucher.accounts.rules import SHORTEST_PASSWORD, password_problem
from voucher.web.forms import Answered, AtMost, EmailField, PasswordField, ServiceForm, StringField

PASSWORD_HINT = (
    f"At least {SHORTEST_PASSWORD} characters. Three unrelated words are easy to remember."
)


class PasswordRules(PasswordUtil):
    """What a new password must be (accounts.rules)."""

    def validate(
        self, password: str, is_register: bool, **given: Any
    ) -> tuple[list[str] | None, str]:
        """The problems of `password` if any, and the password in its standard form."""
        normal = self.normalize(password)
        user = given.get("user")
        email = user.email if user else given.get("email")
        name = user.full_name if user else given.get("full_name")
        problem = password_problem(normal, email=email or "", full_name=name or "")
        return ([problem] if problem else None), normal


class SignInForm(ServiceForm, LoginForm):
    """Address and password. Which of the two was wrong is never said."""

    # A cookie that signs in for months would pass by the second factor.
    remember = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.password.description = ""

    def validate(self, **kwargs: Any) -> bool:
        """Check both; whoever knew the password may be told what else stands in the way."""
        passed = super().validate(**kwargs)
        if not passed and self.user_authenticated:
            self.form_errors.extend(self.email.errors)
            self.email.errors = []
        elif not passed and self.email.errors:
            self.password.errors = []
        return passed


class RegistrationForm(ServiceForm, RegisterFormV2):
    """A new person. Whether the address has an account already is told by e-mail only."""

    full_name = StringField(
        "Your full name",
        validators=[Answered("Enter your full name."), AtMost(120)],
        render_kw={"autocomplete": "name"},
    )
    email = EmailField(
        "Email address",
        validators=[IsString(), email_required, EmailValidation(verify=True), unique_user_email],
    )
    password = PasswordField(
        "Choose a password",
        description=PASSWORD_HINT,
        validators=[IsString(), password_required],
    )
    password_confirm = PasswordField(
        "Type the password again",
        validators=[
            IsString(),
            EqualToLocalize("password", message="RETYPE_PASSWORD_MISMATCH"),
        ],
    )


class ForgottenForm(ServiceForm, ForgotPasswordForm):
    """The address whose password is forgotten."""


class ConfirmationForm(ServiceForm, SendConfirmationForm):
    """The address that wants another confirmation link."""


class NewPasswordForm(ServiceForm, ResetPasswordForm):
    """A new password, after the link in the e-mail."""


class PasswordChangeForm(ServiceForm, ChangePasswordForm):
    """The present password and a new one."""


class AgainForm(ServiceForm, VerifyForm):
    """The password again, before something that matters."""


class SetUpForm(ServiceForm, TwoFactorSetupForm):
    """Setting up an authenticator app, or stopping to use one; the page's buttons say which."""

    # The library's own choices are tuples, which WTForms 3.4 no longer takes.
    setup = RadioField(
        choices=[SelectChoice("authenticator"), SelectChoice("disable")], validate_choice=False
    )


class RescueForm(ServiceForm, TwoFactorRescueForm):
    """Made by the library beside the code's form; none of our pages shows it."""

    help_setup = RadioField(choices=[SelectChoice("help")])


class CodeForm(ServiceForm, TwoFactorVerifyCodeForm):
    """The code from the authenticator app."""


class RecoveryForm(ServiceForm, MfRecoveryForm):
    """One of the recovery codes."""


class OneAddress:
    """Refuse what is not an e-mail address; give it its standard form."""

    def __call__(self, form: Any, field: Any) -> None:
        """Raise StopValidation with a plain sentence."""
        EmailValidation(verify=True)(form, field)
