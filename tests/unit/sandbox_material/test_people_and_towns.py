"""The cast and the addresses: nobody twice, nothing that could be real."""

import re

import pytest

from voucher.businesses.places import northern_local_authorities
from voucher.businesses.rules import normalise_postcode
from voucher.sandbox.material.people import MOST_PEOPLE, domain_of, person
from voucher.sandbox.material.towns import address, address_in, towns


def test_no_two_of_the_cast_share_a_name_or_an_address():
    cast = [person(number) for number in range(MOST_PEOPLE)]
    assert (
        len({one.name for one in cast}) == len({one.email for one in cast}) == MOST_PEOPLE > 4_000
    )


def test_neighbours_in_the_cast_differ_in_both_names():
    for number in range(300):
        one, other = person(number), person(number + 1)
        assert one.first_name != other.first_name
        assert one.last_name != other.last_name


def test_a_person_can_be_reached_nowhere():
    one = person(3, "tarnfold.example")
    assert re.fullmatch(r"[a-z]+\.[a-z]+@tarnfold\.example", one.email)
    assert re.fullmatch(r"01632 960\d{3}", one.phone)
    assert person(3).email.endswith("@example.org")
    assert one.registered_name == f"{one.last_name.upper()}, {one.first_name}"


@pytest.mark.parametrize("number", [-1, MOST_PEOPLE])
def test_the_cast_has_an_end(number):
    with pytest.raises(IndexError):
        person(number)


@pytest.mark.parametrize(
    ("name", "domain"),
    [
        ("Tarnfold Bakery Ltd", "tarnfoldbakery.example"),
        ("Ashmere Home and Garden Limited", "ashmerehomegarden.example"),
        ("Café Öken CIC", "cafeoken.example"),
    ],
)
def test_domains_are_reserved_ones(name, domain):
    assert domain_of(name) == domain


def test_every_council_of_the_north_has_a_town():
    named = {place.local_authority for place, _, _ in towns() if place.is_northern}
    assert named == set(northern_local_authorities())


def test_addresses_are_well_formed_and_in_their_district():
    for number, (place, town, _) in enumerate(towns()):
        made = address(number, number * 3)
        assert normalise_postcode(made.postcode) == made.postcode
        assert made.postcode.split()[0] == place.outcode == made.place.outcode
        assert made.town == town


def test_an_address_in_a_district_that_is_asked_for():
    assert address_in("HX1", 4).town == "Halifax"
    with pytest.raises(LookupError, match="SW1A"):
        address_in("SW1A", 1)
