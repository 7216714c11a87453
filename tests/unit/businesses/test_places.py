"""The geography against facts anybody can look up, and against its own file."""

import csv
import math
import re

import pytest

from voucher.businesses import places
from voucher.businesses.places import (
    NORTHERN_REGIONS,
    Place,
    all_places,
    distance_miles,
    northern_local_authorities,
    place_of,
)

AREAS_WHOLLY_IN_THE_NORTH = "BB BD BL CA DH DL FY HD HG HU HX L LA LS M NE OL PR SR TS WA WF WN YO"


def located(outcode: str) -> Place:
    place = place_of(outcode)
    assert place is not None, outcode
    return place


@pytest.mark.parametrize(
    ("outcode", "authority", "region"),
    [
        ("M1", "Manchester", "North West"),
        ("L1", "Liverpool", "North West"),
        ("CH41", "Wirral", "North West"),
        ("CA1", "Cumberland", "North West"),
        ("LA9", "Westmorland and Furness", "North West"),
        ("PR1", "Preston", "North West"),
        ("SK1", "Stockport", "North West"),
        ("CW1", "Cheshire East", "North West"),
        ("LS1", "Leeds", "Yorkshire and the Humber"),
        ("S1", "Sheffield", "Yorkshire and the Humber"),
        ("S60", "Rotherham", "Yorkshire and the Humber"),
        ("S70", "Barnsley", "Yorkshire and the Humber"),
        ("DN1", "Doncaster", "Yorkshire and the Humber"),
        ("DN31", "North East Lincolnshire", "Yorkshire and the Humber"),
        ("HU1", "Kingston upon Hull, City of", "Yorkshire and the Humber"),
        ("HG1", "North Yorkshire", "Yorkshire and the Humber"),
        ("NE1", "Newcastle upon Tyne", "North East"),
        ("SR1", "Sunderland", "North East"),
        ("TS1", "Middlesbrough", "North East"),
        ("DH1", "County Durham", "North East"),
        ("TD15", "Northumberland", "North East"),
    ],
)
def test_known_districts_have_their_council_and_region(outcode, authority, region):
    place = located(outcode)
    assert (place.local_authority, place.region) == (authority, region)


@pytest.mark.parametrize("outcode", ["", "SW1A", "B1", "EH1", "LL11", "M", "M1 1AE", "ZZ9", "M1\0"])
def test_a_district_outside_the_north_is_none(outcode):
    assert place_of(outcode) is None


def test_case_and_spaces_do_not_matter():
    assert place_of(" yo62 ") == located("YO62")


def test_all_sixty_two_councils_are_there():
    assert len(northern_local_authorities()) == 62


@pytest.mark.parametrize("area", AREAS_WHOLLY_IN_THE_NORTH.split())
def test_every_northern_postcode_area_is_covered(area):
    inside = [place for place in all_places() if re.fullmatch(area + r"\d+", place.outcode)]
    assert len(inside) >= 5
    assert all(place.is_northern for place in inside)


@pytest.mark.parametrize("outcode", ["CH4", "DN10", "DN21", "SY13", "TD12", "ST7", "S81"])
def test_border_districts_say_that_they_straddle(outcode):
    assert located(outcode).straddles_the_border


def test_a_district_inside_does_not_straddle():
    assert not located("M1").straddles_the_border
    assert not located("DN21").is_northern


def test_positions_are_in_the_north_of_england():
    for place in all_places():
        assert 52.9 < place.latitude < 55.9, place
        assert -3.7 < place.longitude < 0.2, place


def test_the_file_has_one_valid_row_a_district():
    text = places._SOURCE.read_text(encoding="utf-8")
    rows = list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
    assert len({row["outcode"] for row in rows}) == len(rows) == len(all_places()) > 600
    assert all(re.fullmatch(r"[A-Z]{1,2}\d{1,2}", row["outcode"]) for row in rows)
    assert all(re.fullmatch(r"[EWS]\d{8}", row["local_authority_code"]) for row in rows)
    assert all(100 <= int(row["northern_bps"]) <= 10_000 for row in rows)
    assert "Open Government" in text.splitlines()[1] + text.splitlines()[2]


def test_every_northern_region_is_large():
    for region in NORTHERN_REGIONS:
        assert sum(place.region == region for place in all_places()) > 100


@pytest.mark.parametrize(
    ("a", "b", "miles", "tolerance"),
    [("M1", "LS1", 36, 2), ("L1", "HU1", 112, 4), ("NE1", "S1", 110, 4), ("CA1", "YO1", 92, 8)],
)
def test_distances_agree_with_the_map(a, b, miles, tolerance):
    assert distance_miles(located(a), located(b)) == pytest.approx(miles, abs=tolerance)


def test_distance_is_symmetric_and_nothing_to_itself():
    a, b = located("M1"), located("TD15")
    assert distance_miles(a, a) == 0
    assert math.isclose(distance_miles(a, b), distance_miles(b, a))
