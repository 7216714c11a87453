"""Redeeming a voucher: type or scan the code, see what it is worth, press the button.

Looking a code up changes nothing, and still it is a POST: a code stands in no address, so in no
log. What it is worth is a page one can come back to, for which the provider's own browser carries
the code for ten minutes (see voucher.web.carried). A code that is mistyped, unknown or somebody
else's gets one and the same answer, and guessing is slowed down.
"""

from datetime import timedelta
from typing import Any

from flask import Blueprint, Flask, flash, redirect, render_template, url_for
from flask.blueprints import BlueprintSetupState
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import current_user

from voucher.accounts.permissions import Permission
from voucher.core import clock
from voucher.core.errors import Conflict, Invalid, NotFound
from voucher.core.references import display_code, normalise_code
from voucher.providers.queries import offerings_by_ids
from voucher.vouchers.operations import redeem as redeem_voucher
from voucher.vouchers.queries import find_for_provider, is_redeemable
from voucher.vouchers.rules import is_expired
from voucher.web.access import current_member, requires
from voucher.web.carried import Carried
from voucher.web.configuration import settings
from voucher.web.forms import Answered, AtMost, CodeField, ServiceForm

blueprint = Blueprint("provider_redeem", __name__, url_prefix="/provider/redeem")

CODE = Carried("voucher_code", "/provider/redeem", timedelta(minutes=10))
GUESSES_OF_A_PERSON = "10 per minute; 60 per hour"
GUESSES_FROM_AN_ADDRESS = "60 per minute; 300 per hour"
TOO_MANY = "Too many codes in a short time. Wait a few minutes, then try again."


class CodeForm(ServiceForm):
    """A voucher's code."""

    code = CodeField(
        "Voucher code",
        [Answered("Enter the code."), AtMost(60)],
        description="13 characters, like 7K3M-Q2ZD-90XY-C. The last may be a sign: * ~ $ or =",
        render_kw={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"},
    )


@blueprint.get("")
@requires(Permission.PROVIDER_WORK)
def redeem() -> str:
    """The form; a scanned QR code fills it in, in the browser alone, and does nothing more."""
    return render_template("provider/redeem/code.html", form=CodeForm())


@blueprint.post("")
@requires(Permission.PROVIDER_WORK)
def check() -> Any:
    """Look the code up; on to what its voucher is worth, or say at the field what is wrong."""
    form = CodeForm()
    if not form.validate():
        return render_template("provider/redeem/code.html", form=form), 422
    try:
        _look_up(form.code.data)
    except NotFound as error:
        form.refuse(Invalid(str(error), "code"))
        return render_template("provider/redeem/code.html", form=form), 422
    return CODE.put(redirect(url_for(".worth"), 303), {"code": form.code.data})


@blueprint.get("/worth")
@requires(Permission.PROVIDER_WORK)
def worth() -> Any:
    """What the voucher is worth, and the button that redeems it; or what to do instead."""
    carried = CODE.take()
    if carried is None:
        return redirect(url_for(".redeem"))
    try:
        voucher, match = _look_up(carried["code"])
    except NotFound:
        return CODE.forget(redirect(url_for(".redeem")))
    return render_template(
        "provider/redeem/worth.html",
        voucher=voucher,
        match=match,
        title=offerings_by_ids([match.offering_id])[match.offering_id].title,
        code=display_code(normalise_code(carried["code"])),
        redeemable=is_redeemable(voucher, match, clock.today()),
        expired=is_expired(voucher.expires_on, clock.today()),
    )


@blueprint.post("/confirm")
@requires(Permission.PROVIDER_WORK)
def confirm() -> Any:
    """Redeem the voucher, once and for all."""
    form = CodeForm()
    if not form.validate():
        return render_template("provider/redeem/code.html", form=form), 422
    try:
        redemption = redeem_voucher(
            code=form.code.data,
            provider_id=current_member().provider_id or 0,
            by=current_user.id,
            at=clock.now(),
            code_key=settings().voucher_code_key.encode(),
        )
    except (NotFound, Conflict) as error:
        form.refuse(Invalid(str(error), "code"))
        return render_template("provider/redeem/code.html", form=form), 422
    flash("The voucher is redeemed. You can start the work.", "success")
    on = redirect(url_for("provider_claims.begin", reference=redemption.reference))
    return CODE.forget(on)


def _look_up(code: str) -> Any:
    return find_for_provider(
        code, current_member().provider_id or 0, settings().voucher_code_key.encode()
    )


def _throttle(state: BlueprintSetupState) -> None:
    """Limit both POSTs together: by person, and by address on the network."""
    app: Flask = state.app
    limiter = Limiter(key_func=get_remote_address, app=app)
    by_person = limiter.shared_limit(
        GUESSES_OF_A_PERSON, scope="voucher code", key_func=_person, error_message=TOO_MANY
    )
    by_address = limiter.shared_limit(
        GUESSES_FROM_AN_ADDRESS, scope="voucher code from", error_message=TOO_MANY
    )
    for name in ("check", "confirm"):
        endpoint = f"{blueprint.name}.{name}"
        app.view_functions[endpoint] = by_person(by_address(app.view_functions[endpoint]))


def _person() -> str:
    return f"user:{current_user.get_id()}"


blueprint.record(_throttle)
