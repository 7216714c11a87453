"""Offerings from JSON lines: what is taken, what is assumed, and every way to be refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voucher.core.lines import LineProblem
from voucher.providers.offering_import import PriceBand, parse

BAND = PriceBand(30_000, 90_000)

OWN = {
    "title": "One calendar for every letting site",
    "provider": "Staybright Bookings Ltd",
    "summary": "For cottages that are double-booked.",
    "scope": "Your units set up.\r\nExisting bookings moved.",
    "price_pence": 89_000,
    "outcome_areas": ["taking-bookings-and-orders"],
    "places": ["YO", "HU17", "remote"],
}
CATALOGUE = {
    "id": "5-G4-0001",
    "title": "Core diary",
    "supplier": "A Supplier Ltd",
    "lot": "SaaS",
    "summary": "Effective diary for all.",
    "features": ["Online booking", "Fees "],
    "benefits": ["Fewer missed calls"],
    "types": ["IT management"],
}


def line(record, **changes):
    return json.dumps(record | changes)


def without(member, record=OWN):
    return json.dumps({name: value for name, value in record.items() if name != member})


def reasons(*lines, band=None):
    offerings, problems = parse(lines, band)
    assert offerings == ()
    assert problems
    return [str(problem) for problem in problems]


def only(text, band=None):
    offerings, problems = parse([text], band)
    assert problems == ()
    (offering,) = offerings
    return offering


def test_our_own_shape_is_taken_as_it_is():
    ways = {"languages": ["en", "ur"], "accessibility": ["captions"]}
    offering = only(line(OWN, exclusions="Fees", vat_rate_bps=0, **ways))
    assert (offering.provider, offering.title) == (OWN["provider"], OWN["title"])
    assert offering.scope == "Your units set up.\nExisting bookings moved."
    assert (offering.net_price_pence, offering.vat_rate_bps) == (89_000, 0)
    assert offering.outcome_areas == ("taking-bookings-and-orders",)
    assert offering.places == ("YO", "HU17", "remote")
    assert (offering.exclusions, offering.languages) == ("Fees", ("en", "ur"))
    assert offering.accessibility == ("captions",)
    assert offering.assumed == ()


def test_what_may_be_left_out_has_a_default():
    offering = only(line(OWN))
    assert (offering.vat_rate_bps, offering.capacity_per_month) == (2_000, 4)
    assert (offering.days_to_start, offering.languages) == (14, ("en",))


def test_a_catalogue_entry_is_taken_and_says_what_was_assumed():
    offering = only(line(CATALOGUE), BAND)
    assert offering.provider == "A Supplier Ltd"
    assert offering.scope == "- Online booking\n- Fees\nWhat it brings:\n- Fewer missed calls"
    assert offering.assumed[0] == "price drawn from the band"
    assert {"no outcome areas", "remote work", "VAT at 20%"} <= set(offering.assumed)
    assert (offering.outcome_areas, offering.places) == ((), ("remote",))


def test_a_catalogue_entry_with_nothing_but_a_summary():
    offering = only(line(CATALOGUE, features=[], benefits=[]), BAND)
    assert offering.scope == offering.summary


def test_a_stated_price_is_never_replaced():
    assert only(line(OWN), BAND).net_price_pence == 89_000
    assert only(line(CATALOGUE, price_pence=12_345), BAND).net_price_pence == 12_345


@pytest.mark.parametrize("text", [line(CATALOGUE), without("price_pence")])
def test_without_a_price_and_without_a_band(text):
    assert reasons(text) == ["Line 1: price_pence is missing, and no price band was given"]


@pytest.mark.parametrize("band", [(0, 1), (2, 1), (-5, 5), (1, 10_000_001)])
def test_a_band_that_is_none(band):
    with pytest.raises(ValueError, match="price band"):
        PriceBand(*band)


@given(st.integers(1, 10**7), st.integers(0, 10**6), st.text(), st.text())
def test_a_drawn_price_is_in_the_band_and_stays_the_same(low, width, provider, title):
    band = PriceBand(low, min(low + width, 10**7))
    try:
        price = band.price_for(provider, title)
    except UnicodeEncodeError:
        return
    assert band.from_pence <= price <= band.to_pence
    assert price == PriceBand(band.from_pence, band.to_pence).price_for(provider, title)


def test_drawn_prices_differ_and_depend_on_the_seed():
    titles = [f"Offering {index}" for index in range(50)]
    prices = [BAND.price_for("A", title) for title in titles]
    other = PriceBand(30_000, 90_000, seed="round-2")
    assert len(set(prices)) > 20
    assert all(price % 1_000 == 0 for price in prices)
    assert prices != [other.price_for("A", title) for title in titles]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "is not JSON"),
        ("nonsense", "is not JSON"),
        ('{"title": NaN', "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        (b"\xff\xfe{}", "is not UTF-8"),
        ("[]", "is not an object in braces"),
        ("null", "is not an object in braces"),
        ('"text"', "is not an object in braces"),
        (" " * 10 + "x" * 200_001, "is longer than 200,000 characters"),
        ('{"title": "a", "title": "b"}', "names the same member twice"),
        (without("title"), "title is missing"),
        (without("summary"), "summary is missing"),
        (without("scope"), "scope is missing"),
        (without("outcome_areas"), "outcome_areas must be a list of texts"),
        (line(OWN, title=7), "title is no text"),
        (line(OWN, title=" \t "), "title is empty"),
        (line(OWN, title="x" * 141), "title is longer than 140 characters"),
        (line(OWN, title="a\0b"), "title has a character that can’t be stored"),
        (line(OWN, title="a\x1bb"), "title has a character that can’t be stored"),
        (line(OWN, title="a\ud800b"), "title has a character that can’t be stored"),
        (line(OWN, scope="x" * 10_001), "scope is longer than 10,000 characters"),
        (line(OWN, provider={"name": "A"}), "provider is no text"),
        (line(OWN, price_pence=0), "price_pence must be a whole number from 1 to 10,000,000"),
        (line(OWN, price_pence=-1), "price_pence must be a whole number from 1 to 10,000,000"),
        (line(OWN, price_pence=10**12), "price_pence must be a whole number from 1 to 10,000,000"),
        (line(OWN, price_pence=99.0), "price_pence must be a whole number from 1 to 10,000,000"),
        (line(OWN, price_pence="99"), "price_pence must be a whole number from 1 to 10,000,000"),
        (line(OWN, price_pence=True), "price_pence must be a whole number from 1 to 10,000,000"),
        (line(OWN, price_pence=None), "price_pence must be a whole number from 1 to 10,000,000"),
        (line(OWN, price_pence=float("inf")), "price_pence must be a whole number"),
        (line(OWN, vat_rate_bps=10_001), "vat_rate_bps must be a whole number from 0 to 10,000"),
        (line(OWN, capacity_per_month=0), "capacity_per_month must be a whole number from 1"),
        (line(OWN, outcome_areas=[]), "outcome_areas is empty"),
        (line(OWN, outcome_areas=["all"]), "outcome_areas has 'all', which is not an outcome area"),
        (line(OWN, outcome_areas=[1]), "outcome_areas must be a list of texts"),
        (line(OWN, outcome_areas="data-and-reporting"), "outcome_areas must be a list of texts"),
        (line(OWN, places=["QQ1"]), "places has 'QQ1', which is not a postcode area"),
        (line(OWN, places=["yo"]), "places has 'yo', which is not a postcode area"),
        (line(OWN, places=[""]), "places is empty"),
        (line(OWN, languages=["English"]), "languages is longer than 3 characters"),
        (line(OWN, languages=["xx"]), "languages has 'xx', which is not a language of the list"),
        (line(OWN, languages=[]), "languages is empty"),
        (line(OWN, accessibility=["lift"]), "accessibility has 'lift', which is not on the list"),
        (line(OWN, capcity=3), "has a member that is not known: 'capcity'"),
        (line(CATALOGUE, features="one"), "features must be a list of texts"),
        (line(CATALOGUE, features=[""]), "features is empty"),
        (line(CATALOGUE, summary=None), "summary is missing"),
        (line(CATALOGUE, provider="Both"), "has a member that is not known"),
    ],
)
def test_a_hostile_line_is_named_with_its_number_and_reason(text, reason):
    found = reasons(line(OWN), "", text, band=BAND)
    assert any(one.startswith(f"Line 3: {reason}") for one in found)
    assert all(one.startswith("Line 3: ") for one in found)


def test_all_that_is_wrong_with_a_line_is_said_at_once():
    text = line(OWN, title="", price_pence=-1, places=["QQ"], extra=1)
    assert len(reasons(text)) == 4


def test_nothing_is_taken_unless_the_file_is_whole():
    offerings, problems = parse([line(OWN), "{", line(OWN, title="Another")])
    assert offerings == ()
    assert problems == (LineProblem(2, "is not JSON"),)


def test_a_title_twice_for_one_provider():
    again = line(OWN, title=OWN["title"].upper())
    assert reasons(line(OWN), again) == [
        "Line 2: repeats the title of line 1 for the same provider"
    ]


def test_the_same_title_of_another_provider_is_another_offering():
    offerings, problems = parse([line(OWN), line(OWN, provider="Another Ltd")])
    assert len(offerings) == 2
    assert problems == ()


def test_a_catalogue_lists_a_service_again_under_another_number():
    renewed = line(CATALOGUE, id="6-G4-0001")
    offerings, problems = parse([line(CATALOGUE), renewed], BAND)
    assert problems == ()
    assert [offering.title for offering in offerings] == ["Core diary", "Core diary (6-G4-0001)"]
    assert offerings[1].assumed[-1] == "number added to the title"


@pytest.mark.parametrize("number", ["5-G4-0001", ""])
def test_a_catalogue_line_twice_is_a_slip(number):
    assert (
        "repeats the title of line 1"
        in reasons(line(CATALOGUE), line(CATALOGUE, id=number), band=BAND)[0]
    )


def test_a_long_title_keeps_its_number_and_its_limit():
    long = {**CATALOGUE, "title": "x" * 140}
    offerings, _ = parse([line(long), line(long, id="6")], BAND)
    assert offerings[1].title.endswith("x (6)")
    assert len(offerings[1].title) == 140


@pytest.mark.parametrize("lines", [[], ["", "  \n", b"\n"]])
def test_a_file_of_nothing(lines):
    assert reasons(*lines) == ["The file holds no offerings."]


def test_a_file_without_end():
    assert reasons(*[line(OWN)] + [""] * 10_000) == ["The file has more than 10,000 lines."]


def test_bytes_with_a_mark_at_the_start_are_read():
    assert only(b"\xef\xbb\xbf" + line(OWN).encode()).line == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*OWN, *CATALOGUE, "other"]), JSON), st.booleans())
def test_no_record_makes_it_fall_over(changes, catalogue):
    base = CATALOGUE if catalogue else OWN
    offerings, problems = parse([json.dumps(base | changes)], BAND)
    assert bool(offerings) != bool(problems)


@given(st.lists(st.binary(max_size=40) | st.text(max_size=40), max_size=5))
def test_no_line_makes_it_fall_over(lines):
    offerings, problems = parse(lines, BAND)
    assert bool(offerings) != bool(problems)
