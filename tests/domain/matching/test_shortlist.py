"""The shortlist as it is stored: reasons, what was left out, conflicts, a list that repeats."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.factories.cases import make_case
from tests.factories.scheme import AT, make_business, make_member, make_offering, make_provider
from tests.factories.work import make_job
from voucher.accounts.operations import join_provider
from voucher.accounts.roles import Role
from voucher.core.errors import Conflict
from voucher.matching.keeping import Keeper, point_of
from voucher.matching.models import Shortlist
from voucher.matching.operations import TrackRecord, make_shortlist, rank_now
from voucher.matching.operations import shortlist as making
from voucher.matching.operations.shortlist import MOST_A_DAY
from voucher.matching.queries import connections_of, latest_shortlist, next_proposal
from voucher.matching.ranking.reasons import unpack_ids
from voucher.providers.models import OfferingStatus
from voucher.providers.operations import suspend


def remake(job, at=AT, **values):
    return make_shortlist(application=job.application, voucher=job.voucher, at=at, **values)


def titles(shortlist):
    return [entry.offering.title for entry in latest_shortlist(shortlist.application_id).entries]


def kept(session, job):
    query = select(Shortlist).where(Shortlist.application_id == job.application.id)
    return session.execute(query).scalars().all()


def left_out(shortlist):
    return {each: entry["code"] for entry in shortlist.excluded for each in unpack_ids(entry)}


def test_it_is_kept_with_its_reasons(session):
    job = make_job(business=make_business(), net_price_pence=180_000)
    done = TrackRecord({job.application.id: job.offering.id}, {job.offering.id: (1, 5)})
    made = remake(job, track_record=done)
    [entry] = latest_shortlist(job.application.id).entries
    reasons = {reason["code"]: reason for reason in entry.reasons}
    assert reasons["price"]["contribution_pence"] == 126_000
    assert reasons["price"]["vat_pence"] == 36_000
    assert reasons["track_record"]["tasters_done"] == 1
    assert reasons["track_record"]["stars"] == 50
    assert sum(reason["points"] for reason in entry.reasons) == round(entry.score * 1_000)
    assert reasons["start"]["start_on"] == (AT.date() + timedelta(days=14)).isoformat()
    assert len(made.seed) == 32


def test_looking_again_gives_the_same_list_until_something_has_changed(session):
    job = make_job()
    equals = [make_offering(job.provider, title=f"Bookings {n}", summary="Same.") for n in range(6)]
    first = remake(job)
    for minutes in range(20):
        assert remake(job, at=AT + timedelta(minutes=minutes)) is first
    assert len(kept(session, job)) == 2  # the job's own, before there were six more
    before = titles(first)
    equals[0].status = OfferingStatus.PAUSED
    session.flush()
    assert titles(remake(job)) == [title for title in before if title != "Bookings 0"]


def test_chance_is_drawn_once_an_application(session):
    job = make_job()
    for _ in range(3):
        make_offering()
        remake(job)
    assert len({shortlist.seed for shortlist in kept(session, job)}) == 1
    assert latest_shortlist(make_job().application.id).seed != kept(session, job)[0].seed


def test_ten_new_lists_a_day_and_more_the_next_day(session):
    job = make_job()
    while len(kept(session, job)) < MOST_A_DAY:
        make_offering()
        remake(job)
    make_offering()
    with pytest.raises(Conflict, match="tomorrow"):
        remake(job, at=AT + timedelta(hours=23))
    assert remake(job, at=AT + timedelta(hours=24)) in kept(session, job)
    assert len(kept(session, job)) == MOST_A_DAY + 1


def test_what_is_closed_is_on_no_list_at_once_and_in_no_count(session):
    job = make_job()
    draft = make_offering(status=OfferingStatus.DRAFT)
    first, second = make_offering(), make_offering()
    assert {first.title, second.title} <= set(titles(remake(job)))
    first.status = OfferingStatus.PAUSED
    suspend(provider=second.provider, reason="A tip.", by=make_member(Role.APPROVER).id, at=AT)
    made = remake(job)
    assert titles(made) == [job.offering.title]
    assert draft.id not in left_out(made)
    assert not {first.id, second.id} & left_out(made).keys()


def test_two_processes_see_a_change_that_either_makes(session):
    job = make_job()
    here, there = Keeper(), Keeper()
    for keeper in (here, there):
        catalogue, offered = keeper.catalogue(AT.date())
        assert list(offered) == [job.offering.id]
    job.offering.title = "Rotas by telephone"
    late = make_offering()
    session.flush()
    for keeper in (here, there):
        catalogue, offered = keeper.catalogue(AT.date())
        assert {offer.title for offer in catalogue.offers} == {"Rotas by telephone", late.title}
    job.offering.status = OfferingStatus.PAUSED
    session.flush()
    assert [list(keeper.catalogue(AT.date())[1]) for keeper in (here, there)] == [[late.id]] * 2


def change(numbers):
    """Offerings that differ; afterwards two are called otherwise and one is closed."""
    made = [make_offering(title=f"{word}s by {word}", summary=word * 3) for word in numbers]
    yield made
    for offering in made[:2]:
        offering.title, offering.summary = "Bookings by telephone", "Two bookings a day get lost."
    made[2].status = OfferingStatus.PAUSED
    yield made


@pytest.mark.parametrize("made_anew", [500, 0])
def test_processes_that_were_started_at_other_times_rank_alike(session, made_anew):
    """Of more than are indexed anew an old process may weigh a few changes otherwise, as here."""
    steps = change(f"book{letter}" for letter in "abcdefghijklmnopqrstuvwxyzåäöøæéèüßñ")
    old, new = Keeper(made_anew), Keeper(made_anew)
    next(steps)
    old.catalogue(AT.date())
    next(steps)
    session.flush()
    here, there = (keeper.catalogue(AT.date())[0] for keeper in (old, new))
    need = "Bookings by telephone get lost, and booka and bookb and bookz."
    alike = [list(one.texts.compare(need).whole) for one in (here, there)]
    known = [[offer.offering_id for offer in one.offers] for one in (here, there)]
    assert (known[0] == known[1]) is (made_anew > 0)
    assert (alike[0] == alike[1]) is (made_anew > 0)


def test_what_an_older_process_knows_makes_no_new_list(session, monkeypatch):
    """It knows what has been closed since; a fresh one does not. The list says the same."""
    job = make_job()
    closed = make_offering()
    first = remake(job)
    closed.status = OfferingStatus.PAUSED
    session.flush()
    again = remake(job)
    assert again is not first
    monkeypatch.setattr(making, "KEEPER", Keeper())
    assert remake(job) is again


def test_a_provider_that_moves_is_somewhere_else_at_once(session):
    job, keeper = make_job(), Keeper()
    before = keeper.catalogue(AT.date())[0].offers[0].point
    job.provider.outcode = "NE1"
    session.flush()
    after = keeper.catalogue(AT.date())[0].offers[0].point
    assert after != before
    assert after == point_of("NE1")


@pytest.mark.parametrize(
    ("business_values", "provider_values", "kind"),
    [
        ({"company_number": "09999999"}, {"company_number": "09999999"}, "same_company"),
        ({"vat_number": "GB999999973"}, {"vat_number": "GB999999973"}, "same_company"),
        ({"phone": "0113 496 0000"}, {"contact_phone": "+44 113 4960000"}, "same_phone"),
        (
            {"address_line": "1 Fictional Street", "postcode": "LS1 4AP"},
            {"address_line": "1, fictional street", "postcode": "LS1 4AP"},
            "same_address",
        ),
    ],
)
def test_a_connected_provider_is_left_out(session, business_values, provider_values, kind):
    job = make_job(
        business=make_business(**business_values), provider=make_provider(**provider_values)
    )
    made = remake(job)
    assert left_out(made)[job.offering.id] == "conflict"
    assert {entry.get("conflict") for entry in made.excluded} == {kind}


def test_somebody_in_both_is_a_connection_even_after_they_left(session):
    job = make_job()
    held = join_provider(user_id=job.owner.id, provider_id=job.provider.id, at=AT)
    held.ended_at = AT
    session.flush()
    assert connections_of(job.business)[job.provider.id] == "same_person"
    assert left_out(remake(job))[job.offering.id] == "conflict"


def test_somebody_of_another_entry_of_the_enterprise_is_a_connection(session):
    job = make_job(business=make_business(company_number="01234567"))
    other = make_member(Role.BUSINESS, business=make_business(company_number="01234567"))
    join_provider(user_id=other.id, provider_id=job.provider.id, at=AT)
    assert connections_of(job.business)[job.provider.id] == "same_person"


def test_a_provider_that_renewed_its_offerings_is_no_newcomer(session):
    """Its tasters were done with an offering that is no more; a fresh process never knew that."""
    job = make_job()
    old = make_offering(job.provider, status=OfferingStatus.PAUSED)
    done = dict.fromkeys((job.application.id, *more_cases(2)), old.id)
    for _ in range(10):
        offering = make_offering()
        done |= dict.fromkeys(more_cases(3), offering.id)
    job.offering.days_to_start = 90
    session.flush()
    ranking = rank_now(
        application=job.application,
        voucher=job.voucher,
        at=AT,
        seed="00",
        track_record=TrackRecord(done),
    )
    assert [entry.offering_id for entry in ranking.shortlist].count(job.offering.id) == 0
    assert not ranking.newcomers


def more_cases(count):
    return [make_case().id for _ in range(count)]


def test_ten_are_shown_and_the_rest_is_accounted_for(session):
    job = make_job()
    for _ in range(14):
        make_offering()
    made = remake(job)
    assert len(titles(made)) == 10
    assert sum(code == "further_down" for code in left_out(made).values()) == 5


def test_imported_lines_without_areas_and_from_afar_are_ranked(session):
    job = make_job()
    plain = make_offering(outcome_areas=[], places=["remote"], summary="Bookings by telephone.")
    assert plain.title in titles(remake(job))


def test_what_is_proposed_next_was_not_asked_yet(session):
    job = make_job()
    make_offering()
    made = latest_shortlist(remake(job).application_id)
    first, second = made.entries

    class Asked:
        offering_id = first.offering_id

    assert next_proposal(made, [Asked]).offering_id == second.offering_id
    assert next_proposal(None, []) is None
