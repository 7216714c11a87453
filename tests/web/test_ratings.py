"""The pages of ratings: both sides’, the public’s, the officers’."""

import pytest

from tests.factories.cases import make_officer
from tests.factories.work import confirmed, everybody_around, make_job
from voucher.claims.ratings.models import Rating, RatingStatus
from voucher.core import clock
from voucher.core.db import session


@pytest.fixture
def people(app, arrange, clients, tmp_path):
    """Work that is confirmed, and everybody around it signed in."""
    with arrange():
        job = confirmed(make_job(at=clock.now()), tmp_path, at=clock.now())
        found = everybody_around(job, officer=make_officer())
        claim, offering, name = job.claim.reference, job.offering.reference, job.business.name
    who = {key: clients().sign_in(person) for key, person in found.items()}
    who["anybody"] = clients()
    pages = {
        "business": f"/business/claims/{claim}/rating",
        "provider": f"/provider/claims/{claim}/rating",
        "offering": f"/offerings/{offering}",
        "name": name,
    }
    return who, pages


def stored(app):
    with app.app_context():
        return session.query(Rating).order_by(Rating.id).first()


def rate(who, pages, side, stars="5", words="Quick and kind."):
    return who[side].submit(pages[side], {"stars": stars, "words": words})


def test_a_claim_that_was_rated_does_not_ask_to_be_rated_again(people):
    who, pages = people
    claim = pages["business"].removesuffix("/rating")
    asked = who["business"].get(claim).page.text
    assert "Rate the work by" in asked
    rate(who, pages, "business")
    rated = who["business"].get(claim).page
    assert "Rate the work by" not in rated.text
    assert rated.link("Your rating of the work, and the provider’s") == pages["business"]


def test_both_rate_and_what_the_business_said_is_public_without_its_name(app, people):
    who, pages = people
    claim = pages["business"].removesuffix("/rating")
    assert f'href="{pages["business"]}"' in who["business"].get(claim).text
    assert "Nobody has rated it yet" in who["anybody"].get(pages["offering"]).page.text
    given = rate(who, pages, "business")
    assert "Until then you can change it." in given.page.text
    assert "Quick and kind." not in who["provider"].get(pages["provider"]).page.text
    assert "Quick and kind." not in who["anybody"].get(pages["offering"]).page.text
    rate(who, pages, "provider", "3", "Late with answers.")
    assert "Late with answers." in who["business"].get(pages["business"]).page.text
    public = who["anybody"].get(pages["offering"]).page.text
    assert "5.0 of 5 by 1 business" in public
    assert "Quick and kind." in public
    assert "Late with answers." not in public
    assert pages["name"] not in public


def test_the_provider_replies_and_an_officer_withholds_and_restores(app, people):
    who, pages = people
    rate(who, pages, "business", "1", "Awful <b>people</b>.")
    assert who["provider"].get(f"{pages['provider']}/reply").status_code == 404
    rate(who, pages, "provider")
    who["provider"].submit(f"{pages['provider']}/reply", {"words": "We are sorry."})
    assert "We are sorry." in who["anybody"].get(pages["offering"]).page.text
    reference = stored(app).reference
    listed = who["officer"].get("/staff/ratings/")
    page = listed.page.link(reference)
    empty = who["officer"].submit(page, {"note": "It insults."})
    assert empty.page.errors == ["Select what is wrong with it."]
    who["officer"].submit(page, {"reason": "abuse", "note": "It insults."})
    assert "Awful" not in who["anybody"].get(pages["offering"]).page.text
    assert "It insults." in who["business"].get(pages["business"]).page.text
    who["officer"].submit(page, {"note": "It does not."})
    assert stored(app).status is RatingStatus.SHOWN
    assert "Awful <b>people</b>." in who["anybody"].get(pages["offering"]).page.text


def test_an_officer_withholds_a_reply_and_the_rating_stays(app, people):
    who, pages = people
    rate(who, pages, "business", "1", "Never came.")
    rate(who, pages, "provider")
    who["provider"].submit(f"{pages['provider']}/reply", {"words": "You fool."})
    reference = stored(app).reference
    page = who["officer"].get(f"/staff/ratings/{reference}").page.link("withhold the reply")
    empty = who["officer"].submit(page, {"note": " "})
    assert empty.page.errors == ["Say why."]
    assert stored(app).reply_in_view == "You fool."
    done = who["officer"].submit(page, {"note": "It insults."})
    assert "Reply withheld because" in done.page.text
    public = who["anybody"].get(pages["offering"]).page.text
    assert "Never came." in public
    assert "You fool." not in public
    assert "1.0 of 5 by 1 business" in public
    assert "You fool." not in who["business"].get(pages["business"]).page.text
    assert "It insults." in who["provider"].get(pages["provider"]).page.text


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({}, "Select one to five."),
        ({"stars": "6"}, "Select one of the options."),
        (
            {"stars": "4", "words": "x" * 1001},
            "In your own words must be 1,000 characters or fewer.",
        ),
    ],
)
def test_a_bad_rating_is_refused_at_its_field(app, people, values, error):
    who, pages = people
    refused = who["business"].submit(pages["business"], values)
    assert refused.status_code == 422
    assert refused.page.errors[0] in (error, error.replace("In your own words (optional)", "This"))
    assert stored(app) is None


def test_nobody_else_sees_or_rates(app, people):
    who, pages = people
    assert who["outsider"].get(pages["business"]).status_code == 404
    assert who["stranger"].get(pages["provider"]).status_code == 404
    assert who["business"].get("/staff/ratings/").status_code == 403
    for text in ("status=nothing", "status=shown", "page=9"):
        assert who["officer"].get(f"/staff/ratings/?{text}").status_code == 200
