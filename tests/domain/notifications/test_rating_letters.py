"""Letters on ratings: to the other side when shown, to the writer when withheld."""

from tests.domain.claims.test_ratings import rate, withhold
from tests.domain.notifications.test_write_messages import happen, told
from tests.factories.work import LATER, confirmed, make_job
from voucher.claims.ratings import operations as ratings


def test_each_side_is_told_of_the_other_s_and_a_writer_of_withholding(session, desk, tmp_path):
    job = confirmed(make_job(), tmp_path)
    rating = rate(job, 5, words="Quick and kind.")
    assert "rating_shown_provider" not in told(session, desk, LATER)
    rate(job, 2, by_provider=True, words="Late with answers.")
    found = told(session, desk, LATER)
    assert found["rating_shown"].recipient == job.owner.email
    assert "Late with answers." in found["rating_shown"].text_body
    assert found["rating_shown_provider"].recipient == job.worker.email
    assert "Quick and kind." in found["rating_shown_provider"].text_body
    ratings.reply(rating=rating, words="Thank you.", by=job.worker.id, at=LATER)
    assert told(session, desk, LATER)["rating_replied"].recipient == job.owner.email
    withhold(job, rating)
    withheld = told(session, desk, LATER)
    assert withheld["rating_withheld"].recipient == job.owner.email
    assert "It insults." in withheld["rating_withheld"].text_body
    assert "rating_withheld_provider" not in withheld


def test_a_business_is_asked_to_rate_once_paid_unless_it_has(session, desk, tmp_path):
    first, second = (confirmed(make_job(), tmp_path) for _ in range(2))
    rate(second)
    for job in (first, second):
        happen("claim.paid", job.claim, case=job.application.reference)
    found = told(session, desk, LATER)
    assert found["rating_asked"].recipient == first.owner.email
