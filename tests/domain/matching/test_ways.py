"""Languages and accessibility: asked for, kept, heeded by the list and by the choice."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.factories.scheme import AT, make_offering
from tests.factories.work import choose, make_job
from tests.together import at_once
from voucher.applications.models import Application
from voucher.audit.models import AuditEvent
from voucher.core.db import session as scoped
from voucher.core.errors import Conflict, Invalid
from voucher.matching.models import WaysAsked
from voucher.matching.operations import ask_for_ways, make_shortlist
from voucher.matching.queries import latest_shortlist, ways_asked
from voucher.matching.ranking.reasons import unpack_ids
from voucher.providers.models import Offering


def ask(job, needed=(), wished=(), at=AT):
    return ask_for_ways(
        application=job.application, needed=needed, wished=wished, by=job.owner.id, at=at
    )


def listed(job, at=AT):
    made = make_shortlist(application=job.application, voucher=job.voucher, at=at)
    return [entry.offering_id for entry in latest_shortlist(made.application_id).entries], made


def test_what_is_needed_keeps_the_others_off_the_list_and_what_is_wished_lifts(session):
    job = make_job()
    signing = make_offering(languages=["en", "bfi"])
    both = make_offering(languages=["en", "bfi"], accessibility=["captions"])
    ask(job, ["bfi"], ["captions"])
    ids, made = listed(job)
    assert ids == [both.id, signing.id]
    left = {each: entry["code"] for entry in made.excluded for each in unpack_ids(entry)}
    assert left == {job.offering.id: "need_not_met"}
    codes = [[reason["code"] for reason in entry.reasons] for entry in made.entries]
    assert "wishes" in codes[0]
    assert "wishes" not in codes[1]
    for entry in made.entries:
        assert sum(reason["points"] for reason in entry.reasons) == round(entry.score * 1_000)


def test_english_is_needed_unless_a_language_is_named(session):
    job = make_job()
    other = make_offering(languages=["ur"])
    assert other.id not in listed(job)[0]
    ask(job, [], ["ur"])
    assert listed(job)[0] == [other.id, job.offering.id]


def test_an_offering_that_comes_to_offer_a_way_is_listed_at_once(session):
    job = make_job()
    ask(job, ["large_print"])
    assert listed(job)[0] == []
    session.get_one(Offering, job.offering.id).accessibility = ["large_print"]
    session.flush()
    assert listed(job)[0] == [job.offering.id]


def test_what_is_needed_later_bars_the_choice_from_a_list_made_before(session):
    job = make_job()
    ask(job, ["in_writing"])
    with pytest.raises(Conflict, match="everything in writing"):
        choose(job)
    ask(job, [], ["in_writing"])
    assert choose(job).match.status == "offered"


def test_it_is_kept_in_place_of_before_and_the_record_does_not_say_what(session):
    job = make_job()
    first = ask(job, ["screen_reader", "bfi"], ["captions"])
    assert first.needed == ["bfi", "screen_reader"]
    again = ask(job, [], [], at=AT + timedelta(days=1))
    assert again.id == first.id
    assert (again.needed, again.wished) == ([], [])
    query = select(AuditEvent.details).where(AuditEvent.action == "ways.asked")
    details = session.execute(query.order_by(AuditEvent.id)).scalars().all()
    assert details == [{"needed": 2, "wished": 1}, {"needed": 0, "wished": 0}]


@pytest.mark.parametrize(
    ("needed", "wished", "field"),
    [
        (["klingon"], [], "needed"),
        ([], [""], "wished"),
        (["cy"], ["cy"], "wished"),
        (["cy", "ur"], [], "needed"),
    ],
)
def test_what_can_not_be_asked_for(session, needed, wished, field):
    job = make_job()
    with pytest.raises(Invalid) as refused:
        ask(job, needed, wished)
    assert refused.value.field == field
    assert ways_asked(job.application.id) is None


def test_two_people_of_the_business_at_once_leave_one_answer(app, session):
    job = make_job()
    application_id, owner = job.application.id, job.owner.id
    session.commit()

    def answer(code):
        return lambda: (
            ask_for_ways(
                application=scoped.get_one(Application, application_id),
                needed=[code],
                wished=[],
                by=owner,
                at=AT,
            ).id
        )

    first, second = at_once(app, answer("captions"), answer("in_writing"))
    assert first == second
    assert session.execute(select(func.count(WaysAsked.id))).scalar_one() == 1
