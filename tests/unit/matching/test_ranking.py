"""The shortlist: what comes first and why, what is left out and why, and that chance is fair."""

import json
import random
from collections import Counter
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voucher.businesses.places import distance_miles, place_of
from voucher.matching.ranking.catalogue import REMOTE, Offer, catalogue_of
from voucher.matching.ranking.order import (
    FEW_TASTERS,
    KEPT_PLACES,
    LIST_LENGTH,
    NEAR_ENOUGH,
    rank,
)
from voucher.matching.ranking.parts import (
    Need,
    Record,
    Today,
    Weights,
    columns_of,
    track_records,
)
from voucher.matching.ranking.reasons import Part, pack_ids, unpack_ids
from voucher.matching.ranking.why import Standing, why
from voucher.matching.rules import price_breakdown

SEED = b"seed of the round"
TODAY = Today(on=date(2026, 6, 15), cap_pence=100_000, share_bps=5_000)
NEED = Need(
    reference="APP-0000-0001",
    text="We write every booking in a paper diary. Customers ring after hours and we lose the job.",
    outcome_areas=("taking-bookings-and-orders", "customer-records"),
    outcode="M1",
    local_authority="Manchester",
)


def offering(number, title="Online booking calendar", text="", **more):
    facts = {
        "provider_id": number,
        "outcome_areas": ("taking-bookings-and-orders",),
        "places": ("M", REMOTE),
        "net_price_pence": 90_000,
        "vat_rate_bps": 2_000,
    }
    return Offer(offering_id=number, title=title, text=text, **{**facts, **more})


def ranked(offers, need=NEED, seed=SEED, weights=None, **today):
    more = {"weights": weights} if weights else {}
    return rank(need, catalogue_of(offers), replace(TODAY, **today), seed, **more)


def order(ranking):
    return [entry.offering_id for entry in ranking.shortlist]


def reasons(ranking, number):
    entry = next(entry for entry in ranking.shortlist if entry.offering_id == number)
    return {
        reason.code: {k: v for k, v in reason.to_dict().items() if k not in ("code", "points")}
        for reason in entry.reasons
    }


def left_out(ranking):
    return {each: entry["code"] for entry in ranking.left_out() for each in unpack_ids(entry)}


def test_the_words_of_the_problem_decide_between_equals():
    ranking = ranked(
        [
            offering(1, "Accounts in the cloud", "Ledgers and VAT returns."),
            offering(2, "Bookings taken round the clock", "Customers book themselves after hours."),
            offering(3, "A website", "Customers find you."),
        ]
    )
    assert order(ranking) == [2, 3, 1]
    assert [entry.rank for entry in ranking.shortlist] == [1, 2, 3]
    terms = reasons(ranking, 2)["text"]["matched_terms"]
    assert set(terms) == {"booking", "customers", "hours"}
    assert terms[-1] == "customers"  # the commonest word says least
    assert reasons(ranking, 2)["topics"] == {"topics": []}  # one word is not clear enough


def test_outcome_areas_in_common_are_a_reason():
    both = ("customer-records", "taking-bookings-and-orders", "team-and-rota")
    ranking = ranked([offering(1), offering(2, outcome_areas=both), offering(3, outcome_areas=())])
    assert order(ranking) == [2, 1, 3]
    assert reasons(ranking, 2)["outcome_areas"]["areas"] == list(NEED.outcome_areas)
    assert "outcome_areas" not in reasons(ranking, 3)


@pytest.mark.parametrize(
    ("places", "code", "parameters"),
    [
        (("M1",), "nearby", {"place": "M1", "miles": None}),
        (("M",), "nearby", {"place": "M", "miles": None}),
        (("Manchester",), "nearby", {"place": "Manchester", "miles": None}),
        ((REMOTE, "LS"), "remote", {}),
    ],
)
def test_the_place_is_a_reason(places, code, parameters):
    assert reasons(ranked([offering(1, places=places)]), 1)[code] == parameters


def point(outcode):
    place = place_of(outcode)
    return place.latitude, place.longitude


def test_nearer_is_better_and_miles_are_those_between_districts():
    need = replace(NEED, point=point("M1"))
    ranking = ranked(
        [
            offering(1, places=("M",), point=point("NE1")),
            offering(2, places=(REMOTE,)),
            offering(3, places=("M",), point=point("M2")),
            offering(4, places=("M",), point=point("WN1")),
        ],
        need,
    )
    assert order(ranking) == [3, 4, 2, 1]
    miles = distance_miles(place_of("M1"), place_of("NE1"))
    assert reasons(ranking, 1)["nearby"]["miles"] == round(miles)
    assert ranking.columns.miles[0] == pytest.approx(miles)


