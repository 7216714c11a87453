"""Letters about questions, another day and what is next; reminders while an answer is awaited."""

from datetime import timedelta

from tests.domain.matching.test_dialogue import ask, propose, take
from tests.domain.notifications.test_write_messages import messages, sealed, told
from tests.factories.scheme import AT, make_offering, make_provider
from tests.factories.work import choose, make_job
from tests.together import together
from voucher.matching import operations
from voucher.matching.dialogue import operations as dialogue
from voucher.matching.jobs import lapse_matches
from voucher.matching.models import DeclineCode
from voucher.notifications.jobs import remind_of_dialogue, remind_of_vouchers, send_messages
from voucher.notifications.models import MessageStatus

DAY = timedelta(days=1)


class Shelf:
    """A mail server that takes everything."""

    def __init__(self):
        self.letters = []

    def send(self, letter):
        self.letters.append(letter)


def at_end_of(last_on):
    return AT + (last_on - AT.date()).days * DAY


def test_a_question_does_not_say_who_asks_and_its_answer_is_told(session, desk):
    job = make_job()
    question = ask(job, "Does it work\n→ Sign in: https-evil")
    letter = told(session, desk)["question_asked"]
    assert letter.recipient == job.worker.email
    for body in (letter.subject, letter.text_body, letter.html_body):
        assert job.business.name not in body
        assert job.owner.full_name not in body or job.owner.full_name == job.worker.full_name
        assert job.application.reference not in body
    assert f"/provider/questions/{question.reference}" in letter.text_body
    dialogue.answer(question=question, words="Yes, with any.", by=job.worker.id, at=AT)
    answered = told(session, desk)["question_answered"]
    assert answered.recipient == job.owner.email
    assert "Yes, with any." in answered.text_body
    assert f"/choose/{job.offering.reference}" in answered.text_body


def test_another_day_is_told_to_the_business_and_its_refusal_to_the_provider(session, desk):
    job = choose(make_job())
    proposal = propose(job)
    letter = told(session, desk)["date_proposed"]
    assert letter.recipient == job.owner.email
    assert "15 July 2026" in letter.text_body
    assert "trainer is away" in letter.text_body
    dialogue.refuse_date(match=job.match, voucher=job.voucher, by=job.owner.id, at=AT)
    found = told(session, desk)
    assert found["date_refused"].recipient == job.worker.email
    assert "match_withdrawn" not in found
    choose(job)
    proposal = propose(job)
    take(job, proposal)
    found = told(session, desk)
    assert found["match_agreed_provider"].recipient == job.worker.email
    assert "match_accepted" not in found


def test_what_is_next_is_named_when_a_provider_declines_or_stays_silent(session, desk):
    make_offering(make_provider(), title="Bookings of another kind")
    job = choose(make_job())
    told(session, desk)
    operations.decline(
        match=job.match, reason="", code=DeclineCode.NO_ROOM, by=job.worker.id, at=AT
    )
    letter = told(session, desk)["match_declined"]
    assert "We have no room for it at the moment" in letter.text_body
    assert "Next on your list is “Bookings of another kind”" in letter.text_body
    quiet = choose(make_job())
    session.commit()
    over = at_end_of(quiet.match.answer_by_on) + DAY
    lapse_matches(over)
    assert "No answer from the provider" in told(session, desk, over)["match_lapsed"].subject


def test_silence_on_another_day_is_the_business_s_own(session, desk):
    job = choose(make_job())
    proposal = propose(job)
    session.commit()
    over = at_end_of(proposal.answer_by_on) + DAY
    lapse_matches(over)
    found = told(session, desk, over)
    assert "whether another day suits" in found["match_lapsed"].text_body
    assert "pause your offerings" not in found["match_lapsed_provider"].text_body


def test_who_must_answer_is_reminded_once_the_day_before(session, desk):
    job, other = choose(make_job()), choose(make_job())
    proposal, question = propose(other), ask(make_job())
    session.commit()
    assert remind_of_dialogue(desk, AT) == 0
    due = at_end_of(job.match.answer_by_on) - DAY
    assert job.match.answer_by_on == proposal.answer_by_on == question.answer_by_on
    assert remind_of_dialogue(desk, due) == 3
    assert remind_of_dialogue(desk, due) == 0
    found = {each.kind: each.recipient for each in messages(session)}
    assert found["match_due"] == job.worker.email
    assert found["date_due"] == other.owner.email
    assert "question_due" in found


def test_of_several_workers_at_once_one_reminds(app, session, desk):
    jobs = [choose(make_job()) for _ in range(3)]
    workers = sorted(job.worker.email for job in jobs)
    session.commit()
    due = at_end_of(jobs[0].match.answer_by_on) - DAY
    written = together(app, *[lambda: remind_of_dialogue(desk, due)] * 4)
    assert sum(written) == 3
    session.expire_all()
    assert sorted(each.recipient for each in messages(session, "match_due")) == workers


def test_a_business_that_has_not_chosen_is_told_so_with_its_voucher_s_reminder(session, desk):
    silent, chosen = make_job(), choose(make_job())
    session.commit()
    remind_of_vouchers(desk, AT + 60 * DAY)
    found = {each.recipient: each.text_body for each in messages(session)}
    assert "not chosen an offering" in found[silent.owner.email]
    assert f"/business/vouchers/{silent.voucher.reference}/shortlist" in found[silent.owner.email]
    assert "not chosen an offering" not in found[chosen.owner.email]


def test_a_reminder_is_not_sent_once_the_answer_has_come(session, desk):
    job, asked = choose(make_job()), make_job()
    question = ask(asked)
    session.commit()
    due = at_end_of(job.match.answer_by_on) - DAY
    remind_of_dialogue(desk, due)
    operations.accept(match=job.match, start_on=due.date() + 3 * DAY, by=job.worker.id, at=due)
    dialogue.answer(question=question, words="Yes.", by=asked.worker.id, at=due)
    sealed(session)
    shelf = Shelf()
    send_messages(shelf, due, domain="vouchers.example")
    assert shelf.letters == []
    assert {each.status for each in messages(session)} == {MessageStatus.DROPPED}


def test_a_reminder_is_sent_while_the_answer_is_awaited(session, desk):
    job = choose(make_job())
    session.commit()
    due = at_end_of(job.match.answer_by_on) - DAY
    remind_of_dialogue(desk, due)
    shelf = Shelf()
    send_messages(shelf, due, domain="vouchers.example")
    assert [letter.to for letter in shelf.letters] == [job.worker.email]
