"""Offerings: what they may say, publishing, and taking them in from a file, whole or not at all."""

from datetime import date

import pytest
from sqlalchemy import func, select

from tests.factories.scheme import AT, make_member, make_offering, make_provider
from voucher.accounts.roles import Role
from voucher.core.errors import Conflict, Invalid
from voucher.providers import operations, queries
from voucher.providers.models import Offering, OfferingStatus, Provider, ProviderStatus
from voucher.providers.offering_import import PriceBand, parse
from voucher.providers.operations.offerings import Vetting, import_offerings, import_problems

TODAY = AT.date()
VALUES = {
    "title": "Bookings in two weeks",
    "summary": "Customers book for themselves.",
    "scope": "Set-up and training.",
    "exclusions": "",
    "outcome_areas": ["taking-bookings-and-orders"],
    "places": ["remote", "ls", "hx1"],
    "net_price_pence": 90_000,
    "vat_rate_bps": 2_000,
    "capacity_per_month": 3,
    "days_to_start": 10,
}


def add(provider=None, **values):
    provider = provider or make_provider()
    person = make_member(Role.PROVIDER, provider=provider)
    return operations.add_offering(
        provider=provider, values={**VALUES, **values}, by=person.id, at=AT
    )


def test_a_draft_is_published_paused_and_published_again(session):
    offering = add()
    assert offering.status is OfferingStatus.DRAFT
    assert offering.places == ["remote", "HX1", "LS"]
    operations.publish(offering=offering, by=None, at=AT)
    operations.pause(offering=offering, by=1, at=AT)
    operations.publish(offering=offering, by=None, at=AT)
    assert offering.status is OfferingStatus.PUBLISHED
    with pytest.raises(Conflict):
        operations.publish(offering=offering, by=None, at=AT)


def test_languages_and_accessibility_are_kept_in_order_and_english_is_meant_unsaid(session):
    assert add().languages == ["en"]
    offering = add(languages=["cy", "en"], accessibility=["in_writing", "step_free"])
    assert offering.languages == ["en", "cy"]
    assert offering.accessibility == ["step_free", "in_writing"]
    found = queries.DirectoryFilter(language="cy", access="step_free")
    assert queries.directory(found, TODAY, 1).rows == []
    operations.publish(offering=offering, by=None, at=AT)
    assert [each.id for each in queries.directory(found, TODAY, 1).rows] == [offering.id]
    other = queries.DirectoryFilter(language="ur", access="step_free")
    assert queries.directory(other, TODAY, 1).rows == []


def test_only_approved_providers_publish(session):
    offering = add(make_provider(status=ProviderStatus.DRAFT, approved_at=None))
    with pytest.raises(Conflict, match="approved"):
        operations.publish(offering=offering, by=None, at=AT)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"title": " "}, "title"),
        ({"languages": []}, "languages"),
        ({"languages": ["en", "xx"]}, "languages"),
        ({"accessibility": ["lift"]}, "accessibility"),
        ({"title": "x" * 141}, "title"),
        ({"summary": ""}, "summary"),
        ({"scope": None}, "scope"),
        ({"scope": "x" * 4001}, "scope"),
        ({"outcome_areas": []}, "outcome_areas"),
        ({"outcome_areas": ["gardening"]}, "outcome_areas"),
        ({"places": []}, "places"),
        ({"places": ["ZZ"]}, "places"),
        ({"places": ["LSX"]}, "places"),
        ({"places": ["LS1%"]}, "places"),
        ({"net_price_pence": 0}, "net_price_pence"),
        ({"net_price_pence": 10**12}, "net_price_pence"),
        ({"net_price_pence": None}, "net_price_pence"),
        ({"capacity_per_month": 0}, "capacity_per_month"),
        ({"days_to_start": 366}, "days_to_start"),
        ({"vat_rate_bps": 1_999}, "vat_rate_bps"),
    ],
)
def test_what_an_offering_may_not_say(session, values, field):
    with pytest.raises(Invalid) as caught:
        add(**values)
    assert caught.value.field == field


def test_without_registration_there_is_no_vat(session):
    small = make_provider(vat_registered=False, vat_number=None)
    with pytest.raises(Invalid, match="not registered"):
        add(small)
    assert add(small, vat_rate_bps=0).vat_rate_bps == 0


def test_a_title_stands_once_for_a_provider(session):
    provider = make_provider()
    add(provider)
    with pytest.raises(Conflict, match="title already"):
        add(provider)


def test_the_directory_filters_by_area_place_price_and_words(session):
    near = make_offering(places=["LS"], net_price_pence=50_000, title="Stock counts")
    far = make_offering(places=["NE1"], outcome_areas=["stock-and-supply"], net_price_pence=70_000)
    remote = make_offering(places=["remote"], net_price_pence=90_000)

    def found(**values):
        chosen = queries.DirectoryFilter(**values)
        return [each.id for each in queries.directory(chosen, TODAY, 1).rows]

    assert found() == [near.id, far.id, remote.id]
    assert found(outcode="LS1", area="LS") == [near.id, remote.id]
    assert found(outcode="NE1", area="NE") == [far.id, remote.id]
    assert found(outcome_area="stock-and-supply") == [far.id]
    assert found(most_pence=60_000) == [near.id]
    assert found(text="STOCK C") == [near.id]
    assert found(text="100%") == []


CATALOGUE = [
    '{"title": "Web shop", "supplier": "Fictional Shops", "summary": "Sell online."}',
    '{"title": "Rota", "supplier": "Fictional Rotas", "summary": "Plan the week."}',
]


def read(lines=CATALOGUE):
    offerings, problems = parse(lines, PriceBand(50_000, 90_000))
    assert not problems
    return offerings


def rows(session, model):
    return session.execute(select(func.count()).select_from(model)).scalar_one()


def test_an_import_registers_drafts_that_nobody_sees(session):
    outcome = import_offerings(offerings=read(), vetting=None, by=None, at=AT)
    assert (outcome.created, outcome.providers_created, outcome.published) == (2, 2, 0)
    assert queries.open_offerings(TODAY) == []


def test_what_was_vetted_elsewhere_is_published(session):
    vetting = Vetting("Checked for the fictional framework.", date(2027, 6, 15))
    outcome = import_offerings(offerings=read(), vetting=vetting, by=None, at=AT)
    assert outcome.published == 2
    assert len(queries.open_offerings(TODAY)) == 2
    assert queries.open_offerings(date(2027, 6, 16)) == []


def test_importing_again_changes_nothing(session):
    import_offerings(offerings=read(), vetting=None, by=None, at=AT)
    again = import_offerings(offerings=read(), vetting=None, by=None, at=AT)
    assert (again.created, again.already_there) == (0, 2)
    assert rows(session, Offering) == rows(session, Provider) == 2


def test_an_import_finds_the_provider_there_is(session):
    known = make_provider(name="FICTIONAL shops")
    outcome = import_offerings(offerings=read(), vetting=None, by=None, at=AT)
    assert outcome.providers_created == 1
    assert outcome.published == 1
    assert [each.title for each in queries.offerings_of(known.id)] == ["Web shop"]


def test_what_does_not_fit_is_named_by_its_line(session):
    make_provider(name="Fictional Rotas", vat_registered=False, vat_number=None)
    offerings = read()
    assert [str(each) for each in import_problems(offerings)] == [
        "Line 2: Fictional Rotas is not registered for VAT"
    ]
    with pytest.raises(Conflict):
        import_offerings(offerings=offerings, vetting=None, by=None, at=AT)
    assert rows(session, Offering) == 0
