"""Pages about the scheme that anybody may read: home, and what the law asks us to publish."""

from typing import Any

from flask import Blueprint, abort, redirect, render_template, url_for

from voucher.core import clock
from voucher.programmes.queries import open_rounds
from voucher.web.access import may_open, public
from voucher.web.configuration import settings
from voucher.web.public.gallery import gallery_context

bp = Blueprint("public", __name__)


@bp.get("/")
@public
def home() -> str:
    """What the scheme does, on one screen, with the ways in and the rounds open today."""
    return render_template("public/home.html", rounds=open_rounds(clock.today()))


@bp.get("/accessibility-statement")
@public
def accessibility() -> str:
    """How far the service meets WCAG 2.2 AA and what to do when something can't be used."""
    return render_template("public/accessibility.html")


@bp.get("/privacy-notice")
@public
def privacy() -> str:
    """What is kept about people, why, for how long, and their rights."""
    return render_template("public/privacy.html")


@bp.get("/cookies")
@public
def cookies() -> str:
    """The one cookie that the service needs."""
    return render_template("public/cookies.html")


@bp.get("/redeem")
@public
def scanned() -> Any:
    """Where a voucher's QR code leads: to the page of redemption, by way of signing in.

    The code stands behind the # of the address, which a browser keeps to itself, and also carries
    over a redirection; where somebody signs in first, the browser's own store keeps it meanwhile.
    """
    if may_open("provider_redeem.redeem"):
        return redirect(url_for("provider_redeem.redeem"))
    return render_template("public/scanned.html")


@bp.route("/gallery", methods=["GET", "POST"])
@public
def gallery() -> str:
    """Every component in every state, for those who build pages; not part of a real service."""
    if settings().is_production:
        abort(404)
    return render_template("public/gallery.html", **gallery_context())