def test_what_does_not_come_to_the_place_is_left_out():
    offers = [
        offering(1, places=("LS", "M2")),
        offering(2, places=()),
        offering(3, places=(REMOTE,)),
        offering(4, places=("M",)),
    ]
    not_served = dict.fromkeys((1, 2), "place_not_served")
    assert left_out(ranked(offers)) == not_served
    assert order(ranked(offers, replace(NEED, on_site_only=True))) == [4]
    nowhere = replace(NEED, outcode="", local_authority="")
    assert order(ranked(offers, nowhere)) == [3]


@given(st.integers(1, 10_000_000), st.integers(0, 200_000), st.integers(0, 10_000))
def test_amounts_are_those_of_the_agreement(net, cap, share):
    today = replace(TODAY, cap_pence=cap, share_bps=share)
    ranking = rank(NEED, catalogue_of([offering(1, net_price_pence=net)]), today, SEED)
    amounts = price_breakdown(
        net_price_pence=net, vat_rate_bps=2_000, cap_pence=cap, share_bps=share
    )
    assert reasons(ranking, 1)["price"] == {
        "net_price_pence": net,
        "vat_pence": amounts.vat_pence,
        "voucher_pence": amounts.voucher_pence,
        "contribution_pence": amounts.contribution_pence,
    }


def test_beyond_the_budget_is_said_and_not_hidden():
    need = replace(NEED, most_to_pay_pence=63_000)
    ranking = ranked([offering(1), offering(2, net_price_pence=90_100)], need)
    assert order(ranking) == [1, 2]
    assert reasons(ranking, 2)["over_budget"] == {
        "contribution_pence": 63_070,
        "most_to_pay_pence": 63_000,
    }


def test_an_earlier_start_and_experience_help_a_little():
    offers = [
        offering(1, days_to_start=28),
        offering(2, days_to_start=28),
        offering(3, days_to_start=0, capacity_per_month=3),
    ]
    ranking = ranked(offers, records={2: Record(done=9, ratings=2, stars=9)})
    assert order(ranking) == [3, 2, 1]
    assert reasons(ranking, 2)["track_record"] == {"tasters_done": 9, "ratings": 2, "stars": 45}
    assert reasons(ranking, 1)["track_record"] == {"tasters_done": 0, "ratings": 0}
    assert reasons(ranking, 3)["start"] == {"start_on": "2026-06-15", "capacity_left": 3}


def test_what_may_not_be_chosen_is_left_out_with_its_reason():
    offers = [
        offering(1),
        offering(2),
        offering(3, capacity_per_month=1),
        offering(4, "Beekeeping", "Hives.", outcome_areas=("making-and-machines",)),
        offering(5),
    ]
    conflicts = {2: "shared_director", 1: "x"}
    ranking = ranked(offers, conflicts=conflicts, on_offer={2, 3, 4, 5}, taken={3: 1})
    assert order(ranking) == [5]
    stored = json.loads(json.dumps(ranking.left_out()))
    assert [(each["code"], unpack_ids(each)) for each in stored] == [
        ("not_open", [1]),
        ("conflict", [2]),
        ("no_capacity", [3]),
        ("nothing_in_common", [4]),
    ]
    assert (stored[1]["provider_id"], stored[1]["conflict"]) == (2, "shared_director")


def test_what_lasts_is_told_before_that_it_is_full():
    offers = [offering(1, capacity_per_month=1, places=("TR",)), offering(2, capacity_per_month=1)]
    ranking = ranked(offers, taken={1: 1, 2: 1})
    stored = [(each["code"], unpack_ids(each)) for each in ranking.left_out()]
    assert stored == [("place_not_served", [1]), ("no_capacity", [2])]


@pytest.mark.parametrize(
    "text", ["", "   ", "the and of", "\N{BANKNOTE WITH POUND SIGN}", "\x00", "a" * 20_000]
)
def test_a_problem_without_telling_words_is_ranked_by_the_rest(text):
    ranking = ranked([offering(1), offering(2)], replace(NEED, text=text))
    assert len(ranking.shortlist) == 2
    assert "text" not in reasons(ranking, 1)


