"""Questions before the choice, another day proposed, and why a provider declined."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.factories.scheme import AT, make_member, make_offering, make_provider
from tests.factories.work import accept, agree, choose, make_job
from tests.together import at_once
from voucher.accounts.roles import Role
from voucher.applications.operations.assess import hold
from voucher.audit.models import AuditEvent
from voucher.core.db import session as scoped
from voucher.core.db import transaction
from voucher.core.errors import Conflict, Invalid, NotFound, NotPermitted
from voucher.matching import operations
from voucher.matching.dialogue import operations as dialogue
from voucher.matching.dialogue.models import DateProposal, DateStatus, Question
from voucher.matching.dialogue.queries import (
    enquiries_of,
    enquiry_for_provider,
    open_proposal,
    questions_of,
    waiting_questions,
)
from voucher.matching.jobs import end_proposals, lapse_matches
from voucher.matching.models import DeclineCode, Match, MatchStatus
from voucher.matching.queries import latest_shortlist, matches_of, next_proposal
from voucher.providers.models import Offering
from voucher.providers.operations import suspend
from voucher.vouchers.models import Voucher

DAY = timedelta(days=1)
TODAY = AT.date()


@pytest.fixture
def job(session):
    return make_job()


def ask(job, words="Does it work with our till?", at=AT, offering=None):
    return dialogue.ask(
        voucher=job.voucher, offering=offering or job.offering, words=words, by=job.owner.id, at=at
    )


def propose(job, days=30, at=AT, words="Our trainer is away until then."):
    return dialogue.propose_date(
        match=job.match,
        voucher=job.voucher,
        start_on=TODAY + days * DAY,
        words=words,
        by=job.worker.id,
        at=at,
    )


def take(job, proposal, at=AT):
    dialogue.accept_date(
        match=job.match, voucher=job.voucher, proposal_id=proposal.id, by=job.owner.id, at=at
    )


def last_event(session):
    return session.execute(select(AuditEvent).order_by(AuditEvent.id.desc())).scalars().first()


# --- questions ----------------------------------------------------------------------------------


def test_a_question_is_asked_and_answered_once(session, job):
    question = ask(job)
    assert question.answer_by_on > TODAY
    assert last_event(session).action == "question.asked"
    assert "till" not in str(last_event(session).details)
    assert [each.id for each in waiting_questions(job.provider.id)] == [question.id]
    dialogue.answer(question=question, words="Yes, with any.", by=job.worker.id, at=AT + DAY)
    assert questions_of(job.voucher.id)[0].answer == "Yes, with any."
    assert waiting_questions(job.provider.id) == []
    with pytest.raises(Conflict, match="already"):
        dialogue.answer(question=question, words="No.", by=job.worker.id, at=AT + DAY)
    assert question.answer == "Yes, with any."


def test_only_the_provider_sees_and_answers_it(session, job):
    question, other = ask(job), make_provider()
    stranger = make_member(Role.PROVIDER, provider=other)
    with pytest.raises(NotFound):
        enquiry_for_provider(other.id, question.reference)
    assert enquiries_of(other.id, 1).rows == []
    for person in (stranger, job.owner):
        with pytest.raises(NotPermitted):
            dialogue.answer(question=question, words="Yes.", by=person.id, at=AT)
    assert enquiry_for_provider(job.provider.id, question.reference).question.answer == ""


@pytest.mark.parametrize("words", ["", "   ", "x" * 1001, "Call 0113 496 0000", "me@mill.example?"])
def test_a_bad_question_is_refused_at_its_field(session, job, words):
    with pytest.raises(Invalid) as refused:
        ask(job, words)
    assert refused.value.field == "words"
    assert questions_of(job.voucher.id) == []


@pytest.mark.parametrize(
    "words", ["We are Mill & Mangle. Does it fit?", "mill and mangle limited asks: does it fit?"]
)
def test_a_question_does_not_give_away_who_asks(session, job, words):
    job.business.name = "Mill and Mangle Ltd"
    session.flush()
    with pytest.raises(Invalid, match="Leave out the name of your business") as refused:
        ask(job, words)
    assert refused.value.field == "words"
    assert questions_of(job.voucher.id) == []


def test_a_name_that_is_a_common_word_is_no_hindrance(session, job):
    job.business.name = "Bakery Ltd"
    session.flush()
    ask(job, "Does it work for a bakery?")
    with pytest.raises(Invalid, match="name of your business"):
        ask(job, "Bakery asks: does it work?")


def test_an_answer_says_nothing_about_how_to_reach_the_provider(session, job):
    question = ask(job)
    with pytest.raises(Invalid, match="Leave out"):
        dialogue.answer(
            question=question, words="Write to sales@till.example", by=job.worker.id, at=AT
        )


def test_nobody_is_kept_busy_with_questions(session, job):
    first = ask(job)
    ask(job)
    third = ask(job)
    with pytest.raises(Conflict, match="wait for an answer"):
        ask(job)
    for each in (first, third):
        dialogue.answer(question=each, words="Yes.", by=job.worker.id, at=AT)
    with pytest.raises(Conflict, match="about this offering"):
        ask(job)


def test_three_wait_at_most_when_many_are_asked_at_once(app):
    with app.app_context(), transaction():
        job = make_job()
        offerings = [job.offering.id]
        ids = job.voucher.id, job.owner.id

    def ask_now():
        dialogue.ask(
            voucher=scoped.get_one(Voucher, ids[0]),
            offering=scoped.get_one(Offering, offerings[0]),
            words="Does it work?",
            by=ids[1],
            at=AT,
        )

    with app.app_context():
        given = at_once(app, *[ask_now] * 6)
        assert len([each for each in given if isinstance(each, Conflict)]) == 3
        assert len(scoped.execute(select(Question)).scalars().all()) == 3


def test_of_taking_a_day_and_refusing_it_at_once_one_holds(app):
    with app.app_context(), transaction():
        job = choose(make_job())
        ids = propose(job).id, job.match.id, job.voucher.id, job.owner.id

    def rows():
        return {"match": scoped.get_one(Match, ids[1]), "voucher": scoped.get_one(Voucher, ids[2])}

    def take_now():
        dialogue.accept_date(**rows(), proposal_id=ids[0], by=ids[3], at=AT)

    def refuse_now():
        dialogue.refuse_date(**rows(), by=ids[3], at=AT)

    with app.app_context():
        given = at_once(app, take_now, refuse_now)
        assert len([each for each in given if isinstance(each, Conflict)]) == 1
        status = scoped.get_one(DateProposal, ids[0]).status
        assert (status, scoped.get_one(Match, ids[1]).status) in (
            (DateStatus.ACCEPTED, MatchStatus.AGREED),
            (DateStatus.REFUSED, MatchStatus.WITHDRAWN),
        )


def test_it_is_asked_of_what_is_listed_and_may_work_and_while_a_choice_is_open(session, job):
    with pytest.raises(Conflict, match="on your list"):
        ask(job, offering=make_offering(make_provider(), title="Elsewhere"))
    accept(job)
    with pytest.raises(Conflict, match="ask it directly"):
        ask(job)
    other = make_job()
    suspend(provider=other.provider, reason="Insurance is missing.", by=job.owner.id, at=AT)
    with pytest.raises(Conflict, match="new work"):
        ask(other)


def test_nothing_is_asked_with_a_voucher_that_has_ended(session, job):
    with pytest.raises(Conflict, match="expired"):
        ask(job, at=AT + 200 * DAY)


# --- another day --------------------------------------------------------------------------------


def test_another_day_taken_is_an_agreement_of_all_three(session, job):
    choose(job)
    proposal = propose(job)
    assert job.match.status is MatchStatus.OFFERED
    assert job.match.answer_by_on == proposal.answer_by_on
    take(job, proposal, AT + DAY)
    assert job.match.status is MatchStatus.AGREED
    assert job.match.start_on == TODAY + 30 * DAY
    assert (job.match.provider_agreed_by_id, job.match.business_agreed_by_id) == (
        job.worker.id,
        job.owner.id,
    )
    assert job.match.provider_agreed_at == AT
    assert proposal.status is DateStatus.ACCEPTED
    query = select(AuditEvent.action).order_by(AuditEvent.id)
    actions = session.execute(query).scalars().all()
    assert actions[-3:] == ["match.date_proposed", "match.date_accepted", "match.agreed"]


def test_another_day_refused_ends_the_choice_and_the_same_can_be_chosen_again(session, job):
    choose(job)
    proposal = propose(job)
    dialogue.refuse_date(match=job.match, voucher=job.voucher, by=job.owner.id, at=AT)
    assert (job.match.status, proposal.status) == (MatchStatus.WITHDRAWN, DateStatus.REFUSED)
    assert choose(job).match.status is MatchStatus.OFFERED


def test_the_provider_may_accept_or_decline_after_all(session, job):
    choose(job)
    proposal = propose(job)
    operations.accept(match=job.match, start_on=TODAY + 5 * DAY, by=job.worker.id, at=AT)
    with pytest.raises(Conflict, match="No other day"):
        take(job, proposal)
    assert open_proposal(job.match.id) is None
    session.commit()
    assert end_proposals(AT) == 1
    assert end_proposals(AT) == 0
    assert session.get_one(DateProposal, proposal.id).status is DateStatus.ENDED


def test_a_business_silent_on_another_day_loses_its_choice(session, job):
    choose(job)
    proposal = propose(job)
    session.commit()
    over = AT + (proposal.answer_by_on - TODAY).days * DAY
    assert lapse_matches(over) == 0
    with pytest.raises(Conflict, match="time to answer is over"):
        take(job, proposal, over + DAY)
    assert lapse_matches(over + DAY) == 1
    assert last_event(session).details["day_proposed"] is True
    assert end_proposals(over + DAY) == 1


@pytest.mark.parametrize("days", [-1, 181])
def test_a_day_that_can_not_be_is_refused(session, job, days):
    choose(job)
    with pytest.raises(Invalid) as refused:
        propose(job, days)
    assert refused.value.field == "start_on"


def test_one_day_at_a_time_and_only_while_the_choice_waits(session, job):
    choose(job)
    propose(job)
    with pytest.raises(Conflict, match="already"):
        propose(job, 40)
    agreed = agree(make_job())
    with pytest.raises(Conflict, match="Agreed"):
        propose(agreed)


def test_nothing_is_agreed_on_a_held_case(session, job):
    choose(job)
    proposal = propose(job)
    hold(application=job.application, reason="Looking.", by=job.worker.id, at=AT)
    with pytest.raises(Conflict, match="looking into"):
        take(job, proposal)
    assert job.match.status is MatchStatus.OFFERED


def test_the_day_that_was_shown_is_the_one_that_is_taken(session, job):
    choose(job)
    proposal = propose(job)
    proposal_id, other = proposal.id, type("Shown", (), {"id": proposal.id + 1})
    with pytest.raises(Conflict, match="changed since"):
        take(job, other)
    assert session.get_one(DateProposal, proposal_id).status is DateStatus.PROPOSED


def test_the_latest_start_that_suits_is_kept_and_held_to(session, job):
    wanted = TODAY + 10 * DAY
    job.match = operations.choose(
        voucher=job.voucher, offering=job.offering, by=job.owner.id, at=AT, wanted_by_on=wanted
    )
    with pytest.raises(Invalid, match="Propose it as another day"):
        operations.accept(match=job.match, start_on=wanted + DAY, by=job.worker.id, at=AT)
    with pytest.raises(Invalid, match="Accept the work instead"):
        propose(job, 10)
    propose(job, 11)
    operations.accept(match=job.match, start_on=wanted, by=job.worker.id, at=AT)


def test_a_wanted_day_in_the_past_is_refused(session, job):
    with pytest.raises(Invalid) as refused:
        operations.choose(
            voucher=job.voucher,
            offering=job.offering,
            by=job.owner.id,
            at=AT,
            wanted_by_on=TODAY - DAY,
        )
    assert refused.value.field == "wanted_by_on"


# --- why not ------------------------------------------------------------------------------------


def test_a_provider_declines_by_a_reason_of_the_list_and_words_of_its_own(session, job):
    choose(job)
    operations.decline(
        match=job.match, reason="", code=DeclineCode.NO_ROOM, by=job.worker.id, at=AT
    )
    assert job.match.decline_words == "We have no room for it at the moment"
    assert last_event(session).details["declined"] == "no_room"
    other = choose(make_job())
    with pytest.raises(Invalid):
        operations.decline(
            match=other.match, reason=" ", code=DeclineCode.OTHER, by=other.worker.id, at=AT
        )
    operations.decline(
        match=other.match,
        reason="Try us in May.",
        code=DeclineCode.TOO_LATE,
        by=other.worker.id,
        at=AT,
    )
    assert other.match.decline_words == "We can’t start soon enough. Try us in May."


def test_what_is_next_is_still_on_offer(session):
    rival = make_provider()
    make_offering(rival, title="Stock control for market traders")
    job = choose(make_job())
    operations.decline(match=job.match, reason="Full.", by=job.worker.id, at=AT)
    scoped.expire_all()
    shortlist = latest_shortlist(job.application.id)
    matches = matches_of(job.voucher.id)
    assert next_proposal(shortlist, matches).offering.provider_id == rival.id
    suspend(provider=rival, reason="Insurance is missing.", by=job.owner.id, at=AT)
    assert next_proposal(shortlist, matches) is None
