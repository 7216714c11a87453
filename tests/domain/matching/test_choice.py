"""The choice, the answers, the agreement: one choice at a time, deadlines, obstacles."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.factories.scheme import AT, make_member, make_offering, make_provider, make_round
from tests.factories.work import accept, agree, choose, make_job, redeemed
from voucher.accounts.operations import join_provider
from voucher.accounts.roles import Role
from voucher.core.db import transaction
from voucher.core.errors import Conflict, DomainError, Invalid
from voucher.matching import operations
from voucher.matching.jobs import lapse_matches
from voucher.matching.models import Match, MatchStatus
from voucher.matching.ranking.reasons import unpack_ids
from voucher.providers.models import DueDiligenceItem, Offering
from voucher.providers.operations import edit_offering, pause, suspend
from voucher.vouchers.models import Voucher
from voucher.vouchers.operations import cancel

DAY = timedelta(days=1)


def listed(job, offering, at=AT):
    """A new shortlist that knows `offering` too."""
    operations.make_shortlist(application=job.application, voucher=job.voucher, at=at)
    return offering


def test_all_three_agree_each_with_their_moment(session):
    job = agree(make_job())
    match = job.match
    assert match.status is MatchStatus.AGREED
    assert match.provider_agreed_by_id == job.worker.id
    assert match.business_agreed_by_id == job.owner.id
    assert match.programme_agreed_at == AT
    assert (match.net_price_pence, match.voucher_pence) == (180_000, 90_000)
    assert (match.vat_pence, match.contribution_pence) == (36_000, 126_000)


def test_the_voucher_never_pays_more_than_its_maximum(session):
    job = choose(make_job(net_price_pence=500_000))
    assert job.match.voucher_pence == job.voucher.cap_pence == 100_000


def test_one_choice_at_a_time(session):
    job = choose(make_job())
    other = listed(job, make_offering())
    with pytest.raises(Conflict, match="chosen an offering already"):
        operations.choose(voucher=job.voucher, offering=other, by=job.owner.id, at=AT)


def test_only_what_is_on_the_list_can_be_chosen(session):
    job = make_job()
    with pytest.raises(Conflict, match="on your list"):
        operations.choose(voucher=job.voucher, offering=make_offering(), by=job.owner.id, at=AT)


def test_who_has_become_connected_since_the_list_is_not_chosen(session):
    job = make_job()
    join_provider(user_id=job.owner.id, provider_id=job.provider.id, at=AT)
    with pytest.raises(Conflict, match="are connected"):
        choose(job)


def test_who_has_become_connected_since_the_choice_is_not_agreed_with(session):
    job = accept(make_job())
    join_provider(user_id=job.owner.id, provider_id=job.provider.id, at=AT)
    with pytest.raises(Conflict, match="are connected"):
        operations.agree(match=job.match, voucher=job.voucher, by=job.owner.id, at=AT)


def test_a_withdrawn_choice_makes_room_for_another(session):
    job = choose(make_job())
    other = listed(job, make_offering())
    operations.withdraw(match=job.match, voucher=job.voucher, by=job.owner.id, at=AT)
    match = operations.choose(voucher=job.voucher, offering=other, by=job.owner.id, at=AT)
    assert match.status is MatchStatus.OFFERED


def test_a_redeemed_voucher_keeps_its_agreement(session):
    job = redeemed(make_job())
    with pytest.raises(Conflict, match="has been used"):
        operations.withdraw(match=job.match, voucher=job.voucher, by=job.owner.id, at=AT)


def test_who_declined_is_not_asked_again(session):
    job = choose(make_job())
    with pytest.raises(Invalid):
        operations.decline(match=job.match, reason=" ", by=job.worker.id, at=AT)
    operations.decline(match=job.match, reason="No time.", by=job.worker.id, at=AT)
    with pytest.raises(Conflict, match="declined already"):
        operations.choose(voucher=job.voucher, offering=job.offering, by=job.owner.id, at=AT)


def test_nobody_answers_after_the_deadline(session):
    job = choose(make_job(make_round(provider_answer_working_days=2)))
    late = AT + 3 * DAY
    assert job.match.answer_by_on == AT.date() + 2 * DAY
    with pytest.raises(Conflict, match="time to answer"):
        operations.accept(match=job.match, start_on=late.date(), by=job.worker.id, at=late)


@pytest.mark.parametrize("days", [-1, 181, None])
def test_the_start_is_a_day_that_makes_sense(session, days):
    job = choose(make_job())
    day = None if days is None else AT.date() + timedelta(days=days)
    with pytest.raises(Invalid):
        operations.accept(match=job.match, start_on=day, by=job.worker.id, at=AT)


def hold(job, session):
    case = job.application
    case.held_at, case.held_by_id, case.hold_reason = AT, job.owner.id, "A tip."
    session.flush()


def run_out(job, session):
    item = (
        session.execute(
            select(DueDiligenceItem).where(DueDiligenceItem.provider_id == job.provider.id)
        )
        .scalars()
        .first()
    )
    item.expires_on = AT.date() - DAY
    session.flush()


def change_price(job, _session):
    names = (
        "title summary scope exclusions outcome_areas places vat_rate_bps capacity_per_month "
        "days_to_start"
    )
    values = {name: getattr(job.offering, name) for name in names.split()}
    values["net_price_pence"] = 190_000
    edit_offering(offering=job.offering, values=values, by=job.worker.id, at=AT)


OBSTACLES = {
    "held": (hold, "looking into"),
    "suspended": (
        lambda job, _s: suspend(
            provider=job.provider, reason="A tip.", by=make_member(Role.APPROVER).id, at=AT
        ),
        "new work",
    ),
    "run out": (run_out, "new work"),
    "paused": (
        lambda job, _s: pause(offering=job.offering, by=job.worker.id, at=AT),
        "not available",
    ),
    "price": (change_price, "price of this offering has changed"),
}


@pytest.mark.parametrize("obstacle", OBSTACLES)
def test_the_programme_does_not_agree_while_something_stands_in_the_way(session, obstacle):
    job = accept(make_job())
    make, words = OBSTACLES[obstacle]
    make(job, session)
    with pytest.raises(Conflict, match=words):
        operations.agree(match=job.match, voucher=job.voucher, by=job.owner.id, at=AT)
    assert job.match.status is MatchStatus.ACCEPTED
    assert job.match.business_agreed_at is None


@pytest.mark.parametrize("obstacle", ["suspended", "run out", "price"])
def test_the_provider_can_not_accept_either(session, obstacle):
    job = choose(make_job())
    OBSTACLES[obstacle][0](job, session)
    with pytest.raises(Conflict):
        operations.accept(match=job.match, start_on=AT.date(), by=job.worker.id, at=AT)


def test_nothing_is_agreed_on_a_dead_voucher(session):
    job = accept(make_job())
    past = AT + timedelta(days=120)
    with pytest.raises(Conflict, match="expired"):
        operations.agree(match=job.match, voucher=job.voucher, by=job.owner.id, at=past)
    cancel(voucher=job.voucher, reason="Closed down.", by=None, at=AT)
    with pytest.raises(Conflict):
        operations.agree(match=job.match, voucher=job.voucher, by=job.owner.id, at=AT)


def test_capacity_is_kept_over_thirty_days(session):
    first = choose(make_job(capacity_per_month=1))
    other = make_job(first.round_, provider=make_provider())
    made = operations.make_shortlist(application=other.application, voucher=other.voucher, at=AT)
    assert [(each["code"], unpack_ids(each)) for each in made.excluded] == [
        ("no_capacity", [first.offering.id])
    ]
    later = AT + timedelta(days=31)
    made = operations.make_shortlist(application=other.application, voucher=other.voucher, at=later)
    assert made.excluded == []


def test_overdue_matches_lapse_and_others_stay(app):
    with app.app_context():
        with transaction():
            overdue = choose(make_job()).match.id
            answered = accept(make_job()).match.id
            fresh = choose(make_job(), at=AT + 10 * DAY).match.id
        assert lapse_matches(AT + 12 * DAY) == 1
        assert lapse_matches(AT + 12 * DAY) == 0
        with transaction():
            from voucher.core.db import session as current

            statuses = [current.get_one(Match, key).status for key in (overdue, answered, fresh)]
    assert statuses == [MatchStatus.LAPSED, MatchStatus.ACCEPTED, MatchStatus.OFFERED]


def test_of_many_choices_at_once_one_holds(app):
    with app.app_context(), transaction():
        job = make_job()
        voucher_id, offering_id, owner_id = job.voucher.id, job.offering.id, job.owner.id

    def attempt(_number):
        from voucher.core.db import session as current

        with app.app_context():
            try:
                with transaction():
                    operations.choose(
                        voucher=current.get_one(Voucher, voucher_id),
                        offering=current.get_one(Offering, offering_id),
                        by=owner_id,
                        at=AT,
                    )
            except DomainError:
                return False
            return True

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(attempt, range(8)))
    assert sum(outcomes) == 1