def test_nothing_to_rank_is_an_empty_shortlist():
    ranking = ranked([])
    assert (ranking.shortlist, ranking.left_out()) == ((), [])
    assert ranked([offering(1, title="")]).shortlist[0].offering_id == 1


def test_weights_can_be_changed():
    offers = [offering(1, "Bookings after hours", "Diary for customers."), offering(2, "Something")]
    records = {2: Record(done=50)}
    assert order(ranked(offers, records=records)) == [1, 2]
    experience = Weights(text=0, outcome_areas=1, place=0, price=0, start=0, track_record=99)
    assert order(ranked(offers, weights=experience, records=records)) == [2, 1]


def test_refuses_an_empty_seed_and_an_offering_twice():
    with pytest.raises(ValueError, match="seed"):
        ranked([offering(1)], seed=b"")
    with pytest.raises(ValueError, match="twice"):
        ranked([offering(1), offering(1)])


def test_ties_go_to_the_seed_and_over_many_needs_to_everybody():
    equals = catalogue_of([offering(number) for number in range(1, 5)])
    firsts = Counter(
        order(rank(replace(NEED, reference=f"APP-{number}"), equals, TODAY, SEED))[0]
        for number in range(80)
    )
    assert set(firsts) == {1, 2, 3, 4}
    assert max(firsts.values()) <= 35  # 20 each expected; 35 is four standard deviations away
    orders = {tuple(order(rank(NEED, equals, TODAY, bytes([seed])))) for seed in range(1, 20)}
    assert len(orders) > 5


# --- the track record ---------------------------------------------------------------------------

STARS = st.integers(1, 5)


def value_of(records):
    offers = [offering(number) for number in (1, 2)]
    return track_records(catalogue_of(offers), records)


@given(st.lists(STARS, max_size=2), st.lists(STARS, min_size=10, max_size=40))
def test_few_ratings_do_not_beat_many_that_are_as_good_as_the_programmes(few, many):
    everybody = {number: Record(1, 1, 4) for number in range(100, 140)}
    records = {
        **everybody,
        1: Record(len(few), len(few), sum(few)),
        2: Record(len(many), len(many), sum(many)),
    }
    rated = sum(record.ratings for record in records.values())
    mean = sum(record.stars for record in records.values()) / rated
    first, second = value_of(records)
    if sum(many) / len(many) >= mean:
        assert second > first


@given(st.integers(0, 30), st.integers(1, 30))
def test_more_tasters_never_count_less_at_the_programmes_mean(done, more):
    first, second = value_of({1: Record(done), 2: Record(done + more)})
    assert first < second <= 1


# --- places kept for newcomers ------------------------------------------------------------------


def crowd(newcomers, lacking=0):
    """Twenty of the experienced, and newcomers that start later."""
    old = [offering(number) for number in range(1, 21)]
    new = [offering(number, days_to_start=lacking) for number in range(101, 101 + newcomers)]
    records = {number: Record(done=FEW_TASTERS) for number in range(1, 21)}
    return old + new, records


def test_a_newcomer_nearly_as_good_gets_a_kept_place_and_the_list_says_so():
    offers, records = crowd(1, lacking=28)
    ranking = ranked(offers, records=records)
    assert order(ranking)[-1] == 101
    assert reasons(ranking, 101)["newcomer"] == {"places": KEPT_PLACES}
    answers = why(ranking, [offer.offering_id for offer in offers])
    standings = Counter(answer.standing for answer in answers)
    assert standings[Standing.GAVE_WAY] == 1
    assert standings[Standing.LISTED] == LIST_LENGTH


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 8), st.integers(0, 200), st.binary(min_size=1, max_size=8), st.data())
def test_newcomers_get_no_more_than_the_kept_places_and_never_against_a_barrier(
    newcomers, lacking, seed, data
):
    offers, records = crowd(newcomers, lacking)
    closed = data.draw(st.sets(st.sampled_from([offer.offering_id for offer in offers])))
    on_offer = {offer.offering_id for offer in offers} - closed
    ranking = ranked(offers, seed=seed, records=records, on_offer=on_offer)
    new = [entry for entry in ranking.shortlist if entry.offering_id > 100]
    kept = [entry for entry in new if entry.reasons[-1].code == "newcomer"]
    assert len(kept) == len(ranking.newcomers) <= KEPT_PLACES
    assert not closed & set(order(ranking))
    points = [entry.points for entry in ranking.shortlist]
    assert points == sorted(points, reverse=True)
    if ranking.by_points:
        last = int(ranking.columns.total[ranking.by_points[-1]])
        assert all(entry.points >= last - NEAR_ENOUGH for entry in kept)
    again = ranked(offers[::-1], seed=seed, records=records, on_offer=on_offer)
    assert again.shortlist == ranking.shortlist


