"""Keys for the provider's own programs: make, look at, replace, revoke. A secret is shown once."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_login import current_user

from voucher.accounts.permissions import Permission
from voucher.core import clock
from voucher.core.errors import Conflict, Invalid
from voucher.providers.api_keys import operations
from voucher.providers.api_keys.models import ApiKey
from voucher.providers.api_keys.queries import ShownKey, key_of, keys_of
from voucher.providers.api_keys.rules import OVERLAP, Scope, works_until
from voucher.web.access import current_member, requires
from voucher.web.api.contract import ROOT
from voucher.web.configuration import settings
from voucher.web.posted import posted_reference
from voucher.web.provider.api_keys_forms import KeyForm

blueprint = Blueprint("provider_api_keys", __name__, url_prefix="/provider/api-keys")


@blueprint.get("/")
@requires(Permission.PROVIDER_TEAM)
def keys() -> str:
    """Every key there is, and what programs can do with one."""
    found = keys_of(current_member().provider_id or 0, clock.now())
    return render_template("provider/api_keys/list.html", found=found, works_until=works_until)


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.PROVIDER_TEAM)
def new() -> Any:
    """Make a key. The answer shows its secret, which no page shows again."""
    form = KeyForm()
    made = _made(form) if form.validate_on_submit() else None
    if made is not None:
        return _shown_once(*made)
    page = render_template("provider/api_keys/new.html", form=form)
    return page, 422 if form.is_submitted() else 200


def _made(form: KeyForm) -> tuple[ApiKey, str] | None:
    try:
        return operations.make_key(
            provider_id=current_member().provider_id or 0,
            name=form.name.data or "",
            scopes=form.scopes.data or (),
            life_days=int(form.life_days.data),
            by=current_user.id,
            at=clock.now(),
        )
    except Invalid as error:
        form.refuse(error)
    except Conflict as error:
        form.refuse(Invalid(str(error)))
    return None


@blueprint.get("/<reference>")
@requires(Permission.PROVIDER_TEAM)
def key(reference: str) -> str:
    """One key: what it may do, who made it, when it was last used."""
    found = _mine(reference)
    return render_template(
        "provider/api_keys/key.html",
        found=found,
        key=found.key,
        scopes=[scope for scope in Scope if scope.value in found.key.scopes],
        until=works_until(found.key),
        overlap=OVERLAP,
    )


@blueprint.post("/replace")
@requires(Permission.PROVIDER_TEAM)
def replace() -> Any:
    """Put another key in its place. The answer shows the new secret, which no page shows again."""
    old = _mine(posted_reference("key")).key
    made, secret = operations.rotate_key(key=old, by=current_user.id, at=clock.now())
    return _shown_once(made, secret, old)


@blueprint.post("/revoke")
@requires(Permission.PROVIDER_TEAM)
def revoke() -> Any:
    """Let the key count no more."""
    found = _mine(posted_reference("key")).key
    operations.revoke_key(key=found, by=current_user.id, at=clock.now())
    flash("The key is revoked. Whatever used it is refused from now on.", "success")
    return redirect(url_for(".key", reference=found.reference))


def _shown_once(made: ApiKey, secret: str, old: ApiKey | None = None) -> str:
    return render_template(
        "provider/api_keys/made.html",
        key=made,
        secret=secret,
        old=old,
        address=settings().base_url.rstrip("/") + ROOT,
    )


def _mine(reference: str) -> ShownKey:
    return key_of(current_member().provider_id or 0, reference, clock.now())
