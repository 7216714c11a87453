"""The provider's rating of a business, and its one reply to the business's."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_login import current_user

from voucher.accounts.permissions import Permission
from voucher.claims.queries import ClaimPage, claim_for_provider
from voucher.claims.ratings.models import Rating, RatingStatus
from voucher.claims.ratings.operations import reply as enter_reply
from voucher.claims.ratings.queries import ratings_of_claim
from voucher.claims.ratings.rules import LONGEST_WORDS
from voucher.core import clock
from voucher.core.errors import NotFound
from voucher.web.access import current_member, requires
from voucher.web.forms import Answered, AtMost, ServiceForm, TextAreaField
from voucher.web.ratings import Side, rating_page

blueprint = Blueprint("provider_ratings", __name__, url_prefix="/provider/claims")


class ReplyForm(ServiceForm):
    """The provider's reply."""

    words = TextAreaField(
        "Your reply",
        [Answered("Write your reply."), AtMost(LONGEST_WORDS)],
        description="Anybody can read it beside the rating. You can reply once.",
    )


@blueprint.route("/<reference>/rating", methods=["GET", "POST"])
@requires(Permission.PROVIDER_WORK)
def rating(reference: str) -> Any:
    """Rate working with the business, and read what it said of the work."""
    found = _mine(reference)
    return rating_page(
        Side(
            by_provider=True,
            found=found,
            other=found.business.name,
            section="provider_claims.claims",
        )
    )


@blueprint.route("/<reference>/rating/reply", methods=["GET", "POST"])
@requires(Permission.PROVIDER_WORK)
def reply(reference: str) -> Any:
    """Reply to the business's rating, once."""
    found, form = _mine(reference), ReplyForm()
    theirs = _shown(found)
    if form.carried_out(
        lambda: enter_reply(
            rating=theirs, words=form.words.data or "", by=current_user.id, at=clock.now()
        )
    ):
        flash("Your reply is shown beside the rating.", "success")
        return redirect(url_for(".rating", reference=reference))
    page = render_template("ratings/reply.html", form=form, found=found, theirs=theirs)
    return page, 422 if form.is_submitted() else 200


def _mine(reference: str) -> ClaimPage:
    return claim_for_provider(current_member().provider_id or 0, reference)


def _shown(found: ClaimPage) -> Rating:
    theirs = ratings_of_claim(found.claim.id).get(False)
    if theirs is None or theirs.status is not RatingStatus.SHOWN:
        raise NotFound("There is no rating to reply to.")
    return theirs