@pytest.mark.parametrize(("others", "share"), [(12, 3), (7, 3), (4, 6), (0, 10)])
def test_one_provider_has_its_share_of_the_list_and_more_only_where_nobody_else_fits(others, share):
    """Twelve of one provider are a little better than what the others have."""
    same = [offering(number, provider_id=1) for number in range(1, 13)]
    rest = [offering(number, days_to_start=28) for number in range(101, 101 + others)]
    records = {number: Record(done=FEW_TASTERS) for number in range(1, 200)}
    ranking = ranked([*same, *rest], records=records)
    assert len(order(ranking)) == LIST_LENGTH
    assert sum(number < 100 for number in order(ranking)) == share
    points = [entry.points for entry in ranking.shortlist]
    assert points == sorted(points, reverse=True)
    assert order(ranked([*rest, *same][::-1], records=records)) == order(ranking)
    answers = why(ranking, range(1, 13))
    kept_off = [each for each in answers if each.standing is Standing.ONE_OF_MANY]
    assert len(kept_off) == (12 - share if others else 0)
    assert all(each.points > each.last_points for each in kept_off)


def test_a_newcomer_with_much_on_offer_leaves_a_kept_place_to_another():
    offers, records = crowd(1, lacking=28)
    many = [offering(number, provider_id=200) for number in range(201, 204)]
    for seed in range(40):
        ranking = ranked([*offers, *many], records=records, seed=bytes([seed]))
        new = {number for number in order(ranking) if number > 100}
        assert 101 in new
        assert new & {201, 202, 203}


# --- it adds up, and nobody is forgotten --------------------------------------------------------

WORDS = ["booking", "diary", "customers", "phone", "paper", "invoice", "stock", "hives"]
OFFERS = st.lists(
    st.builds(
        lambda title, **more: (title, more),
        title=st.lists(st.sampled_from(WORDS), max_size=5).map(" ".join),
        places=st.sampled_from([("M",), (REMOTE,), ("LS",), ("M1", REMOTE)]),
        capacity_per_month=st.integers(1, 2),
        days_to_start=st.integers(0, 60),
        provider_id=st.integers(1, 6),
    ),
    max_size=24,
)
FACTS = st.fixed_dictionaries(
    {
        "on_offer": st.sets(st.integers(0, 23)),
        "taken": st.dictionaries(st.integers(0, 23), st.integers(0, 2)),
        "conflicts": st.dictionaries(st.integers(1, 6), st.just("same_person"), max_size=2),
        "records": st.dictionaries(
            st.integers(0, 23), st.builds(Record, st.integers(0, 9), st.just(0), st.just(0))
        ),
    }
)


def drawn_offers(drawn):
    return [offering(number, title, **more) for number, (title, more) in enumerate(drawn)]


@settings(max_examples=80, deadline=None)
@given(OFFERS, FACTS, st.randoms(use_true_random=False))
def test_every_offering_is_accounted_for_and_every_score_is_the_sum_of_its_reasons(
    drawn, facts, shuffler: random.Random
):
    offers = drawn_offers(drawn)
    ranking = ranked(offers, **facts)
    assert sorted([*order(ranking), *left_out(ranking)]) == list(range(len(offers)))
    for entry in ranking.shortlist:
        assert sum(reason.points for reason in entry.reasons) == entry.points
        assert 0 <= entry.score <= 1
    shuffled = offers[:]
    shuffler.shuffle(shuffled)
    again = ranked(shuffled, **facts)
    assert again.shortlist == ranking.shortlist
    assert left_out(again) == left_out(ranking)


@settings(max_examples=80, deadline=None)
@given(OFFERS, FACTS)
def test_what_is_closed_full_away_or_connected_is_never_listed(drawn, facts):
    offers = drawn_offers(drawn)
    for number in order(ranked(offers, **facts)):
        offer = offers[number]
        assert number in facts["on_offer"]
        assert offer.capacity_per_month > facts["taken"].get(number, 0)
        assert {"M", "M1", REMOTE} & set(offer.places)
        assert offer.provider_id not in facts["conflicts"]


