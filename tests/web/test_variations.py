"""A change of an agreement before redemption: both parties’ pages and the officers’."""

import pytest

from tests.factories.cases import make_officer
from tests.factories.work import agree, everybody_around, make_job
from voucher.applications.models import Application
from voucher.core import clock
from voucher.core.db import session
from voucher.matching.models import Match, Variation, VariationStatus


@pytest.fixture
def people(app, arrange, clients):
    """An agreement, and everybody who may look at it or may not, signed in."""
    with arrange():
        job = agree(make_job(at=clock.now()), at=clock.now())
        found = everybody_around(job, officer=make_officer())
        voucher, match = job.voucher.reference, job.match.reference
    signed_in = {name: clients().sign_in(person) for name, person in found.items()}
    pages = {
        "business": f"/business/vouchers/{voucher}",
        "provider": f"/provider/work/{match}",
        "officer": f"/staff/changes/{match}",
        "voucher": f"/staff/vouchers/{voucher}",
    }
    return signed_in, pages


def stored(app, model):
    with app.app_context():
        return session.query(model).order_by(model.id.desc()).first()


def proposed(client, page, price="1,200", **more):
    values = {"net_price_pence": price, "words": "A day less.", **more}
    return client.submit(f"{page}/change", values)


def test_a_lower_price_is_proposed_by_the_provider_and_counts_when_agreed(app, people):
    who, pages = people
    start = who["provider"].get(pages["provider"])
    assert start.page.link("Agree on another price or other work") == f"{pages['provider']}/change"
    asked = proposed(who["provider"], pages["provider"])
    assert "has been asked and answers by" in asked.page.text
    assert "Redeem the voucher" not in who["provider"].get(pages["provider"]).page.text
    theirs = who["business"].get(f"{pages['business']}/agreement").page
    assert "your code yet: the voucher can’t be redeemed until the change is settled" in theirs.text
    assert theirs.link("the change") == f"{pages['business']}/change"
    assert "proposes a change" in who["business"].get("/business/").page.text
    shown = who["business"].get(f"{pages['business']}/change")
    assert "A day less." in shown.page.text
    assert "£840.00" in shown.page.text
    done = who["business"].submit(f"{pages['business']}/change", button="I agree to the change")
    assert "It counts from now on." in done.page.text
    assert stored(app, Match).voucher_pence == 60_000
    assert "proposes a change" not in who["business"].get("/business/").page.text
    assert "instead of £1,800.00" in who["officer"].get(pages["voucher"]).page.text


def test_other_work_proposed_by_the_business_waits_for_an_officer(app, people):
    who, pages = people
    proposed(who["business"], pages["business"], "2,400", scope="Three days instead of two.")
    assert "Proposes a change" in who["provider"].get("/provider/").page.text
    done = who["provider"].submit(f"{pages['provider']}/change", button="I agree to the change")
    assert "an officer of the programme has to agree too" in done.page.text
    listed = who["officer"].get("/staff/changes/")
    assert listed.page.link(pages["officer"].rsplit("/", 1)[-1]) == pages["officer"]
    empty = who["officer"].submit(pages["officer"], {"verdict": "yes", "note": ""})
    assert (empty.status_code, empty.page.errors) == (422, ["Say why."])
    who["officer"].submit(pages["officer"], {"verdict": "yes", "note": "Fair for the work."})
    assert stored(app, Variation).status is VariationStatus.AGREED
    assert stored(app, Match).scope == "Three days instead of two."
    assert stored(app, Match).voucher_pence == 100_000


def test_an_officer_says_no_and_both_read_why(app, people):
    who, pages = people
    proposed(who["business"], pages["business"], "2,400")
    who["provider"].submit(f"{pages['provider']}/change", button="I agree to the change")
    who["officer"].submit(pages["officer"], {"verdict": "no", "note": "Dearer for the same."})
    for side in ("business", "provider"):
        assert "Dearer for the same." in who[side].get(f"{pages[side]}/change").page.text
    assert stored(app, Match).net_price_pence == 180_000


def test_a_change_is_refused_with_words_or_taken_back(app, people):
    who, pages = people
    proposed(who["provider"], pages["provider"])
    empty = who["business"].submit(f"{pages['business']}/change/refuse", {"words": " "})
    assert (empty.status_code, empty.page.errors) == (422, ["Say why you don’t agree."])
    who["business"].submit(f"{pages['business']}/change/refuse", {"words": "We need it all."})
    assert "We need it all." in who["provider"].get(f"{pages['provider']}/change").page.text
    proposed(who["provider"], pages["provider"], "1,500")
    who["provider"].submit(f"{pages['provider']}/change", button="Take the change back")
    assert stored(app, Variation).status is VariationStatus.WITHDRAWN


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"net_price_pence": ""}, "Enter the price before VAT."),
        ({"scope": ""}, "Say what is done."),
        ({"words": ""}, "Say what changes, and why."),
        (
            {"net_price_pence": "1,800"},
            "This is what you have agreed already. Change the price or the work.",
        ),
    ],
)
def test_bad_terms_are_refused_at_their_field(app, people, values, error):
    who, pages = people
    given = {"net_price_pence": "1,200", "words": "A day less.", **values}
    refused = who["business"].submit(f"{pages['business']}/change", given)
    assert (refused.status_code, refused.page.errors) == (422, [error])
    assert stored(app, Variation) is None


def test_nobody_else_sees_or_answers_it(app, people):
    who, pages = people
    proposed(who["provider"], pages["provider"])
    for tail in ("", "/refuse"):
        assert who["outsider"].get(f"{pages['business']}/change{tail}").status_code == 404
        assert who["stranger"].get(f"{pages['provider']}/change{tail}").status_code == 404
    assert who["business"].get(pages["officer"]).status_code == 403
    assert stored(app, Variation).status is VariationStatus.PROPOSED


def test_what_keeps_an_agreement_from_being_changed_is_said(app, arrange, people):
    who, pages = people
    with arrange():
        held = session.query(Application).one()
        held.held_at, held.hold_reason = clock.now(), "A hint came in."
    for side in ("business", "provider"):
        page = who[side].get(f"{pages[side]}/change").page
        assert "can’t be changed now. We are looking into something on this case." in page.text
        assert not page.elements("textarea")
