"""Rating the work of a claim: what both sides' pages have in common."""

from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_login import current_user
from wtforms import SelectChoice

from voucher.claims.queries import ClaimPage
from voucher.claims.ratings.models import Rating, RatingStatus
from voucher.claims.ratings.operations import rate
from voucher.claims.ratings.queries import confirmed_at, ratings_of_claim
from voucher.claims.ratings.rules import LONGEST_WORDS, SEALED_FOR, rating_problem
from voucher.core import clock
from voucher.web.forms import Answered, AtMost, ChoiceField, ServiceForm, TextAreaField

STARS = {
    5: "5, very good",
    4: "4, good",
    3: "3, neither good nor bad",
    2: "2, poor",
    1: "1, very poor",
}


class RatingForm(ServiceForm):
    """One to five, and words."""

    stars = ChoiceField(
        "How was it?",
        [Answered("Select one to five.")],
        choices=[SelectChoice(str(stars), words) for stars, words in STARS.items()],
    )
    words = TextAreaField("In your own words (optional)", [AtMost(LONGEST_WORDS)])


@dataclass(frozen=True, slots=True)
class Side:
    """One side of one claim: who rates whom, and where its pages are."""

    by_provider: bool
    found: ClaimPage
    other: str
    section: str

    @property
    def layout(self) -> str:
        """The layout of this side's pages."""
        return f"layouts/{'provider' if self.by_provider else 'business'}.html"

    def url(self, name: str) -> str:
        """The address of this side's page `name` about the claim."""
        side = "provider" if self.by_provider else "business"
        return url_for(f"{side}_{name}", reference=self.found.claim.reference)


def rating_page(side: Side) -> Any:
    """Both ratings as far as this side may see them; a form to give or to change its own."""
    claim, at = side.found.claim, clock.now()
    ratings = ratings_of_claim(claim.id)
    own, theirs = ratings.get(side.by_provider), ratings.get(not side.by_provider)
    form = _form(own)
    if form.carried_out(lambda: _rate(side, form)):
        flash("Thank you. Your rating is kept.", "success")
        return redirect(side.url("ratings.rating"))
    page = render_template(
        "ratings/rate.html",
        side=side,
        claim=claim,
        form=form,
        own=own,
        theirs=theirs if theirs is not None and theirs.status is RatingStatus.SHOWN else None,
        problem=None if own else rating_problem(claim.status, confirmed_at(claim.id), at),
        shown_on=own.given_at + SEALED_FOR if own else None,
        days=SEALED_FOR.days,
        stars=STARS,
    )
    return page, 422 if form.is_submitted() else 200


def _form(own: Rating | None) -> RatingForm:
    return RatingForm(data={"stars": str(own.stars), "words": own.words} if own else None)


def _rate(side: Side, form: RatingForm) -> None:
    rate(
        claim=side.found.claim,
        stars=int(form.stars.data),
        words=form.words.data or "",
        by_provider=side.by_provider,
        by=current_user.id,
        at=clock.now(),
    )
