"""The pages of the dialogue: side by side, questions, another day, declining, next in line."""

from datetime import timedelta

import pytest

from tests.factories.cases import make_officer
from tests.factories.scheme import make_offering, make_provider
from tests.factories.work import everybody_around, make_job
from tests.page import text_of
from tests.web.statements import counting
from voucher.applications.models import Application
from voucher.core import clock
from voucher.core.db import session
from voucher.matching.dialogue.models import DateProposal, DateStatus, Question
from voucher.matching.models import DeclineCode, Match, MatchStatus, ShortlistEntry
from voucher.matching.operations.choice import decline
from voucher.providers.models import Offering, OfferingStatus


@pytest.fixture
def people(app, arrange, clients):
    """A voucher with an offering on its list, and everybody around it signed in."""
    with arrange():
        unregistered = make_provider(vat_registered=False, vat_number=None)
        make_offering(unregistered, title="Bookings for halls")
        job = make_job(at=clock.now())
        found = everybody_around(job)
        base = f"/business/vouchers/{job.voucher.reference}"
        facts = {
            "base": base,
            "offering": job.offering.reference,
            "choice": f"{base}/choose/{job.offering.reference}",
            "ask": f"{base}/ask/{job.offering.reference}",
            "name": job.business.name,
        }
    return {name: clients().sign_in(person) for name, person in found.items()}, facts


def stored(app, model):
    with app.app_context():
        return session.query(model).order_by(model.id.desc()).first()


def day_of(days):
    on = clock.today() + timedelta(days=days)
    return {
        "start_on-day": str(on.day),
        "start_on-month": str(on.month),
        "start_on-year": str(on.year),
    }


def wanted(days):
    return {f"wanted_by_on-{key.rsplit('-', 1)[1]}": value for key, value in day_of(days).items()}


def chosen(who, facts, **values):
    who["business"].submit(facts["choice"], values, button="Choose this offering")


def test_offerings_are_compared_side_by_side(app, people):
    who, facts = people
    page = who["business"].get(f"{facts['base']}/compare").page
    assert page.text.count("You pay the provider") == 2
    one = who["business"].get(f"{facts['base']}/compare?offering={facts['offering'].lower()}")
    assert one.page.text.count("You pay the provider") == 1
    assert "£900.00 of the price" in one.page.text
    many = "&".join(["offering=OFF-0000-0000"] * 9)
    assert who["business"].get(f"{facts['base']}/compare?{many}").status_code == 200
    assert who["outsider"].get(f"{facts['base']}/compare").status_code == 404
    with counting(app) as statements:
        who["business"].get(f"{facts['base']}/compare")
    assert len(statements) <= 10, statements


def test_side_by_side_counts_the_tasters_that_the_list_counted(arrange, people):
    who, facts = people
    with arrange():
        offering = session.query(Offering).order_by(Offering.id).first()
        stated = session.query(ShortlistEntry).filter_by(offering_id=offering.id).one()
        stated.reasons = [
            {**one, "tasters_done": 7} if one["code"] == "track_record" else one
            for one in stated.reasons
        ]
    text = who["business"].get(f"{facts['base']}/compare").page.text
    assert "Done for the programme when your list was made7 tasters" in text
    assert text.count("did 7 like this for the programme") == 1
    assert text.count("None yet") == text.count("none done and paid for the programme yet") == 1


def test_vat_is_named_only_where_the_provider_charges_any(people):
    who, facts = people
    text = who["business"].get(f"{facts['base']}/shortlist").page.text
    assert " with VAT" in text
    assert ", no VAT" in text


def test_who_was_declined_reads_that_first(arrange, people):
    who, facts = people
    chosen(who, facts)
    with arrange():
        match = session.query(Match).one()
        provider = make_officer().id
        decline(match=match, code=DeclineCode.TOO_MUCH, reason="", by=provider, at=clock.now())
        session.get_one(Offering, match.offering_id).status = OfferingStatus.PAUSED
    text = who["business"].get(f"{facts['base']}/shortlist/why?q={facts['offering']}").page.text
    assert "Its provider has declined your request" in text
    assert "can’t be chosen at the moment" not in text


def test_a_problem_is_read_before_a_choice_without_the_name_and_how_to_reach_it(
    app, arrange, people
):
    who, facts = people
    who["business"].submit(facts["ask"], {"words": "Does it work with our till?"})
    with arrange():
        case = session.query(Application).one()
        case.problem_today = f"At {facts['name']} bookings get lost. Call 0113 496 0000."
        case.problem_better = "Write to me@hall.example."
    shown = who["provider"].get(f"/provider/questions/{stored(app, Question).reference}").page
    assert "At [the business] bookings get lost. Call [left out]." in shown.text
    assert "Write to [left out]" in shown.text
    assert facts["name"] not in shown.text


