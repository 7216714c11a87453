"""Both sides rate confirmed work: once, sealed from each other, replied to, withheld, counted."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.factories.cases import make_officer
from tests.factories.scheme import make_member
from tests.factories.work import LATER, confirmed, make_job, submitted
from tests.together import at_once
from voucher.accounts.roles import Role
from voucher.audit.models import AuditEvent
from voucher.claims import operations as claims
from voucher.claims.models import Claim
from voucher.claims.ratings import operations as ratings
from voucher.claims.ratings.jobs import show_ratings
from voucher.claims.ratings.models import Rating, RatingStatus, WithheldFor
from voucher.claims.ratings.queries import (
    rating_of_offering,
    ratings_for_staff,
    ratings_of_claim,
    ratings_that_count,
    shown_of_offering,
)
from voucher.claims.ratings.rules import mean, rating_problem
from voucher.core.db import session as scoped
from voucher.core.db import transaction
from voucher.core.errors import Conflict, Invalid, NotPermitted

DAY = timedelta(days=1)


@pytest.fixture
def job(session, tmp_path):
    return confirmed(make_job(), tmp_path)


def rate(job, stars=4, *, by_provider=False, by=None, at=LATER, words="Well done."):
    person = by or (job.worker if by_provider else job.owner)
    return ratings.rate(
        claim=job.claim, stars=stars, words=words, by_provider=by_provider, by=person.id, at=at
    )


def withhold(job, rating, by=None):
    officer = by or make_officer()
    ratings.withhold(
        rating=rating, reason=WithheldFor.ABUSE, note="It insults.", by=officer.id, at=LATER
    )


def test_a_rating_is_sealed_until_the_other_side_has_rated(session, job):
    first = rate(job, 5)
    assert first.status is RatingStatus.SEALED
    assert ratings_that_count() == {}
    assert shown_of_offering(job.offering.id) == []
    second = rate(job, 3, by_provider=True)
    assert {first.status, second.status} == {RatingStatus.SHOWN}
    assert ratings_that_count() == {job.offering.id: (1, 5)}
    assert rating_of_offering(job.offering.id) == (1, 5)
    assert [each.id for each in shown_of_offering(job.offering.id)] == [first.id]


def test_it_is_shown_alone_after_fourteen_days(session, job):
    rating = rate(job)
    session.commit()
    assert show_ratings(LATER + 13 * DAY) == 0
    assert show_ratings(LATER + 14 * DAY) == 1
    assert show_ratings(LATER + 14 * DAY) == 0
    assert session.get_one(Rating, rating.id).status is RatingStatus.SHOWN
    late = rate(job, by_provider=True, at=LATER + 20 * DAY)
    assert late.status is RatingStatus.SHOWN


def test_it_is_given_once_and_changed_only_while_sealed(session, job):
    first = rate(job, 2)
    assert rate(job, 3, words="On second thoughts.").id == first.id
    assert (first.stars, first.words) == (3, "On second thoughts.")
    rate(job, by_provider=True)
    with pytest.raises(Conflict, match="shown already"):
        rate(job, 1)
    assert len(ratings_of_claim(job.claim.id)) == 2


@pytest.mark.parametrize(("stars", "field"), [(0, "stars"), (6, "stars"), (-1, "stars")])
def test_stars_are_one_to_five(session, job, stars, field):
    with pytest.raises(Invalid) as refused:
        rate(job, stars)
    assert refused.value.field == field


def test_only_confirmed_work_and_only_for_sixty_days(session, tmp_path, job):
    waiting = submitted(make_job(), tmp_path)
    with pytest.raises(Conflict, match="once it has been confirmed"):
        rate(waiting)
    with pytest.raises(Conflict, match="60 days"):
        rate(job, at=LATER + 61 * DAY)
    assert rating_problem(job.claim.status, LATER, LATER + 60 * DAY) is None


def test_only_people_of_the_side_and_of_one_side_alone(session, job):
    for person, by_provider in ((job.worker, False), (job.owner, True), (make_officer(), False)):
        with pytest.raises(NotPermitted):
            rate(job, by=person, by_provider=by_provider)
    assert ratings_of_claim(job.claim.id) == {}


def test_the_provider_replies_once_to_what_is_shown(session, job):
    rating = rate(job, 1)
    with pytest.raises(Conflict, match="no rating"):
        ratings.reply(rating=rating, words="Sorry.", by=job.worker.id, at=LATER)
    rate(job, by_provider=True)
    with pytest.raises(NotPermitted):
        ratings.reply(rating=rating, words="Sorry.", by=job.owner.id, at=LATER)
    with pytest.raises(Invalid):
        ratings.reply(rating=rating, words=" ", by=job.worker.id, at=LATER)
    ratings.reply(rating=rating, words="Sorry.", by=job.worker.id, at=LATER)
    with pytest.raises(Conflict, match="already"):
        ratings.reply(rating=rating, words="Really.", by=job.worker.id, at=LATER)
    assert shown_of_offering(job.offering.id)[0].reply == "Sorry."


def test_a_restored_rating_is_not_changed_by_who_has_read_the_other(session, job):
    """Withheld while it was sealed; then the other side rated, and that was shown at once."""
    mine = rate(job, 5)
    withhold(job, mine)
    assert rate(job, 1, by_provider=True).status is RatingStatus.SHOWN
    ratings.restore(rating=mine, note="A mistake.", by=make_officer().id, at=LATER + DAY)
    assert (mine.status, mine.shown_at) == (RatingStatus.SHOWN, LATER + DAY)
    with pytest.raises(Conflict, match="shown already"):
        rate(job, 1, at=LATER + DAY)
    events = session.execute(select(AuditEvent.action).order_by(AuditEvent.id.desc()))
    assert list(events.scalars())[:2] == ["rating.shown", "rating.restored"]


def test_abuse_is_withheld_with_a_reason_and_counts_no_more_until_restored(session, job):
    rating = rate(job, 1)
    rate(job, by_provider=True)
    withhold(job, rating)
    assert ratings_that_count() == {}
    assert shown_of_offering(job.offering.id) == []
    with pytest.raises(Conflict):
        withhold(job, rating)
    assert [row[0].id for row in ratings_for_staff(RatingStatus.WITHHELD, 1).rows] == [rating.id]
    ratings.restore(rating=rating, note="It was a quotation.", by=make_officer().id, at=LATER)
    assert ratings_that_count() == {job.offering.id: (1, 1)}


def test_what_was_withheld_sealed_is_sealed_again(session, job):
    rating = rate(job)
    withhold(job, rating)
    session.commit()
    assert show_ratings(LATER + 20 * DAY) == 0
    ratings.restore(rating=rating, note="Fine.", by=make_officer().id, at=LATER)
    assert rating.status is RatingStatus.SEALED


def test_nobody_of_either_side_withholds(session, job):
    rating = rate(job)
    officer = make_member(Role.PROVIDER, provider=job.provider)
    for person in (officer, job.worker, job.owner):
        with pytest.raises(NotPermitted):
            withhold(job, rating, by=person)
    with pytest.raises(Invalid):
        ratings.withhold(
            rating=rating, reason=WithheldFor.ABUSE, note=" ", by=make_officer().id, at=LATER
        )


def test_a_rating_counts_no_more_when_its_claim_is_rejected_after_all(session, job):
    rate(job)
    rate(job, by_provider=True)
    claims.reject(claim=job.claim, note="Nothing was done.", by=make_officer().id, at=LATER)
    assert ratings_that_count() == {}
    assert rating_of_offering(job.offering.id) == (0, 0)


def test_nothing_personal_stands_in_the_record(session, job):
    rate(job, words="Anna Example was rude.")
    events = session.execute(select(AuditEvent)).scalars()
    found = [each for each in events if each.action == "rating.given"]
    assert len(found) == 1
    assert "Anna" not in str(found[0].details)
    assert found[0].details["stars"] == 4


def test_both_sides_at_once_are_both_shown_and_one_side_twice_is_one(app, tmp_path):
    with app.app_context(), transaction():
        job = confirmed(make_job(), tmp_path)
        ids = job.claim.id, job.owner.id, job.worker.id

    def give(by, by_provider):
        return lambda: ratings.rate(
            claim=scoped.get_one(Claim, ids[0]),
            stars=4,
            words="",
            by_provider=by_provider,
            by=by,
            at=LATER,
        )

    with app.app_context():
        at_once(app, give(ids[1], False), give(ids[2], True), give(ids[1], False))
        found = ratings_of_claim(ids[0])
        assert len(found) == 2
        assert {each.status for each in found.values()} == {RatingStatus.SHOWN}


def test_a_mean_is_of_something():
    assert mean(0, 0) is None
    assert mean(3, 13) == 4.3


def test_a_reply_is_withheld_alone_and_the_rating_counts_on(session, job):
    """A provider must not be rid of a bad rating by a reply that nobody may be shown."""
    rating, officer = rate(job, 1), make_officer()
    with pytest.raises(Conflict, match="no reply"):
        ratings.withhold_reply(rating=rating, note="It insults.", by=officer.id, at=LATER)
    rate(job, by_provider=True)
    ratings.reply(rating=rating, words="You fool.", by=job.worker.id, at=LATER)
    with pytest.raises(NotPermitted):
        ratings.withhold_reply(rating=rating, note="Ours.", by=job.owner.id, at=LATER)
    with pytest.raises(Invalid):
        ratings.withhold_reply(rating=rating, note=" ", by=officer.id, at=LATER)
    ratings.withhold_reply(rating=rating, note="It insults.", by=officer.id, at=LATER)
    assert (rating.reply, rating.reply_in_view) == ("You fool.", "")
    assert rating_of_offering(job.offering.id) == (1, 1)
    with pytest.raises(Conflict, match="withheld already"):
        ratings.withhold_reply(rating=rating, note="Again.", by=officer.id, at=LATER)
    with pytest.raises(Conflict, match="replied to this already"):
        ratings.reply(rating=rating, words="You fool again.", by=job.worker.id, at=LATER)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("Call me on 0113 496 0000.", "telephone numbers"),
        ("We at Mill and Mangle are glad.", "name of the business"),
    ],
)
def test_what_anybody_reads_names_nobody(session, job, words, problem):
    job.business.name = "Mill and Mangle Ltd"
    session.flush()
    with pytest.raises(Invalid, match=problem) as refused:
        rate(job, words=words)
    assert refused.value.field == "words"
    assert ratings_of_claim(job.claim.id) == {}
    rate(job, by_provider=True, words=words)
    given = rate(job)
    with pytest.raises(Invalid, match=problem):
        ratings.reply(rating=given, words=words, by=job.worker.id, at=LATER)
    assert given.reply == ""
