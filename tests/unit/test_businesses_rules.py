"""Company, VAT, tax and charity numbers and postcodes: forms accepted, slips refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voucher.businesses.models import HeadcountBand
from voucher.businesses.places import all_places
from voucher.businesses.rules import (
    POSTCODE_AREAS,
    InvalidCharityNumber,
    InvalidCompanyNumber,
    InvalidIdentifier,
    InvalidPhone,
    InvalidPostcode,
    InvalidUtr,
    InvalidVatNumber,
    headcount_band,
    normalise_charity_number,
    normalise_company_number,
    normalise_phone,
    normalise_postcode,
    normalise_utr,
    normalise_vat_number,
    outcode,
    postcode_area,
)

NONSENSE = [
    "",
    " ",
    "\x00",
    "💷",
    "مرحبا",
    "x" * 5000,
    "12345678\x00",
    "１２３４５６７８９０１２３",
]


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("01234567", "01234567"),
        ("1234567", "01234567"),
        ("445790", "00445790"),
        (" 0123 4567 ", "01234567"),
        ("sc123456", "SC123456"),
        ("SC 1234", "SC001234"),
        ("NI-012345", "NI012345"),
        ("oc300001", "OC300001"),
        ("SO300001", "SO300001"),
        ("NC000001", "NC000001"),
        ("R0000037", "R0000037"),
        ("CE012345", "CE012345"),
        ("IP00525R", "IP00525R"),
        ("RS007523", "RS007523"),
        ("SP0312RS", "SP0312RS"),
        ("０１２３４５６７", "01234567"),
    ],
)
def test_reads_company_numbers(typed, stored):
    assert normalise_company_number(typed) == stored


@pytest.mark.parametrize(
    "typed",
    [*NONSENSE, "12345", "123456789", "00000000", "XX123456", "SC12", "SC1234567", "AB00525R"],
)
def test_refuses_what_is_no_company_number(typed):
    with pytest.raises(InvalidCompanyNumber, match="8 characters"):
        normalise_company_number(typed)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("GB 980 7806 84", "GB980780684"),
        ("980780684", "GB980780684"),
        ("gb980-7806-84", "GB980780684"),
        ("980780684001", "GB980780684001"),
    ],
)
def test_reads_vat_numbers(typed, stored):
    assert normalise_vat_number(typed) == stored


@pytest.mark.parametrize(
    "typed", [*NONSENSE, "980780685", "98078068", "000000000", "GD001", "HA599", "FR40303265045"]
)
def test_refuses_what_is_no_vat_number(typed):
    with pytest.raises(InvalidVatNumber, match="9 digits"):
        normalise_vat_number(typed)


@pytest.mark.parametrize("typed", ["1955839661", "19558 39661", "1955839661K", "k1955839661"])
def test_reads_taxpayer_references(typed):
    assert normalise_utr(typed) == "1955839661"


@pytest.mark.parametrize("typed", [*NONSENSE, "2955839661", "195583966", "0000000000"])
def test_refuses_what_is_no_taxpayer_reference(typed):
    with pytest.raises(InvalidUtr, match="10 digits"):
        normalise_utr(typed)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("1234567", "1234567"),
        ("212345", "212345"),
        ("1 234 567", "1234567"),
        ("sc012345", "SC012345"),
        ("NIC101234", "NIC101234"),
        ("ni 101234", "NIC101234"),
    ],
)
def test_reads_charity_numbers(typed, stored):
    assert normalise_charity_number(typed) == stored


@pytest.mark.parametrize(
    "typed", [*NONSENSE, "12345", "112345", "0123456", "12345678", "SC112345", "NIC201234"]
)
def test_refuses_what_is_no_charity_number(typed):
    with pytest.raises(InvalidCharityNumber, match="6 or 7 digits"):
        normalise_charity_number(typed)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("m11ae", "M1 1AE"),
        ("M60 1NW", "M60 1NW"),
        ("cr26xh", "CR2 6XH"),
        ("dn55 1pt", "DN55 1PT"),
        ("w1a 1hq", "W1A 1HQ"),
        ("ec1a1bb", "EC1A 1BB"),
        ("N1P 1AA", "N1P 1AA"),
        (" Y O 6 2 4 a a ", "YO62 4AA"),
        ("NE1\u00a04ST", "NE1 4ST"),
        ("L-1-8-J-Q", "L1 8JQ"),
    ],
)
def test_reads_postcodes(typed, stored):
    assert normalise_postcode(typed) == stored
    assert outcode(typed) == stored.split()[0]


@pytest.mark.parametrize(
    "typed",
    [
        *NONSENSE,
        "M1",
        "M1 1A",
        "M1 1CC",  # C is never in the second half
        "Q1 1AA",  # never Q in front
        "AI1 1AA",  # never I second
        "AA1 1AA",  # well formed, but there is no such area
        "M1I 1AA",  # never I there
        "EC1C 1BB",  # never C there
        "M123 1AA",
        "M1 OAE",  # the letter O for nought
    ],
)
def test_refuses_what_is_no_postcode(typed):
    with pytest.raises(InvalidPostcode, match="full UK postcode"):
        normalise_postcode(typed)
    with pytest.raises(InvalidPostcode):
        outcode(typed)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("0113 496 0000", "0113 496 0000"),
        ("01134960000", "0113 496 0000"),
        ("+44 113 4960000", "0113 496 0000"),
        ("+44 (0)113 496-0000", "0113 496 0000"),
        ("0044 113 496 0000", "0113 496 0000"),
        ("(020) 7946.0000", "020 7946 0000"),
        ("0300 123 1234", "0300 123 1234"),
        ("0113 496 0000 ext 12", "0113 496 0000 x12"),
        ("01632 960123", "01632 960123"),
        ("07700 900456", "07700 900456"),
    ],
)
def test_reads_telephone_numbers(typed, stored):
    assert normalise_phone(typed) == stored
    assert normalise_phone(stored) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "phone",
        "",
        "123",
        "999",
        "0113 496",
        "0113 496 00000",
        "01632 950123",
        "0000 000 0000",
        "0113 496 0000 or 07700 900123",
        "0909 879 0000",
        "+33 1 70 36 39 50",
        "0113 HELLO US",
        "☎",
        "9" * 500,
        "0113 496 0000 ext 12345678901234567890",
    ],
)
def test_refuses_what_is_no_telephone_number(typed):
    with pytest.raises(InvalidPhone, match="UK telephone number"):
        normalise_phone(typed)


def test_the_area_is_the_letters_in_front():
    assert postcode_area("YO62 4AA") == "YO"
    assert postcode_area("M1") == "M"
    assert postcode_area("") == ""
    assert len(POSTCODE_AREAS) == 124


def test_every_district_of_the_north_makes_a_postcode():
    for place in all_places():
        assert normalise_postcode(f"{place.outcode}1AA") == f"{place.outcode} 1AA"


@pytest.mark.parametrize(
    ("people", "band"),
    [
        (1, "1"),
        (2, "2-9"),
        (9, "2-9"),
        (10, "10-49"),
        (49, "10-49"),
        (50, "50-249"),
        (249, "50-249"),
        (250, "250+"),
    ],
)
def test_a_headcount_has_its_band(people, band):
    assert headcount_band(people) == band
    assert HeadcountBand(band)


def test_nobody_is_no_business():
    with pytest.raises(ValueError, match="at least one person"):
        headcount_band(0)


READERS = [
    normalise_company_number,
    normalise_vat_number,
    normalise_utr,
    normalise_charity_number,
    normalise_postcode,
    normalise_phone,
]


SHORT = st.text(alphabet="0123456789ABCEGIKLMNORSTX ", max_size=14)


@given(SHORT | st.text(max_size=20), st.sampled_from(READERS))
def test_any_text_is_politely_refused_or_read_and_read_again_the_same(text, read):
    try:
        once = read(text)
    except InvalidIdentifier:
        return
    assert read(once) == once
    assert once.isascii()
