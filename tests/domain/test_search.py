"""Finding records by their words, and that the words are those of the records."""

import pytest
from sqlalchemy import select, update

from tests.factories.scheme import AT, make_business
from voucher.businesses.models import Business, LegalForm
from voucher.businesses.operations import create, identify
from voucher.core import search
from voucher.core.search import SearchWord, ids_saying


def found(session, text):
    return sorted(set(session.execute(ids_saying(Business, text)).scalars()))


def words_in(session):
    query = select(SearchWord.record_kind, SearchWord.word, SearchWord.record_id)
    return sorted(tuple(row) for row in session.execute(query))


@pytest.fixture
def bakery(session):
    return make_business(
        name="O’Brien’s Fictional Bakery", postcode="LS1 4AP", company_number="01234567"
    )


@pytest.mark.parametrize(
    "text",
    [
        "bakery",
        "BAK",
        "obrien",
        "o'brien's bakery",
        "bakery fictional",
        "bakery ls1",
        "LS",
        "LS1",
        "ls1 4ap",
        "ls14ap",
        "LS 14AP",
        "01234567",
        "1234567",
        "0123 4567",
    ],
)
def test_is_found_by(session, bakery, text):
    make_business(name="Another Joinery", postcode="HU1 1AA")
    assert found(session, text) == [bakery.id]


@pytest.mark.parametrize(
    "text", ["akery", "bakery joinery", "LS10", "LS1 4A", "123456", "%", "", "\U0010ffff"]
)
def test_is_not_found_by(session, bakery, text):
    make_business(name="Another Joinery", postcode="HU1 1AA")
    assert found(session, text) == []


def test_a_district_is_not_another_that_begins_alike(session, bakery):
    ten = make_business(name="Fictional Ten", postcode="LS10 4AP")
    assert found(session, "LS1") == [bakery.id]
    assert found(session, "LS10") == [ten.id]


def test_what_begins_alike_is_found_and_its_neighbours_are_not(session):
    made = {name: make_business(name=name).id for name in ("Boo", "Book", "Books", "Boom", "Bop")}
    assert found(session, "book") == [made["Book"], made["Books"]]
    assert found(session, "boo") == [made[name] for name in ("Boo", "Book", "Books", "Boom")]


def test_a_new_name_replaces_the_old(session):
    business = create(name="Fictional Bakery", by=None, at=AT)
    session.flush()
    assert found(session, "bakery") == [business.id]
    identify(business=business, values={"name": "Fictional Joinery"}, by=None, at=AT)
    session.flush()
    assert found(session, "bakery") == []
    assert found(session, "joinery") == [business.id]


def test_a_number_that_is_taken_away_finds_nothing(session, bakery):
    identify(business=bakery, values={"legal_form": "sole_trader"}, by=None, at=AT)
    session.flush()
    assert found(session, "01234567") == []
    assert found(session, "bakery") == [bakery.id]


def test_other_columns_may_be_unknown_when_one_changes(session, bakery):
    session.flush()
    session.expire(bakery)
    bakery.name = "Fictional Joinery"
    session.flush()
    assert found(session, "joinery 01234567") == [bakery.id]


def test_a_change_elsewhere_leaves_the_words_alone(session, bakery):
    session.execute(update(SearchWord).values(word="marked").where(SearchWord.word == "bakery"))
    bakery.phone = "0113 496 0000"
    session.flush()
    assert found(session, "marked") == [bakery.id]


def test_words_go_with_their_record(session, bakery):
    session.delete(bakery)
    session.flush()
    assert words_in(session) == []


def test_a_text_without_a_word_is_stored_and_not_found(session):
    made = make_business(name="🎟 !", postcode=None, company_number=None)
    assert made.id
    assert words_in(session) == []
    assert found(session, "🎟 !") == []


def test_rebuilding_finds_what_went_past_the_session(session, bakery):
    session.execute(update(Business).values(name="Fictional Joinery"))
    assert found(session, "joinery") == []
    search.rebuild(Business)
    assert found(session, "joinery") == [bakery.id]
    assert found(session, "bakery") == []


def test_the_migration_writes_the_same_words(session, app):
    from alembic.script import ScriptDirectory

    from config import ROOT

    for name in ("O’Brien’s Bakery", "Café 007 Straße", "🎟", "x" * 160, "Unit 12 (Smith-Jones)"):
        make_business(name=name)
    make_business(
        name="A charity",
        legal_form=LegalForm.CHARITY,
        company_number=None,
        charity_number="1234567",
        postcode=None,
    )
    session.flush()
    written = words_in(session)
    session.execute(SearchWord.__table__.delete())
    migration = ScriptDirectory(str(ROOT / "migrations")).get_revision("0004").module
    migration.write_words(session.connection())
    assert words_in(session) == written
    assert len(written) > 20