def test_a_question_is_asked_answered_and_read_without_saying_who_asks(app, people):
    who, facts = people
    sent = who["business"].submit(facts["ask"], {"words": "Does it work with our till?"})
    assert "The answer is expected by" in sent.page.text
    assert "A business asks about" in who["provider"].get("/provider/").page.text
    reference = stored(app, Question).reference
    listed = who["provider"].get("/provider/questions/")
    assert "Does it work with our till?" in listed.page.text
    shown = who["provider"].get(f"/provider/questions/{reference}")
    assert facts["name"] not in listed.page.text + shown.page.text
    answered = who["provider"].submit(f"/provider/questions/{reference}", {"words": "It does."})
    assert "Your answer has been sent." in answered.page.text
    for path in (facts["choice"], f"{facts['base']}/questions"):
        assert "It does." in who["business"].get(path).page.text
    assert "Your questions and their answers" in (
        who["business"].get(f"{facts['base']}/shortlist").page.text
    )


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ("", "Write your question."),
        ("x" * 1001, "Your question must be 1,000 characters or fewer."),
        (
            "Call 0113 496 0000",
            "Leave out email addresses, telephone numbers and web addresses. "
            "You can talk directly once the offering is chosen and accepted.",
        ),
    ],
)
def test_a_bad_question_is_refused_at_its_field(app, people, words, error):
    who, facts = people
    refused = who["business"].submit(facts["ask"], {"words": words})
    assert (refused.status_code, refused.page.errors) == (422, [error])
    assert stored(app, Question) is None


def test_another_day_is_proposed_and_taken(app, people):
    who, facts = people
    chosen(who, facts, **wanted(10))
    work = f"/provider/work/{stored(app, Match).reference}"
    late = who["provider"].submit(f"{work}/accept", day_of(20))
    assert "Propose it as another day instead." in late.page.errors[0]
    done = who["provider"].submit(f"{work}/another-day", {**day_of(20), "words": "Full till then."})
    assert "You proposed to start on" in done.page.text
    assert "proposes another day" in who["business"].get("/business/").page.text
    shown = who["business"].get(f"{facts['base']}/agreement")
    assert "Full till then." in shown.page.text
    agreed = who["business"].submit(f"{facts['base']}/agreement", button=button(shown))
    assert "All three of you have agreed" in agreed.page.text
    assert stored(app, Match).status is MatchStatus.AGREED


def button(shown):
    words = shown.page.elements("button")
    return next(text for text in map(text_of, words) if text.startswith("Agree, starting on"))


def test_another_day_is_refused_and_the_next_can_be_chosen(app, people):
    who, facts = people
    chosen(who, facts)
    work = f"/provider/work/{stored(app, Match).reference}"
    who["provider"].submit(f"{work}/another-day", {**day_of(20), "words": ""})
    done = who["business"].submit(f"{facts['base']}/agreement", button="That day does not suit me")
    assert "Your choice has ended" in done.page.text
    assert "Next on your list" in done.page.text
    assert stored(app, DateProposal).status is DateStatus.REFUSED


def test_a_bad_day_is_refused_at_its_field(app, people):
    who, facts = people
    past = who["business"].submit(facts["choice"], wanted(-1), button="Choose this offering")
    assert (past.status_code, past.page.errors) == (422, ["The start must be today or later."])
    half = {"wanted_by_on-day": "3"}
    refused = who["business"].submit(facts["choice"], half, button="Choose this offering")
    assert refused.status_code == 422
    assert stored(app, Match) is None
    chosen(who, facts)
    work = f"/provider/work/{stored(app, Match).reference}"
    empty = who["provider"].submit(f"{work}/another-day", {"words": ""})
    assert empty.page.errors == ["Enter the day on which you could start."]
    assert stored(app, DateProposal) is None


def test_declining_needs_a_reason_of_the_list(app, people):
    who, facts = people
    chosen(who, facts)
    work = f"/provider/work/{stored(app, Match).reference}"
    none = who["provider"].submit(f"{work}/decline", {"reason": "No."})
    assert none.page.errors == ["Select why."]
    who["provider"].submit(f"{work}/decline", {"code": "too_far", "reason": ""})
    assert "It is too far away for us" in (
        who["business"].get(f"{facts['base']}/shortlist").page.text
    )


def test_nobody_else_sees_or_answers_anything(app, people, arrange):
    who, facts = people
    who["business"].submit(facts["ask"], {"words": "Does it work?"})
    question = f"/provider/questions/{stored(app, Question).reference}"
    assert who["stranger"].get(question).status_code == 404
    chosen(who, facts)
    work = f"/provider/work/{stored(app, Match).reference}"
    assert who["stranger"].get(f"{work}/another-day").status_code == 404
    for path in ("questions", "compare", f"ask/{facts['offering']}"):
        assert who["outsider"].get(f"{facts['base']}/{path}").status_code == 404
    assert "Does it work?" not in who["stranger"].get("/provider/questions/").page.text