@settings(max_examples=60, deadline=None)
@given(OFFERS, FACTS)
def test_why_not_is_answered_for_everything_and_adds_up(drawn, facts):
    offers = drawn_offers(drawn)
    ranking = ranked(offers, **facts)
    answers = why(ranking, [*range(len(offers)), 99])
    assert answers.pop().standing is Standing.NOT_OPEN
    codes, shown = left_out(ranking), order(ranking)
    for answer in answers:
        listed = answer.offering_id in shown
        assert (answer.standing is Standing.LISTED) == listed
        if answer.rank:
            lack = sum(each.last - each.own for each in answer.differences)
            assert lack == answer.last_points - answer.points
        elif not listed:
            assert answer.standing.value == codes[answer.offering_id]
    ranks = [answer.rank for answer in answers if answer.rank]
    assert sorted(ranks) == list(range(1, len(ranks) + 1))


@given(st.sets(st.integers(1, 20_000), min_size=1, max_size=300))
def test_packed_ids_come_back(ids):
    packed = json.loads(json.dumps(pack_ids(list(ids))))
    assert unpack_ids(packed) == sorted(ids)
    assert packed["count"] == len(ids)
    assert unpack_ids({"offering_id": 7, "code": "conflict"}) == [7]


def test_what_is_stored_of_ten_thousand_left_out_is_small():
    dice = random.Random(1)
    groups = [[], [], [], []]
    for number in range(1, 10_001):
        dice.choice(groups).append(number)
    assert len(json.dumps([pack_ids(group) for group in groups])) < 10_000


def test_a_changed_catalogue_ranks_what_is_in_it():
    catalogue = catalogue_of([offering(1), offering(2, "Stock", "Barcodes.")])
    later = catalogue.with_changes([offering(2, "Bookings in a diary"), offering(3)], [1])
    assert set(order(rank(NEED, later, TODAY, SEED))) == {2, 3}
    assert later.drift > 0
    columns = columns_of(NEED, later, TODAY, Weights())
    assert len(columns.total) == len(later) == 2


# --- languages and accessibility ----------------------------------------------------------------


def ways(number, *codes):
    return offering(number, ways=("en", *codes))


def test_what_lacks_a_way_that_is_needed_is_left_out_and_the_answer_names_it():
    need = replace(NEED, ways_needed=("bfi", "captions"))
    ranking = ranked([ways(1, "bfi", "captions"), ways(2, "captions"), ways(3)], need)
    assert order(ranking) == [1]
    assert reasons(ranking, 1)["needs_met"] == {"met": ["bfi", "captions"]}
    assert [answer.standing for answer in why(ranking, [2, 3])] == [Standing.NEED_NOT_MET] * 2
    assert [answer.missing for answer in why(ranking, [2, 3])] == [("bfi",), ("bfi", "captions")]
    stored = json.loads(json.dumps(ranking.left_out()))
    assert [(each["code"], unpack_ids(each)) for each in stored] == [("need_not_met", [2, 3])]


def test_english_is_needed_where_it_is_assumed_and_goes_unsaid():
    need = replace(NEED, ways_assumed=("en",))
    ranking = ranked([ways(1), offering(2, ways=("ur",))], need)
    assert order(ranking) == [1]
    assert "needs_met" not in reasons(ranking, 1)
    assert why(ranking, [2])[0].missing == ("en",)


def test_what_is_wished_for_gives_points_in_proportion_and_the_parts_add_up():
    need = replace(NEED, ways_wished=("cy", "large_print"))
    ranking = ranked([ways(1), ways(2, "cy"), ways(3, "large_print", "cy")], need)
    assert order(ranking) == [3, 2, 1]
    assert reasons(ranking, 3)["wishes"] == {"met": ["cy", "large_print"]}
    assert reasons(ranking, 2)["wishes"] == {"met": ["cy"]}
    assert "wishes" not in reasons(ranking, 1)
    points = ranking.columns.points[Part.WISHES].tolist()
    assert points[0] == 0
    assert points[2] == pytest.approx(2 * points[1], abs=1)
    for place in ranking.shortlist:
        assert sum(reason.points for reason in place.reasons) == place.points


def test_wishes_take_no_share_of_the_points_where_there_are_none():
    plain, wishing = ranked([ways(1)]), ranked([ways(1)], replace(NEED, ways_wished=("cy",)))
    assert plain.shortlist[0].points > wishing.shortlist[0].points
    without = ranked([offering(1)])
    assert without.shortlist[0].points == plain.shortlist[0].points
