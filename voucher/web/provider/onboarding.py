"""Setting up payment with Stripe: to its own pages and back.

Coming back proves nothing, so the account is read from Stripe again. A link works once and for
minutes; an expired one brings the person back here, and a new one is made for whoever is signed in
for the provider.
"""

import secrets
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask_login import current_user

from voucher.accounts.permissions import Permission
from voucher.core import clock
from voucher.core.db import writing
from voucher.integrations.stripe.errors import StripeFailure
from voucher.payments.jobs.onboarding import open_account, read_again
from voucher.payments.operations.accounts import MAY_ONBOARD
from voucher.providers.queries import provider_of
from voucher.web.access import current_member, requires
from voucher.web.configuration import services, settings

blueprint = Blueprint("provider_onboarding", __name__, url_prefix="/provider/money/onboarding")

NO_ANSWER = "Stripe does not answer at the moment. Nothing was lost: try again in a few minutes."


@blueprint.get("/")
@requires(Permission.PROVIDER_MONEY)
def onboarding() -> str:
    """How far the set-up is, and the way to Stripe."""
    provider = provider_of(current_member())
    return render_template(
        "provider/onboarding/onboarding.html",
        provider=provider,
        account=provider.connected_account,
        may_start=provider.status in MAY_ONBOARD,
        cooling_days=settings().bank_change_cooling_days,
    )


@blueprint.post("/")
@requires(Permission.PROVIDER_MONEY)
def begin() -> Any:
    """Make the account at Stripe if there is none, then go to Stripe's own pages."""
    provider = provider_of(current_member())
    email, by = provider.contact_email or current_user.email, current_user.id
    try:
        account_id = open_account(
            services().stripe,
            provider_id=provider.id,
            email=email,
            environment=settings().environment,
            by=by,
            at=clock.now(),
        )
        return redirect(_link(account_id), 303)
    except StripeFailure:
        return _no_answer()


@blueprint.get("/return")
@requires(Permission.PROVIDER_MONEY)
def come_back() -> Any:
    """Back from Stripe: read the account there, whatever the person did."""
    provider = provider_of(current_member())
    account = provider.connected_account
    if account is None or account.stripe_account_id is None:
        return redirect(url_for(".onboarding"))
    provider_id, account_id = provider.id, account.stripe_account_id
    try:
        with writing():
            payable = read_again(
                services().stripe, provider_id=provider_id, account_id=account_id, at=clock.now()
            )
    except StripeFailure:
        return _no_answer()
    if payable:
        flash("Stripe has what it needs. You can be paid.", "success")
    return redirect(url_for(".onboarding"))


@blueprint.get("/refresh")
@requires(Permission.PROVIDER_MONEY)
def refresh() -> Any:
    """A link that had expired, or was used before: make a new one and go there."""
    account = provider_of(current_member()).connected_account
    if account is None or account.stripe_account_id is None:
        return redirect(url_for(".onboarding"))
    try:
        return redirect(_link(account.stripe_account_id), 303)
    except StripeFailure:
        return _no_answer()


def _link(account_id: str) -> str:
    """A new single-use address of Stripe's pages; a key of its own, because each link is new."""
    base = settings().base_url.rstrip("/")
    made = services().stripe.create_account_link(
        account_id=account_id,
        refresh_url=base + url_for(".refresh"),
        return_url=base + url_for(".come_back"),
        key=f"{settings().environment}:link:{secrets.token_hex(16)}",
    )
    return made.url


def _no_answer() -> Any:
    current_app.logger.exception("Stripe did not answer a provider’s set-up")
    flash(NO_ANSWER, "error")
    return redirect(url_for(".onboarding"))
