"""What a business says of itself, and which entries are the same enterprise."""

from datetime import date

import pytest
from sqlalchemy import select

from tests.factories.scheme import AT, make_business, make_member
from voucher.accounts.queries import memberships_of
from voucher.accounts.roles import Role
from voucher.accounts.rules import capacities
from voucher.audit.models import AuditEvent
from voucher.businesses.models import HeadcountBand, LegalForm
from voucher.businesses.operations import create, identify
from voucher.businesses.queries import business_by_reference, business_of, same_enterprise_ids
from voucher.core.errors import Invalid, NotFound


def tell(business, **values):
    identify(business=business, values=values, by=None, at=AT)
    return business


def test_a_new_one_has_a_name_and_a_reference(session):
    made = create(name="  Fictional   Joinery ", by=None, at=AT)
    assert made.name == "Fictional Joinery"
    assert business_by_reference(made.reference) is made
    for name in ("", "   ", "x" * 161):
        with pytest.raises(Invalid) as refused:
            create(name=name, by=None, at=AT)
        assert refused.value.field == "name"


def test_numbers_and_postcode_are_stored_in_their_standard_form(session):
    made = tell(
        make_business(),
        company_number="sc 123456",
        vat_number="gb 980 7806 84",
        postcode="ne17ru",
        trading_since_on=date(2019, 3, 1),
    )
    assert (made.company_number, made.vat_number) == ("SC123456", "GB980780684")
    assert (made.postcode, made.outcode) == ("NE1 7RU", "NE1")
    assert made.local_authority == "Newcastle upon Tyne"


def test_a_postcode_outside_the_north_has_no_northern_council(session):
    made = tell(make_business(), postcode="EX1 1AA")
    assert (made.outcode, made.local_authority) == ("EX1", None)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"company_number": "12"}, "company_number"),
        ({"vat_number": "GB000000000"}, "vat_number"),
        ({"utr": "1234567890"}, "utr"),
        ({"charity_number": "x"}, "charity_number"),
        ({"postcode": ""}, "postcode"),
        ({"postcode": None}, "postcode"),
        ({"name": ""}, "name"),
        ({"trading_since_on": date(2026, 6, 16)}, "trading_since_on"),
        ({"headcount": 50, "headcount_band": HeadcountBand.TEN_TO_49}, "headcount_band"),
        ({"headcount": None, "headcount_band": HeadcountBand.ONE}, "headcount"),
        ({"headcount": 5, "headcount_band": None}, "headcount_band"),
    ],
)
def test_what_can_not_be_is_refused_at_its_field(session, values, field):
    with pytest.raises(Invalid) as refused:
        tell(make_business(), **values)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("people", "band"),
    [
        (1, "1"),
        (2, "2-9"),
        (9, "2-9"),
        (10, "10-49"),
        (49, "10-49"),
        (249, "50-249"),
        (250, "250+"),
    ],
)
def test_headcount_and_band_agree_at_every_edge(session, people, band):
    made = tell(make_business(), headcount=people, headcount_band=HeadcountBand(band))
    assert (made.headcount, made.headcount_band) == (people, band)


def test_another_legal_form_drops_the_other_numbers(session):
    made = tell(make_business(), legal_form=LegalForm.SOLE_TRADER)
    assert made.company_number is None
    tell(made, utr="19558 39661")
    assert made.utr == "1955839661"
    tell(made, legal_form=LegalForm.COMPANY)
    assert made.utr is None


def test_a_telephone_number_is_stored_in_one_form_or_refused(session):
    made = make_business()
    tell(made, phone="+44 113 4960000")
    assert made.phone == "0113 496 0000"
    with pytest.raises(Invalid) as refused:
        tell(made, phone="phone")
    assert refused.value.field == "phone"
    tell(made, phone="")
    assert made.phone is None


def test_what_is_no_fact_of_a_business_is_a_mistake_of_ours(session):
    with pytest.raises(TypeError):
        tell(make_business(), reference="BUS-1")


def test_the_event_holds_no_personal_fact(session):
    tell(make_business(), phone="0113 496 0000", name="Fictional Person trading alone")
    event = session.execute(
        select(AuditEvent).where(AuditEvent.action == "business.identified")
    ).scalar()
    assert event.details == {}


def test_entries_that_share_a_number_are_one_enterprise(session):
    first, second = (make_business(company_number="99000123") for _ in range(2))
    make_business()
    assert same_enterprise_ids(first.id) == [first.id, second.id]
    nameless = make_business(company_number=None)
    make_business(company_number=None)
    assert same_enterprise_ids(nameless.id) == [nameless.id]
    assert same_enterprise_ids(10**9) == [10**9]


def test_a_member_finds_the_business_they_act_for(session):
    business = make_business()
    owner = capacities(memberships_of(make_member(Role.BUSINESS, business=business).id))[0]
    officer = capacities(memberships_of(make_member(Role.CASEWORKER).id))[0]
    assert business_of(owner) is business
    with pytest.raises(NotFound):
        business_of(officer)
    with pytest.raises(NotFound):
        business_by_reference("BUS-0000-0000")
