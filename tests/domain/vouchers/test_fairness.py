"""What the fairness report reads: lists, choices, offerings and vouchers as they are stored."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.factories.cases import make_case
from tests.factories.scheme import (
    AT,
    make_business,
    make_offering,
    make_provider,
    make_round,
    stored,
)
from tests.factories.work import accept, agree, choose, make_job, redeemed
from voucher.applications.models import ApplicationStatus
from voucher.matching.models import Shortlist, ShortlistEntry
from voucher.matching.operations import decline, make_shortlist
from voucher.providers.models import OfferingStatus
from voucher.vouchers.fairness.queries import fairness_of_round, provider_labels
from voucher.vouchers.fairness.standing import Standing
from voucher.vouchers.operations import cancel, expire

NOW = AT + timedelta(days=3)


@pytest.fixture
def round_(session):
    return make_round(evidence_sample_bps=0, full_evidence_from_pence=500_000)


def lines(found):
    return {line.provider_id: line for line in found.providers}


def settled(found):
    return {standing: count for standing, count in found.standings.items() if count}


def test_a_round_from_award_to_redemption(round_):
    done = redeemed(make_job(round_), at=AT)
    choose(make_job(round_, provider=done.provider), at=AT + timedelta(days=1))
    said_no = choose(make_job(round_, provider=make_provider()))
    decline(match=said_no.match, reason="Full.", by=said_no.worker.id, at=AT)
    make_case(round_, make_business(), status=ApplicationStatus.ELIGIBLE)
    make_case(round_, make_business(), status=ApplicationStatus.REFUSED)
    found = fairness_of_round(round_.id, NOW)
    assert settled(found) == {
        Standing.MATCHED: 1,
        Standing.WAITING: 1,
        Standing.NO_VOUCHER: 1,
        Standing.NOT_CHOSEN_AGAIN: 1,
    }
    own = lines(found)[done.provider.id]
    assert (own.choices, own.accepted, own.waiting, own.redeemed) == (2, 1, 1, 1)
    assert own.shown.needs == 3
    other = lines(found)[said_no.provider.id]
    assert (other.choices, other.declined, other.shown.needs) == (1, 1, 1)
    assert (found.first_yes.happened, found.first_yes.still_waiting) == (1, 2)
    assert found.first_list.median == 0


def test_another_round_is_another_report(round_):
    choose(make_job(round_))
    found = fairness_of_round(make_round().id, NOW)
    assert (found.needs, found.lines) == (0, 0)


def test_free_places_are_those_that_the_lists_count(round_):
    job = agree(make_job(round_, capacity_per_month=2))
    paused = make_offering(job.provider, status=OfferingStatus.PAUSED)
    found = fairness_of_round(round_.id, NOW)
    assert (found.remote.offerings, found.remote.free) == (1, 1)
    assert lines(found)[job.provider.id].capacity == 2
    paused.status = OfferingStatus.PUBLISHED
    assert fairness_of_round(round_.id, NOW).remote.offerings == 2


def test_full_offerings_are_the_gap_where_nothing_was_listed(round_):
    job = agree(make_job(round_, capacity_per_month=1))
    late = make_job(round_, provider=job.provider, status=OfferingStatus.PAUSED)
    make_shortlist(application=late.application, voucher=late.voucher, at=AT)
    assert settled(fairness_of_round(round_.id, NOW))[Standing.NONE_FREE] == 1


def test_vouchers_that_ended(round_):
    over = accept(make_job(round_))
    gone = make_job(round_)
    by = make_job(round_).worker.id
    cancel(voucher=gone.voucher, reason="No longer needed.", by=by, at=AT)
    last_day = over.voucher.expires_on
    after = datetime(last_day.year, last_day.month, last_day.day, tzinfo=UTC) + timedelta(days=2)
    expire(voucher=over.voucher, at=after)
    found = fairness_of_round(round_.id, after)
    assert settled(found) == {
        Standing.CANCELLED: 1,
        Standing.NOT_USED: 1,
        Standing.NOT_CHOSEN: 1,
    }
    assert found.gaps_ended == {Standing.NOT_USED: 1}
    assert (found.first_yes.happened, found.first_yes.ended_without) == (1, 1)


def test_kept_places_and_prices_beyond_are_read_from_the_reasons(round_):
    job = make_job(round_)
    made = stored(Shortlist(application_id=job.application.id, made_at=AT, seed="0", excluded=[]))
    words = [{"code": "text", "points": 10, "matched_terms": ["newcomer", "over_budget"]}]
    kept = [{"code": "newcomer", "points": 0, "places": 2}]
    beyond = [{"code": "over_budget", "points": 0, "contribution_pence": 9, "most_to_pay_pence": 8}]
    rows = ((job.offering, words + beyond), (make_offering(job.provider), kept + beyond))
    for rank, (offering, reasons) in enumerate(rows, 1):
        stored(
            ShortlistEntry(
                shortlist_id=made.id,
                offering_id=offering.id,
                rank=rank,
                score=0.5,
                reasons=reasons,
            )
        )
    found = fairness_of_round(round_.id, NOW)
    # One line of the job's own list, and these two.
    assert (found.lines, found.kept_lines) == (3, 1)
    assert settled(found) == {Standing.BEYOND_PRICE: 1}
    assert lines(found)[job.provider.id].mean_place == 1


def test_providers_by_name(round_):
    provider = make_provider()
    assert provider_labels([provider.id]) == {provider.id: (provider.name, provider.reference)}
